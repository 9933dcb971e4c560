package server

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
)

// Call is a request in an endpoint. The server's lock is held.
type Call struct {
	*Server
	Request *http.Request // nil for an action outside the API
	Query   url.Values
	Body    []byte
	From    netip.Addr
	Owner   Owner // of the access token
	at      time.Time
}

// Now returns the platform's time of the call, which does not change during the call.
func (c *Call) Now() time.Time { return c.at }

// Play returns a Call for an action of a person or the platform, without a client. The
// lock is held.
func (s *Server) Play() *Call { return &Call{Server: s, at: s.Now()} }

// Bind decodes the JSON body into v. The error is 47001 if it does not fit.
func (c *Call) Bind(v any) error {
	if err := json.Unmarshal(c.Body, v); err != nil {
		return Fail(47001)
	}
	return nil
}

// Receiver returns the user with an openid of a call.
func (c *Call) Receiver(openid string) (*User, error) {
	if u := c.Users[openid]; u != nil {
		return u, nil
	}
	return nil, Fail(40003)
}

// Event sends an event that the call has caused to the bot of the calling account, after
// the call. Without a bot it does nothing.
func (c *Call) Event(u *User, m callback.Message) {
	if c.Bot == nil {
		return
	}
	owner := c.Owner
	c.Later(0, func() { c.notify(owner, u, m) })
}

// Object is a JSON object, as it is sent.
type Object map[string]any

// OK is a JSON answer to which the server adds errcode 0 and errmsg ok. Some endpoints
// of the platform answer without these, with an [Object].
type OK map[string]any

// execute checks the call and runs the endpoint, under the lock.
func (s *Server) execute(r *http.Request, body []byte, record *Record) (any, error) {
	s.Lock()
	defer s.Unlock()
	c := &Call{Server: s, Request: r, Query: record.Query, Body: body, From: callerAddr(r), at: s.Now()}
	e, known := s.routes[r.URL.Path]
	if !known {
		s.Account.Logger.Warn("endpoint is not implemented: answered as a missing permission", "method", r.Method, "path", r.URL.Path)
		return nil, Failf(48001, "api unauthorized: wechattest does not model this endpoint")
	}
	if err := e.precheck(c); err != nil {
		return nil, err
	}
	if t := s.Tokens.Issued[c.Query.Get("access_token")]; t != nil && e.Credential == AccessToken {
		c.Owner = t.Owner
		record.AppID = s.appID(c.Owner)
	}
	return e.Handle(c)
}

// hasEscape reports whether valid JSON contains an unnecessary \uXXXX escape, which the
// platform refuses.
func hasEscape(body []byte) bool {
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			continue
		}
		i++
		if body[i] != 'u' {
			continue
		}
		if code, err := strconv.ParseUint(string(body[i+1:i+5]), 16, 32); err == nil && code >= ' ' {
			return true
		}
	}
	return false
}
