package server

import (
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Tokens holds the account's access tokens.
type Tokens struct {
	Issued  map[string]*Token
	Classic *Token      // newest of GET /cgi-bin/token
	Stable  *Token      // newest of POST /cgi-bin/stable_token
	forced  []time.Time // forced refreshes of the day
}

// Token is an access token of the account, of a component, or of an authorizer.
type Token struct {
	Value   string
	Expires time.Time
	Retired time.Time // time from which it is refused; zero: when it expires
	Owner   Owner
}

// Owner is the account to which a token belongs. The zero value is the platform's own
// account, not one that has authorized a third-party platform.
type Owner struct {
	AppID      string
	OriginalID string // gh_…
}

const (
	Overlap      = 5 * time.Minute  // how long a replaced token remains valid
	forcedGap    = 30 * time.Second // between two forced refreshes
	forcedPerDay = 20
)

// ForceRefresh replaces the stable token and revokes the old one immediately. Within
// thirty seconds of the last forced refresh it does nothing.
func (c *Call) ForceRefresh() error {
	s, now := &c.Tokens, c.Now()
	s.forced = slices.DeleteFunc(s.forced, func(at time.Time) bool { return Day(at) != Day(now) })
	n := len(s.forced)
	if n > 0 && now.Sub(s.forced[n-1]) < forcedGap && s.Stable.Accepted(now) {
		return nil
	}
	if n >= forcedPerDay {
		return Fail(45009)
	}
	s.forced = append(s.forced, now)
	c.Retire(s.Stable, 0)
	s.Stable = c.Issue()
	return nil
}

// CheckSecret returns an error if the caller may not fetch a token.
func (c *Call) CheckSecret(grantType, appID, secret string) error {
	switch {
	case !c.Account.Allows(c.From):
		return NotAllowed(c.From)
	case grantType != "client_credential":
		return Fail(40002)
	case appID == "":
		return Fail(41002)
	case appID != c.Account.AppID:
		return Fail(40013)
	case secret == "":
		return Fail(41004)
	case secret != c.Account.Secret:
		return Fail(40125)
	case c.Account.SecretFrozen:
		return Fail(40243)
	}
	return nil
}

// NotAllowed returns error 40164 with the refused address, in the platform's form.
func NotAllowed(addr netip.Addr) error {
	v4, v6 := addr.String(), "::ffff:"+addr.String()
	if addr.Is6() {
		v4, v6 = "", addr.String()
	}
	return Failf(40164, "invalid ip %s ipv6 %s, not in whitelist", v4, v6)
}

// Issue issues a new access token.
func (c *Call) Issue() *Token {
	t := &Token{Value: NewToken(), Expires: c.Now().Add(c.Account.TokenLife)}
	c.Tokens.Issued[t.Value] = t
	return t
}

// NewToken returns a value in the form of a token: a number, an underscore, and many
// letters.
func NewToken() string {
	var b strings.Builder
	b.WriteString("87_")
	for range 5 {
		b.WriteString(rand.Text())
	}
	return b.String()
}

// Retire ends a replaced token after grace, or immediately with StrictTokens.
func (c *Call) Retire(t *Token, grace time.Duration) {
	if t == nil || !t.Retired.IsZero() {
		return
	}
	if c.Account.StrictTokens {
		grace = 0
	}
	t.Retired = c.Now().Add(grace)
}

// AnswerToken returns the answer with a token.
func (c *Call) AnswerToken(t *Token) Object {
	return Object{"access_token": t.Value, "expires_in": int(t.Expires.Sub(c.Now()) / time.Second)}
}

// Accepted reports whether the token is valid at a time.
func (t *Token) Accepted(now time.Time) bool {
	return t != nil && now.Before(t.Expires) && (t.Retired.IsZero() || now.Before(t.Retired))
}

// check checks the access_token in the query of a call.
func (s *Tokens) check(c *Call) error {
	value := c.Query.Get("access_token")
	t := s.Issued[value]
	switch {
	case value == "":
		return Fail(41001)
	case t == nil && !Plausible(value):
		return Fail(40014)
	case t == nil:
		return Fail(40001)
	case !c.Now().Before(t.Expires):
		return Fail(42001)
	case !t.Accepted(c.Now()):
		return Fail(40001)
	}
	return nil
}

// Plausible reports whether value has the form of a token.
func Plausible(value string) bool {
	if len(value) < 64 || len(value) > 512 {
		return false
	}
	return strings.IndexFunc(value, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	}) < 0
}

// Revoke revokes all access tokens.
func (s *Tokens) Revoke(now time.Time) {
	for _, t := range s.Issued {
		t.Retired = now
	}
}

// Expire makes all access tokens expire now.
func (s *Tokens) Expire(now time.Time) {
	for _, t := range s.Issued {
		if t.Expires.After(now) {
			t.Expires = now
		}
	}
}
