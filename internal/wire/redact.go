package wire

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// cut stands where a credential was.
const cut = "[redacted]"

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

func redact(s, secret string) string {
	if secret == "" {
		return s
	}
	s = strings.ReplaceAll(s, secret, cut)
	for _, form := range [...]string{url.QueryEscape(secret), url.PathEscape(secret)} {
		if form != secret {
			s = strings.ReplaceAll(s, form, cut)
		}
	}
	return s
}

// scrub returns err if nothing in its chain shows a credential, and otherwise an
// error that only answers errors.Is in its stead. URLs are dropped in any case.
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

// clean reports whether neither err nor what it wraps shows a credential.
func (r *Request) clean(err error) bool {
	if err == nil {
		return true
	}
	if s := err.Error(); r.redact(s) != s {
		return false
	}
	switch e := err.(type) {
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

// veiled is an error whose text showed a credential. The original is out of
// reach of errors.As and of fmt.
type veiled struct {
	text string
	is   func(error) bool
}

func (e *veiled) Error() string        { return e.text }
func (e *veiled) Is(target error) bool { return e.is(target) }

// dialing reports whether err ended the attempt to connect: nothing was sent.
func dialing(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// excerpt is the beginning of an answer, fit for an error: one line of printable
// text without credentials.
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

// veil removes credentials that an answer hands out: the values of tokens, tickets and
// secrets.
func veil(s string) string { return handedOut.ReplaceAllString(s, "${1}"+cut) }

var handedOut = regexp.MustCompile(`(?i)("[a-z_]*(?:token|ticket|secret|session_key|auth_code)"\s*:\s*)("[^"]*"?|[^",}\s]+)`)
