package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

const (
	defaultMaxBody  = 128 << 20 // bytes
	defaultHoldBody = 1 << 20   // bytes
)

// ProxyConfig configures a [Proxy]. Only Directory is required.
type ProxyConfig struct {
	Directory *Directory

	// Hosts are the platform's access points (接入点) in order of preference. If empty, they
	// are https://api.weixin.qq.com and https://api2.weixin.qq.com. A host is tried only
	// if no connection to the one before it can be made, so that nothing is sent twice.
	Hosts []string

	// QRCodeHost serves /cgi-bin/showqrcode. If empty, it is https://mp.weixin.qq.com.
	QRCodeHost string

	// InsecurePlainHTTP allows http to other machines in Hosts and QRCodeHost. Tokens
	// and secrets then travel unencrypted.
	InsecurePlainHTTP bool

	// Transport carries the calls. If nil, a private transport is used that waits 3 s
	// for a connection and 30 s for the headers of an answer, and keeps 256 idle
	// connections per host.
	Transport http.RoundTripper

	// PassKey signs the passes that clients get for their key, see the package comment.
	// It is at least 32 random bytes, the same for all instances. If nil, a random key
	// is used, and other instances do not accept the passes of this one.
	PassKey []byte

	// Limiter counts the calls for [Business].Limits. If nil, a [LocalLimiter] is used.
	Limiter Limiter

	// MaxBody is the maximum size of the body of a call in bytes. 0 means 128 MiB.
	MaxBody int64

	// HoldBody is the maximum size in bytes of a body that is read before the call is
	// made, so that the call can be repeated with a new token. 0 means 1 MiB. A larger
	// body is streamed and sent once: if the platform rejects the token, the caller
	// gets that answer, and the next call has a new token.
	HoldBody int64

	// Logger receives a line for every call. If nil, calls are not logged.
	Logger *slog.Logger

	// OnCall is called with every call after it has ended, for metrics.
	OnCall func(Call)
}

// Proxy (API-Proxy, 接口代理) calls the platform for businesses. It is an http.Handler
// for the platform's own paths, optionally with an app id before them:
//
//	GET  /cgi-bin/menu/get
//	POST /wx0123456789abcdef/cgi-bin/message/custom/send
//
// It adds what the endpoint needs: app id and AppSecret for /sns/oauth2/access_token
// and /cgi-bin/clear_quota/v2, the app id for /sns/oauth2/refresh_token, nothing for
// /sns/userinfo, /sns/auth and /cgi-bin/showqrcode, and the access_token for all other
// endpoints. GET /cgi-bin/token and POST /cgi-bin/stable_token are answered with a
// pass. The endpoints of a third-party platform (/cgi-bin/component/…) are not served.
//
// After errcode 40001, 40014 or 42001 the token is replaced and the call is repeated
// once: the rejection proves that it was not executed. A call of clear_quota/v2 is
// repeated once with the secret in the query if the platform did not find it in the
// body. No other call is repeated. The platform's answer is passed on unchanged. In
// addition to errcode and errmsg, an answer of the proxy itself has a member "error"
// with a [Reason].
type Proxy struct {
	cfg       ProxyConfig
	hosts     hosts
	qrcodes   hosts
	passes    passes
	anonymous LocalLimiter // of calls without a business
}

// Format implements fmt.Formatter. It hides the key.
func (cfg ProxyConfig) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, secret.Describe(cfg, "Hosts", "QRCodeHost", "InsecurePlainHTTP", "MaxBody", "HoldBody"))
}

// MarshalText implements encoding.TextMarshaler. It hides the key.
func (cfg ProxyConfig) MarshalText() ([]byte, error) { return fmt.Append(nil, cfg), nil }

// Format implements fmt.Formatter. It writes only the name of the type.
func (p *Proxy) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "gateway.Proxy") }

// MarshalText implements encoding.TextMarshaler. It returns only the name of the type.
func (p *Proxy) MarshalText() ([]byte, error) { return fmt.Append(nil, p), nil }

// NewProxy returns a proxy, or an error for an invalid configuration.
func NewProxy(cfg ProxyConfig) (*Proxy, error) {
	switch {
	case cfg.Directory == nil:
		return nil, errors.New("gateway: ProxyConfig.Directory is nil")
	case cfg.PassKey != nil && len(cfg.PassKey) < 32:
		return nil, errors.New("gateway: ProxyConfig.PassKey has fewer than 32 bytes")
	case cfg.MaxBody < 0 || cfg.HoldBody < 0:
		return nil, errors.New("gateway: ProxyConfig.MaxBody and HoldBody must not be negative")
	}
	cfg = cfg.withDefaults()
	hosts, err := newHosts("Hosts", cfg.Hosts, cfg.InsecurePlainHTTP)
	if err != nil {
		return nil, err
	}
	qrcodes, err := newHosts("QRCodeHost", []string{cfg.QRCodeHost}, cfg.InsecurePlainHTTP)
	if err != nil {
		return nil, err
	}
	p := &Proxy{cfg: cfg, hosts: hosts, qrcodes: qrcodes, passes: passes{secret.New(string(cfg.PassKey))}}
	p.cfg.PassKey = nil
	return p, nil
}

func (cfg ProxyConfig) withDefaults() ProxyConfig {
	if len(cfg.Hosts) == 0 {
		cfg.Hosts = defaultHosts
	}
	if cfg.QRCodeHost == "" {
		cfg.QRCodeHost = defaultQRCodeHost
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.PassKey == nil {
		cfg.PassKey = make([]byte, 32)
		_, _ = rand.Read(cfg.PassKey) // never fails
	}
	if cfg.Limiter == nil {
		cfg.Limiter = new(LocalLimiter)
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = defaultMaxBody
	}
	if cfg.HoldBody == 0 {
		cfg.HoldBody = defaultHoldBody
	}
	cfg.HoldBody = min(cfg.HoldBody, cfg.MaxBody)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}

// newTransport returns the module's transport, changed for a proxy: it soon gives up on
// a dead host, since there is another one, and it does not decompress answers.
func newTransport() http.RoundTripper {
	t := wire.NewHTTPClient().Transport.(*http.Transport)
	t.DialContext = (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 5 * time.Second
	t.ResponseHeaderTimeout = 30 * time.Second
	t.MaxIdleConnsPerHost = 256
	t.DisableCompression = true
	return t
}

// exchange is one call on its way through the proxy.
type exchange struct {
	in    *http.Request
	path  string // of the platform
	cred  credential
	hosts hosts
	caller
	params
	secretInBody bool     // app id and secret go into the body
	body         *body    // nil until it is read
	sent         []string // credentials in the request to the platform
	watch        *watch   // watches the answer
	seen         Call
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := &exchange{in: r, hosts: p.hosts, seen: Call{RequestID: requestID(r), TraceID: traceID(r), Method: r.Method}}
	w.Header()[RequestIDHeader] = []string{x.seen.RequestID}
	refused := p.serve(w, x)
	if refused != nil {
		status := refused.as(x.form())
		if refused.status == statusCallerGone {
			status = statusCallerGone
		}
		x.seen.Reason, x.seen.Status, x.seen.Code = refused.Reason, status, refused.Code
		if status != statusCallerGone {
			leaveBody(w, r)
			refused.write(w, status)
		}
	}
	x.seen.Duration = time.Since(began)
	p.report(r.Context(), x, refused)
	if x.seen.Cut || x.seen.Status == statusCallerGone {
		panic(http.ErrAbortHandler) // closes the connection: a caller that stalled must not get an empty or a short answer for a whole one
	}
}

// form returns the form of refusals for this call.
func (x *exchange) form() RefusalForm {
	switch {
	case x.business != nil && x.business.Refusals != "":
		return x.business.Refusals
	case len(x.in.Header["Authorization"]) > 0:
		return HTTPRefusals
	}
	return PlatformRefusals
}

// serve answers a call, or returns the refusal.
func (p *Proxy) serve(w http.ResponseWriter, x *exchange) *refusal {
	if refused := p.authorize(w, x); refused != nil {
		return refused
	}
	if x.cred == issued {
		x.seen.Status = http.StatusOK
		return p.issue(w, x.caller)
	}
	if refused := p.readBody(w, x); refused != nil {
		return refused
	}
	defer x.body.end(w, x.in)
	ctx, cancel := context.WithCancelCause(x.in.Context())
	defer cancel(nil)
	x.watch = &watch{cancel: cancel}
	defer x.watch.stop()
	resp, head, refused := p.call(ctx, x)
	if refused != nil {
		return refused
	}
	defer resp.Body.Close()
	p.remember(x, resp, head)
	p.pass(w, x, resp, head)
	return nil
}

// authorize identifies the caller and checks whether the call is allowed.
func (p *Proxy) authorize(w http.ResponseWriter, x *exchange) (refused *refusal) {
	r := x.in
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, MethodNotAllowed, errcode.InvalidArgs, "use GET or POST")
	}
	full, err := plainPath(r.URL)
	if err != nil {
		return badRequest(err.Error())
	}
	roster := p.cfg.Directory.roster.Load()
	pathApp, path := splitAccount(full, roster.known)
	x.path, x.cred = path, wants(path)
	if x.params, refused = readParams(r.URL.RawQuery, x.cred); refused != nil {
		return refused
	}
	if x.cred == open {
		return p.authorizeAnonymous(x)
	}
	if refused = readSecretBody(w, x); refused != nil {
		return refused
	}
	x.caller, refused = p.identify(x, roster, pathApp)
	if x.business != nil {
		x.seen.Business, x.seen.Path = x.business.Name, x.path
	}
	if refused != nil {
		return refused
	}
	x.seen.AppID = x.account.appID
	if refused = x.allowed(); refused != nil {
		return refused
	}
	if r.ContentLength > p.cfg.MaxBody {
		return tooLarge()
	}
	if err := x.business.takeAll(r.Context(), p.cfg.Limiter, path); err != nil {
		return limited(err)
	}
	return nil
}

// anonymousLimit bounds the calls without a business, in each instance.
var anonymousLimit = []Bucket{{Key: qrcodePath, Limit: Limit{Path: qrcodePath, Calls: 100, Per: time.Second}}}

// authorizeAnonymous allows a GET of a picture, which browsers request.
func (p *Proxy) authorizeAnonymous(x *exchange) *refusal {
	x.seen.Path, x.seen.Route, x.hosts, x.body = x.path, x.path, p.qrcodes, &body{}
	if x.in.Method != http.MethodGet || x.rest == "" {
		return badRequest("use GET, with the parameter ticket")
	}
	if err := p.anonymous.Take(x.in.Context(), anonymousLimit); err != nil {
		return limited(err)
	}
	return nil
}

// allowed checks that the business may call the path and that the gateway has the
// credential.
func (x *exchange) allowed() *refusal {
	if x.cred == issued {
		x.seen.Route = x.path
		return nil
	}
	route, ok := x.business.allows(x.path)
	if !ok || x.cred == unserved {
		return refuse(http.StatusForbidden, ForbiddenPath, notAllowed, "the business may not call this path")
	}
	x.seen.Route = string(route)
	if (x.cred == appSecret || x.cred == appSecretV2) && x.account.secret.IsEmpty() {
		return refuse(http.StatusForbidden, NoSecret, notAllowed, "the gateway has no AppSecret for this account")
	}
	return nil
}

// call makes the call and repeats it once if that can help. head is the beginning of
// the answer, which has been read already.
func (p *Proxy) call(ctx context.Context, x *exchange) (*http.Response, *head, *refusal) {
	switch x.cred {
	case appToken:
		return p.callWithToken(ctx, x)
	case appSecretV2:
		return p.callWithSecret(ctx, x)
	case appSecret:
		x.sent = []string{x.account.secret.Value()}
	case userToken, refreshing:
		x.sent = []string{x.ofUser()}
	}
	return p.attempt(ctx, x, x.query(""))
}

// callWithToken adds the access token. If the platform rejects it, the call is repeated
// once with another one.
func (p *Proxy) callWithToken(ctx context.Context, x *exchange) (*http.Response, *head, *refusal) {
	tok, err := x.account.tokens.Token(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, unanswered(ctx, err)
	case err != nil:
		return nil, nil, noToken(err)
	}
	x.sent = []string{tok.Value()}
	resp, head, refused := p.attempt(ctx, x, x.query(tok.Value()))
	if refused != nil || tok.IsNone() || !errcode.ErrTokenInvalid.Has(head.code) {
		return resp, head, refused
	}
	fresh, err := x.account.tokens.Replace(ctx, tok)
	switch {
	case err != nil:
		x.seen.Note = "not sent again: no other token: " + err.Error()
		return resp, head, nil
	case !x.body.whole():
		x.seen.Note = "not sent again: the body was streamed; the next call has a new token"
		return resp, head, nil
	}
	head.free()
	_ = resp.Body.Close()
	x.seen.Replayed = true
	x.sent = append(x.sent, fresh.Value())
	return p.attempt(ctx, x, x.query(fresh.Value()))
}

// callWithSecret sends app id and secret where the caller sent them, in the body or in
// the query. The platform's documents name both places, so the query is tried if the
// platform does not find them in the body.
func (p *Proxy) callWithSecret(ctx context.Context, x *exchange) (*http.Response, *head, *refusal) {
	x.sent = []string{x.account.secret.Value()}
	if x.secretInBody {
		x.body = x.secretBody()
	}
	resp, head, refused := p.attempt(ctx, x, x.query(""))
	if refused != nil || !x.secretInBody || head.code != errcode.MissingAppID && head.code != errcode.MissingAppSecret {
		return resp, head, refused
	}
	head.free()
	_ = resp.Body.Close()
	x.secretInBody = false
	return p.attempt(ctx, x, x.query(""))
}

// attempt sends the call once and reads the beginning of the answer.
func (p *Proxy) attempt(ctx context.Context, x *exchange, query string) (*http.Response, *head, *refusal) {
	resp, err := p.send(ctx, x, query)
	if err != nil {
		return nil, nil, unanswered(x.in.Context(), err)
	}
	switch status := resp.StatusCode; {
	case status < 200: // with 101 the connection is no longer one of HTTP, and WriteHeader takes nothing below 100
		_ = resp.Body.Close()
		return nil, nil, refuse(http.StatusBadGateway, BadAnswer, busy, "the platform answered with an HTTP status below 200")
	case status >= 300 && status < 400:
		_ = resp.Body.Close()
		return nil, nil, refuse(http.StatusBadGateway, BadAnswer, busy, "the platform answered with a redirect, which is not followed")
	}
	x.watch.moved()
	h, err := readHead(resp)
	if err != nil {
		_ = resp.Body.Close()
		return nil, nil, unanswered(x.in.Context(), x.scrub(err))
	}
	return resp, h, nil
}

// remember records the business to which the user's tokens in the answer were issued.
func (p *Proxy) remember(x *exchange, resp *http.Response, h *head) {
	if x.cred != appSecret && x.cred != refreshing || resp.StatusCode != http.StatusOK || h.code != 0 || !h.whole {
		return
	}
	err := p.cfg.Directory.users.remember(x.in.Context(), h.bytes, grantee{x.business.Name, x.account.appID})
	if err != nil {
		x.seen.Note = "calls with the tokens of this user will need a key: " + err.Error()
	}
}
