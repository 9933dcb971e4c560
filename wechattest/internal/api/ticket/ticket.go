// Package ticket models the tickets of the JS-SDK and of cards.
package ticket

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

type ticket struct {
	value   string
	expires time.Time
}

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	current map[string]*ticket // by type
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{map[string]*ticket{}}
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, AlsoBy: http.MethodPost, Path: "/cgi-bin/ticket/getticket", Body: server.AnyBody, Handle: a.getTicket},
	}...)
	return a
}

// Valid reports whether a value is the ticket of that type. The lock is held.
func (a *Area) Valid(kind, value string, now time.Time) bool {
	t := a.current[kind]
	return t != nil && t.value == value && now.Before(t.expires)
}

// getTicket is GET /cgi-bin/ticket/getticket: one ticket per type for two hours.
func (a *Area) getTicket(c *server.Call) (any, error) {
	kind := c.Query.Get("type")
	if kind != "jsapi" && kind != "wx_card" {
		return nil, server.Fail(40097)
	}
	t := a.current[kind]
	if t == nil || !c.Now().Before(t.expires) {
		t = &ticket{value: "ticket-" + rand.Text() + rand.Text(), expires: c.Now().Add(2 * time.Hour)}
		a.current[kind] = t
	}
	return server.OK{"ticket": t.value, "expires_in": int(t.expires.Sub(c.Now()) / time.Second)}, nil
}
