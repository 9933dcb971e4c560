package main

import (
	"bytes"
	"embed"
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

//go:embed pages.html
var files embed.FS

// website is the site: a page for everyone, and one for those who have logged in.
type website struct {
	address string // as visitors know it, without a path
	login   *oauth.Login
	signer  *jssdk.Service
	pages   *template.Template
}

// newWebsite returns the site. platform is the address of the platform's pages, empty for
// the real platform.
func newWebsite(oa *officialaccount.Client, address, platform string, key []byte) (http.Handler, error) {
	s := &website{address: strings.TrimSuffix(address, "/"), signer: jssdk.New(oa)}
	var err error
	if s.pages, err = template.ParseFS(files, "pages.html"); err != nil {
		return nil, err
	}
	s.login, err = oauth.New(oa).Login(oauth.LoginConfig{
		RedirectURL:  s.address + "/wechat/login",
		Keys:         [][]byte{key},
		Scope:        oauth.UserInfo,
		Failed:       s.failed,
		PagesURL:     platform,
		InsecureHTTP: platform != "", // a test on your own machine
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { s.write(w, http.StatusOK, "home", nil) })
	mux.Handle("GET /account", s.login.Require(http.HandlerFunc(s.account)))
	mux.Handle("/wechat/login", s.login)
	mux.HandleFunc("POST /logout", s.logout)
	return mux, nil
}

// account is the page of a visitor, with the JS-SDK.
func (s *website) account(w http.ResponseWriter, r *http.Request) {
	visitor, _ := oauth.VisitorFrom(r.Context())
	config, err := s.signer.SignPage(r.Context(), s.address+r.URL.RequestURI(), "scanQRCode", "getNetworkType")
	if err != nil {
		slog.Error("no signature for the page", "error", err) // the page works without it
	}
	s.write(w, http.StatusOK, "account", map[string]any{"Visitor": visitor, "Config": config, "Signed": err == nil})
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
