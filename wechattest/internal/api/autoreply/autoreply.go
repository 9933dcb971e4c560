// Package autoreply models the rules of automatic replies (自动回复).
package autoreply

import (
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s     *server.Server
	rules server.Object // the answer with the rules
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s, rules: server.Object{"is_add_friend_reply_open": 0, "is_autoreply_open": 0}}
	s.Handle(server.Endpoint{Method: http.MethodGet, Path: "/cgi-bin/get_current_autoreply_info", Handle: a.get})
	return a
}

// get is GET /cgi-bin/get_current_autoreply_info.
func (a *Area) get(*server.Call) (any, error) { return a.rules, nil }

// Set sets the rules, in the form of the endpoint's answer.
func (a *Area) Set(rules server.Object) {
	a.s.Lock()
	defer a.s.Unlock()
	a.rules = rules
}
