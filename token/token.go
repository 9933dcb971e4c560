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
	secret *secret
}

// secret is what a Token holds.
type secret struct {
	reveal hidden
	expiry time.Time
	none   bool // what None returns: the call needs no token
	fixed  bool // good until it is rejected: Static and None
}

// hidden gives a string that printers cannot reach. They follow pointers: fmt does
// for a verb that it does not know, others always.
type hidden func() string

func hide(s string) hidden { return func() string { return s } }

// New makes a Token of a value and the moment at which it ends.
//
// A zero expiry means that the end is unknown: such a token is used for the call
// at hand and its source is asked again for the next.
func New(value string, expiry time.Time) Token {
	return Token{&secret{reveal: hide(value), expiry: expiry}}
}

// Value is the credential itself. The platform asks that 512 bytes be kept for it.
// It is empty when [Token.IsNone] is true.
func (t Token) Value() string {
	if t.secret == nil {
		return ""
	}
	return t.secret.reveal()
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

// Same reports whether both hold the same credential, whatever their expiries. It
// compares in constant time. A Token without a value is the same as no other.
func (t Token) Same(other Token) bool {
	if t.Value() == "" || other.Value() == "" {
		return false
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
