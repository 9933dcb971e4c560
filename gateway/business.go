package gateway

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/token"
)

// Business is a caller: a service or a team with its own keys. The gateway refuses
// everything that is not allowed here.
type Business struct {
	Name string    // shown in logs and metrics, and part of the limiter's keys
	Keys []KeyHash // one, or several during a change of keys

	// Accounts are the app ids that the business may use.
	Accounts []string

	// Allow lists the paths that the business may call through the [Proxy]:
	// "/cgi-bin/menu/create", "/cgi-bin/user/*" for everything below, or "/*". Deny
	// lists exceptions from Allow and ignores case. /cgi-bin/openapi/rid/get, whose
	// answer contains the token of an earlier call, must be listed by its full path.
	Allow, Deny []string

	// Kinds are the credentials that the [TokenServer] returns to the business. With
	// an access token a business can call the platform directly, without the proxy
	// and its rules.
	Kinds []token.Kind

	// Limits bound the rate of calls. All limits whose pattern matches a path apply.
	Limits []Limit

	// Refusals is the form of the proxy's own error answers to this business.
	Refusals RefusalForm
}

// business is a Business with its patterns parsed.
type business struct {
	Business
	accounts    map[string]bool
	allow, deny []pattern
	limits      []pathLimit
}

// pathLimit is a limit with its pattern parsed and the key of its bucket.
type pathLimit struct {
	Bucket
	pattern pattern
}

func newBusiness(b Business) (*business, error) {
	if b.Name == "" {
		return nil, errors.New("gateway: a business has no name")
	}
	out := &business{Business: b, accounts: make(map[string]bool, len(b.Accounts))}
	if err := out.parse(); err != nil {
		return nil, fmt.Errorf("gateway: business %q: %w", b.Name, err)
	}
	return out, nil
}

func (b *business) parse() (err error) {
	switch {
	case len(b.Keys) == 0:
		return errors.New("it has no key")
	case len(b.Accounts) == 0:
		return errors.New("it has no account")
	case !b.Refusals.valid():
		return fmt.Errorf("refusals: %q is not one of http, platform", b.Refusals)
	}
	for _, id := range b.Accounts {
		b.accounts[id] = true
	}
	if b.allow, err = parsePatterns(b.Allow); err != nil {
		return fmt.Errorf("allow: %w", err)
	}
	if b.deny, err = parsePatterns(b.Deny); err != nil {
		return fmt.Errorf("deny: %w", err)
	}
	for _, l := range b.Limits {
		p, err := parsePattern(l.Path)
		if err != nil {
			return fmt.Errorf("limit: %w", err)
		}
		if err := l.check(); err != nil {
			return err
		}
		bucket := Bucket{b.Name, b.Name + "|" + l.String(), l}
		if slices.ContainsFunc(b.limits, func(other pathLimit) bool { return other.Key == bucket.Key }) {
			return fmt.Errorf("duplicate limit %s", l)
		}
		b.limits = append(b.limits, pathLimit{bucket, p})
	}
	return nil
}

// allows returns the pattern that allows the business to call a path.
func (b *business) allows(path string) (route pattern, ok bool) {
	for _, p := range b.deny {
		if p.matchesFold(path) {
			return "", false
		}
	}
	reveals := strings.EqualFold(path, ridPath)
	for _, p := range b.allow {
		if p.matches(path) && (!reveals || string(p) == path) {
			return p, true
		}
	}
	return "", false
}

// buckets returns the limits that apply to a path.
func (b *business) buckets(path string) []Bucket {
	var out []Bucket
	for _, l := range b.limits {
		if l.pattern.matchesFold(path) {
			out = append(out, l.Bucket)
		}
	}
	return out
}
