package wechattest

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// credentials is the account's access tokens.
type credentials struct {
	issued  map[string]*issuedToken
	classic *issuedToken // newest of GET /cgi-bin/token
	stable  *issuedToken // newest of POST /cgi-bin/stable_token
	forced  []time.Time  // forced refreshes of the day
}

type issuedToken struct {
	value   string
	expires time.Time
	retired time.Time // not accepted from then on; zero: only expiry ends it
}

const (
	overlap      = 5 * time.Minute  // a replaced token is accepted so long
	forcedGap    = 30 * time.Second // between two forced refreshes
	forcedPerDay = 20
)

func tokenEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, path: "/cgi-bin/token", credential: appSecret, daily: 2000, handle: classicToken},
		{method: http.MethodPost, path: "/cgi-bin/stable_token", credential: appSecret, body: jsonBody, daily: 500_000, minutely: 10_000, handle: stableToken},
	}
}

// classicToken is GET /cgi-bin/token: every call makes a new token and retires
// the one before.
func classicToken(c *call) (any, error) {
	q := c.query
	if err := c.checkSecret(q.Get("grant_type"), q.Get("appid"), q.Get("secret")); err != nil {
		return nil, err
	}
	s := &c.credentials
	c.retire(s.classic, overlap)
	s.classic = c.issue()
	return c.answerToken(s.classic), nil
}

// stableToken is POST /cgi-bin/stable_token: the same token until it has less
// than five minutes left, unless a forced refresh kills it.
func stableToken(c *call) (any, error) {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := c.checkSecret(in.GrantType, in.AppID, in.Secret); err != nil {
		return nil, err
	}
	s := &c.credentials
	switch {
	case in.ForceRefresh:
		if err := c.forceRefresh(); err != nil {
			return nil, err
		}
	case !s.stable.accepted(c.now()) || s.stable.expires.Sub(c.now()) < overlap:
		c.retire(s.stable, overlap)
		s.stable = c.issue()
	}
	return c.answerToken(s.stable), nil
}

// forceRefresh replaces the stable token and kills the old one at once; within
// thirty seconds of the last forced refresh it leaves the token as it is.
func (c *call) forceRefresh() error {
	s, now := &c.credentials, c.now()
	var today []time.Time
	for _, at := range s.forced {
		if day(at) == day(now) {
			today = append(today, at)
		}
	}
	s.forced = today
	if n := len(today); n > 0 && now.Sub(today[n-1]) < forcedGap && s.stable.accepted(now) {
		return nil
	}
	if len(today) >= forcedPerDay {
		return fail(45009)
	}
	s.forced = append(s.forced, now)
	c.retire(s.stable, 0)
	s.stable = c.issue()
	return nil
}

// checkSecret refuses whoever may not fetch a token.
func (c *call) checkSecret(grantType, appID, secret string) error {
	switch {
	case !c.set.allows(c.from):
		return notAllowed(c.from)
	case grantType != "client_credential":
		return fail(40002)
	case appID == "":
		return fail(41002)
	case appID != c.set.AppID:
		return fail(40013)
	case secret == "":
		return fail(41004)
	case secret != c.set.Secret:
		return fail(40125)
	case c.set.SecretFrozen:
		return fail(40243)
	}
	return nil
}

// notAllowed is 40164 with the refused address, as the platform words it.
func notAllowed(addr netip.Addr) error {
	v4, v6 := addr.String(), "::ffff:"+addr.String()
	if addr.Is6() {
		v4, v6 = "", addr.String()
	}
	return failf(40164, "invalid ip %s ipv6 %s, not in whitelist", v4, v6)
}

func (c *call) issue() *issuedToken {
	t := &issuedToken{value: newToken(), expires: c.now().Add(c.set.TokenLife)}
	s := &c.credentials
	if s.issued == nil {
		s.issued = map[string]*issuedToken{}
	}
	s.issued[t.value] = t
	return t
}

// newToken looks like one: a number, an underscore, and many letters.
func newToken() string {
	var b strings.Builder
	b.WriteString("87_")
	for range 5 {
		b.WriteString(rand.Text())
	}
	return b.String()
}

// retire lets a replaced token live for grace, or not at all when only the
// newest counts.
func (c *call) retire(t *issuedToken, grace time.Duration) {
	if t == nil || !t.retired.IsZero() {
		return
	}
	if c.set.StrictTokens {
		grace = 0
	}
	t.retired = c.now().Add(grace)
}

func (c *call) answerToken(t *issuedToken) object {
	return object{"access_token": t.value, "expires_in": int(t.expires.Sub(c.now()) / time.Second)}
}

func (t *issuedToken) accepted(now time.Time) bool {
	return t != nil && now.Before(t.expires) && (t.retired.IsZero() || now.Before(t.retired))
}

// check admits a call with access_token in its query.
func (s *credentials) check(c *call) error {
	value := c.query.Get("access_token")
	t := s.issued[value]
	switch {
	case value == "":
		return fail(41001)
	case t == nil && !plausible(value):
		return fail(40014)
	case t == nil:
		return fail(40001)
	case !c.now().Before(t.expires):
		return fail(42001)
	case !t.accepted(c.now()):
		return fail(40001)
	}
	return nil
}

// plausible reports whether value has the look of a token.
func plausible(value string) bool {
	if len(value) < 64 || len(value) > 512 {
		return false
	}
	return strings.IndexFunc(value, func(r rune) bool {
		return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == '-')
	}) < 0
}

// RevokeTokens retires every access token at once, as a reset or somebody
// else's forced refresh does: calls with one get 40001.
func (p *Platform) RevokeTokens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.credentials.issued {
		t.retired = p.now()
	}
}

// ExpireTokens ends the life of every access token at once: calls with one get 42001.
func (p *Platform) ExpireTokens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.credentials.issued {
		if t.expires.After(p.now()) {
			t.expires = p.now()
		}
	}
}

// IssueToken returns a new access token, without a call: for a client that gets
// its token from elsewhere. It retires no other.
func (p *Platform) IssueToken() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return (&call{Platform: p, at: p.now()}).issue().value
}

// TokenRequests counts the calls of both token endpoints so far, refused ones included.
func (p *Platform) TokenRequests() int {
	return p.Count("/cgi-bin/token") + p.Count("/cgi-bin/stable_token")
}
