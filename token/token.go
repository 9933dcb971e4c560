package token

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"time"
)

// redacted is all that anybody sees of a Token without calling Value.
const redacted = "[redacted token]"

// Token is a credential with an end: an access_token, a ticket, or what else the
// platform hands out for two hours.
//
// It prints as "[redacted token]" with every verb of fmt, through slog and
// through encoding/json, also from within another struct. Its zero value is no
// token at all, and an error when a [Source] returns it.
type Token struct {
	secret *secret // a pointer, so that printing an outer struct stops at an address
}

type secret struct {
	value  string
	expiry time.Time
	none   bool // what None returns: the call needs no token
	fixed  bool // good until it is rejected: Static and None
}

// New makes a Token of a value and the moment at which it ends.
//
// A zero expiry means that the end is unknown: such a token is used for the call
// at hand and its source is asked again for the next.
func New(value string, expiry time.Time) Token {
	return Token{&secret{value: value, expiry: expiry}}
}

// Value is the credential itself. The platform asks that 512 bytes be kept for it.
// It is empty when [Token.IsNone] is true.
func (t Token) Value() string {
	if t.secret == nil {
		return ""
	}
	return t.secret.value
}

// Expiry is the moment at which the token ends; zero when that is unknown.
func (t Token) Expiry() time.Time {
	if t.secret == nil {
		return time.Time{}
	}
	return t.secret.expiry
}

// IsNone reports whether calls are to be made without any token, because the
// platform authenticates them itself: the source is [None]. The caller then adds
// no access_token parameter. It is false for the zero Token.
func (t Token) IsNone() bool { return t.secret != nil && t.secret.none }

// Same reports whether both are the same credential, whatever their expiries. It
// compares in constant time.
func (t Token) Same(other Token) bool {
	if t.secret == nil || other.secret == nil || t.IsNone() || other.IsNone() {
		return t.IsNone() == other.IsNone() && (t.secret == nil) == (other.secret == nil)
	}
	a, b := sha256.Sum256([]byte(t.Value())), sha256.Sum256([]byte(other.Value()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// fault is the reason why nobody may use t, or nil.
func (t Token) fault() error {
	switch {
	case t.IsNone():
		return nil
	case t.Value() == "":
		return ErrEmpty
	case !t.Expiry().IsZero() && !time.Now().Before(t.Expiry()):
		return ErrExpired
	}
	return nil
}

// Format writes "[redacted token]", whatever the verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue keeps the value out of slog.
func (t Token) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText keeps the value out of JSON, XML and whatever else asks for text.
// To keep a token, keep Value and Expiry.
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }
