package main

import (
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/internal/config"
	"github.com/seed-f21aa8d8/wechat/token"
)

// rules prints what each business may do, and how often. A limit has the text that is in
// the error of a refused call.
func (d *diagnosis) rules(f *config.File, businesses []gateway.Business) {
	for _, b := range businesses {
		what := "business " + b.Name
		d.line("rule", what, "accounts "+strings.Join(b.Accounts, ", "))
		d.line("rule", what, "calls "+calls(b))
		d.line("rule", what, "tokens "+tokens(b))
		for _, l := range b.Limits {
			d.line("limit", what, l.String())
		}
		if len(b.Limits) == 0 {
			d.line("limit", what, "none")
		}
	}
	if f.Redis.URL.Value() != "" {
		d.line("limit", "all businesses", "counted in Redis, for all instances together")
	} else {
		d.line("limit", "all businesses", "counted by each instance on its own, since redis is not set")
	}
}

// calls describes the paths that a business may call through the proxy.
func calls(b gateway.Business) string {
	switch {
	case len(b.Allow) == 0:
		return "nothing"
	case len(b.Deny) == 0:
		return strings.Join(b.Allow, ", ")
	}
	return strings.Join(b.Allow, ", ") + "; not " + strings.Join(b.Deny, ", ")
}

// tokens describes what the token server returns to a business.
func tokens(b gateway.Business) string {
	if len(b.Kinds) == 0 {
		return "none"
	}
	var kinds []string
	for _, k := range b.Kinds {
		kinds = append(kinds, string(k))
	}
	text := strings.Join(kinds, ", ")
	if slices.Contains(b.Kinds, token.AccessToken) {
		text += "; with an access_token it can call the platform without these rules and limits"
	}
	return text
}
