package wechattest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// RevokeTokens revokes all access tokens, as a reset or another program's forced
// refresh does: calls with them get 40001.
func (p *Platform) RevokeTokens() {
	p.locked(func(s *server.Server) { s.Tokens.Revoke(s.Now()) })
}

// ExpireTokens makes all access tokens expire now: calls with them get 42001.
func (p *Platform) ExpireTokens() {
	p.locked(func(s *server.Server) { s.Tokens.Expire(s.Now()) })
}

// IssueToken returns a new access token without a call, for a client with a token from
// another program. Other tokens remain valid.
func (p *Platform) IssueToken() (value string) {
	p.locked(func(s *server.Server) { value = s.Play().Issue().Value })
	return value
}

// TokenRequests returns the number of calls of both token endpoints, including refused
// ones.
func (p *Platform) TokenRequests() int {
	return p.Count("/cgi-bin/token") + p.Count("/cgi-bin/stable_token")
}

// AccessToken is an access token that the platform has issued.
//
// It prints without the token.
type AccessToken struct {
	Kind    string // stable, classic, or other for a token of [Platform.IssueToken] or a component
	Value   string
	Expiry  time.Time
	Retired time.Time // time from which the token is refused; zero: when it expires
}

// Format implements fmt.Formatter. It hides the value.
func (t AccessToken) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "wechattest.AccessToken{%s, expires %v}", t.Kind, t.Expiry)
}

// MarshalText implements encoding.TextMarshaler. It hides the value.
func (t AccessToken) MarshalText() ([]byte, error) { return fmt.Append(nil, t), nil }

// Tokens returns the access tokens that the platform has issued, sorted by expiry,
// latest first.
func (p *Platform) Tokens() []AccessToken {
	var list []AccessToken
	p.locked(func(s *server.Server) {
		for _, t := range s.Tokens.Issued {
			kind := "other"
			switch t {
			case s.Tokens.Stable:
				kind = "stable"
			case s.Tokens.Classic:
				kind = "classic"
			}
			list = append(list, AccessToken{kind, t.Value, t.Expires, t.Retired})
		}
	})
	slices.SortFunc(list, func(a, b AccessToken) int {
		return cmp.Or(b.Expiry.Compare(a.Expiry), strings.Compare(a.Value, b.Value))
	})
	return list
}
