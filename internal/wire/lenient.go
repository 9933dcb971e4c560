package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"sync"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Unmarshal decodes an answer, or a part of one, into out.
//
// The platform mixes types: the same value is sometimes a number and sometimes a
// string, or an object and an array with one element. An answer that does not fit is
// rewritten by [coerce] and decoded again. Numbers in an interface are json.Number, so
// that no digit is lost.
func Unmarshal(answer []byte, out any) error {
	t := reflect.TypeOf(out)
	if _, loose := looseTypes.Load(t); !loose || !json.Valid(answer) {
		err := strict(answer, out)
		if is[*json.SyntaxError](err) {
			answer = scour(answer)
			err = strict(answer, out)
		}
		if err == nil || is[*json.SyntaxError](err) || is[*json.InvalidUnmarshalError](err) {
			return err
		}
		looseTypes.Store(t, true)
	}
	fitting, err := coerce(answer, t.Elem())
	if err != nil {
		return err
	}
	return unfit(strict(fitting, out))
}

// looseTypes holds the types of out that an answer did not fit. The next answer for
// them is rewritten at once, which avoids decoding a long list twice.
var looseTypes sync.Map

// is reports whether err is, or wraps, an E.
func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// strict decodes with the rules of encoding/json.
func strict(answer []byte, out any) error {
	const large = 64 << 10
	if t := reflect.TypeOf(out); len(answer) > large && !holdsInterface(t, map[reflect.Type]bool{}) {
		return json.Unmarshal(answer, out) // needs no copy of the answer
	}
	d := documents.Get().(*document)
	d.source.Reset(answer)
	start := d.decoder.InputOffset()
	err := d.decoder.Decode(out)
	if err == nil && d.decoder.InputOffset()-start == int64(len(answer)) {
		if len(answer) <= large {
			documents.Put(d)
		}
		return nil
	}
	if syntax := json.Unmarshal(answer, new(json.RawMessage)); syntax != nil { // incomplete, or data after the value
		return syntax
	}
	return err
}

// document is an answer that is being decoded, in a reused buffer.
type document struct {
	source  bytes.Reader
	decoder *json.Decoder
}

var documents = sync.Pool{New: func() any {
	d := &document{}
	d.decoder = json.NewDecoder(&d.source)
	d.decoder.UseNumber()
	return d
}}

// unfit converts a type error of encoding/json to an errcode.ValueError.
func unfit(err error) error {
	var kind *json.UnmarshalTypeError
	if errors.As(err, &kind) {
		return &errcode.ValueError{Path: kind.Field, Want: kind.Type.String(), Got: "a " + kind.Value}
	}
	return err
}

// holdsInterface reports whether decoding into t, which may be nil, may fill an interface.
func holdsInterface(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == nil || seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsInterface(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); (f.IsExported() || f.Anonymous) && holdsInterface(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// scour repairs the invalid JSON that the platform sends: raw control characters inside
// strings. Line breaks and tabs are escaped, other control characters are dropped.
func scour(b []byte) []byte {
	out := make([]byte, 0, len(b)+16)
	quoted := false
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '"':
			quoted = !quoted
			out = append(out, c)
		case !quoted || c >= ' ' && c != '\\':
			out = append(out, c)
		case c == '\\':
			out = append(out, c)
			if i+1 < len(b) && b[i+1] >= ' ' {
				i++
				out = append(out, b[i])
			}
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\t':
			out = append(out, `\t`...)
		}
	}
	return out
}
