package component

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ErrState means that a browser returned from an authorization page without a visit to
// [Platform.AuthorizePage], or with the code of another visitor. The check protects
// against links by which a victim authorizes an account for an attacker, and against
// stolen codes.
var ErrState = errors.New("component: the return from the authorization page does not belong to this browser")

// errTooMany means that no more codes are fetched in this minute.
var errTooMany = errors.New("component: more pre-authorization codes are needed in a minute than Config.MaxPreAuthCodes allows")

// AuthorizePage returns the handler of the page on which administrators start an
// authorization: a link to the platform's page, or to the page inside WeChat for
// visitors that use WeChat's browser. Serve it on the registered host (授权发起页域名), and
// serve [Platform.AuthorizeCallback] at the address of r.RedirectURL. AuthorizePage
// panics if r is invalid.
//
// A signed cookie identifies the visitor. Each visitor uses one pre-authorization code
// until that code expires; a HEAD request uses none. Config.MaxPreAuthCodes bounds the
// codes of all visitors together.
func (p *Platform) AuthorizePage(r AuthRequest) http.Handler {
	if err := r.check(); err != nil {
		panic(err)
	}
	page := template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>授权 Authorize</title></head>
<body>{{if .}}<h1><a href="{{.}}">授权公众号 Authorize an account</a></h1>{{else}}<h1>暂时无法授权，请稍后再试 Please try again later</h1>{{end}}</body></html>
`))
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		switch req.Method {
		case http.MethodHead: // a link preview or a monitor
			return
		case http.MethodGet:
		default:
			header.Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		link, err := p.authorizeLink(w, req, r)
		switch {
		case errors.Is(err, errTooMany):
			header.Set("Retry-After", "60")
			fallthrough
		case err != nil:
			p.log.ErrorContext(req.Context(), "component: the authorization page cannot be shown", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = page.Execute(w, link)
	})
}

// authorizeLink returns the link for a visitor. It sets a cookie unless the visitor has
// a valid one.
func (p *Platform) authorizeLink(w http.ResponseWriter, req *http.Request, r AuthRequest) (string, error) {
	scheme, _, _ := strings.Cut(r.RedirectURL, ":")
	secure := strings.EqualFold(scheme, "https")
	name := visitCookie(secure)
	v, ok := p.readVisit(req, name)
	if !ok || !v.fresh() {
		if !p.preAuthCodes.allow() {
			return "", errTooMany
		}
		code, err := p.CreatePreAuthCode(req.Context())
		if err != nil {
			return "", err
		}
		v = newVisit(code)
		http.SetCookie(w, &http.Cookie{
			Name: name, Value: p.signVisit(name, v), Path: "/", MaxAge: int((time.Until(v.expiry) + visitGrace) / time.Second),
			HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		})
	}
	r.RedirectURL = withState(r.RedirectURL, v.state)
	r.Mobile = r.Mobile || strings.Contains(req.UserAgent(), "MicroMessenger")
	return r.url(p.oa.AppID(), v.preAuthCode), nil
}

// withState adds a state to the query of an address, before every other parameter. The
// rest of the address is not changed, since it may contain a raw %, which package url
// refuses.
func withState(address, state string) string {
	address, fragment, hasFragment := strings.Cut(address, "#")
	page, query, _ := strings.Cut(address, "?")
	address = page + "?state=" + url.QueryEscape(state)
	if query != "" {
		address += "&" + query
	}
	if hasFragment {
		address += "#" + fragment
	}
	return address
}

// AuthorizeCallback returns the handler of the address to which the authorization page
// redirects the browser. It exchanges the code and calls done with the account or an
// error. The error is [ErrState] for a visitor who did not start at
// [Platform.AuthorizePage] or has the code of another visitor; otherwise it is one of
// [Platform.Exchange]. In each case done writes the response.
//
// A code belongs to the first visitor that uses it, or to the visitor whose
// pre-authorization code is in the platform's notice. The same visitor may load the
// page again.
func (p *Platform) AuthorizeCallback(done func(w http.ResponseWriter, r *http.Request, a *Authorization, err error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer") // the code is in this page's address
		w.Header().Set("Cache-Control", "no-store")
		q := r.URL.Query()
		v, ok := p.readVisit(r, visitCookie(true))
		if !ok {
			v, ok = p.readVisit(r, visitCookie(false))
		}
		if !ok || !v.is(q.Get("state")) {
			done(w, r, nil, ErrState)
			return
		}
		a, err := p.exchange(r.Context(), q.Get("auth_code"), redeemer{state: v.state, preAuthCode: v.preAuthCode, browser: true})
		done(w, r, a, err)
	})
}

// budget allows at most max events in a minute.
type budget struct {
	max int

	mu    sync.Mutex
	start time.Time
	used  int
}

func (b *budget) allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.start) >= time.Minute {
		b.start, b.used = now, 0
	}
	if b.used >= b.max {
		return false
	}
	b.used++
	return true
}
