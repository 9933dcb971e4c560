package logins

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"

	"github.com/seed-f21aa8d8/wechat/oauth"
)

// ginSessions keeps visitors in the sessions of gin-contrib/sessions, which passSession
// puts into the context of requests.
type ginSessions struct{}

type ginKey struct{}

// passSession is middleware to use after sessions.Sessions.
func passSession(c *gin.Context) {
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), ginKey{}, sessions.Default(c)))
}

func (ginSessions) of(r *http.Request) sessions.Session {
	return r.Context().Value(ginKey{}).(sessions.Session)
}

func (s ginSessions) Begin(_ http.ResponseWriter, r *http.Request, v oauth.Visitor, _ *oauth.Grant) error {
	text, err := json.Marshal(v)
	s.of(r).Clear()
	s.of(r).Set("visitor", text)
	return errors.Join(err, s.of(r).Save())
}

func (s ginSessions) Visitor(r *http.Request) (v oauth.Visitor, ok bool) {
	text, _ := s.of(r).Get("visitor").([]byte)
	err := json.Unmarshal(text, &v)
	return v, err == nil
}

func (s ginSessions) End(_ http.ResponseWriter, r *http.Request) error {
	s.of(r).Clear()
	return s.of(r).Save()
}

// inGin serves a site that keeps its visitors in sessions. store is that of
// gin-contrib/sessions, such as one of its package cookie with two random keys.
func inGin(site http.Handler, store sessions.Store) http.Handler {
	engine := gin.New()
	engine.Use(sessions.Sessions("site", store), passSession)
	engine.Any("/*path", gin.WrapH(site))
	return engine
}
