package apitest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Case is one call of an endpoint: what it must send, and what it must return.
type Case struct {
	Name string // Path when empty
	Do   func(ctx context.Context, oa *officialaccount.Client) (any, error)

	Method string            // "POST" when empty
	Host   string            // "api.weixin.qq.com" when empty
	Path   string            // without query
	Query  string            // without access_token, in any order
	Tokens bool              // Query contains the credential too, which is not [Token]
	Body   string            // JSON; for a POST without body "{}"
	Form   map[string]string // fields of a multipart form, without the file
	File   *File             // sent as multipart/form-data instead of Body

	Retried bool // a POST that is sent again after the connection fails
	Once    bool // a GET that is not

	Answer string // JSON; [OK] when empty
	Want   any    // what Do must return
	Fails  error  // what the error of Do must match; nil: no error
}

// Run makes the call of every case with a new platform and compares the request and the
// result. A case without Fails is then made on a connection that fails, and given to
// [Disturb].
func Run(t *testing.T, cases []Case) {
	t.Helper()
	for _, c := range cases {
		name := c.Name
		if name == "" {
			name = c.Path
		}
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

func (c Case) run(t *testing.T) {
	answer := c.Answer
	if answer == "" {
		answer = OK
	}
	p := New(t, JSON(answer))
	got, err := c.Do(t.Context(), p.Client())
	if c.Fails != nil {
		require.ErrorIs(t, err, c.Fails)
	} else {
		require.NoError(t, err)
		require.Equal(t, c.Want, got)
	}
	calls := p.Calls()
	require.Len(t, calls, 1, "requests")
	c.check(t, calls[0])
	if c.Fails != nil || !json.Valid([]byte(answer)) {
		return
	}
	c.interrupt(t, answer)
	Disturb(t, answer, func(answer string) (any, error) {
		return c.Do(t.Context(), New(t, JSON(answer)).Client())
	})
}

// interrupt makes the call on a connection that fails, and with a server that fails, and
// checks that the same request is sent again if that is safe, and only once otherwise.
func (c Case) interrupt(t *testing.T, answer string) {
	now := time.Now()
	for _, failure := range []Answer{{Err: errors.New("connection reset by peer")}, {Status: http.StatusBadGateway}} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(now)) // some calls depend on the date
			p := New(t, failure, JSON(answer))
			_, err := c.Do(t.Context(), p.Client())
			calls := p.Calls()
			if c.Method == "GET" && c.Once || c.Method != "GET" && !c.Retried {
				require.Error(t, err)
				require.Len(t, calls, 1, "requests of a call that must not be repeated")
				return
			}
			require.NoError(t, err)
			require.Len(t, calls, 2, "requests of a call that is repeated")
			require.Equal(t, calls[0], calls[1])
		})
	}
}

// check compares a request with the case.
func (c Case) check(t *testing.T, call Call) {
	method, host := c.Method, c.Host
	if method == "" {
		method = "POST"
	}
	if host == "" {
		host = "api.weixin.qq.com"
	}
	require.Equal(t, method+" "+host+c.Path, call.Method+" "+call.Host+call.Path)
	if !c.Tokens {
		require.Equal(t, Token, call.Query.Get("access_token"))
		call.Query.Del("access_token")
	}
	query, err := url.ParseQuery(c.Query)
	require.NoError(t, err)
	require.Equal(t, query, call.Query)
	if c.File != nil {
		require.Equal(t, c.File, call.File)
		form := c.Form
		if form == nil {
			form = map[string]string{}
		}
		require.Equal(t, form, call.Form)
		return
	}
	switch {
	case method == "GET":
		require.Empty(t, call.Body)
	case c.Body == "":
		require.JSONEq(t, "{}", call.Body)
	default:
		require.JSONEq(t, c.Body, call.Body)
	}
}

// Refuses checks that each call fails with an [errcode.LimitError] whose text contains
// its key, and that nothing is sent.
func Refuses(t *testing.T, calls map[string]func(ctx context.Context, oa *officialaccount.Client) (any, error)) {
	t.Helper()
	for want, do := range calls {
		t.Run(want, func(t *testing.T) {
			p := New(t)
			_, err := do(t.Context(), p.Client())
			require.ErrorIs(t, err, errcode.ErrLimit)
			require.ErrorContains(t, err, want)
			require.Equal(t, 1, strings.Count(err.Error(), "wechat: "), "%v repeats itself", err)
			require.Empty(t, p.Calls(), "requests")
		})
	}
}

// Filled checks that no exported field of v at any depth is zero, except those under
// the given paths, such as "Items.Content".
func Filled(t testing.TB, v any, apart ...string) {
	t.Helper()
	if empty := zeros(reflect.ValueOf(v), "", apart); len(empty) > 0 {
		t.Errorf("%T has empty fields: %s", v, strings.Join(empty, ", "))
	}
}

func zeros(v reflect.Value, path string, apart []string) (empty []string) {
	if slices.Contains(apart, strings.TrimPrefix(path, ".")) {
		return nil
	}
	if !v.IsValid() || v.IsZero() || (v.Kind() == reflect.Slice || v.Kind() == reflect.Map) && v.Len() == 0 {
		return []string{strings.TrimPrefix(path, ".")}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return zeros(v.Elem(), path, apart)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			empty = append(empty, zeros(v.Index(i), path, apart)...)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			empty = append(empty, zeros(v.MapIndex(key), fmt.Sprintf("%s.%v", path, key), apart)...)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type.PkgPath() != "time" {
				empty = append(empty, zeros(v.Field(i), path+"."+f.Name, apart)...)
			}
		}
	}
	return empty
}

// Encodes checks that v is written as want, compared as JSON.
func Encodes(t testing.TB, want string, v any) {
	t.Helper()
	got, err := json.Marshal(v)
	require.NoError(t, err)
	require.JSONEq(t, want, string(got))
}

// At returns a time as the client decodes it.
func At(seconds int64) officialaccount.Timestamp {
	return officialaccount.NewTimestamp(time.Unix(seconds, 0))
}
