package wire

import (
	"encoding/json"
	"errors"
	"html"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// cut is the replacement of a credential.
const cut = secret.Redacted

// redact removes every credential of r from s.
func (r *Request) redact(s string) string {
	for _, p := range r.Secrets {
		s = redact(s, p.Value)
	}
	for _, v := range r.Hidden {
		s = redact(s, v)
	}
	return s
}

// redact removes value from s, also if it is escaped once or twice for a URL, JSON,
// HTML or Go.
func redact(s, value string) string {
	if value == "" {
		return s
	}
	s = strings.ReplaceAll(s, value, cut)
	if plain(value) {
		return s
	}
	for _, once := range escaped(value) {
		s = strings.ReplaceAll(s, once, cut)
		for _, twice := range escaped(once) {
			s = strings.ReplaceAll(s, twice, cut)
		}
	}
	return s
}

// escaped returns the escaped forms of value.
func escaped(value string) []string {
	query, path := url.QueryEscape(value), url.PathEscape(value)
	asJSON, _ := json.Marshal(value) // a string can always be encoded
	inJSON := unquoted(string(asJSON))
	return []string{
		query, path, lowerHex(query), lowerHex(path),
		inJSON, strings.ReplaceAll(inJSON, "/", `\/`), unquoted(withoutHTMLEscapes(value)),
		unquoted(strconv.Quote(value)), unquoted(strconv.QuoteToASCII(value)), html.EscapeString(value),
	}
}

// plain reports whether every escaped form of value is value itself.
func plain(value string) bool {
	for i := range len(value) {
		if c := value[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func withoutHTMLEscapes(value string) string {
	t, _ := encode(value) // a string can always be encoded
	defer t.free()
	return string(t.bytes())
}

// unquoted returns s without its first and last byte.
func unquoted(s string) string { return s[1 : len(s)-1] }

// lowerHex changes the digits of percent-encoding to lower case.
func lowerHex(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// scrub returns err if no error in its chain shows a credential. Otherwise it returns
// an error with a redacted text, through which only errors.Is sees the original. The
// URL of a url.Error is always removed.
func (r *Request) scrub(err error) error {
	if err == nil {
		return nil
	}
	for {
		var u *url.Error
		if !errors.As(err, &u) || u.Err == nil {
			break
		}
		err = u.Err
	}
	if r.clean(err) {
		return err
	}
	return &veiled{r.redact(err.Error()), func(target error) bool { return errors.Is(err, target) }}
}

// clean reports whether neither err nor an error that it wraps shows a credential.
func (r *Request) clean(err error) bool {
	if err == nil {
		return true
	}
	if s := err.Error(); r.redact(s) != s {
		return false
	}
	switch e := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		return r.clean(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if !r.clean(err) {
				return false
			}
		}
	}
	return true
}

// veiled hides an error whose text shows a credential. errors.As and package fmt cannot
// reach the original.
type veiled struct {
	text string
	is   func(error) bool
}

func (e *veiled) Error() string        { return e.text }
func (e *veiled) Is(target error) bool { return e.is(target) }

// dialing reports whether err is a failure to connect, so that nothing was sent.
func dialing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// excerpt returns the beginning of an answer for an error: one line of printable text
// without credentials.
func (r *Request) excerpt(answer []byte) string {
	const head, size = 4 << 10, 200
	s := strings.ToValidUTF8(string(answer[:min(len(answer), head)]), "\uFFFD")
	s = veil(r.redact(s))
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }), " ")
	if len(s) <= size {
		return s
	}
	s = s[:size]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}

// veil removes the values of tokens, tickets and secrets from an answer.
func veil(s string) string { return handedOut.ReplaceAllString(s, "${1}"+cut) }

var handedOut = regexp.MustCompile(`(?i)("[a-z_]*(?:token|ticket|secret|session_key|auth_code)"\s*:\s*)("[^"]*"?|[^",}\s]+)`)
