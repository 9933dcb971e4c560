package server

import (
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// env returns the server as a bot needs it.
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

// SetBot makes handlers or addresses the account's bot. It replaces an earlier bot.
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
	if s.Ctx.Err() != nil { // the server is closed, and would not close the bot
		b.Close()
	}
	if old != nil {
		for _, failure := range old.Close() {
			s.Current().Logger.Error("the replaced bot did not end", "left", failure)
		}
	}
	return b
}
