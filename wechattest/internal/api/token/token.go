// Package token models the endpoints that issue access tokens.
package token

import (
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Register adds the area to the server, which keeps the tokens themselves.
func Register(s *server.Server) {
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, Path: "/cgi-bin/token", Credential: server.AppSecret, Daily: 2000, Handle: classic},
		{Method: http.MethodPost, Path: "/cgi-bin/stable_token", Credential: server.AppSecret, Daily: 500_000, Minutely: 10_000, Handle: server.JSON(stable)},
	}...)
}

// classic is GET /cgi-bin/token: every call issues a new token and ends the previous
// one.
func classic(c *server.Call) (any, error) {
	q := c.Query
	if err := c.CheckSecret(q.Get("grant_type"), q.Get("appid"), q.Get("secret")); err != nil {
		return nil, err
	}
	s := &c.Tokens
	c.Retire(s.Classic, server.Overlap)
	s.Classic = c.Issue()
	return c.AnswerToken(s.Classic), nil
}

// stable is POST /cgi-bin/stable_token: the same token until less than five minutes are
// left, or until a forced refresh.
func stable(c *server.Call, in struct {
	GrantType    string `json:"grant_type"`
	AppID        string `json:"appid"`
	Secret       string `json:"secret"`
	ForceRefresh bool   `json:"force_refresh"`
}) (any, error) {
	if err := c.CheckSecret(in.GrantType, in.AppID, in.Secret); err != nil {
		return nil, err
	}
	s := &c.Tokens
	switch {
	case in.ForceRefresh:
		if err := c.ForceRefresh(); err != nil {
			return nil, err
		}
	case !s.Stable.Accepted(c.Now()) || s.Stable.Expires.Sub(c.Now()) < server.Overlap:
		c.Retire(s.Stable, server.Overlap)
		s.Stable = c.Issue()
	}
	return c.AnswerToken(s.Stable), nil
}
