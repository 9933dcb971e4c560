package oauth

import (
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Why a visitor could not be signed in, for [LoginConfig.Failed]; what the platform
// answers is an *errcode.Error as everywhere.
var (
	ErrState    = errors.New("oauth: the visitor does not come back from a login that began in this browser, or it took too long")
	ErrDenied   = errors.New("oauth: the visitor did not consent")
	ErrSnapshot = errors.New("oauth: the page was opened in snapshot mode (快照页): its user is a virtual one")
)

// LoginConfig is what a [Login] is made from: RedirectURL and Keys, and the rest with
// useful zero values. It prints without the keys.
type LoginConfig struct {
	// RedirectURL is the https address that the Login itself serves, on the host of
	// the pages that it protects.
	RedirectURL string

	// Keys are the secrets that cookies are signed and sealed with, 32 random bytes at
	// least each. The first one is used for new cookies, all of them for old ones: put a
	// new key in front and take an old one away when its sessions are over. All processes of
	// a site need the same.
	Keys [][]byte `json:"-"`

	Scope      Scope // Base when empty
	ForcePopup bool  // ask for consent even of a visitor who gave it before

	// Sessions keeps who is signed in. Nil keeps it in the visitor's browser, in a
	// sealed cookie that holds for SessionLife and cannot be withdrawn before.
	Sessions Sessions

	// SessionLife is how long the sealed cookie holds, 2 hours when zero.
	SessionLife time.Duration

	// AllowSnapshots lets the virtual users of snapshot pages (快照页) in, with
	// Visitor.Snapshot true and no profile. They are turned away with ErrSnapshot otherwise.
	AllowSnapshots bool

	// Failed writes the page for a visitor who could not be signed in. Nil writes a
	// line of text. err is ErrState, ErrDenied, ErrSnapshot, or that of a call.
	Failed func(w http.ResponseWriter, r *http.Request, err error)

	// Name begins the names of the cookies, "wechat" when empty. Logins side by side,
	// of two accounts or for two scopes, need different names.
	Name string

	// PagesURL is where the platform's pages are; see Authorization.
	PagesURL string

	// InsecureHTTP allows a RedirectURL without TLS, and so cookies that anyone on the
	// way can read and set: for trials on one's own machine.
	InsecureHTTP bool
}

// Format writes the configuration without its keys, whatever the verb.
func (c LoginConfig) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "login at %s", c.RedirectURL)
}

// LogValue keeps the keys out of package slog.
func (c LoginConfig) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(c)) }

// The times of a login.
const (
	defaultSessionLife = 2 * time.Hour
	loginTakes         = 10 * time.Minute // from the visitor's departure to their return
)

// minKey is the least number of bytes of a key.
const minKey = 32

// Login signs visitors in. It is the handler of the RedirectURL, and [Login.Require]
// protects other handlers with it. Make one with [Service.Login].
type Login struct {
	service *Service
	config  LoginConfig // without the keys
	states  *states
}

// Login makes a [Login]. The error names the setting that is wrong.
func (s *Service) Login(c LoginConfig) (*Login, error) {
	c.Name = cmp.Or(c.Name, "wechat")
	c.SessionLife = cmp.Or(c.SessionLife, defaultSessionLife)
	if err := c.check(); err != nil {
		return nil, err
	}
	if _, err := s.AuthorizeURL(Authorization{RedirectURL: c.RedirectURL, Scope: c.Scope}); err != nil {
		return nil, err
	}
	box := cookies{name: c.Name, secure: !strings.HasPrefix(c.RedirectURL, "http:")}
	macs, err := derive(c.Keys, "wechat oauth state")
	if err != nil {
		return nil, err
	}
	if c.Sessions == nil {
		if c.Sessions, err = newSealedSessions(box, s.oa.AppID(), c); err != nil {
			return nil, err
		}
	}
	c.Keys = nil
	return &Login{s, c, &states{box, macs}}, nil
}

func (c LoginConfig) check() error {
	back, err := url.Parse(c.RedirectURL)
	switch {
	case err != nil || back.Host == "" || back.Scheme != "https" && back.Scheme != "http":
		return errors.New("oauth: LoginConfig.RedirectURL is no http or https address")
	case back.Scheme == "http" && !c.InsecureHTTP:
		return errors.New("oauth: LoginConfig.RedirectURL has no TLS: use https, or InsecureHTTP for a trial")
	case len(c.Keys) == 0:
		return errors.New("oauth: LoginConfig.Keys is empty")
	case c.SessionLife < 0:
		return errors.New("oauth: LoginConfig.SessionLife is below 0")
	case (&http.Cookie{Name: c.Name}).Valid() != nil:
		return errors.New("oauth: LoginConfig.Name is no name for a cookie")
	}
	return nil
}

// derive makes a key for one purpose of each of the keys.
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

// Format keeps the keys out of every verb of package fmt.
func (l Login) Format(f fmt.State, verb rune) { l.config.Format(f, verb) }

// LogValue keeps the keys out of package slog.
func (l Login) LogValue() slog.Value { return l.config.LogValue() }

// MarshalJSON keeps the keys out of JSON.
func (l Login) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprint(l.config)) }

// Visitor is who is signed in.
type Visitor struct {
	OpenID   string `json:"openid"`
	UnionID  string `json:"unionid,omitempty"`
	Nickname string `json:"nickname,omitempty"` // with the scopes UserInfo and QRLogin
	Portrait string `json:"portrait,omitempty"` // URL, likewise
	Snapshot bool   `json:"snapshot,omitempty"` // a virtual user: store nothing of it
}

type visitorKey struct{}

// VisitorFrom returns who is signed in, in a handler behind [Login.Require].
func VisitorFrom(ctx context.Context) (Visitor, bool) {
	v, ok := ctx.Value(visitorKey{}).(Visitor)
	return v, ok
}

// Require lets signed-in visitors through to next, which learns of them from
// [VisitorFrom]. It sends the others to WeChat, from where they come back to the page
// they asked for; a request that is no visit to a page, such as a POST or one made by
// a script, gets 401 instead.
func (l *Login) Require(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		if v, ok := l.config.Sessions.Visitor(r); ok {
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitorKey{}, v)))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		if !isVisit(r) {
			http.Error(w, "not signed in", http.StatusUnauthorized)
			return
		}
		l.begin(w, r)
	})
}

// isVisit reports whether a browser asks for a page, which it can be led away from.
func isVisit(r *http.Request) bool {
	mode := r.Header.Get("Sec-Fetch-Mode")
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		(mode == "" || mode == "navigate") && r.Header.Get("X-Requested-With") != "XMLHttpRequest"
}

// begin sends the visitor to WeChat.
func (l *Login) begin(w http.ResponseWriter, r *http.Request) {
	state := rand.Text()
	page, err := l.service.AuthorizeURL(Authorization{
		RedirectURL: l.config.RedirectURL, Scope: l.config.Scope, State: state,
		ForcePopup: l.config.ForcePopup, PagesURL: l.config.PagesURL,
	})
	if err != nil {
		l.fail(w, r, err)
		return
	}
	l.states.keep(w, r, state, r.RequestURI)
	redirect(w, http.StatusFound, page)
}

// redirect sends the browser on. Unlike http.Redirect it writes the address as it is.
func redirect(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address of this page may hold a code
	w.WriteHeader(status)
}

// ServeHTTP receives visitors at the RedirectURL: it signs them in, and sends them on
// to the page that they had asked for.
func (l *Login) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	query := r.URL.Query()
	path, ok := l.states.take(w, r, query.Get("state"))
	if _, signedIn := l.config.Sessions.Visitor(r); !ok && signedIn {
		redirect(w, http.StatusSeeOther, "/") // the back button leads here
		return
	}
	if !ok {
		l.fail(w, r, ErrState)
		return
	}
	if err := l.finish(w, r, query.Get("code")); err != nil {
		l.fail(w, r, err)
		return
	}
	redirect(w, http.StatusSeeOther, path)
}

// finish signs the visitor with that code in.
func (l *Login) finish(w http.ResponseWriter, r *http.Request, code string) error {
	if code == "" {
		return ErrDenied
	}
	g, err := l.service.Exchange(r.Context(), code)
	if err != nil {
		return err
	}
	v := Visitor{OpenID: g.OpenID, UnionID: g.UnionID, Snapshot: g.Snapshot}
	switch {
	case g.Snapshot && !l.config.AllowSnapshots:
		return ErrSnapshot
	case g.Snapshot, l.config.Scope == Base, l.config.Scope == "":
		return l.config.Sessions.Begin(w, r, v, g)
	}
	u, err := l.service.User(r.Context(), g.AccessToken(), g.OpenID, "")
	if err != nil {
		return err
	}
	if u.OpenID != g.OpenID {
		return errors.New("oauth: /sns/userinfo: the profile is another user's")
	}
	v.Nickname, v.Portrait = u.Nickname, u.Portrait
	if u.UnionID != "" {
		v.UnionID = u.UnionID
	}
	return l.config.Sessions.Begin(w, r, v, g)
}

// Logout ends the visitor's session. Let it be reached by POST alone, so that no other
// site's link ends it.
func (l *Login) Logout(w http.ResponseWriter, r *http.Request) error {
	return l.config.Sessions.End(w, r)
}

// fail writes the page for a visitor who could not be signed in.
func (l *Login) fail(w http.ResponseWriter, r *http.Request, err error) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if l.config.Failed != nil {
		l.config.Failed(w, r, err)
		return
	}
	status, text := explain(err)
	http.Error(w, text, status)
}

// explain is what a visitor is told; the reason itself may be none of their business.
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
