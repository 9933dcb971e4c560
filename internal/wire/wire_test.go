package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// roundTrip is a transport made of a function. It closes the body, as a transport has to.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }()
	}
	return f(req)
}

// answering answers every request with the same.
func answering(status int, contentType, body string) *http.Client {
	return &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		return response(status, contentType, strings.NewReader(body)), nil
	})}
}

func response(status int, contentType string, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, ContentLength: -1, Body: io.NopCloser(body)}
}

// failing fails every request.
func failing(err error) *http.Client {
	return &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })}
}

type ack struct {
	MsgID int64 `json:"msgid"`
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	refusal := func(code errcode.Code, message string, status int) error {
		return &errcode.Error{Code: code, Message: message, RID: errcode.New(code, message).RID, Op: "/x", Status: status}
	}
	answer := func(status int, reason error, excerpt string) error {
		return &errcode.ResponseError{Op: "/x", Status: status, Err: reason, Excerpt: excerpt}
	}
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   error
		msgID  int64
	}{
		{"usual success", 200, `{"errcode":0,"errmsg":"ok"}`, nil, 0},
		{"success beside data", 200, `{"errcode":0,"errmsg":"ok","msgid":5}`, nil, 5},
		{"no errcode", 200, `{"msgid":5}`, nil, 5},
		{"empty object", 200, `{}`, nil, 0},
		{"spaced", 200, " \r\n{ \"msgid\" : \t5 ,\n\"a\" : [ { } , \"}\" ] } ", nil, 5},
		{"byte order mark", 200, "\uFEFF{\"msgid\":5}", nil, 5},
		{"null errcode", 200, `{"errcode":null,"msgid":5}`, nil, 5},
		{"quoted zero", 200, `{"errcode":"0","msgid":5}`, nil, 5},
		{"empty errcode", 200, `{"errcode":"","msgid":5}`, nil, 5},
		{"zero with a point", 200, `{"errcode":0.0,"msgid":5}`, nil, 5},
		{"nested errcode is data", 200, `{"a":{"errcode":5},"msgid":5}`, nil, 5},
		{"quoted kinds", 200, `{"errcode":0,"msgid":"5"}`, nil, 5},
		{"raw control characters", 200, "{\"a\":\"\x01\n\",\"msgid\":5}", nil, 5},
		{"broken UTF-8", 200, "{\"a\":\"\xff\xfe\",\"msgid\":5}", nil, 5},
		{"number", 200, `{"errcode":45009,"errmsg":"reach max"}`, refusal(45009, "reach max", 200), 0},
		{"string", 200, `{"errcode":"45009","errmsg":"reach max"}`, refusal(45009, "reach max", 200), 0},
		{"float", 200, `{"errcode":4.5009e4}`, refusal(45009, "", 200), 0},
		{"negative", 200, `{"errcode":-1,"errmsg":"system error"}`, refusal(-1, "system error", 200), 0},
		{"beside data", 200, `{"msgid":7,"errcode":45009,"errmsg":"x","data":[1]}`, refusal(45009, "x", 200), 0},
		{"twice", 200, `{"errcode":0,"errcode":45009}`, refusal(45009, "", 200), 0},
		{"rid", 200, `{"errcode":48001,"errmsg":"api unauthorized, rid: 62fb9bc8-078c24da-4202f278"}`,
			refusal(48001, "api unauthorized, rid: 62fb9bc8-078c24da-4202f278", 200), 0},
		{"escaped errmsg", 200, `{"errcode":1,"errmsg":"\u4e2d\"文"}`, refusal(1, `中"文`, 200), 0},
		{"errmsg with control characters", 200, "{\"errcode\":1,\"errmsg\":\"a\x00\tb\"}", refusal(1, "a\tb", 200), 0},
		{"errmsg of another kind", 200, `{"errcode":1,"errmsg":{"a":1}}`, refusal(1, `{"a":1}`, 200), 0},
		{"errcode in a 500", 500, `{"errcode":-1,"errmsg":"busy"}`, refusal(-1, "busy", 500), 0},
		{"errcode 0 in a 500", 500, `{"errcode":0}`, answer(500, errcode.ErrStatus, `{"errcode":0}`), 0},
		{"usual success in a 500", 500, `{"errcode":0,"errmsg":"ok"}`, answer(500, errcode.ErrStatus, `{"errcode":0,"errmsg":"ok"}`), 0},
		{"gateway page", 502, "<html>\n<h1>502 Bad Gateway</h1></html>", answer(502, errcode.ErrStatus, "<html> <h1>502 Bad Gateway</h1></html>"), 0},
		{"empty 502", 502, "", answer(502, errcode.ErrStatus, ""), 0},
		{"empty 200", 200, "", answer(200, errcode.ErrEmpty, ""), 0},
		{"blank 200", 200, " \n", answer(200, errcode.ErrEmpty, ""), 0},
		{"page in a 200", 200, "<html>", answer(200, errcode.ErrMalformed, "<html>"), 0},
		{"truncated success", 200, `{"errcode":0,"errmsg":"o`, answer(200, errcode.ErrMalformed, `{"errcode":0,"errmsg":"o`), 0},
		{"truncated refusal", 200, `{"errcode":45009,"err`, answer(200, errcode.ErrMalformed, `{"errcode":45009,"err`), 0},
		{"truncated data", 200, `{"msgid":5`, answer(200, errcode.ErrMalformed, `{"msgid":5`), 0},
		{"two objects", 200, `{"errcode":0}{"errcode":1}`, answer(200, errcode.ErrMalformed, `{"errcode":0}{"errcode":1}`), 0},
		{"no JSON inside", 200, `{"errcode":0,"a":tru}`, answer(200, errcode.ErrMalformed, `{"errcode":0,"a":tru}`), 0},
		{"errcode of another kind", 200, `{"errcode":{}}`, answer(200, errcode.ErrMalformed, `{"errcode":{}}`), 0},
		{"errcode that is no number", 200, `{"errcode":"x"}`, answer(200, errcode.ErrMalformed, `{"errcode":"x"}`), 0},
		{"errcode out of range", 200, `{"errcode":1e300}`, answer(200, errcode.ErrMalformed, `{"errcode":1e300}`), 0},
		{"scalar", 200, `5`, answer(200, errcode.ErrMalformed, `5`), 0},
		{"null", 200, `null`, answer(200, errcode.ErrMalformed, `null`), 0},
		{"redirect", 302, ``, answer(302, errcode.ErrRedirect, ""), 0},
		{"a token in an answer that breaks off", 200, `{"access_token":"HANDED","refresh_token": "OUT"`,
			answer(200, errcode.ErrMalformed, `{"access_token":[redacted],"refresh_token": [redacted]`), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, out := range []*ack{nil, {}} {
				var target any
				if out != nil {
					target = out
				}
				err := JSON(t.Context(), answering(c.status, "text/plain", c.body), &Request{Path: "/x"}, target)
				require.Equal(t, c.want, err)
				if out != nil && c.want == nil {
					require.Equal(t, c.msgID, out.MsgID)
				}
			}
		})
	}
}

func TestAnswerThatDoesNotFit(t *testing.T) {
	t.Parallel()
	var value *errcode.ValueError
	var out struct {
		AccessToken int `json:"access_token"`
		MsgID       int `json:"msgid"`
	}
	err := JSON(t.Context(), answering(200, "", `{"msgid":"five"}`), &Request{Path: "/x"}, &out)
	require.ErrorAs(t, err, &value)
	require.EqualError(t, err, `wechat: /x: HTTP 200: msgid: "five" does not fit int`)
	err = JSON(t.Context(), answering(200, "", `{"access_token":"HANDED_OUT"}`), &Request{Path: "/x"}, &out)
	require.EqualError(t, err, `wechat: /x: HTTP 200: access_token: [redacted] does not fit int`)
}

func TestAnArrayIsAnAnswerOnlyWhereOneIsExpected(t *testing.T) {
	t.Parallel()
	var out []int
	require.NoError(t, JSON(t.Context(), answering(200, "", `[1,"2"]`), &Request{Path: "/x"}, &out))
	require.Equal(t, []int{1, 2}, out)
	var anything any
	var raw json.RawMessage
	for _, out := range []any{&anything, &raw} {
		require.NoError(t, JSON(t.Context(), answering(200, "", `[1]`), &Request{Path: "/x"}, out))
	}
	for _, out := range []any{nil, new(struct{}), new(map[string]any), new(string), new(*ack)} {
		for _, body := range []string{`[]`, `[{"msgid":5}]`, `[{"errcode":0}]`} {
			require.ErrorIs(t, JSON(t.Context(), answering(200, "", body), &Request{Path: "/x"}, out), errcode.ErrMalformed)
		}
	}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]*errcode.Error{
		`{"errcode":0,"errmsg":"ok"}`:            nil,
		`{"msgid":5}`:                            nil,
		`{"a":{"errcode":5}}`:                    nil,
		`{"errcode":""}`:                         nil,
		`{"errcode":45009,"err`:                  nil,
		`{"errcode":45009,}`:                     nil,
		`{"errcode":45009}{}`:                    nil,
		`{"errcode":45009]`:                      nil,
		`{"errcode":45009 "a":1}`:                nil,
		`{"errcode" 45009}`:                      nil,
		`[{"errcode":45009}]`:                    nil,
		`<html>`:                                 nil,
		``:                                       nil,
		" \uFEFF {\"errcode\":\"45009\"}":        {Code: 45009},
		`{"data":[1],"errcode":4.5009e4}`:        {Code: 45009},
		`{"errcode":-1,"errmsg":"system error"}`: {Code: -1, Message: "system error"},
		`{"errcode":48001,"errcode":0}`:          {Code: 48001},
		`{"errcode":48001,"errmsg":"no, rid: 62fb9bc8-078c24da-4202f278"}`: {
			Code: 48001, Message: "no, rid: 62fb9bc8-078c24da-4202f278", RID: "62fb9bc8-078c24da-4202f278",
		},
	} {
		require.Equal(t, want, Refusal([]byte(answer)), answer)
	}
}

func TestAnErrorPageNamesItsStatus(t *testing.T) {
	t.Parallel()
	err := JSON(t.Context(), answering(502, "text/html", "<h1>Bad Gateway</h1>"), &Request{Path: "/x"}, nil)
	require.EqualError(t, err, `wechat: /x: unexpected HTTP status 502: "<h1>Bad Gateway</h1>"`)
}

func TestAnEndlessAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	for _, known := range []int64{-1, 1 << 40} {
		read := 0
		endless := readerFunc(func(p []byte) (int, error) {
			read += len(p)
			return copy(p, bytes.Repeat([]byte(`{"a":"`), len(p)/6+1)), nil
		})
		hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			resp := response(200, "", endless)
			resp.ContentLength = known
			return resp, nil
		})}
		require.ErrorIs(t, JSON(t.Context(), hc, &Request{Path: "/x"}, nil), errcode.ErrTooLarge)
		require.Less(t, read, 3*MaxAnswer)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		req  Request
		want string
	}{
		{"plain", Request{Path: "/x"}, "GET https://api.weixin.qq.com/x  "},
		{"post without body", Request{Method: "POST", Path: "/x"}, `POST https://api.weixin.qq.com/x application/json; charset=utf-8 {}`},
		{"body", Request{Path: "/x", Body: map[string]string{"a": "<&>\u2028"}}, "POST https://api.weixin.qq.com/x application/json; charset=utf-8 {\"a\":\"<&>\u2028\"}"},
		{"secrets first", Request{Path: "/x", Query: "b=2", Secrets: []Param{{"access_token", "T-1_.é/+&"}, {"c", "3"}}},
			"GET https://api.weixin.qq.com/x?access_token=T-1_.%C3%A9%2F%2B%26&c=3&b=2  "},
		{"query in the path", Request{Path: "/x?a=1", Query: "b=2"}, "GET https://api.weixin.qq.com/x?a=1&b=2  "},
		{"base with a path", Request{BaseURL: "http://127.0.0.1:80/wx/", Path: "/x"}, "GET http://127.0.0.1:80/wx/x  "},
		{"absolute", Request{BaseURL: "https://a.example", Path: "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=a%2Bb"},
			"GET https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=a%2Bb  "},
		{"escaped path", Request{Path: "/a%2Fb"}, "GET https://api.weixin.qq.com/a%2Fb  "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got string
			hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				var body []byte
				if req.Body != nil {
					body, _ = io.ReadAll(req.Body)
					require.Equal(t, int64(len(body)), req.ContentLength)
				}
				require.Equal(t, req.URL.Host, req.Host)
				got = fmt.Sprintf("%s %s %s %s", req.Method, req.URL, req.Header.Get("Content-Type"), body)
				return response(200, "", strings.NewReader("{}")), nil
			})}
			require.NoError(t, JSON(t.Context(), hc, &c.req, nil))
			require.Equal(t, c.want, got)
		})
	}
}

func TestRequestsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for _, r := range []*Request{
		{BaseURL: "ftp://x", Path: "/x"},
		{BaseURL: "no address", Path: "/x"},
		{BaseURL: "https://", Path: "/x"},
		{Path: "/%zz"},
		{Method: "BAD METHOD", Path: "/x"},
		{Path: "/x", Body: func() {}},
		{Path: "/x", Body: map[string]any{"f": make(chan int)}},
	} {
		err := JSON(t.Context(), failing(errors.New("must not be asked")), r, nil)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "must not be asked")
		require.True(t, strings.HasPrefix(err.Error(), "wechat: "), err)
	}
}

func TestEncodeKeepsEveryCharacter(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a&b<c>d":            `"a&b<c>d"`,
		"中文 😀":               `"中文 😀"`,
		"\u2028\u2029":       "\"\u2028\u2029\"",
		"\xff":               "\"\ufffd\"",
		`\u2028`:             `"\\u2028"`,
		"\\\u2028\\":         "\"\\\\\u2028\\\\\"",
		"\"\n\t\x01":         `"\"\n\t\u0001"`,
		"ends in a line\n":   `"ends in a line\n"`,
		"\u2028\x01\u2029\\": "\"\u2028\\u0001\u2029\\\\\"",
	} {
		text, err := encode(in)
		require.NoError(t, err)
		require.Equal(t, want, string(text.bytes()))
		text.free()
	}
}

func FuzzEncode(f *testing.F) {
	for _, s := range []string{"\u2028", `\u2028`, `\\u2029`, "\xff\\", "\x00<&>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, err := encode([]string{s})
		require.NoError(t, err)
		got := text.bytes()
		var back []string
		require.NoError(t, json.Unmarshal(got, &back))
		plain, err := json.Marshal([]string{s})
		require.NoError(t, err)
		var want []string
		require.NoError(t, json.Unmarshal(plain, &want))
		require.Equal(t, want, back)
		for _, escape := range []string{`\u2028`, `\u2029`, `\ufffd`, `\u0026`, `\u003c`} {
			require.NotContains(t, strings.ReplaceAll(string(got), `\\`, ""), escape)
		}
		text.free()
	})
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"errcode":0,"errmsg":"ok"}`, `{"errcode":"40001","errmsg":"SECRET"}`, `[{"a":1}]`, `{"a":"\"}`, "\uFEFF{}", `{"errcode":1e3}`, `{"a":{"b":[}]}`} {
		f.Add([]byte(s), 200)
	}
	f.Fuzz(func(t *testing.T, in []byte, status int) {
		r := &Request{Path: "/x", Secrets: []Param{{"access_token", "SECRET"}}}
		err := r.decode(status, bytes.Clone(in), nil)
		var m map[string]any
		into := r.decode(status, bytes.Clone(in), &m)
		require.Equal(t, err == nil, into == nil, "%v %v", err, into)
		if err != nil {
			require.NotContains(t, err.Error(), "SECRET")
			return
		}
		require.Less(t, status, 400)
		// What is taken for a success is JSON without an errcode other than 0.
		clean := scour(trim(in))
		require.True(t, json.Valid(clean))
		var env map[string]json.RawMessage
		if json.Unmarshal(clean, &env) == nil {
			switch strings.Trim(string(env["errcode"]), `" `) {
			case "", "null":
			default:
				code, err := number(env["errcode"])
				require.NoError(t, err)
				require.Zero(t, code)
			}
		}
	})
}

func TestTransportErrors(t *testing.T) {
	t.Parallel()
	const secret = "SECRET/token+1"
	reset := errors.New("connection reset by peer")
	for _, c := range []struct {
		name string
		err  error
		is   error
		text string
	}{
		{"plain", reset, reset, "connection reset by peer"},
		{"URL", &url.Error{Op: "Get", URL: "https://x/?access_token=" + secret, Err: reset}, reset, "connection reset by peer"},
		{"URL in a URL", &url.Error{Op: "Get", URL: secret, Err: &url.Error{Op: "Get", URL: secret, Err: io.EOF}}, io.EOF, "EOF"},
		{"URL wrapped", fmt.Errorf("proxy: %w", &url.Error{Op: "Get", URL: secret, Err: io.EOF}), io.EOF, "EOF"},
		{"text", errors.New("dial " + secret), nil, "dial [redacted]"},
		{"escaped", errors.New("dial " + url.QueryEscape(secret)), nil, "dial [redacted]"},
		{"text that wraps", fmt.Errorf("to %s: %w", secret, reset), reset, "to [redacted]: connection reset by peer"},
		{"joined", errors.Join(errors.New(secret), context.Canceled), context.Canceled, "[redacted]\ncontext canceled"},
		{"hidden", errors.New("HIDDEN"), nil, "[redacted]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &Request{Path: "/x?a=1", Secrets: []Param{{"access_token", secret}}, Hidden: []string{"HIDDEN"}}
			err := JSON(t.Context(), failing(c.err), r, nil)
			var transport *errcode.TransportError
			require.ErrorAs(t, err, &transport)
			require.Equal(t, "wechat: /x: "+c.text, err.Error())
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
				for e := err; e != nil; e = errors.Unwrap(e) {
					printed := fmt.Sprintf(verb, e)
					require.NotContains(t, printed, secret)
					require.NotContains(t, printed, "HIDDEN")
				}
			}
		})
	}
}

// A secret with characters that URLs, JSON, HTML and Go escape is found in each form.
func TestSecretsAreFoundInEveryEscapedForm(t *testing.T) {
	t.Parallel()
	const value = `a"b<c>&d\e/f g'h中`
	escaped := []string{
		value, url.QueryEscape(value), url.PathEscape(value), html.EscapeString(value),
		fmt.Sprintf("%q", value), fmt.Sprintf("%+q", value), "https://x.example/?secret=" + url.QueryEscape(value),
		`a%22b%3cc%3e%26d%5ce%2ff+g%27h%e4%b8%ad`, `a\"b\u003cc\u003e\u0026d\\e\/f g'h中`,
	}
	for _, v := range []any{value, map[string]string{"secret": value}} {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		body, err := encode(v)
		require.NoError(t, err)
		escaped = append(escaped, string(b), string(body.bytes()), fmt.Sprintf("%q", body.bytes()), "https://x.example/?q="+url.QueryEscape(string(b)))
	}
	for _, s := range escaped {
		r := &Request{Path: "/x", Hidden: []string{value}}
		err := JSON(t.Context(), failing(errors.New("sent "+s)), r, nil)
		require.ErrorContains(t, err, "sent ")
		require.NotContains(t, err.Error(), "h中", s)
		require.NotContains(t, err.Error(), "d%5", s)
		require.Contains(t, err.Error(), cut, s)
	}
}

// A transport that panics often has the URL in its text, so only the type is shown.
func TestAPanicOfTheTransportShowsNoSecret(t *testing.T) {
	t.Parallel()
	for _, follow := range []bool{false, true} {
		hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) { panic("no route to " + req.URL.String()) })}
		r := &Request{Path: "/x", Query: "a=SEC%2FRET", Hidden: []string{"SEC/RET"}, Follow: follow}
		if !follow {
			r.Secrets = []Param{{"access_token", "TOK+EN"}}
		}
		for _, call := range []func() error{
			func() error { return JSON(t.Context(), hc, r, nil) },
			func() error { _, err := Download(t.Context(), hc, r); return err },
		} {
			err := call()
			var transport *errcode.TransportError
			require.ErrorAs(t, err, &transport)
			require.True(t, transport.Sent)
			require.ErrorContains(t, err, "the HTTP transport panicked: a value of type string")
			require.NotContains(t, err.Error(), "no route")
			for _, s := range []string{"TOK", "SEC"} {
				require.NotContains(t, fmt.Sprintf("%+v %#v", err, err), s)
			}
		}
	}
}

func TestAnUnknownCertificateIsExplained(t *testing.T) {
	t.Parallel()
	unknown := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	err := JSON(t.Context(), failing(unknown), &Request{Path: "/x"}, nil)
	require.ErrorContains(t, err, "微信云托管")
	var authority x509.UnknownAuthorityError
	require.ErrorAs(t, err, &authority)
	err = JSON(t.Context(), failing(unknown), &Request{BaseURL: "https://gateway.example", Path: "/x"}, nil)
	require.NotContains(t, err.Error(), "微信云托管")
}

func TestSecretsAreCutFromAnswers(t *testing.T) {
	t.Parallel()
	r := &Request{Path: "/x", Secrets: []Param{{"access_token", "TOKEN+1"}}, Hidden: []string{"APPSECRET"}}
	for _, body := range []string{
		`{"errcode":40001,"errmsg":"bad TOKEN+1 or TOKEN%2B1 of APPSECRET"}`, `<html>TOKEN+1 APPSECRET</html>`, `{"a":"TOKEN+1"`,
		strings.Repeat("x", 190) + "APPSECRET TOKEN+1",
	} {
		err := JSON(t.Context(), answering(200, "", body), r, nil)
		require.Error(t, err)
		for _, s := range []string{fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			require.NotContains(t, s, "TOKEN+1")
			require.NotContains(t, s, "TOKEN%2B1")
			require.NotContains(t, s, "APPSECRET")
		}
	}
}

func TestSentTellsWhetherTheCallMayHaveBeenExecuted(t *testing.T) {
	t.Parallel()
	reset := errors.New("reset")
	dial := &net.OpError{Op: "dial", Net: "tcp", Err: reset}
	for _, c := range []struct {
		name string
		req  Request
		read bool
		err  error
		want bool
	}{
		{"post, body not asked for", Request{Path: "/x", Body: 1}, false, reset, false},
		{"post, body asked for", Request{Path: "/x", Body: 1}, true, reset, true},
		{"get", Request{Path: "/x"}, false, reset, true},
		{"get, no connection", Request{Path: "/x"}, false, dial, false},
		{"post, body asked for, no connection", Request{Path: "/x", Body: 1}, true, fmt.Errorf("x: %w", dial), false},
	} {
		hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			if c.read {
				_, _ = io.ReadAll(req.Body)
			}
			return nil, c.err
		})}
		var transport *errcode.TransportError
		require.ErrorAs(t, JSON(t.Context(), hc, &c.req, nil), &transport, c.name)
		require.Equal(t, c.want, transport.Sent, c.name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var transport *errcode.TransportError
	err := JSON(ctx, answering(200, "", "{}"), &Request{Path: "/x"}, nil)
	require.ErrorAs(t, err, &transport)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, transport.Sent)
}

func TestATransportThatReturnsNothing(t *testing.T) {
	t.Parallel()
	for _, resp := range []*http.Response{nil, {StatusCode: 200}} {
		hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return resp, nil })}
		var transport *errcode.TransportError
		require.ErrorAs(t, JSON(t.Context(), hc, &Request{Path: "/x"}, nil), &transport)
	}
}

func TestAnswerThatBreaksOff(t *testing.T) {
	t.Parallel()
	hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		return response(200, "", io.MultiReader(strings.NewReader(`{"errcode":0,"errmsg":"ok"}`), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }))), nil
	})}
	var transport *errcode.TransportError
	err := JSON(t.Context(), hc, &Request{Path: "/x"}, nil)
	require.ErrorAs(t, err, &transport)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.True(t, transport.Sent)
}

func TestTheTimeoutOfTheClientBoundsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hc := &http.Client{Timeout: 7 * time.Second, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})}
		start := time.Now()
		require.ErrorIs(t, JSON(t.Context(), hc, &Request{Path: "/x"}, nil), context.DeadlineExceeded)
		require.Equal(t, 7*time.Second, time.Since(start))
	})
}

func TestRedirectsAreRefused(t *testing.T) {
	t.Parallel()
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer foreign.Close()
	srv := httptest.NewServer(http.RedirectHandler(foreign.URL, http.StatusTemporaryRedirect))
	defer srv.Close()
	r := &Request{BaseURL: srv.URL, Path: "/x", Secrets: []Param{{"access_token", "T"}}, Body: 1, Follow: true}
	require.ErrorIs(t, JSON(t.Context(), srv.Client(), r, nil), errcode.ErrRedirect)
	_, err := Download(t.Context(), srv.Client(), r)
	require.ErrorIs(t, err, errcode.ErrRedirect)
}

func TestFollowGivesNoReferer(t *testing.T) {
	t.Parallel()
	var seen []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		seen = append(seen, req.URL.Path+" "+req.Referer()+req.Header.Get("Cookie"))
		switch req.URL.Path {
		case "/1":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			http.Redirect(w, req, "/2", http.StatusFound)
		case "/loop":
			http.Redirect(w, req, "/loop", http.StatusFound)
		default:
			_, _ = io.WriteString(w, "video")
		}
	}))
	defer srv.Close()
	f, err := Download(t.Context(), srv.Client(), &Request{Path: srv.URL + "/1?sign=x", Follow: true})
	require.NoError(t, err)
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, "video", string(b))
	require.Equal(t, []string{"/1 ", "/2 "}, seen)
	_, err = Download(t.Context(), srv.Client(), &Request{Path: srv.URL + "/loop?sign=x", Follow: true})
	require.ErrorContains(t, err, "10 redirects")
	require.Len(t, seen, 2+10)
	require.NotContains(t, err.Error(), "sign=x")
}

// shy is an error that hides what it wraps from its own text.
type shy struct{ inner []error }

func (shy) Error() string     { return "something went wrong" }
func (s shy) Unwrap() []error { return s.inner }

func TestASecretInsideAnErrorThatDoesNotShowItIsOutOfReach(t *testing.T) {
	t.Parallel()
	r := &Request{Path: "/x", Secrets: []Param{{"access_token", "SECRET"}}}
	err := JSON(t.Context(), failing(shy{[]error{io.EOF, fmt.Errorf("a: %w", errors.New("SECRET"))}}), r, nil)
	require.EqualError(t, err, "wechat: /x: something went wrong")
	require.ErrorIs(t, err, io.EOF)
	require.NotErrorAs(t, err, new(shy))
	err = JSON(t.Context(), failing(shy{[]error{io.EOF}}), r, nil)
	require.ErrorAs(t, err, new(shy), "nothing to hide")
}

func TestScour(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"{\"a\":\"\r\n\t\x00\x1f\"}":  `{"a":"\r\n\t"}`,
		"{\n\t\"a\" :\r\"\\\"\x01\"}": "{\n\t\"a\" :\r\"\\\"\"}",
		"{\"a\":\"\\\\\"}":            `{"a":"\\"}`,
		"\"\\":                        "\"\\",
		"\"\\\n\"":                    "\"\\\\n\"",
		`{"a":"中"}`:                   `{"a":"中"}`,
	} {
		require.Equal(t, want, string(scour([]byte(in))))
	}
}

func TestTheReasonOfAnEndIsKept(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reset := errors.New("reset")
	hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { cancel(); return nil, reset })}
	err := JSON(ctx, hc, &Request{Path: "/x"}, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, reset)
}

// The transport may ask once more for a body that it has read to its end, when the
// answer is there and the request is over.
func TestABodyThatWasReadStaysAtItsEnd(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*Request{
		"JSON":   {Path: "/x", Body: map[string]int{"a": 1}},
		"upload": {Path: "/x", Upload: &Upload{Name: "a.jpg", Body: strings.NewReader("picture")}},
	} {
		var sent io.ReadCloser
		hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			sent = req.Body
			n, err := io.Copy(io.Discard, io.LimitReader(req.Body, req.ContentLength))
			require.NoError(t, err)
			require.Equal(t, req.ContentLength, n)
			return response(http.StatusOK, "image/jpeg", strings.NewReader("picture")), nil
		})}
		f, err := Download(t.Context(), hc, r)
		require.NoError(t, err, name)
		r.Close()
		n, err := sent.Read(make([]byte, 1))
		require.Zero(t, n)
		require.Equal(t, io.EOF, err, name)
		require.NoError(t, f.Close())
	}
}

// The other fields of an error answer are decoded for callers that ask for them.
func TestRefused(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]ack{
		`{"errcode":45065,"errmsg":"clientmsgid exist","msgid":34182}`:   {MsgID: 34182},
		`{"errcode":45065,"errmsg":"clientmsgid exist","msgid":"34182"}`: {MsgID: 34182},
		`{"errcode":45065,"errmsg":"clientmsgid exist"}`:                 {},
		`{"errcode":45065,"msgid":"none"}`:                               {},
	} {
		var out, beside ack
		err := JSON(t.Context(), answering(http.StatusOK, "application/json", body), &Request{Path: "/x", Refused: &beside}, &out)
		require.ErrorIs(t, err, errcode.ClientMsgIDExists)
		require.Equal(t, want, beside, body)
		require.Zero(t, out)
	}
}
