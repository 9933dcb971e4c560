package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// openCallback is where visitors come back from the page with the QR code.
const openCallback = "/open/callback"

// loginByWebsite adds the other way to log in: the QR code of a website application
// (网站应用, snsapi_login), which the Open Platform shows. It needs no follower and no bot.
// The application knows users by openids of its own; the unionid is that of the account's
// followers, if both are bound to one Open Platform account.
func (s *website) loginByWebsite(app *officialaccount.Client, site, platform string, key []byte) (err error) {
	s.open, err = oauth.New(app).Login(oauth.LoginConfig{
		RedirectURL:  strings.TrimSuffix(site, "/") + openCallback,
		Keys:         [][]byte{key},
		Scope:        oauth.QRLogin,
		Sessions:     sessions{s},
		PagesURL:     platform,
		InsecureHTTP: platform != "", // a test on your own machine
	})
	return err
}

// sessions puts the visitors of the website application into the sessions of the site.
type sessions struct{ *website }

func (s sessions) Begin(w http.ResponseWriter, r *http.Request, v oauth.Visitor, _ *oauth.Grant) error {
	session, err := s.logins.openSession(r.Context(), v)
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	s.set(w, sessionCookie, session, sessionLife)
	return nil
}

func (s sessions) Visitor(r *http.Request) (oauth.Visitor, bool) {
	v, ok, err := s.logins.visitor(r.Context(), cookie(r, sessionCookie))
	return v, ok && err == nil
}

func (s sessions) End(w http.ResponseWriter, r *http.Request) error {
	err := s.logins.end(context.WithoutCancel(r.Context()), cookie(r, sessionCookie))
	s.drop(w, sessionCookie)
	return err
}
