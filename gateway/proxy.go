package gateway

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Defaults of [ProxyConfig].
const (
	DefaultMaxBody  = 128 << 20 // bytes
	DefaultHoldBody = 1 << 20   // bytes
)

// ProxyConfig is what a [Proxy] is made from. All but Directory has a default.
type ProxyConfig struct {
	Directory *Directory

	// Hosts are the platform's access points (接入点) in the order of preference;
	// https://api.weixin.qq.com and https://api2.weixin.qq.com if empty. The next one
	// is tried when there is no connection to one: nothing has been sent then.
	Hosts []string

	// Transport carries the calls. Nil is one that takes 3 seconds to connect and 30
	// to wait for the head of an answer, and keeps 256 idle connections a host.
	Transport http.RoundTripper

	// PassKey signs the passes that clients get for tokens, see the package's comment.
	// It is the same for all instances, 32 random bytes or more. Nil is a random one,
	// with which only this instance takes its passes.
	PassKey []byte

	// Limiter counts the calls that [Business].Limits bound. Nil is a [LocalLimiter].
	Limiter Limiter

	// MaxBody is how large the body of a call may be, [DefaultMaxBody] if zero.
	MaxBody int64

	// HoldBody is up to which size a body is read before the call is made, so that the
	// call can be repeated with a new token; [DefaultHoldBody] if zero. Larger bodies
	// are handed on as they come and are sent once: should the platform reject the
	// token, the caller gets that answer and the next call has another token.
	HoldBody int64

	// Logger gets a line for every call. Nil is silence.
	Logger *slog.Logger

	// Observe is told of every call after its end, for metrics.
	Observe func(Call)
}

// Proxy (API-Proxy, 接口代理) calls the platform for businesses. It is an
// http.Handler for the platform's own paths, optionally with an app id before them:
//
//	GET  /cgi-bin/menu/get
//	POST /wx0123456789abcdef/cgi-bin/message/custom/send
//
// It adds what the endpoint wants: the access_token; app id and AppSecret for
// /sns/oauth2/access_token and /cgi-bin/clear_quota/v2; the app id alone for
// /sns/oauth2/refresh_token; nothing for /sns/userinfo and /sns/auth, where the
// user's own token stays. The endpoints of a third-party platform
// (/cgi-bin/component/…) are not served. POST /cgi-bin/stable_token and GET
// /cgi-bin/token are answered with a pass of the proxy's own.
//
// After 40001, 40014 or 42001 the token is replaced and the call made once more: the
// rejection proves that it was not executed. Nothing else is ever repeated. An answer
// is handed on as it is; an answer of the proxy itself has a member "error" beside
// errcode and errmsg, which is a [Reason].
type Proxy struct {
	cfg    ProxyConfig
	hosts  hosts
	passes passes
}

// Format writes the configuration without the key, whatever the verb.
func (cfg ProxyConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "gateway.ProxyConfig{Hosts:%q MaxBody:%d HoldBody:%d}", cfg.Hosts, cfg.MaxBody, cfg.HoldBody)
}

// LogValue keeps the key out of package slog.
func (cfg ProxyConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(cfg)) }

// Format names the type and shows nothing of the proxy.
func (p *Proxy) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("gateway.Proxy")) }

// NewProxy makes a proxy.
func NewProxy(cfg ProxyConfig) (*Proxy, error) {
	switch {
	case cfg.Directory == nil:
		return nil, errors.New("gateway: ProxyConfig.Directory is nil")
	case cfg.PassKey != nil && len(cfg.PassKey) < 32:
		return nil, errors.New("gateway: ProxyConfig.PassKey has less than 32 bytes")
	case cfg.MaxBody < 0 || cfg.HoldBody < 0:
		return nil, errors.New("gateway: ProxyConfig.MaxBody and HoldBody must not be negative")
	}
	cfg = cfg.withDefaults()
	hosts, err := newHosts(cfg.Hosts)
	if err != nil {
		return nil, err
	}
	return &Proxy{cfg, hosts, passes{cfg.PassKey}}, nil
}

func (cfg ProxyConfig) withDefaults() ProxyConfig {
	if len(cfg.Hosts) == 0 {
		cfg.Hosts = defaultHosts
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.PassKey == nil {
		cfg.PassKey = make([]byte, 32)
		_, _ = rand.Read(cfg.PassKey) // it never fails
	}
	if cfg.Limiter == nil {
		cfg.Limiter = new(LocalLimiter)
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.HoldBody == 0 {
		cfg.HoldBody = DefaultHoldBody
	}
	cfg.HoldBody = min(cfg.HoldBody, cfg.MaxBody)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   256,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   5 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		ExpectContinueTimeout: time.Second,
		DisableCompression:    true, // answers are looked into
	}
}

// exchange is one call on its way through the proxy.
type exchange struct {
	in   *http.Request
	path string // of the platform
	cred credential
	caller
	params
	body  *body
	watch *watch // over the answer
	seen  Call
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	x := &exchange{in: r, seen: Call{RequestID: requestID(r), Method: r.Method}}
	w.Header()[RequestID] = []string{x.seen.RequestID}
	refused := p.serve(w, x)
	if refused != nil {
		x.seen.Reason, x.seen.Status, x.seen.Code = refused.Reason, refused.status, refused.Code
		if refused.status != statusCallerGone {
			leaveBody(w, r)
			refused.write(w)
		}
	}
	x.seen.Duration = time.Since(began)
	p.report(r.Context(), x, refused)
	if x.seen.Cut {
		panic(http.ErrAbortHandler) // the only way to show the caller that the answer is not whole
	}
}

// serve answers a call, or says why not.
func (p *Proxy) serve(w http.ResponseWriter, x *exchange) *refusal {
	if refused := p.admit(w, x); refused != nil || x.cred == issued {
		return refused
	}
	b, refused := p.takeBody(w, x.in)
	if refused != nil {
		return refused
	}
	x.body = b
	defer b.end(w, x.in)
	ctx, cancel := context.WithCancelCause(x.in.Context())
	defer cancel(nil)
	x.watch = &watch{cancel: cancel}
	defer x.watch.stop()
	resp, head, refused := p.call(ctx, x)
	if refused != nil {
		return refused
	}
	defer resp.Body.Close()
	p.hand(w, x, resp, head)
	return nil
}

// admit finds out who calls what, and whether that is allowed.
func (p *Proxy) admit(w http.ResponseWriter, x *exchange) (refused *refusal) {
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
	if x.cred == issued {
		if refused = readTokenRequest(w, r, path, &x.params); refused != nil {
			return refused
		}
	}
	if x.caller, refused = p.identify(r, roster, pathApp, x.cred, &x.params); refused != nil {
		x.name()
		return refused
	}
	x.name()
	if refused = x.allowed(); refused != nil {
		return refused
	}
	if err := x.business.takeAll(r.Context(), p.cfg.Limiter, path); err != nil {
		return limited(err)
	}
	if x.cred == issued {
		x.seen.Status = http.StatusOK
		return p.issue(w, x.caller)
	}
	return nil
}

// name notes who calls.
func (x *exchange) name() {
	if x.business != nil {
		x.seen.Business, x.seen.Path = x.business.Name, x.path
	}
	if x.account != nil {
		x.seen.AppID = x.account.appID
	}
}

// allowed looks whether the business may call the path, and the gateway can.
func (x *exchange) allowed() *refusal {
	if x.cred == issued {
		x.seen.Route = x.path
		return nil
	}
	route, ok := x.business.admits(x.path)
	if !ok || x.cred == unserved {
		return refuse(http.StatusForbidden, ForbiddenPath, notAllowed, "this path is not allowed to the business")
	}
	x.seen.Route = string(route)
	if (x.cred == appSecret || x.cred == appSecretV2) && !x.account.hasSecret {
		return refuse(http.StatusForbidden, NoSecret, notAllowed, "the gateway has no AppSecret for this account")
	}
	return nil
}

// call makes the call, and once more with another token if the platform rejects the
// first. head is the beginning of the answer, which has been read already.
func (p *Proxy) call(ctx context.Context, x *exchange) (*http.Response, *peeked, *refusal) {
	if x.cred != appToken {
		return p.attempt(ctx, x, x.cred.query(x.account, "", x.params))
	}
	tok, err := x.account.tokens.Token(ctx)
	if err != nil {
		return nil, nil, tokenless(ctx, err)
	}
	resp, head, refused := p.attempt(ctx, x, x.cred.query(x.account, tok.Value(), x.params))
	if refused != nil || tok.IsNone() || !errcode.ErrTokenInvalid.Has(head.code) {
		return resp, head, refused
	}
	fresh, err := x.account.tokens.Replace(ctx, tok)
	switch {
	case err != nil:
		x.seen.Note = "not sent again: there is no other token: " + err.Error()
		return resp, head, nil
	case !x.body.whole():
		x.seen.Note = "not sent again: the body was streamed; the next call has a new token"
		return resp, head, nil
	}
	head.free()
	_ = resp.Body.Close()
	x.seen.Replayed = true
	return p.attempt(ctx, x, x.cred.query(x.account, fresh.Value(), x.params))
}

func tokenless(ctx context.Context, err error) *refusal {
	if ctx.Err() != nil {
		return unanswered(ctx, err)
	}
	return noToken(err)
}

// attempt sends the call once and looks into the beginning of the answer.
func (p *Proxy) attempt(ctx context.Context, x *exchange, query string) (*http.Response, *peeked, *refusal) {
	resp, err := p.send(ctx, x, query)
	if err != nil {
		return nil, nil, unanswered(x.in.Context(), err)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		_ = resp.Body.Close()
		return nil, nil, refuse(http.StatusBadGateway, BadAnswer, busy, "the platform answered with a redirect, which is not followed")
	}
	x.watch.moved()
	head, err := peek(resp)
	if err != nil {
		_ = resp.Body.Close()
		return nil, nil, unanswered(x.in.Context(), err)
	}
	return resp, head, nil
}
