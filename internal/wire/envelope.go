package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// usual is what most sends are answered with.
const usual = `{"errcode":0,"errmsg":"ok"}`

// Refusal returns the refusal that an answer holds, with its Code, Message and RID. It
// returns nil if the answer is a result, or is not a whole JSON object.
//
// Nothing is redacted from the message.
func Refusal(answer []byte) *errcode.Error {
	answer = trim(answer)
	if len(answer) == 0 || answer[0] != '{' || string(answer) == usual {
		return nil
	}
	env, err := scan(answer)
	if err != nil || env.code == 0 {
		return nil
	}
	return errcode.New(env.code, env.message())
}

// decode tells a refusal from a result and decodes the result into out.
func (r *Request) decode(status int, answer []byte, out any) error {
	answer = trim(answer)
	if len(answer) == 0 {
		if status >= 400 {
			return r.wrong(status, answer, errcode.ErrStatus)
		}
		return r.wrong(status, answer, errcode.ErrEmpty)
	}
	if out == nil && status < 300 && string(answer) == usual {
		return nil
	}
	env, err := scan(answer)
	switch {
	case err != nil && status >= 400:
		return r.wrong(status, answer, errcode.ErrStatus)
	case err != nil:
		return r.wrong(status, answer, errcode.ErrMalformed)
	case env.code != 0:
		if r.Refused != nil {
			_ = unmarshal(answer, r.Refused) // what does not fit is no reason to lose the errcode
		}
		return r.refusal(status, env)
	case status >= 400:
		return r.wrong(status, answer, errcode.ErrStatus)
	case answer[0] == '[' && !takesArray(out):
		return r.wrong(status, answer, errcode.ErrMalformed)
	}
	if out == nil {
		if !json.Valid(answer) && !json.Valid(scour(answer)) {
			return r.wrong(status, answer, errcode.ErrMalformed)
		}
		return nil
	}
	err = unmarshal(answer, out)
	switch {
	case err == nil:
		return nil
	case is[*json.SyntaxError](err):
		return r.wrong(status, answer, errcode.ErrMalformed)
	case is[*json.InvalidUnmarshalError](err):
		return err
	}
	return &errcode.ResponseError{Op: r.op(), Status: status, Err: r.scrub(err)}
}

// takesArray reports whether out, which may be nil, can hold a JSON array.
func takesArray(out any) bool {
	t := reflect.TypeOf(out)
	if t == nil || t.Kind() != reflect.Pointer {
		return false
	}
	switch t.Elem().Kind() {
	case reflect.Slice, reflect.Array, reflect.Interface:
		return true
	}
	return t.Implements(unmarshaler)
}

// wrong is the error of an answer that is not the platform's.
func (r *Request) wrong(status int, answer []byte, reason error) error {
	return &errcode.ResponseError{Op: r.op(), Status: status, Excerpt: r.excerpt(answer), Err: reason}
}

// refusal is the error of an answer with an errcode.
func (r *Request) refusal(status int, env envelope) error {
	e := errcode.New(env.code, r.redact(env.message()))
	e.Op, e.Status = r.op(), status
	return e
}

// trim removes a byte order mark and white space around an answer.
func trim(answer []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(answer), []byte("\uFEFF")))
}

// envelope is what every answer may carry beside its data.
type envelope struct {
	code   errcode.Code
	errmsg []byte // raw JSON value; nil if absent
}

// message decodes errmsg; a value other than a string is kept as it stands.
func (e envelope) message() string {
	if len(e.errmsg) == 0 {
		return ""
	}
	var s string
	if json.Unmarshal(e.errmsg, &s) == nil || json.Unmarshal(scour(e.errmsg), &s) == nil {
		return s
	}
	return string(bytes.ToValidUTF8(e.errmsg, []byte("\uFFFD")))
}

var errJSON = errors.New("no JSON object or array")

// scan finds errcode and errmsg among the members of the answer, and that it is
// complete. It does not check more of the JSON than that.
func scan(answer []byte) (envelope, error) {
	var env envelope
	if len(answer) == 0 {
		return env, errJSON
	}
	if answer[0] == '[' {
		end, ok := skip(answer, 0)
		if !ok || end != len(answer) {
			return env, errJSON
		}
		return env, nil
	}
	if answer[0] != '{' {
		return env, errJSON
	}
	i := blank(answer, 1)
	if i < len(answer) && answer[i] == '}' {
		if i+1 != len(answer) {
			return env, errJSON
		}
		return env, nil
	}
	for {
		i = blank(answer, i)
		if i >= len(answer) || answer[i] != '"' {
			return env, errJSON
		}
		end, ok := skip(answer, i)
		if !ok {
			return env, errJSON
		}
		key := answer[i+1 : end-1]
		i = blank(answer, end)
		if i >= len(answer) || answer[i] != ':' {
			return env, errJSON
		}
		i = blank(answer, i+1)
		end, ok = skip(answer, i)
		if !ok {
			return env, errJSON
		}
		if err := env.member(key, answer[i:end]); err != nil {
			return env, err
		}
		i = blank(answer, end)
		switch {
		case i >= len(answer):
			return env, errJSON
		case answer[i] == '}':
			if i+1 != len(answer) {
				return env, errJSON
			}
			return env, nil
		case answer[i] != ',':
			return env, errJSON
		}
		i++
	}
}

// member notes errcode and errmsg. Of several errcodes the first that is not 0 counts.
func (e *envelope) member(key, value []byte) error {
	switch string(key) {
	case "errcode":
		code, err := number(value)
		if err != nil {
			return err
		}
		if e.code == 0 {
			e.code = code
		}
	case "errmsg":
		e.errmsg = value
	}
	return nil
}

// number reads an errcode: a number, a quoted number, or nothing.
func number(value []byte) (errcode.Code, error) {
	n, err := Integer(value)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		return 0, errJSON
	}
	return errcode.Code(n), nil
}

// blank returns the place of the first character from i on that is no white space.
func blank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skip returns the place after the value that begins at i.
func skip(b []byte, i int) (end int, ok bool) {
	depth := 0
	for start := i; i < len(b); {
		switch b[i] {
		case '"':
			for i++; ; i++ {
				if i >= len(b) {
					return 0, false
				}
				if b[i] == '\\' {
					i++
				} else if b[i] == '"' {
					break
				}
			}
			i++
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			if depth == 0 {
				return i, i > start
			}
			depth--
			i++
		case ',', ':', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i, i > start
			}
			i++
			continue
		default:
			for i < len(b) && !delimits(b[i]) {
				i++
			}
		}
		if depth == 0 {
			return i, true
		}
	}
	return 0, false
}

func delimits(c byte) bool {
	switch c {
	case ',', ':', ' ', '\n', '\r', '\t', '"', '{', '}', '[', ']':
		return true
	}
	return false
}
