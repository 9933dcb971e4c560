package gateway

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/token"
)

// Business is a caller: a service or a team with keys of its own. What is not
// allowed here is refused.
type Business struct {
	Name string    // in the log and in metrics, and part of the limiter's keys
	Keys []KeyHash // several while one is exchanged for another

	// Accounts are the app ids for which the business may call.
	Accounts []string

	// Allow are the paths that it may call through the [Proxy], none if empty, and
	// Deny those that it may not call all the same: "/cgi-bin/menu/create", or
	// "/cgi-bin/user/*" for everything below, or "/*". No pattern but its own path
	// allows /cgi-bin/openapi/rid/get, whose answer shows the token of an earlier call.
	Allow, Deny []string

	// Kinds are what the [TokenServer] gives it, nothing if empty. A business with an
	// access token can call the platform past the proxy and its rules.
	Kinds []token.Kind

	// Limits bound its rate; every one that matches a path counts.
	Limits []Limit
}

// business is a Business as requests are judged by it.
type business struct {
	Business
	allow, deny []pattern
	limits      []pathLimit
}

// pathLimit is a limit with its pattern parsed and its key made.
type pathLimit struct {
	Limit
	pattern pattern
	key     string
}

func newBusiness(b Business) (*business, error) {
	if b.Name == "" {
		return nil, errors.New("gateway: a business has no name")
	}
	out := &business{Business: b}
	fail := func(err error) (*business, error) { return nil, fmt.Errorf("gateway: business %q: %w", b.Name, err) }
	if len(b.Keys) == 0 {
		return fail(errors.New("it has no key"))
	}
	if len(b.Accounts) == 0 {
		return fail(errors.New("it has no account"))
	}
	var err error
	if out.allow, err = parsePatterns(b.Allow); err != nil {
		return fail(err)
	}
	if out.deny, err = parsePatterns(b.Deny); err != nil {
		return fail(err)
	}
	for _, l := range b.Limits {
		p, err := parsePattern(l.Path)
		if err != nil {
			return fail(fmt.Errorf("limit: %w", err))
		}
		if err := l.check(); err != nil {
			return fail(err)
		}
		out.limits = append(out.limits, pathLimit{l, p, b.Name + "|" + l.String()})
	}
	return out, nil
}

// has reports whether the business may call for an account.
func (b *business) has(appID string) bool { return slices.Contains(b.Accounts, appID) }

// admits returns the pattern that lets the business call a path, or false.
func (b *business) admits(path string) (pattern, bool) {
	for _, p := range b.deny {
		if p.matchesFold(path) {
			return "", false
		}
	}
	for _, p := range b.allow {
		if p.matches(path) && (path != revealing || string(p) == path) {
			return p, true
		}
	}
	return "", false
}

// revealing is the endpoint whose answer shows the query, and so the access_token, of
// an earlier call (查询 rid 信息).
const revealing = "/cgi-bin/openapi/rid/get"

// holds reports whether key is one of the business's. Every key is compared.
func (b *business) holds(key KeyHash) bool {
	found := false
	for _, k := range b.Keys {
		if k.equal(key) {
			found = true
		}
	}
	return found
}
