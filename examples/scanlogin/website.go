package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/qrcode"
)

//go:embed pages.html
var files embed.FS

// website is what the browser on the computer sees.
type website struct {
	logins logins
	codes  *qrcode.Service
	pages  *template.Template
	secure bool // cookies for https alone

	open *oauth.Login // by the QR code of a website application; nil without one
}

func newWebsite(oa *officialaccount.Client, l logins, secure bool) *website {
	return &website{logins: l, codes: qrcode.New(oa), pages: template.Must(template.ParseFS(files, "pages.html")), secure: secure}
}

// handler serves the site, and the bot under /wechat.
func (s *website) handler(bot http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", s.login)
	mux.HandleFunc("GET /login/code.jpg", s.code)
	mux.HandleFunc("GET /login/status", s.status)
	mux.HandleFunc("POST /login/finish", s.finish)
	mux.HandleFunc("POST /logout", s.logout)
	if s.open != nil {
		mux.Handle("GET /open", s.open.Require(http.RedirectHandler("/", http.StatusSeeOther)))
		mux.Handle(openCallback, s.open)
	}
	return mux
}

// The cookies of a pending login and of a session.
const (
	loginCookie   = "scanlogin_login"
	sessionCookie = "scanlogin_session"
)

// set writes a cookie. That of a session is sent with links from other sites too, also when
// WeChat sends the browser back.
func (s *website) set(w http.ResponseWriter, name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second),
		Secure: s.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
	if name == sessionCookie {
		c.SameSite = http.SameSiteLaxMode
	}
	http.SetCookie(w, c)
}

func (s *website) drop(w http.ResponseWriter, name string) { s.set(w, name, "", -time.Second) }

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// home shows visitors who they are.
func (s *website) home(w http.ResponseWriter, r *http.Request) {
	visitor, ok, err := s.logins.visitor(r.Context(), cookie(r, sessionCookie))
	switch {
	case err != nil:
		s.broken(w, err)
	case !ok:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	default:
		s.write(w, "home", visitor)
	}
}

// login shows a new code.
func (s *website) login(w http.ResponseWriter, r *http.Request) {
	secret, err := s.logins.begin(r.Context(), func(scene string) (string, error) {
		code, err := s.codes.CreateTemporary(r.Context(), qrcode.Text(scene), loginLife)
		return code.Ticket, err
	})
	if err != nil {
		s.broken(w, err)
		return
	}
	s.set(w, loginCookie, secret, loginLife)
	s.write(w, "login", map[string]any{"Open": s.open != nil})
}

// code serves the picture of this browser's QR code. A page could also show
// qrcode.ImageURL(ticket), the picture's address at the platform.
func (s *website) code(w http.ResponseWriter, r *http.Request) {
	one, _, err := s.logins.find(r.Context(), digest(cookie(r, loginCookie)))
	if err == nil && one.Step == expired {
		http.NotFound(w, r)
		return
	}
	var picture *officialaccount.File
	if err == nil {
		picture, err = s.codes.DownloadImage(r.Context(), one.Ticket)
	}
	if err != nil {
		s.broken(w, err)
		return
	}
	defer picture.Close()
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.Copy(w, picture) // an error means that one of the two went away
}

// status returns the step of the login. The page requests it every second.
func (s *website) status(w http.ResponseWriter, r *http.Request) {
	one, _, err := s.logins.find(r.Context(), digest(cookie(r, loginCookie)))
	if err != nil {
		s.broken(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(map[string]step{"step": one.Step})
}

// finish signs in a browser whose login was confirmed.
func (s *website) finish(w http.ResponseWriter, r *http.Request) {
	session, ok, err := s.logins.finish(r.Context(), cookie(r, loginCookie))
	switch {
	case err != nil:
		s.broken(w, err)
	case !ok:
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	default:
		s.drop(w, loginCookie)
		s.set(w, sessionCookie, session, sessionLife)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

func (s *website) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.logins.end(context.WithoutCancel(r.Context()), cookie(r, sessionCookie)); err != nil {
		s.broken(w, err)
		return
	}
	s.drop(w, sessionCookie)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *website) broken(w http.ResponseWriter, err error) {
	slog.Error("website", "error", err)
	http.Error(w, "Something went wrong, try again. 出错了，请重试。", http.StatusBadGateway)
}

func (s *website) write(w http.ResponseWriter, page string, data any) {
	var out bytes.Buffer
	if err := s.pages.ExecuteTemplate(&out, page, data); err != nil {
		s.broken(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(out.Bytes()) // an error means that the browser went away
}
