// Package secret keeps credentials out of logs. [String] is a credential that is never
// printed. [Describe] prints only the named fields of a struct, for an exported Config
// whose credentials are plain strings.
package secret

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"reflect"
	"strings"
)

// Redacted is printed instead of a credential.
const Redacted = "[redacted]"

// String is a credential. It prints as "[redacted]" with every verb of package fmt, in
// log/slog, encoding/json and every other text encoding. In an unexported field of
// another struct, where these packages call no methods, it prints as an address. The
// zero value is an empty credential.
//
// A String cannot be compared with ==; use [String.Equal].
type String struct {
	reveal func() string // a func: package fmt follows pointers, but does not call functions
}

// New returns s as a String.
func New(s string) String {
	if s == "" {
		return String{}
	}
	return String{func() string { return s }}
}

// Value returns the credential itself.
func (s String) Value() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsEmpty reports whether s holds no credential.
func (s String) IsEmpty() bool { return s.reveal == nil }

// Equal reports whether s and other hold the same credential, in constant time.
func (s String) Equal(other String) bool {
	a, b := sha256.Sum256([]byte(s.Value())), sha256.Sum256([]byte(other.Value()))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// Format implements fmt.Formatter.
func (s String) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

// MarshalText implements encoding.TextMarshaler.
func (s String) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// Describe returns the name of the type of v, a struct, and the values of the named
// fields: `token.StableConfig{AppID:"wx1", BaseURL:""}`. Fields that are not named
// are left out. It panics if v has no such field.
//
// An exported type that holds a credential has two methods, such as:
//
//	func (c Config) Format(f fmt.State, _ rune)   { io.WriteString(f, secret.Describe(c, "AppID", "BaseURL")) }
//	func (c Config) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
//
// Format covers every verb of package fmt that vet accepts, and MarshalText covers
// encoding/json. Both together cover log/slog. They are not called for a Config in an
// unexported field, so keep a [String] there.
func Describe(v any, fields ...string) string {
	value := reflect.Indirect(reflect.ValueOf(v))
	var b strings.Builder
	b.WriteString(value.Type().String())
	b.WriteByte('{')
	for i, name := range fields {
		field := value.FieldByName(name)
		if !field.IsValid() {
			panic("secret: " + value.Type().String() + " has no field " + name)
		}
		if i > 0 {
			b.WriteString(", ")
		}
		if field.Kind() == reflect.String {
			fmt.Fprintf(&b, "%s:%q", name, field.String())
		} else {
			fmt.Fprintf(&b, "%s:%v", name, field)
		}
	}
	b.WriteByte('}')
	return b.String()
}
