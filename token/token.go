package token

import (
	"fmt"
	"math"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// redacted is how every Token prints.
const redacted = "[redacted token]"

// maxLife bounds the remaining life of a token, so that an expiry in the year 9999 does
// not overflow a time.Duration.
const maxLife = math.MaxInt64 / 4 // 73 years

// Token is a credential with an expiry: an access_token, a ticket, or anything else
// that the platform issues for about two hours.
//
// It prints as "[redacted token]" with every verb of package fmt, in log/slog and in
// encoding/json, also inside another struct. The zero value is not a valid token: if a
// [Source] returns it, the call fails with [ErrEmpty].
type Token struct {
	content *content
}

// content is what a Token points to.
type content struct {
	value  secret.String
	expiry time.Time
	none   bool // returned by None: calls need no token
	fixed  bool // returned by Static and None: used until it is rejected
}

// New returns a Token of a value and its expiry.
//
// A zero expiry means that the expiry is unknown: [Reuse] then asks the source for
// every call.
func New(value string, expiry time.Time) Token {
	return Token{&content{value: secret.New(value), expiry: expiry}}
}

// Value returns the credential itself. The platform asks callers to reserve 512
// bytes for it. It is empty if [Token.IsNone] is true.
func (t Token) Value() string {
	if t.content == nil {
		return ""
	}
	return t.content.value.Value()
}

// Expiry returns the moment at which the token ends, or the zero time if that is
// unknown.
func (t Token) Expiry() time.Time {
	if t.content == nil {
		return time.Time{}
	}
	return t.content.expiry
}

// IsNone reports whether calls are made without a token, because the platform
// authenticates them itself: the source is [None]. The caller then adds no
// access_token parameter. It is false for the zero Token.
func (t Token) IsNone() bool { return t.content != nil && t.content.none }

// Same reports whether both tokens hold the same credential. It ignores their expiries
// and compares in constant time. It is false for a Token without a value.
func (t Token) Same(other Token) bool {
	if t.content == nil || other.content == nil || t.content.value.IsEmpty() {
		return false
	}
	return t.content.value.Equal(other.content.value)
}

// check returns the reason why t cannot be used, or nil.
func (t Token) check() error {
	switch {
	case t.IsNone():
		return nil
	case t.Value() == "":
		return ErrEmpty
	case !t.Expiry().IsZero() && t.left() <= 0:
		return ErrExpired
	}
	return nil
}

// left returns the time until the expiry of t, at most maxLife.
func (t Token) left() time.Duration { return min(time.Until(t.Expiry()), maxLife) }

// Format implements fmt.Formatter. It writes "[redacted token]" for every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText implements encoding.TextMarshaler. It hides the value. To store a
// token, store Value and Expiry.
func (t Token) MarshalText() ([]byte, error) { return []byte(redacted), nil }
