package component_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/crypto"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const (
	appA = "wx00000000000000aa"
	appB = "wx00000000000000bb"
	back = "https://example.com/authorized?shop=7"
)

// disk outlives the processes that use it.
type disk struct{ store.Store }

func newDisk() disk { return disk{store.NewMemory()} }

func sealKey() []byte { return []byte("0123456789abcdef0123456789abcdef") }

// world is the local platform and one third-party platform on it.
type world struct {
	t    *testing.T
	w    *wechattest.Platform
	p    *component.Platform
	disk disk

	canned sync.Map // path → answer that the local platform does not get to give
	cans   atomic.Int32
}

// answer has the platform answer a path with body from now on.
func (x *world) answer(path, body string) { x.canned.Store(path, body) }

// RoundTrip implements http.RoundTripper.
func (x *world) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := x.canned.Load(r.URL.Path)
	if !ok {
		return x.w.Client().Transport.RoundTrip(r)
	}
	x.cans.Add(1)
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	w.WriteString(body.(string))
	return w.Result(), nil
}

// sealedFor is a text for an account as the platform posts it: body and query.
func (x *world) sealedFor(appID, content, msgID string) (body, query string) {
	x.t.Helper()
	now := strconv.FormatInt(time.Now().Unix(), 10)
	to := "gh_" + appID[len(appID)-12:]
	return x.sealed(to, "<xml><ToUserName>"+to+"</ToUserName><FromUserName>oUser</FromUserName><CreateTime>"+now+
		"</CreateTime><MsgType>text</MsgType><Content>"+content+"</Content><MsgId>"+msgID+"</MsgId></xml>", "n"+msgID)
}

// sealed is a message or a notice as the platform posts it: body and query.
func (x *world) sealed(to, plain, nonce string) (body, query string) {
	x.t.Helper()
	cfg := x.w.Config()
	cipher, err := crypto.NewCipher(cfg.EncodingAESKey, cfg.ComponentAppID)
	require.NoError(x.t, err)
	now := strconv.FormatInt(time.Now().Unix(), 10)
	sealed := cipher.Seal([]byte(plain))
	q := url.Values{"timestamp": {now}, "nonce": {nonce}, "encrypt_type": {"aes"},
		"msg_signature": {crypto.MessageSignature(cfg.Token, now, nonce, sealed)}}
	return "<xml><ToUserName>" + to + "</ToUserName><Encrypt>" + string(sealed) + "</Encrypt></xml>", q.Encode()
}

// post posts to the platform's process.
func (x *world) post(target, body string) *httptest.ResponseRecorder {
	return x.postTo(x.p, target, body)
}

func (x *world) postTo(p *component.Platform, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	handlerOf(p).ServeHTTP(w, httptest.NewRequest("POST", target, strings.NewReader(body)))
	return w
}

// newWorld makes both; change may be nil.
func newWorld(t *testing.T, change func(*component.Config)) *world {
	t.Helper()
	x := &world{t: t, disk: newDisk(), w: wechattest.New(t, wechattest.Config{
		Mode: wechattest.Component, CallbackPath: "/wechat/$APPID$/callback", NoticePath: "/wechat/notices",
	})}
	x.p = x.start(change)
	x.w.Bot(handlerOf(x.p))
	t.Cleanup(func() { _ = x.p.Shutdown(context.Background()) })
	return x
}

// waitUntilIdle waits until everything in the bubble has ended or waits.
func waitUntilIdle() { time.Sleep(2 * time.Minute) }

func handlerOf(p *component.Platform) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", p.Notices())
	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages)
	return mux
}

// start makes a process of the third-party platform.
func (x *world) start(change func(*component.Config)) *component.Platform {
	x.t.Helper()
	cfg := x.w.Config()
	c := component.Config{
		AppID: cfg.ComponentAppID, Secret: wechattest.DefaultComponentSecret,
		Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey,
		Store: x.disk, SealKeys: [][]byte{sealKey()},
		HTTPClient: &http.Client{Transport: x}, BaseURL: x.w.URL(),
	}
	if change != nil {
		change(&c)
	}
	p, err := component.New(c)
	require.NoError(x.t, err)
	return p
}

// page opens the third-party platform's own page and returns the link and cookies
// that it gives.
func (x *world) page(r component.AuthRequest, userAgent string) (link string, cookies []*http.Cookie) {
	x.t.Helper()
	req := httptest.NewRequest("GET", "/authorize", nil)
	req.Header.Set("User-Agent", userAgent)
	rec := httptest.NewRecorder()
	x.p.AuthorizePage(r).ServeHTTP(rec, req)
	require.Equal(x.t, http.StatusOK, rec.Code, rec.Body.String())
	found := regexp.MustCompile(`href="([^"]+)"`).FindStringSubmatch(rec.Body.String())
	require.NotNil(x.t, found, rec.Body.String())
	return strings.ReplaceAll(found[1], "&amp;", "&"), rec.Result().Cookies()
}

// comeBack visits the address that the authorization page sends the browser to.
func (x *world) comeBack(address string, cookies []*http.Cookie) (a *component.Authorization, err error) {
	req := httptest.NewRequest("GET", address, nil)
	for _, c := range cookies {
		req.AddCookie(c)
	}
	x.p.AuthorizeCallback(func(_ http.ResponseWriter, _ *http.Request, got *component.Authorization, failed error) {
		a, err = got, failed
	}).ServeHTTP(httptest.NewRecorder(), req)
	return a, err
}

// authorize has an account authorize the third-party platform, all the way.
func (x *world) authorize(appID string) *component.Authorization {
	x.t.Helper()
	link, cookies := x.page(component.AuthRequest{RedirectURL: back, Type: component.OfficialAccounts}, "")
	address, err := x.w.Authorize(link, appID)
	require.NoError(x.t, err)
	a, err := x.comeBack(address, cookies)
	require.NoError(x.t, err)
	require.Equal(x.t, appID, a.AppID)
	return a
}

// use makes a call with an account's token.
func use(ctx context.Context, p *component.Platform, appID string) error {
	var out struct {
		IPs []string `json:"ip_list"`
	}
	err := p.Client(appID).Get(ctx, "/cgi-bin/getcallbackip", nil, &out)
	if err == nil && len(out.IPs) == 0 {
		return errors.New("nothing came")
	}
	return err
}

// transport counts the requests under way and sees each.
type transport struct {
	http.RoundTripper
	path string
	now  atomic.Int64
	most atomic.Int64
	slow time.Duration
}

func (tr *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == tr.path {
		n := tr.now.Add(1)
		defer tr.now.Add(-1)
		for most := tr.most.Load(); n > most && !tr.most.CompareAndSwap(most, n); most = tr.most.Load() {
		}
		time.Sleep(tr.slow)
	}
	return tr.RoundTripper.RoundTrip(r)
}

func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	return u.Query()
}
