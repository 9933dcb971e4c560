package markdown

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/util"
)

// Option is an option of [Text], [Prefix] and [ParseArticle].
type Option func(*options)

type options struct {
	allow func(*url.URL) bool
	style map[string]string
}

func newOptions(opts []Option) options {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithLinks sets the function that decides whether an http or https address may be a
// link. Without this option, all may be links. If a language model reads texts of other
// people, allow only known hosts: such a text could make the model write a link that sends the
// conversation to a foreign server.
//
// WeChat makes links of addresses in plain text too. So an address that is refused is
// written with full-width characters, also in code. This covers addresses that begin
// with http://, https:// or www.
func WithLinks(allow func(u *url.URL) bool) Option { return func(o *options) { o.allow = allow } }

// address returns a destination as the address of a link. It is not ok unless it is
// http or https, has a host and no user, and is allowed.
func (o options) address(destination []byte) (address string, ok bool) {
	u, err := url.Parse(escapeAddress(string(util.URLEscape(destination, true))))
	switch {
	case err != nil, u.Host == "", u.User != nil, u.Scheme != "http" && u.Scheme != "https":
		return "", false
	case o.allow != nil && !o.allow(u):
		return "", false
	}
	return u.String(), true
}

// escapeAddress escapes what must not stand inside an attribute.
func escapeAddress(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F || strings.IndexByte("\"'<>\\`", c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// written is an address of the web in a text, or a tag that Text has written.
var written = regexp.MustCompile(`<[^>]*>|(?i:https?://|www\.)[^\s<>"\x{80}-\x{10FFFF}]+`)

// disarm rewrites the addresses in a text that are not allowed.
func (o options) disarm(s string) string {
	if o.allow == nil {
		return s
	}
	return written.ReplaceAllStringFunc(s, func(found string) string {
		if found[0] == '<' {
			return found
		}
		address := found
		if strings.EqualFold(found[:4], "www.") {
			address = "http://" + found
		}
		if _, ok := o.address([]byte(strings.TrimRight(address, ".,;:!?)'*_"))); ok {
			return found
		}
		return strings.NewReplacer(":", "：", ".", "．").Replace(found)
	})
}

// misleads reports whether the text of a link looks like an address of another host.
func misleads(text, address string) bool {
	found := shownAddress.FindString(text)
	if found == "" {
		return false
	}
	_, host, hasScheme := strings.Cut(found, "://")
	if !hasScheme {
		host = found
	}
	host = strings.ToLower(strings.TrimRight(host, "."))
	to, err := url.Parse(address)
	return err != nil || !sameSite(host, strings.ToLower(to.Hostname()))
}

// shownAddress is a host with a scheme, or with at least one dot and a name at the end.
var shownAddress = regexp.MustCompile(`(?i)(?:https?://[^\s/?#:]+)|(?:^|[^\w.-])(?:[\w-]+\.)+(?:com|cn|net|org|gov|edu|io|top|xyz|info|cc|vip|me|app|dev|shop)\b`)

func sameSite(a, b string) bool {
	trim := func(s string) string {
		return strings.TrimPrefix(strings.TrimLeft(s, " \t\n([（【「\"'"), "www.")
	}
	return trim(a) == trim(b)
}
