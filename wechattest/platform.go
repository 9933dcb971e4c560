package wechattest

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/adstat"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/autoreply"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/comment"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/component"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/customerservice"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/datacube"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/draft"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/freepublish"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/intelligent"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/invoice"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/mass"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/media"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/medical"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/menu"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/network"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/nontax"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/oauth"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/onecode"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/openapi"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/qrcode"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/shorten"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/ticket"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/token"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/user"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/wxopen"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/journal"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Platform is the WeChat platform for one Official Account. It calls the account's bot
// ([Platform.Bot], [Platform.User]). It is an http.Handler that answers like
// api.weixin.qq.com, and [Platform.Client] calls it without a network.
//
// Make one with [New] in a test or [Open] in a program. It is safe for
// concurrent use.
type Platform struct {
	server *server.Server
	cfg    Config // under the server's lock

	adIncome        *adstat.Area
	autoReply       *autoreply.Area
	comments        *comment.Area
	component       *component.Area
	customerService *customerservice.Area
	statistics      *datacube.Area
	publications    *freepublish.Area
	massSends       *mass.Area
	drafts          *draft.Area
	intelligent     *intelligent.Area
	invoices        *invoice.Area
	marketingCodes  *onecode.Area
	media           *media.Area
	menus           *menu.Area
	nontax          *nontax.Area
	oauth           *oauth.Area
	qrcodes         *qrcode.Area
	templates       *template.Area
	users           *user.Area
	wxopen          *wxopen.Area

	deliveries journal.Journal[Delivery]
	watching   sync.Mutex
	hooks      []*Hooks
}

// TB is the part of *testing.T, *testing.B and *testing.F that [New] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// New returns a platform for one test, and closes it at the end of the test. It logs to
// the test's log. The test fails if a handler of the bot has not returned, if the body
// of an API response was not closed, or at once if the configuration is wrong.
//
// Inside testing/synctest, call it in the bubble.
func New(tb TB, cfg Config) *Platform {
	tb.Helper()
	log := &testLog{tb: tb}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	}
	p, err := Open(cfg)
	if err != nil {
		tb.Fatalf("%v", err)
		return nil
	}
	tb.Cleanup(func() {
		err := p.Close()
		log.stop()
		if err != nil {
			tb.Errorf("%v", err)
		}
	})
	return p
}

// Open returns a platform for a program, which must call Close. The error names the
// wrong setting.
func Open(cfg Config) (*Platform, error) {
	cfg, acc, err := cfg.complete()
	if err != nil {
		return nil, err
	}
	p := &Platform{server: server.New(acc), cfg: cfg}
	p.register()
	p.observe()
	return p, nil
}

// register adds the areas of the API. Each area is a package in internal/api with a
// function Register.
func (p *Platform) register() {
	s := p.server
	token.Register(s)
	openapi.Register(s)
	network.Register(s)
	tickets := ticket.Register(s)
	p.invoices = invoice.Register(s, tickets)
	p.nontax = nontax.Register(s, p.invoices)
	p.marketingCodes = onecode.Register(s)
	medical.Register(s)
	shorten.Register(s)
	p.users = user.Register(s)
	p.media = media.Register(s)
	p.drafts = draft.Register(s, p.media)
	p.comments = comment.Register(s)
	p.statistics = datacube.Register(s, p.comments)
	p.publications = freepublish.Register(s, p.drafts, p.comments)
	p.massSends = mass.Register(s, p.users, p.media, p.drafts)
	p.menus = menu.Register(s, p.media)
	p.customerService = customerservice.Register(s)
	p.templates = template.Register(s)
	p.oauth = oauth.Register(s, p.templates)
	p.qrcodes = qrcode.Register(s)
	p.autoReply = autoreply.Register(s)
	p.component = component.Register(s, p.oauth)
	p.intelligent = intelligent.Register(s)
	p.wxopen = wxopen.Register(s)
	p.adIncome = adstat.Register(s)
}

// Close ends every delivery, connection and server of the platform and waits for them.
// The error lists what did not end within ten seconds, and every API response whose
// body was not closed. Further calls return the same error.
func (p *Platform) Close() error { return p.server.Close() }

// Config returns the current settings, including the defaults. Use them to configure
// the bot and the client under test.
func (p *Platform) Config() Config {
	p.server.Lock()
	defer p.server.Unlock()
	return p.cfg
}

// Reconfigure changes settings of a running platform, as an administrator does on the
// console: the mode, a new AES key or token, a reset or frozen AppSecret, the
// allow-list. If the result is wrong, nothing changes, and the error names the setting.
// Running deliveries keep their settings.
func (p *Platform) Reconfigure(change func(*Config)) error {
	p.server.Lock()
	defer p.server.Unlock()
	cfg := p.cfg
	change(&cfg)
	cfg, acc, err := cfg.complete()
	if err != nil {
		return err
	}
	p.cfg, p.server.Account = cfg, acc
	return nil
}

// ServeHTTP answers like api.weixin.qq.com, for a client over the network: serve the
// platform with an http.Server and use its address as the client's base URL. Plain http
// is accepted.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.server.ServeHTTP(w, r) }

// URL returns the base URL of the API: [Config].URL or, for clients of
// [Platform.Client], an address that does not resolve, so that requests of other
// clients fail.
func (p *Platform) URL() string { return p.Config().URL }

// DefaultClientIP is the address that requests of [Platform.Client] come from.
const DefaultClientIP = "203.0.113.10"

// Client returns a client whose requests all reach the platform in memory, from
// [DefaultClientIP]. It works for [Platform.URL] and for api.weixin.qq.com. A request
// to a host that does not belong to the platform fails and is recorded in
// [Platform.CallsElsewhere]. The client follows redirects like http.Client.
func (p *Platform) Client() *http.Client { return p.server.Client() }

// ClientFrom is [Platform.Client] with requests from another address, for the IP
// allow-list. It panics if ip is not an IP address.
func (p *Platform) ClientFrom(ip string) *http.Client { return p.server.ClientFrom(ip) }

// Now returns the platform's time, which is used for tokens, quotas and reply windows:
// the real time (in a synctest bubble: the bubble's) plus the total of
// [Platform.Advance].
func (p *Platform) Now() time.Time { return p.server.Time() }

// Advance moves the platform's time forward by d. Callbacks are not affected: they
// carry the real time, and their five seconds are real.
//
// The first call may have a negative d, which moves the time back. So a program can
// simulate the past weeks: what happens in them is in the statistics of those days.
func (p *Platform) Advance(d time.Duration) { p.server.Advance(d) }

// Advanced returns how far [Platform.Advance] has moved the platform's time.
func (p *Platform) Advanced() time.Duration { return p.server.Advance(0) }

// ErrClosed is the error of a delivery that was running when the platform was closed.
var ErrClosed = callback.ErrClosed

// Format implements fmt.Formatter. It hides the secrets.
func (p *Platform) Format(f fmt.State, verb rune) { p.Config().Format(f, verb) }

// MarshalText implements encoding.TextMarshaler. It hides the secrets.
func (p *Platform) MarshalText() ([]byte, error) { return fmt.Append(nil, p), nil }

// testLog writes log lines to a test until it is stopped.
type testLog struct {
	mu      sync.Mutex
	tb      TB
	stopped bool
}

func (l *testLog) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.stopped {
		l.tb.Logf("%s", strings.TrimRight(string(line), "\n"))
	}
	return len(line), nil
}

func (l *testLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
}
