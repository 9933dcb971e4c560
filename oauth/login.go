package oauth

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// The reasons why a visitor could not be signed in, for [LoginConfig.ErrorHandler]. A refusal
// of the platform is an *errcode.Error.
var (
	ErrState    = errors.New("oauth: this browser has no pending login, or the login has expired")
	ErrDenied   = errors.New("oauth: the visitor did not consent")
	ErrSnapshot = errors.New("oauth: the page was opened in snapshot mode (快照页) by a virtual user")
)

// LoginConfig configures a [Login]. RedirectURL and Keys are required. It prints without
// the keys.
type LoginConfig struct {
	// RedirectURL is the https address at which the Login is served, on the host of the
	// pages that it protects.
	RedirectURL string

	// Keys are the secrets that sign and seal cookies, at least 32 random bytes each. New
	// cookies use the first key; cookies that use any of the keys are accepted. All
	// processes of a site need the same keys. To rotate, add a new key as the second one
	// in every process, then make it the first, and remove the old one when its sessions
	// have ended.
	Keys [][]byte

	Scope      Scope // of Login.Require, Base if empty
	ForcePopup bool  // see AuthRequest

	// Sessions stores the sessions of visitors. If nil, the visitor is stored in an
	// encrypted cookie, which is valid for SessionLife and cannot be revoked.
	Sessions Sessions

	// SessionLife is the life of the encrypted cookie, 2 hours if zero.
	SessionLife time.Duration

	// AllowSnapshots signs in the virtual users of snapshot pages (快照页), with
	// Visitor.Snapshot true and without a profile. Otherwise they get ErrSnapshot.
	AllowSnapshots bool

	// ErrorHandler writes the page for a visitor who could not be signed in. If nil, a
	// line of text is written. err is ErrState, ErrDenied, ErrSnapshot, or the error of a
	// call.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Name is the prefix of the cookies' names, "wechat" if empty. Two Logins on one
	// host need different names.
	Name string

	// PagesURL is the address of the platform's pages; see AuthRequest.
	PagesURL string

	// InsecureHTTP allows a RedirectURL without TLS, for a test on your own machine.
	// Everyone on the network path can read and set the cookies.
	InsecureHTTP bool
}

// Format implements fmt.Formatter. It hides the keys.
func (c LoginConfig) Format(f fmt.State, _ rune) {
	io.WriteString(f, secret.Describe(c, "RedirectURL"))
}

// MarshalText implements encoding.TextMarshaler. It hides the keys.
func (c LoginConfig) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }

// The times of a login.
const (
	defaultSessionLife = 2 * time.Hour
	loginTakes         = 10 * time.Minute // until the visitor returns
)

// minKey is the minimum size of a key in bytes.
const minKey = 32

// Login signs visitors in. It is the handler of the RedirectURL. [Login.Require] protects
// other handlers. Make one with [Service.Login].
type Login struct {
	service *Service
	config  LoginConfig // without the keys
	states  *states
}

// Login returns a [Login]. The error names a wrong setting.
func (s *Service) Login(c LoginConfig) (*Login, error) {
	c.Name, c.Scope = cmp.Or(c.Name, "wechat"), cmp.Or(c.Scope, Base)
	c.SessionLife = cmp.Or(c.SessionLife, defaultSessionLife)
	if err := c.check(); err != nil {
		return nil, err
	}
	if _, err := s.AuthorizeURL(AuthRequest{RedirectURL: c.RedirectURL, Scope: c.Scope}); err != nil {
		return nil, err
	}
	box := cookies{name: c.Name, secure: !isPlainHTTP(c.RedirectURL)}
	macs, err := derive(c.Keys, "wechat oauth state")
	if err != nil {
		return nil, err
	}
	if c.Sessions == nil {
		if c.Sessions, err = newSealedSessions(box, s.appID(), c); err != nil {
			return nil, err
		}
	}
	c.Keys = nil
	return &Login{s, c, &states{box, macs}}, nil
}

func (c LoginConfig) check() error {
	if _, err := limit.Address("oauth.LoginConfig", "RedirectURL", c.RedirectURL); err != nil {
		return err
	}
	switch {
	case isPlainHTTP(c.RedirectURL) && !c.InsecureHTTP:
		return errors.New("oauth: LoginConfig.RedirectURL has no TLS: use https, or InsecureHTTP for a test")
	case len(c.Keys) == 0:
		return errors.New("oauth: LoginConfig.Keys is empty")
	case c.SessionLife < 0:
		return errors.New("oauth: LoginConfig.SessionLife is below 0")
	case (&http.Cookie{Name: c.Name}).Valid() != nil:
		return errors.New("oauth: LoginConfig.Name is not a valid name of a cookie")
	}
	return nil
}

func isPlainHTTP(address string) bool {
	scheme, _, _ := strings.Cut(address, ":")
	return strings.EqualFold(scheme, "http")
}

// derive derives a key for one purpose from each of the keys.
func derive(keys [][]byte, purpose string) (derived [][]byte, err error) {
	for i, key := range keys {
		if len(key) < minKey {
			return nil, fmt.Errorf("oauth: LoginConfig.Keys[%d] has %d bytes, at least %d are needed", i, len(key), minKey)
		}
		one, err := hkdf.Key(sha256.New, key, nil, purpose, 32)
		if err != nil {
			return nil, err
		}
		derived = append(derived, one)
	}
	return derived, nil
}

// Format implements fmt.Formatter. It hides the keys.
func (l Login) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "oauth.Login{RedirectURL:%q}", l.config.RedirectURL)
}

// MarshalText implements encoding.TextMarshaler. It hides the keys.
func (l Login) MarshalText() ([]byte, error) { return fmt.Append(nil, l), nil }

// Visitor is a signed-in visitor.
type Visitor struct {
	OpenID    string `json:"openid"`
	UnionID   string `json:"unionid,omitempty"`
	Nickname  string `json:"nickname,omitempty"` // with the scopes UserInfo and QRLogin
	AvatarURL string `json:"avatar,omitempty"`   // URL, with the same scopes
	Scope     Scope  `json:"scope,omitempty"`    // with which the visitor signed in; empty counts as Base
	Snapshot  bool   `json:"snapshot,omitempty"` // a virtual user: do not store it
}

type visitorKey struct{}

// VisitorFromContext returns the visitor, in a handler behind [Login.Require].
func VisitorFromContext(ctx context.Context) (Visitor, bool) {
	v, ok := ctx.Value(visitorKey{}).(Visitor)
	return v, ok
}

// Require passes the requests of signed-in visitors to next, where [VisitorFromContext]
// returns the visitor. It sends other visitors to WeChat, from where they return to the
// requested page. A request that does not open a page, such as a POST or a request of a
// script, gets 401 instead.
//
// The requested page is the RequestURI of the request: the path as the server received
// it, also behind http.StripPrefix. A reverse proxy that removes a prefix from the path
// sends visitors back without the prefix. Let it pass paths unchanged and use
// http.StripPrefix, or put the prefix back in a handler around Require:
//
//	r.RequestURI = "/shop" + r.RequestURI
func (l *Login) Require(next http.Handler) http.Handler { return l.require(l.config.Scope, next) }

// RequireUserInfo is [Login.Require] for pages that need the visitor's profile, in a
// Login with the scope Base. It also sends visitors who have signed in with Base to
// WeChat, to ask for the scope UserInfo. Pages behind Require accept both.
func (l *Login) RequireUserInfo(next http.Handler) http.Handler {
	if l.config.Scope == QRLogin { // which returns the profile, too
		return l.Require(next)
	}
	return l.require(UserInfo, next)
}

func (l *Login) require(scope Scope, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		if v, ok := l.config.Sessions.Visitor(r); ok && v.Scope.covers(scope) {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if !isVisit(r) {
			http.Error(w, "not signed in", http.StatusUnauthorized)
			return
		}
		l.begin(w, r, scope)
	})
}

// covers reports whether the scope s includes want. A session of the site itself may know
// the openid only, which Base returns.
func (s Scope) covers(want Scope) bool {
	return s == want || want == Base && (s == UserInfo || s == "")
}

// isVisit reports whether a browser opens a page and can follow a redirect to WeChat.
func isVisit(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(mode == "" || mode == "navigate") && r.Header.Get("X-Requested-With") != "XMLHttpRequest"
}

// begin sends the visitor to WeChat.
func (l *Login) begin(w http.ResponseWriter, r *http.Request, scope Scope) {
	state := rand.Text()
	page, err := l.service.AuthorizeURL(AuthRequest{
		RedirectURL: l.config.RedirectURL, Scope: scope, State: state,
		ForcePopup: l.config.ForcePopup, PagesURL: l.config.PagesURL,
	})
	if err != nil {
		l.fail(w, r, err)
		return
	}
	l.states.keep(w, r, state, pending{scope, r.RequestURI})
	redirect(w, http.StatusFound, page)
}

// redirect redirects the browser. Unlike http.Redirect it writes the address unchanged.
func redirect(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address of this page may contain a code
	w.WriteHeader(status)
}

// ServeHTTP receives visitors at the RedirectURL: it signs them in and redirects them
// to the requested page.
func (l *Login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	query := r.URL.Query()
	login, ok := l.states.redeem(w, r, query.Get("state"))
	if _, signedIn := l.config.Sessions.Visitor(r); !ok && signedIn {
		redirect(w, http.StatusSeeOther, "/") // the browser's back button
		return
	}
	if !ok {
		l.fail(w, r, ErrState)
		return
	}
	if err := l.finish(w, r, login.scope, query.Get("code")); err != nil {
		l.fail(w, r, err)
		return
	}
	redirect(w, http.StatusSeeOther, login.page)
}

// finish signs in the visitor who returned with the code.
func (l *Login) finish(w http.ResponseWriter, r *http.Request, scope Scope, code string) error {
	if code == "" {
		return ErrDenied
	}
	g, err := l.service.Exchange(r.Context(), code)
	if err != nil {
		return err
	}
	v := Visitor{OpenID: g.OpenID, UnionID: g.UnionID, Scope: scope, Snapshot: g.Snapshot}
	switch {
	case g.Snapshot && !l.config.AllowSnapshots:
		return ErrSnapshot
	case g.Snapshot, scope == Base:
		return l.config.Sessions.Begin(w, r, v, g)
	}
	u, err := l.service.GetUser(r.Context(), g.AccessToken(), g.OpenID, "")
	if err != nil {
		return err
	}
	if u.OpenID != g.OpenID {
		return errors.New("oauth: /sns/userinfo: the profile belongs to another user")
	}
	v.Nickname, v.AvatarURL = u.Nickname, u.AvatarURL
	if u.UnionID != "" {
		v.UnionID = u.UnionID
	}
	return l.config.Sessions.Begin(w, r, v, g)
}

// Logout ends the visitor's session. Call it for POST requests only, so that a link on
// another site cannot end it.
func (l *Login) Logout(w http.ResponseWriter, r *http.Request) error {
	return l.config.Sessions.End(w, r)
}

// fail writes the page for a visitor who could not be signed in.
func (l *Login) fail(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if l.config.ErrorHandler != nil {
		l.config.ErrorHandler(w, r, err)
		return
	}
	status, text := explain(err)
	http.Error(w, text, status)
}

// explain returns the text for the visitor. It does not contain err.
func explain(err error) (status int, text string) {
	switch {
	case errors.Is(err, ErrDenied):
		return http.StatusForbidden, "登录已取消。You did not consent to the login."
	case errors.Is(err, ErrSnapshot):
		return http.StatusForbidden, "请点击“使用完整服务”后再登录。Use the full service of this page to log in."
	case errors.Is(err, ErrState):
		return http.StatusBadRequest, "登录已失效，请重新打开页面。The login has expired: open the page again."
	}
	return http.StatusBadGateway, "登录失败，请重新打开页面。The login failed: open the page again."
}
