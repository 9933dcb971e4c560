package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/user"
)

//go:embed pages.html
var files embed.FS

// config describes the site.
type config struct {
	address  string // as visitors know it, without a path
	platform string // address of the platform's pages, empty for the real platform
	key      []byte
	sessions string // one of sessionKinds
	company  company
	store    store.Store // of bindings
}

// website is the site: a page for everyone, one for those who have logged in silently, and
// one for those who have shown their profile.
type website struct {
	config
	login     *oauth.Login
	signer    *jssdk.Service
	followers *user.Service
	bindings  bindings
	pages     *template.Template
}

// newWebsite returns the site.
func newWebsite(oa *officialaccount.Client, c config) (http.Handler, error) {
	c.address = strings.TrimSuffix(c.address, "/")
	s := &website{config: c, signer: jssdk.New(oa), followers: user.New(oa), bindings: bindings{c.store}}
	var err error
	if s.pages, err = template.ParseFS(files, "pages.html"); err != nil {
		return nil, err
	}
	local := c.platform != "" // a test on your own machine
	kept, err := newKeeper(c.sessions, c.key, !local)
	if err != nil {
		return nil, err
	}
	s.login, err = oauth.New(oa).Login(oauth.LoginConfig{
		RedirectURL:  s.address + "/wechat/login",
		Keys:         [][]byte{c.key},
		Sessions:     kept.Sessions,
		ErrorHandler: s.failed,
		PagesURL:     c.platform,
		InsecureHTTP: local,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.write(w, http.StatusOK, "home", nil) })
	mux.Handle("GET /account", s.login.Require(http.HandlerFunc(s.account)))
	mux.Handle("GET /profile", s.login.RequireUserInfo(http.HandlerFunc(s.profile)))
	mux.Handle("POST /bind", s.login.Require(http.HandlerFunc(s.bind)))
	mux.Handle("POST /unbind", s.login.Require(http.HandlerFunc(s.unbind)))
	mux.HandleFunc("POST /logout", s.logout)
	mux.Handle("/wechat/login", s.login)
	return http.NewCrossOriginProtection().Handler(kept.around(mux)), nil
}

// account is the page of a visitor who was not asked anything. It knows the openid, and so
// the follower and the user of the company. It has the JS-SDK.
func (s *website) account(w http.ResponseWriter, r *http.Request) {
	visitor, _ := oauth.VisitorFromContext(r.Context())
	bound, found, err := s.bindings.find(r.Context(), visitor.OpenID)
	if err != nil {
		s.broken(w, "binding", err)
		return
	}
	follower, err := s.follower(r.Context(), visitor)
	if err != nil {
		slog.Error("follower", "error", err) // the page works without it
	}
	config, err := s.signer.SignPage(r.Context(), s.address+r.URL.RequestURI(), "scanQRCode", "getNetworkType")
	if err != nil {
		slog.Error("no signature for the page", "error", err) // the page works without it
	}
	s.write(w, http.StatusOK, "account", map[string]any{
		"Visitor": visitor, "Bound": found, "Binding": bound, "Follower": follower, "Config": config, "Signed": err == nil,
	})
}

// follower returns what the account knows of a visitor: whether they follow, and the
// unionid, which a silent login does not return.
func (s *website) follower(ctx context.Context, v oauth.Visitor) (*user.Profile, error) {
	return s.followers.GetProfile(ctx, user.ProfileQuery{OpenID: v.OpenID})
}

// profile is the page of a visitor who has consented to show who they are.
func (s *website) profile(w http.ResponseWriter, r *http.Request) {
	visitor, _ := oauth.VisitorFromContext(r.Context())
	s.write(w, http.StatusOK, "profile", visitor)
}

// bind connects the visitor with the user of the company whose password they know.
func (s *website) bind(w http.ResponseWriter, r *http.Request) {
	visitor, _ := oauth.VisitorFromContext(r.Context())
	r.Body = http.MaxBytesReader(w, r.Body, 4096)
	id, ok, err := s.company.check(r.Context(), r.PostFormValue("name"), r.PostFormValue("password"))
	if err != nil {
		s.broken(w, "company", err)
		return
	}
	if !ok || visitor.Snapshot {
		s.write(w, http.StatusForbidden, "unbound", "用户名或密码不正确 The name or the password is wrong.")
		return
	}
	one := binding{User: id, UnionID: visitor.UnionID, Since: time.Now()}
	if follower, err := s.follower(r.Context(), visitor); err == nil && follower.UnionID != "" {
		one.UnionID = follower.UnionID
	}
	err = s.bindings.bind(r.Context(), visitor.OpenID, one)
	switch {
	case errors.Is(err, errTaken):
		s.write(w, http.StatusConflict, "unbound", "已绑定其他账号 This WeChat user or this account is bound already.")
	case err != nil:
		s.broken(w, "binding", err)
	default:
		http.Redirect(w, r, "/account", http.StatusSeeOther)
	}
}

func (s *website) unbind(w http.ResponseWriter, r *http.Request) {
	visitor, _ := oauth.VisitorFromContext(r.Context())
	if err := s.bindings.unbind(r.Context(), visitor.OpenID); err != nil {
		s.broken(w, "binding", err)
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (s *website) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.login.Logout(w, r); err != nil {
		slog.Error("logout", "error", err)
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// failed shows a visitor that the login failed, and logs the reason.
func (s *website) failed(w http.ResponseWriter, _ *http.Request, err error) {
	slog.Warn("login failed", "error", err)
	s.write(w, http.StatusForbidden, "failed", nil)
}

// broken shows a visitor that a part of the site does not answer, and logs the reason.
func (s *website) broken(w http.ResponseWriter, what string, err error) {
	slog.Error(what, "error", err)
	http.Error(w, "请稍后再试 Try again later.", http.StatusBadGateway)
}

func (s *website) write(w http.ResponseWriter, status int, page string, data any) {
	var out bytes.Buffer
	if err := s.pages.ExecuteTemplate(&out, page, data); err != nil {
		slog.Error("page", "name", page, "error", err)
		http.Error(w, "something went wrong", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // an error means that the browser went away
}
