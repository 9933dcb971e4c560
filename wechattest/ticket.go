package wechattest

import (
	"crypto/rand"
	"net/http"
	"time"
)

// tickets is the account's JS-SDK and card tickets, by type.
type tickets struct{ current map[string]*ticket }

type ticket struct {
	value   string
	expires time.Time
}

func ticketEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, alsoBy: http.MethodPost, path: "/cgi-bin/ticket/getticket", handle: getTicket},
	}
}

// getTicket is GET /cgi-bin/ticket/getticket: one ticket per type for two hours.
func getTicket(c *call) (any, error) {
	kind := c.query.Get("type")
	if kind != "jsapi" && kind != "wx_card" {
		return nil, fail(40097)
	}
	s := &c.areas.tickets
	if s.current == nil {
		s.current = map[string]*ticket{}
	}
	t := s.current[kind]
	if t == nil || !c.now().Before(t.expires) {
		t = &ticket{value: "ticket-" + rand.Text() + rand.Text(), expires: c.now().Add(2 * time.Hour)}
		s.current[kind] = t
	}
	return object{
		"errcode": 0, "errmsg": "ok", "ticket": t.value,
		"expires_in": int(t.expires.Sub(c.now()) / time.Second),
	}, nil
}
