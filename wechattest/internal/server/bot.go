package server

import (
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// accountAndBot is where a message goes.
type accountAndBot struct {
	Account *account.Account
	Bot     *callback.Bot
}

// env is what a bot needs of the server.
func (s *Server) env() callback.Env {
	return callback.Env{
		Ctx: s.Ctx, Account: s.Current, Go: s.work.Go, Exchanges: &s.exchanges,
		Delivered: func(d callback.Delivery) {
			if s.Hooks.Delivered != nil {
				s.Hooks.Delivered(d)
			}
		},
	}
}

// SetBot makes handlers, or addresses, the account's bot, in place of the one before.
func (s *Server) SetBot(handlers []http.Handler, urls []string) *callback.Bot {
	b := callback.NewURL(s.env(), urls...)
	if len(handlers) > 0 {
		b = callback.New(s.env(), handlers...)
	}
	if len(b.URLs()) == 0 {
		panic("wechattest: a bot needs a handler or a URL")
	}
	s.Lock()
	old := s.Bot
	s.Bot = b
	s.Unlock()
	if s.Ctx.Err() != nil { // too late: nobody would close it
		b.Close()
	}
	if old != nil {
		for _, failure := range old.Close() {
			s.Current().Logger.Error("replaced bot", "left", failure)
		}
	}
	return b
}
