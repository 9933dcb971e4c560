package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"reflect"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// usual is the most frequent answer.
const usual = `{"errcode":0,"errmsg":"ok"}`

// Refusal returns the refusal in an answer, with its Code, Message and RID. It returns
// nil if the answer is a result or not a complete JSON object.
//
// The message is not redacted.
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

// Unavailable reports whether err is an answer with HTTP 5xx or errcode -1 (系统繁忙), so
// that the same request may succeed a little later.
func Unavailable(err error) bool {
	var answer *errcode.ResponseError
	if errors.As(err, &answer) {
		return answer.Status >= http.StatusInternalServerError
	}
	var refusal *errcode.Error
	return errors.As(err, &refusal) && (refusal.Code == errcode.SystemBusy || refusal.Status >= http.StatusInternalServerError)
}

// decode returns the refusal in an answer, or decodes the result into out.
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
			_ = Unmarshal(answer, r.Refused) // a value that does not fit must not hide the errcode
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
	err = Unmarshal(answer, out)
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

// wrong returns the error for an unusable answer.
func (r *Request) wrong(status int, answer []byte, reason error) error {
	return &errcode.ResponseError{Op: r.op(), Status: status, Excerpt: r.excerpt(answer), Err: reason}
}

// refusal returns the error for an answer with an errcode.
func (r *Request) refusal(status int, env envelope) error {
	e := errcode.New(env.code, r.redact(env.message()))
	e.Op, e.Status = r.op(), status
	return e
}

// trim removes a byte order mark and white space around an answer.
func trim(answer []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(answer), []byte("\uFEFF")))
}

// envelope holds the fields that every answer may have in addition to its data.
type envelope struct {
	code   errcode.Code
	errmsg []byte // raw JSON value; nil if absent
}

// message decodes errmsg. A value that is not a string is returned as JSON.
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

var errJSON = errors.New("not a JSON object or array")

// scan finds errcode and errmsg among the members of the answer and checks that the
// answer is complete. It does not validate the JSON further.
func scan(answer []byte) (envelope, error) {
	var env envelope
	if at(answer, 0) == '[' {
		if end, ok := skip(answer, 0); !ok || end != len(answer) {
			return env, errJSON
		}
		return env, nil
	}
	if at(answer, 0) != '{' {
		return env, errJSON
	}
	i := blank(answer, 1)
	for more := at(answer, i) != '}'; more; {
		end, ok := skip(answer, i)
		colon := blank(answer, end)
		if !ok || answer[i] != '"' || at(answer, colon) != ':' {
			return env, errJSON
		}
		key := answer[i+1 : end-1]
		i = blank(answer, colon+1)
		if end, ok = skip(answer, i); !ok {
			return env, errJSON
		}
		if err := env.member(key, answer[i:end]); err != nil {
			return env, err
		}
		i = blank(answer, end)
		if more = at(answer, i) == ','; more {
			i = blank(answer, i+1)
		}
	}
	if at(answer, i) != '}' || i+1 != len(answer) {
		return env, errJSON
	}
	return env, nil
}

// member records errcode and errmsg. If there are several errcodes, the first that is
// not 0 is used.
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

// number parses an errcode: a number, a quoted number, or nothing.
func number(value []byte) (errcode.Code, error) {
	if string(value) == "0" {
		return 0, nil
	}
	n, err := Integer(value)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		return 0, errJSON
	}
	return errcode.Code(n), nil
}

// at returns b[i], or 0 after the end.
func at(b []byte, i int) byte {
	if i < len(b) {
		return b[i]
	}
	return 0
}

// blank returns the offset of the first character from i on that is not white space.
func blank(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t') {
		i++
	}
	return i
}

// skip returns the offset after the value that begins at i.
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
