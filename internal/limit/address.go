package limit

import (
	"net/url"
	"strings"
)

// Address returns the host of an http or https address, with its port if it has one,
// or an [*errcode.LimitError]. It reads scheme and host only: the platform and its
// browsers accept paths and queries that url.Parse refuses, such as "/100%". An
// address with a user name or a control character is refused.
func Address(op, field, address string) (host string, err error) {
	scheme, rest, _ := strings.Cut(address, "://")
	host = rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	web := strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")
	if !web || !isHost(host) || strings.ContainsFunc(address, isControl) {
		return "", Rule(op, field, "is not an http or https address")
	}
	return host, nil
}

// isHost reports whether s is only a host, with or without a port.
func isHost(s string) bool {
	u, err := url.Parse("https://" + s)
	return err == nil && u.Host == s && u.Hostname() != "" && !strings.Contains(s, `\`)
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }
