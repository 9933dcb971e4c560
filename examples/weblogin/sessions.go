package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/gorilla/sessions"

	"github.com/seed-f21aa8d8/wechat/oauth"
)

// keeper keeps the sessions of a site.
type keeper struct {
	oauth.Sessions                                 // nil: the encrypted cookie of package oauth
	around         func(http.Handler) http.Handler // middleware around the whole site
}

// The kinds of sessions.
const sessionKinds = "cookie, scs or gorilla"

const (
	sessionName  = "site"
	sessionHours = 2
)

// newKeeper returns one of the kinds. secret is 32 random bytes, secure limits cookies to
// https.
func newKeeper(kind string, secret []byte, secure bool) (keeper, error) {
	none := func(h http.Handler) http.Handler { return h }
	switch kind {
	case "cookie":
		return keeper{nil, none}, nil
	case "scs":
		manager := scs.New()
		manager.Store = memstore.NewWithCleanupInterval(0) // a real site keeps them in a database
		manager.Lifetime = sessionHours * time.Hour
		manager.Cookie.Name, manager.Cookie.Secure = sessionName, secure
		return keeper{scsSessions{manager}, manager.LoadAndSave}, nil
	case "gorilla":
		cookies := sessions.NewCookieStore(secret, secret)
		cookies.Options = &sessions.Options{Path: "/", MaxAge: sessionHours * 3600, Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
		return keeper{gorillaSessions{cookies}, none}, nil
	}
	return keeper{}, fmt.Errorf("-sessions %q is not known: it is %s", kind, sessionKinds)
}

// visitorKey is where a session has the visitor, as JSON.
const visitorKey = "visitor"

// scsSessions keeps visitors in the sessions of alexedwards/scs.
type scsSessions struct{ *scs.SessionManager }

func (s scsSessions) Begin(_ http.ResponseWriter, r *http.Request, v oauth.Visitor, _ *oauth.Grant) error {
	text, err := json.Marshal(v)
	s.Put(r.Context(), visitorKey, text)
	return errors.Join(err, s.RenewToken(r.Context()))
}

func (s scsSessions) Visitor(r *http.Request) (v oauth.Visitor, ok bool) {
	err := json.Unmarshal(s.GetBytes(r.Context(), visitorKey), &v)
	return v, err == nil
}

func (s scsSessions) End(_ http.ResponseWriter, r *http.Request) error { return s.Destroy(r.Context()) }

// gorillaSessions keeps visitors in the sessions of gorilla/sessions.
type gorillaSessions struct{ sessions.Store }

func (s gorillaSessions) Begin(w http.ResponseWriter, r *http.Request, v oauth.Visitor, _ *oauth.Grant) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	session, _ := s.Get(r, sessionName)               // an error is a cookie of an old key, and a new session
	session.ID, session.Values[visitorKey] = "", text // a new id, if the store has ids
	return session.Save(r, w)
}

func (s gorillaSessions) Visitor(r *http.Request) (v oauth.Visitor, ok bool) {
	session, _ := s.Get(r, sessionName)
	text, _ := session.Values[visitorKey].([]byte)
	err := json.Unmarshal(text, &v)
	return v, err == nil
}

func (s gorillaSessions) End(w http.ResponseWriter, r *http.Request) error {
	session, _ := s.Get(r, sessionName)
	session.Options.MaxAge = -1
	return session.Save(r, w)
}
