package component

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// ErrNoTicket means that no valid verify ticket (component_verify_ticket) is stored.
// The platform pushes one every ten minutes to the address for notices; if it does not,
// call [Platform.StartPushTicket]. Calls succeed as soon as a ticket has arrived.
var ErrNoTicket = errors.New("component: no verify ticket has been pushed within 12 hours: check the address for notices (授权事件接收 URL), or call StartPushTicket")

// ErrNotAuthorized means that an account has not authorized the third-party platform,
// or has withdrawn its authorization.
var ErrNotAuthorized = errors.New("component: the account has not authorized the third-party platform")

// Platform is a third-party platform (第三方平台) with the accounts that have authorized it.
// Make one with [New]. It is safe for concurrent use and prints without its secrets.
type Platform struct {
	config Config // without Secret, which is in the closure below
	secret func() string
	store  store.Store
	log    *slog.Logger
	oa     *officialaccount.Client // whose token is the component_access_token

	notices  *message.Handler // 授权事件接收 URL
	messages *message.Handler // of all accounts

	ticket atomic.Pointer[ticket] // the newest of this process, used if the store fails
	slots  chan struct{}          // of running fetches

	mu      sync.Mutex
	tenants map[string]*tenant

	checks sync.WaitGroup // running answers to the release check

	preAuthCodes budget             // of AuthorizePage
	userNames    singleflight.Group // running fetches of profiles
}

// New returns a third-party platform. It sends nothing.
func New(c Config) (*Platform, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	kept, err := c.sealed()
	if err != nil {
		return nil, err
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.MaxRefreshing == 0 {
		c.MaxRefreshing = defaultRefreshing
	}
	if c.MaxPreAuthCodes == 0 {
		c.MaxPreAuthCodes = defaultPreAuthCodes
	}
	c.HTTPClient = c.client()
	secret := c.Secret
	p := &Platform{
		secret: func() string { return secret }, store: kept, log: c.Logger,
		slots: make(chan struct{}, c.MaxRefreshing), tenants: map[string]*tenant{},
		preAuthCodes: budget{max: c.MaxPreAuthCodes},
	}
	if err := p.handlers(c); err != nil {
		return nil, err
	}
	if err := p.connect(c); err != nil {
		return nil, err
	}
	c.Secret, c.SealKeys, c.Token, c.EncodingAESKey, c.PreviousTokens, c.PreviousAESKeys = "", nil, "", "", nil, nil
	p.config = c
	return p, nil
}

// handlers makes the handlers of notices and messages.
func (p *Platform) handlers(c Config) (err error) {
	if p.notices, err = message.NewHandler(c.handler()); err != nil {
		return fmt.Errorf("component: %w", err)
	}
	p.notices.Use(p.handleNotice)

	settings := c.handler()
	settings.Deadline, settings.WorkTimeout = c.Deadline, c.WorkTimeout
	settings.Accept = p.accept
	settings.MaxRunning, settings.Unordered = c.MaxRunning, c.Unordered
	if c.LateReply != nil {
		settings.LateReply = lateReplier(c.LateReply)
	}
	if p.messages, err = message.NewHandler(settings); err != nil {
		return fmt.Errorf("component: %w", err)
	}
	p.messages.Use(p.passCheck)
	return nil
}

// connect creates the client of the platform itself.
func (p *Platform) connect(c Config) error {
	shared, err := token.Shared(p.store, token.SourceFunc(p.fetchToken), token.SharedConfig{Key: token.Key(c.AppID, c.Secret, token.Component), Logger: p.log})
	if err != nil {
		return fmt.Errorf("component: %w", err)
	}
	p.oa, err = officialaccount.New(officialaccount.Config{
		AppID: c.AppID, Secret: c.Secret, TokenSource: shared,
		HTTPClient: c.HTTPClient, BaseURL: c.BaseURL, Logger: c.Logger, Observer: c.observer(c.AppID), Limiter: c.Limiter,
	})
	if err != nil {
		return fmt.Errorf("component: %w", err)
	}
	return nil
}

// fetchToken fetches a component_access_token with the ticket.
//
// POST /cgi-bin/component/api_component_token (获取第三方平台接口的调用凭据)
func (p *Platform) fetchToken(ctx context.Context) (token.Token, error) {
	const path = "/cgi-bin/component/api_component_token"
	ticket, err := p.readTicket(ctx)
	if err != nil {
		return token.Token{}, err
	}
	var out struct {
		Token     string  `json:"component_access_token"`
		ExpiresIn seconds `json:"expires_in"`
	}
	began := time.Now()
	err = p.oa.Post(ctx, path, struct {
		AppID  string `json:"component_appid"`
		Secret string `json:"component_appsecret"`
		Ticket string `json:"component_verify_ticket"`
	}{p.oa.AppID(), p.secret(), ticket.Value}, &out, officialaccount.WithoutToken(), officialaccount.WithRedacted(ticket.Value))
	return out.ExpiresIn.token(out.Token, began), err
}

// Notices returns the handler of the address for authorization events
// (授权事件接收 URL). A function registered on it with [message.On] runs after the Platform
// has applied the notice.
func (p *Platform) Notices() *message.Handler { return p.notices }

// Messages returns the handler of the messages of all accounts. Register functions on it
// with [message.On], and serve it with [Platform.ServeMessages].
func (p *Platform) Messages() *message.Handler { return p.messages }

// ComponentClient returns the client of the third-party platform itself, for endpoints
// that this package does not cover and for oauth.NewForAuthorizer. The option
// officialaccount.WithComponentToken adds the component_access_token to a call. The
// client fetches that token when it needs one.
//
// POST /cgi-bin/component/api_component_token (获取第三方平台接口的调用凭据)
func (p *Platform) ComponentClient() *officialaccount.Client { return p.oa }

// Shutdown refuses new messages and notices and waits for those that are being handled
// and for answers to the release check; see [message.Handler.Shutdown].
func (p *Platform) Shutdown(ctx context.Context) error {
	err := errors.Join(p.messages.Shutdown(ctx), p.notices.Shutdown(ctx))
	done := make(chan struct{})
	go func() { p.checks.Wait(); close(done) }()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		return errors.Join(err, fmt.Errorf("component: shutdown: answers to the release check: %w", ctx.Err()))
	}
}

// Format implements fmt.Formatter. It hides the secrets.
func (p *Platform) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "component.Platform{AppID:%q}", p.oa.AppID())
}

// MarshalText implements encoding.TextMarshaler. It hides the secrets.
func (p *Platform) MarshalText() ([]byte, error) { return fmt.Append(nil, p), nil }

// seconds is expires_in.
type seconds int64

// token returns a token that expires s seconds after from, or the zero Token for an
// empty value.
func (s seconds) token(value string, from time.Time) token.Token {
	if value == "" {
		return token.Token{}
	}
	return token.New(value, from.Add(time.Duration(max(0, min(s, 24*60*60)))*time.Second))
}

// lasting returns a token without an expiry, or the zero Token for an empty value.
func lasting(value string) token.Token {
	if value == "" {
		return token.Token{}
	}
	return token.New(value, time.Time{})
}
