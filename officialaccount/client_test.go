package officialaccount_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]officialaccount.Config{
		"nothing":    {},
		"no secret":  {AppID: appID},
		"no app id":  {Secret: secret},
		"ftp":        {AppID: appID, Secret: secret, BaseURL: "ftp://x"},
		"no host":    {AppID: appID, Secret: secret, BaseURL: "https://"},
		"a path":     {AppID: appID, Secret: secret, BaseURL: "/cgi-bin"},
		"a query":    {AppID: appID, Secret: secret, BaseURL: "https://x?y"},
		"a password": {AppID: appID, Secret: secret, BaseURL: "https://u:p@x"},
		"plain http": {AppID: appID, Secret: secret, BaseURL: "http://gateway.example"},
		"plain http to the platform, with its own source": {AppID: appID, Secret: secret, BaseURL: "http://api.weixin.qq.com"},
		"a blank after the app id":                        {AppID: appID + " ", TokenSource: token.Static("x")},
		"a line break after the secret":                   {AppID: appID, Secret: secret + "\n", TokenSource: token.Static("x")},
		"original id":                                     {AppID: "gh_1234567890ab", Secret: secret},
		"original id, with its own source":                {AppID: "gh_1234567890ab", TokenSource: token.Static("x")},
	} {
		_, err := officialaccount.New(config)
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), secret)
	}
	for _, config := range []officialaccount.Config{
		{AppID: appID, Secret: secret},
		{TokenSource: token.Static("x")},
		{AppID: appID, TokenSource: token.None(), BaseURL: "https://sh.api.weixin.qq.com/"},
		{AppID: appID, Secret: secret, BaseURL: "http://127.0.0.1:8080"},
		{AppID: appID, Secret: secret, BaseURL: "http://gateway.example", InsecurePlainHTTP: true},
		{AppID: appID, TokenSource: token.None(), BaseURL: "http://api.weixin.qq.com"},
	} {
		oa, err := officialaccount.New(config)
		require.NoError(t, err)
		require.Equal(t, config.AppID, oa.AppID())
	}
}

type listQuery struct {
	Next  string `url:"next_openid,omitempty"`
	Count int    `url:"count"`
}

func TestTheFourVerbs(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p)
	var out struct {
		Count int `json:"count"`
	}

	p.always(200, `{"count":"3"}`)
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", listQuery{Next: "o&1", Count: 2}, &out))
	require.Equal(t, 3, out.Count)
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", url.Values{"a": {"1", "2"}}, nil))
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", nil, nil))
	require.NoError(t, oa.Post(t.Context(), "/cgi-bin/menu/create", map[string]string{"url": "https://a.example/?b&c"}, &out))
	require.NoError(t, oa.Post(t.Context(), "/cgi-bin/x", nil, nil, officialaccount.WithQuery(&listQuery{Count: 1})))

	p.always(200, "\xff\xd8 a picture")
	f, err := oa.Download(t.Context(), "/cgi-bin/media/get", officialaccount.WithQuery(url.Values{"media_id": {"M"}}))
	require.NoError(t, err)
	require.False(t, f.IsJSON())
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, "\xff\xd8 a picture", string(b))
	require.Equal(t, int64(len(b)), f.Size)
	require.Equal(t, "text/plain", f.ContentType)

	p.always(200, `{"down_url":"http://v.example/1"}`)
	f, err = oa.Download(t.Context(), "/cgi-bin/material/get_material", officialaccount.WithBody(map[string]string{"media_id": "M"}))
	require.NoError(t, err)
	require.True(t, f.IsJSON())
	var video struct {
		URL string `json:"down_url"`
	}
	require.NoError(t, f.JSON(&video))
	require.Equal(t, "http://v.example/1", video.URL)

	require.Equal(t, []string{
		"GET /cgi-bin/user/get?access_token=T1&count=2&next_openid=o%261",
		"GET /cgi-bin/user/get?access_token=T1&a=1&a=2",
		"GET /cgi-bin/user/get?access_token=T1",
		`POST /cgi-bin/menu/create?access_token=T1 {"url":"https://a.example/?b&c"}`,
		"POST /cgi-bin/x?access_token=T1&count=1 {}",
		"GET /cgi-bin/media/get?access_token=T1&media_id=M",
		`POST /cgi-bin/material/get_material?access_token=T1 {"media_id":"M"}`,
	}, p.seen())
	require.Equal(t, int64(1), p.tokens.Load())
}

func TestUploadSendsAForm(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p)
	p.answer = func(req *http.Request, body []byte) (*http.Response, error) {
		req.Body = io.NopCloser(bytes.NewReader(body))
		require.NoError(t, req.ParseMultipartForm(1<<20))
		f, h, err := req.FormFile("media")
		require.NoError(t, err)
		b, _ := io.ReadAll(f)
		require.Equal(t, []string{"a.jpg", "image/jpeg", "picture", `{"title":"t"}`, "image"},
			[]string{h.Filename, h.Header.Get("Content-Type"), string(b), req.PostForm.Get("description"), req.URL.Query().Get("type")})
		require.Equal(t, int64(len(body)), req.ContentLength)
		return p.respond(200, `{"media_id":"M","created_at":1700000000}`), nil
	}
	var out struct {
		MediaID   string                    `json:"media_id"`
		CreatedAt officialaccount.Timestamp `json:"created_at"`
	}
	up := officialaccount.Upload{Name: "a.jpg", Body: strings.NewReader("picture"), Form: []officialaccount.FormField{{Name: "description", Value: `{"title":"t"}`}}}
	require.NoError(t, oa.Upload(t.Context(), "/cgi-bin/media/upload", up, &out, officialaccount.WithQuery(url.Values{"type": {"image"}})))
	require.Equal(t, "M", out.MediaID)
	require.Equal(t, int64(1700000000), out.CreatedAt.Unix())
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		path   string
		option officialaccount.CallOption
		want   string
	}{
		{"default", "/x", officialaccount.WithRetry(), "GET /x?access_token=T1&a=1"},
		{"component", "/x", officialaccount.WithComponentToken(), "GET /x?component_access_token=T1&a=1"},
		{"a user's", "/x", officialaccount.WithToken("U+1"), "GET /x?access_token=U%2B1&a=1"},
		{"secret", "/x", officialaccount.WithSecret(), "GET /x?appid=" + appID + "&secret=SEC&a=1"},
		{"secret by another name", "/x", officialaccount.WithSecretAs("appid", "appsecret"), "GET /x?appid=" + appID + "&appsecret=SEC&a=1"},
		{"none", "/x", officialaccount.WithoutToken(), "GET /x?a=1"},
		{"another address", "https://mp.weixin.qq.com/x?b=2", officialaccount.WithRetry(), "GET /x?b=2&a=1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{}
			oa := newClient(t, p)
			require.NoError(t, oa.Get(t.Context(), c.path, url.Values{"a": {"1"}}, nil, c.option))
			require.Equal(t, []string{c.want}, p.seen())
		})
	}
}

func TestCallsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p, func(c *officialaccount.Config) { c.Secret, c.TokenSource = "", token.Static("x") })
	require.ErrorIs(t, oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithSecret()), officialaccount.ErrNoSecret)
	for _, err := range []error{
		oa.Get(t.Context(), "x", nil, nil),
		oa.Get(t.Context(), "", nil, nil),
		oa.Get(t.Context(), "/x", 5, nil),
		oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithToken("")),
		oa.Get(t.Context(), "https://a.example/x?secret=y", nil, nil, officialaccount.WithToken("u")),
		oa.Post(t.Context(), "/x", func() {}, nil),
		oa.Upload(t.Context(), "/x", officialaccount.Upload{}, nil),
	} {
		require.Error(t, err)
		require.NotContains(t, err.Error(), "secret=y")
	}
	_, err := oa.Download(t.Context(), "x")
	require.Error(t, err)
	require.Empty(t, p.seen())
}

func TestTheSourceThatNeedsNoToken(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p, func(c *officialaccount.Config) { c.TokenSource = token.None() })
	require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
	p.always(200, `{"errcode":40001}`)
	require.ErrorIs(t, oa.Get(t.Context(), "/x", nil, nil), errcode.ErrTokenInvalid)
	require.Equal(t, []string{"GET /x", "GET /x"}, p.seen())
}

// Inside cloud hosting calls go by plain http and without a token. A credential never
// leaves that way.
func TestCloudHostingGetsNoCredential(t *testing.T) {
	t.Parallel()
	p := &platform{}
	inside := func(c *officialaccount.Config) { c.BaseURL, c.TokenSource = "http://api.weixin.qq.com", token.None() }
	oa := newClient(t, p, inside)
	require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
	require.NoError(t, oa.Post(t.Context(), "/x", nil, nil, officialaccount.WithoutToken()))
	require.NoError(t, oa.Get(t.Context(), "http://mmbiz.qpic.cn/x", nil, nil))
	withToken := newClient(t, p, inside, func(c *officialaccount.Config) { c.TokenSource = token.Static("TOKEN") })
	for _, err := range []error{
		withToken.Get(t.Context(), "/x", nil, nil),
		oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithToken("USER")),
		oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithSecret()),
		oa.Post(t.Context(), "/x", nil, nil, officialaccount.WithoutToken(), officialaccount.WithRedacted("SECRET")),
	} {
		require.ErrorContains(t, err, "without a credential")
	}
	require.Equal(t, []string{"GET /x", "POST /x {}", "GET /x"}, p.seen())
	allowed := newClient(t, p, inside, func(c *officialaccount.Config) { c.TokenSource, c.InsecurePlainHTTP = token.Static("TOKEN"), true })
	require.NoError(t, allowed.Get(t.Context(), "/x", nil, nil))
	require.Equal(t, []string{"GET /x?access_token=TOKEN"}, p.seen())
}

// A panic of the transport reaches neither the caller nor the log with the AppSecret.
func TestATransportThatPanicsShowsNoSecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, transportThatPanics)
}

func transportThatPanics(t *testing.T) {
	var log logged
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: appID, Secret: "q9&z8\"<x>", Logger: log.logger(), Retry: officialaccount.Retry{Attempts: 1},
		HTTPClient: &http.Client{Transport: panicking{}},
	})
	require.NoError(t, err)
	for _, err := range []error{
		oa.Get(t.Context(), "/x", nil, nil), // fetching the token panics
		oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithSecret()),
		oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithToken("q9&z8\"<x>")),
	} {
		require.ErrorContains(t, err, "panicked")
		for _, part := range []string{"q9", "z8"} {
			require.NotContains(t, err.Error()+log.String(), part)
		}
	}
	synctest.Wait() // a failed fetch is logged after its callers have the error
	require.Regexp(t, `token: fetch failed".*stack=".*panicking.*RoundTrip`, log.String())
	require.Regexp(t, `wechat: the HTTP transport panicked" .*path=/x .*stack=".*panicking.*RoundTrip`, log.String())
}

// panicking is a transport that panics with all that it sees.
type panicking struct{}

func (panicking) RoundTrip(req *http.Request) (*http.Response, error) {
	body := []byte{}
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	panic(fmt.Sprintf("%s %s %q", req.URL, body, body))
}

func TestOneTokenForAThousandCallers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{tokenDelay: 50 * time.Millisecond}
		oa := newClient(t, p)
		start := time.Now()
		require.Zero(t, together(1000, func() error { return oa.Post(t.Context(), "/x", nil, nil) }))
		require.Equal(t, int64(1), p.tokens.Load())
		require.Equal(t, 50*time.Millisecond, time.Since(start))
	})
}

func TestRevocationUnderAThousandCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{tokenDelay: 50 * time.Millisecond}
		oa := newClient(t, p)
		require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
		p.answer = func(*http.Request, []byte) (*http.Response, error) {
			time.Sleep(5 * time.Millisecond)
			return p.respond(200, `{"errcode":0}`), nil
		}
		p.revoke()
		require.Zero(t, together(1000, func() error { return oa.Post(t.Context(), "/x", nil, nil) }))
		require.Equal(t, int64(2), p.tokens.Load(), "one more token request")
		require.LessOrEqual(t, p.rejected.Load(), int64(1000))
	})
}

// together makes n calls at once and returns how many failed.
func together(n int, call func() error) (failed int) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	for range n {
		wg.Go(func() {
			if err := call(); err != nil {
				mu.Lock()
				failed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failed
}

func TestReplay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		answers []string
		options []officialaccount.CallOption
		want    errcode.Code
		calls   int64
		tokens  int64
	}{
		{"40001", []string{`{"errcode":40001}`, `{}`}, nil, 0, 2, 2},
		{"40014", []string{`{"errcode":40014}`, `{}`}, nil, 0, 2, 2},
		{"42001 as text", []string{`{"errcode":"42001"}`, `{}`}, nil, 0, 2, 2},
		{"in an HTTP 401", []string{`401 {"errcode":42001}`, `{}`}, nil, 0, 2, 2},
		{"once only", []string{`{"errcode":40001}`, `{"errcode":40001}`, `{}`}, nil, 40001, 2, 2},
		{
			"once only, over all attempts", []string{`{"errcode":40001}`, `{"errcode":-1}`, `{"errcode":40001}`, `{}`},
			[]officialaccount.CallOption{officialaccount.WithRetry()}, 40001, 3, 2,
		},
		{"41001 does not mean a stale token", []string{`{"errcode":41001}`, `{}`}, nil, 41001, 1, 1},
		{"nor does 40125", []string{`{"errcode":40125}`, `{}`}, nil, 40125, 1, 1},
		{"42006 without a component", []string{`{"errcode":42006}`, `{}`}, nil, 42006, 1, 1},
		{"42006 of a component", []string{`{"errcode":42006}`, `{}`}, []officialaccount.CallOption{officialaccount.WithComponentToken()}, 0, 2, 2},
		{"40001 of a component", []string{`{"errcode":40001}`, `{}`}, []officialaccount.CallOption{officialaccount.WithComponentToken()}, 0, 2, 2},
		{"a user's token", []string{`{"errcode":40001}`, `{}`}, []officialaccount.CallOption{officialaccount.WithToken("u")}, 40001, 1, 0},
		{"the secret", []string{`{"errcode":40001}`, `{}`}, []officialaccount.CallOption{officialaccount.WithSecret()}, 40001, 1, 0},
		{"no token", []string{`{"errcode":40001}`, `{}`}, []officialaccount.CallOption{officialaccount.WithoutToken()}, 40001, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := &platform{}
			oa := newClient(t, p)
			p.inTurn(c.answers...)
			err := oa.Post(t.Context(), "/x", map[string]int{"a": 1}, nil, c.options...)
			if c.want == 0 {
				require.NoError(t, err)
				seen := p.seen()
				require.Equal(t, strings.ReplaceAll(seen[0], "T1", "T2"), seen[1], "the same call with the next token")
			} else {
				require.ErrorIs(t, err, c.want)
			}
			require.Equal(t, c.calls, p.calls.Load())
			require.Equal(t, c.tokens, p.tokens.Load())
		})
	}
}

func TestReplayOfFiles(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p)
	upload := func(body io.Reader, size int64) error {
		p.inTurn(`{"errcode":40001}`, `{}`)
		return oa.Upload(t.Context(), "/x", officialaccount.Upload{Name: "a.jpg", Body: body, Size: size}, nil)
	}
	require.NoError(t, upload(strings.NewReader("abc"), 0))
	require.NoError(t, upload(io.MultiReader(strings.NewReader("abc")), 0), "an unknown size was copied")
	for _, s := range p.seen() {
		require.Contains(t, s, "\r\n\r\nabc\r\n--")
	}
	oa = newClient(t, p)
	err := upload(io.MultiReader(strings.NewReader("abc")), 3)
	require.ErrorIs(t, err, errcode.InvalidCredential)
	require.ErrorContains(t, err, "cannot be read a second time")
	require.Len(t, p.seen(), 1)
	require.Equal(t, int64(5), p.tokens.Load(), "the token was replaced nevertheless")

	p.inTurn(`{"errcode":40001}`, "\xff\xd8")
	f, err := oa.Download(t.Context(), "/x")
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// stubborn returns the same token even after it was rejected.
type stubborn struct{}

func (stubborn) Token(context.Context) (token.Token, error) {
	return token.New(tokenMark+"-0", time.Now().Add(time.Hour)), nil
}

func TestASourceThatGivesTheRejectedToken(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p, func(c *officialaccount.Config) { c.TokenSource = stubborn{} })
	err := oa.Get(t.Context(), "/x", nil, nil)
	require.ErrorIs(t, err, errcode.InvalidCredential)
	require.ErrorIs(t, err, token.ErrStillRejected)
	require.NotContains(t, err.Error(), tokenMark)
	require.Len(t, p.seen(), 1)
}

func TestATokenThatCannotBeHad(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p, func(c *officialaccount.Config) { c.Secret = "wrong-" + secret })
	err := oa.Get(t.Context(), "/x", nil, nil)
	var refusal *errcode.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, "/cgi-bin/stable_token", refusal.Op)
	require.Contains(t, err.Error(), "AppSecret")
	require.Empty(t, p.seen())
}

func TestRetries(t *testing.T) {
	t.Parallel()
	idempotent := officialaccount.WithRetry()
	for _, c := range []struct {
		name    string
		answers []string
		post    bool
		options []officialaccount.CallOption
		calls   int64
		ok      bool
	}{
		{"GET after a cut", []string{"cut", "{}"}, false, nil, 2, true},
		{"GET after two 5xx", []string{"502 <html>", "503 ", "{}"}, false, nil, 3, true},
		{"GET after -1", []string{`{"errcode":-1}`, "{}"}, false, nil, 2, true},
		{"GET after -1 in a 500", []string{`500 {"errcode":-1}`, "{}"}, false, nil, 2, true},
		{"GET after a code in a 500", []string{`500 {"errcode":45009}`, "{}"}, false, nil, 2, true},
		{"GET gives up", []string{"cut"}, false, nil, 3, false},
		{"GET after a 4xx", []string{"404 <html>", "{}"}, false, nil, 1, false},
		{"GET after a refusal", []string{`{"errcode":45009}`, "{}"}, false, nil, 1, false},
		{"GET after broken JSON", []string{`{"a":`, "{}"}, false, nil, 1, false},
		{"GET once", []string{"cut", "{}"}, false, []officialaccount.CallOption{officialaccount.WithoutRetry()}, 1, false},
		{"POST after a cut", []string{"cut", "{}"}, true, nil, 1, false},
		{"POST after a 5xx", []string{"502 <html>", "{}"}, true, nil, 1, false},
		{"POST after -1", []string{`{"errcode":-1}`, "{}"}, true, nil, 1, false},
		{"idempotent POST after a cut", []string{"cut", "{}"}, true, []officialaccount.CallOption{idempotent}, 2, true},
		{"idempotent POST after a 5xx", []string{"502 <html>", "{}"}, true, []officialaccount.CallOption{idempotent}, 2, true},
		{"idempotent POST after -1", []string{`{"errcode":-1}`, "{}"}, true, []officialaccount.CallOption{idempotent}, 2, true},
		{"replay and retry", []string{"cut", `{"errcode":40001}`, "cut", "{}"}, false, nil, 4, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &platform{}
				oa := newClient(t, p)
				p.inTurn(c.answers...)
				var err error
				if c.post {
					err = oa.Post(t.Context(), "/x", nil, nil, c.options...)
				} else {
					err = oa.Get(t.Context(), "/x", nil, nil, c.options...)
				}
				require.Equal(t, c.ok, err == nil, err)
				require.Equal(t, c.calls, p.calls.Load())
			})
		})
	}
}

func TestAPostOfWhichNothingLeftIsSentAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		refusing := 2
		oa := newClient(t, p, func(c *officialaccount.Config) {
			c.TokenSource = token.Static("x")
			c.HTTPClient = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				if refusing > 0 {
					refusing--
					return nil, errors.New("TLS handshake failed")
				}
				return p.RoundTrip(req)
			})}
		})
		require.NoError(t, oa.Post(t.Context(), "/x", nil, nil))
		require.Len(t, p.seen(), 1)
		refusing = 1
		require.NoError(t, oa.Upload(t.Context(), "/x", officialaccount.Upload{Name: "a.jpg", Body: io.MultiReader(strings.NewReader("abc")), Size: 3}, nil),
			"the file was not touched")
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		oa := newClient(t, p, func(c *officialaccount.Config) {
			c.Retry = officialaccount.Retry{Attempts: 6, Wait: time.Second, MaxWait: 4 * time.Second}
		})
		var at []time.Duration
		start := time.Now()
		p.answer = func(*http.Request, []byte) (*http.Response, error) {
			at = append(at, time.Since(start))
			return nil, io.ErrUnexpectedEOF
		}
		require.ErrorIs(t, oa.Get(t.Context(), "/x", nil, nil), io.ErrUnexpectedEOF)
		require.Len(t, at, 6)
		for i, most := range []time.Duration{1, 2, 4, 4, 4} {
			wait := at[i+1] - at[i]
			require.GreaterOrEqual(t, wait, most*time.Second/2)
			require.LessOrEqual(t, wait, most*time.Second)
		}
	})
}

func TestRetriesStayWithinTheDeadlineAndTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		oa := newClient(t, p, func(c *officialaccount.Config) {
			c.Retry = officialaccount.Retry{Attempts: 3, Wait: 10 * time.Second, MaxWait: 10 * time.Second, Budget: 4}
		})
		p.inTurn("cut")
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
		defer cancel()
		start := time.Now()
		require.ErrorContains(t, oa.Get(ctx, "/x", nil, nil), "connection reset")
		require.Zero(t, time.Since(start), "no use in waiting")

		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		require.ErrorContains(t, oa.Get(ctx, "/x", nil, nil), "connection reset")
		require.Equal(t, time.Second, time.Since(start))

		p.seen()
		for range 5 { // two retries are left
			require.Error(t, oa.Get(t.Context(), "/x", nil, nil))
		}
		require.Len(t, p.seen(), 5+2)

		p.always(200, "{}") // ten successes bring one back
		for range 10 {
			require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
		}
		p.inTurn("cut")
		p.seen()
		for range 5 {
			require.Error(t, oa.Get(t.Context(), "/x", nil, nil))
		}
		require.Len(t, p.seen(), 5+1)
	})
}

func TestTheQuotaGuard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		seen := &observer{}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.QuotaGuard, c.Observer = true, seen })
		call := func(path string) error { return oa.Post(t.Context(), path, nil, nil) }
		sent := func() int { return len(p.seen()) }
		start := time.Now()

		p.always(200, `{"errcode":45009,"errmsg":"reach max api daily quota limit"}`)
		require.ErrorIs(t, call("/a"), errcode.DailyQuotaReached)
		require.Equal(t, 1, sent())
		var paused *officialaccount.PausedError
		err := call("/a")
		require.ErrorAs(t, err, &paused)
		require.ErrorIs(t, err, errcode.ErrQuota)
		require.ErrorIs(t, err, errcode.DailyQuotaReached)
		require.Equal(t, start.Add(time.Minute), paused.Until)
		require.Contains(t, err.Error(), "wechat: /a: not sent")
		require.Zero(t, sent())
		require.True(t, seen.results[1].Paused)
		require.Zero(t, seen.results[1].Attempts)

		p.always(200, `{}`)
		require.NoError(t, call("/b"), "another path")
		require.Equal(t, 1, sent())

		// One probe at the end of each pause, which doubles up to ten minutes.
		p.always(200, `{"errcode":45009}`)
		for _, pause := range []time.Duration{1, 2, 4, 8, 10, 10} {
			time.Sleep(pause*time.Minute - time.Second)
			require.ErrorAs(t, call("/a"), &paused)
			time.Sleep(time.Second)
			require.Zero(t, sent())
			require.Equal(t, 10, together(10, func() error { return call("/a") }))
			require.Equal(t, 1, sent())
		}

		// A probe that learns nothing leaves the next call to probe, and the pause its length.
		time.Sleep(10 * time.Minute)
		for _, nothing := range []string{"502 <html>", `{"errcode":-1}`} {
			p.inTurn(nothing, nothing, `{"errcode":45009}`)
			require.Error(t, call("/a"))
			require.Error(t, call("/a"))
			require.ErrorIs(t, call("/a"), errcode.DailyQuotaReached)
			require.Equal(t, 3, sent(), nothing)
			time.Sleep(10*time.Minute - time.Second)
			require.ErrorAs(t, call("/a"), &paused)
			time.Sleep(time.Second)
		}

		// Any other word of the platform ends the pause.
		p.always(200, `{"errcode":40003}`)
		require.ErrorIs(t, call("/a"), errcode.InvalidOpenID)
		p.always(200, `{}`)
		require.NoError(t, call("/a"))

		// Clearing the quota ends it at once.
		p.always(200, `{"errcode":45009}`)
		require.Error(t, call("/a"))
		p.always(200, `{}`)
		require.ErrorAs(t, call("/a"), &paused)
		require.NoError(t, oa.Post(t.Context(), "/a", nil, nil, officialaccount.WithoutToken()), "of no account's quota")
		require.NoError(t, oa.Post(t.Context(), "/cgi-bin/clear_quota/v2", nil, nil, officialaccount.WithSecretAs("appid", "appsecret")))
		require.NoError(t, call("/a"))
	})
}

func TestWithoutTheQuotaGuardEveryCallIsSent(t *testing.T) {
	t.Parallel()
	p := &platform{}
	oa := newClient(t, p)
	p.always(200, `{"errcode":45009}`)
	for range 3 {
		require.ErrorIs(t, oa.Get(t.Context(), "/x", nil, nil), errcode.ErrQuota)
	}
	require.Len(t, p.seen(), 3)
}

// watcher observes calls and fetches of tokens.
type watcher struct {
	observer
	refreshes chan token.Refresh
}

func (w *watcher) ObserveRefresh(_ context.Context, r token.Refresh) { w.refreshes <- r }

func TestTheObserver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		seen := &watcher{refreshes: make(chan token.Refresh, 10)}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.Observer = seen })
		p.answer = func(*http.Request, []byte) (*http.Response, error) {
			time.Sleep(30 * time.Millisecond)
			return p.respond(200, `{}`), nil
		}
		require.NoError(t, oa.Get(t.Context(), "/ok?x=1", nil, nil))
		p.inTurn(`{"errcode":40001}`, `{"errcode":48001,"errmsg":"no"}`)
		require.Error(t, oa.Post(t.Context(), "/refused", nil, nil))
		p.inTurn("cut", "502 <html>")
		require.Error(t, oa.Get(t.Context(), "/gateway", nil, nil))
		p.inTurn("cut")
		require.Error(t, oa.Post(t.Context(), "/cut", nil, nil))
		p.always(200, "file")
		f, err := oa.Download(t.Context(), "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=x")
		require.NoError(t, err)
		require.NoError(t, f.Close())
		require.Error(t, oa.Get(t.Context(), "bad", nil, nil))

		require.Equal(t, []officialaccount.Call{
			{Method: "GET", Path: "/ok"},
			{Method: "POST", Path: "/refused"},
			{Method: "GET", Path: "/gateway"},
			{Method: "POST", Path: "/cut"},
			{Method: "GET", Path: "https://mp.weixin.qq.com"},
			{Method: "GET", Path: "bad"},
		}, seen.calls)
		failed := []bool{false, true, true, true, false, true}
		for i := range seen.results {
			if i > 0 {
				seen.results[i].Duration = 0
			}
			require.Equal(t, failed[i], seen.results[i].Err != nil)
			seen.results[i].Err = nil
		}
		require.Equal(t, []officialaccount.Result{
			{Duration: 30 * time.Millisecond, Attempts: 1, Status: 200},
			{Attempts: 2, Replayed: true, Status: 200, Code: 48001},
			{Attempts: 3, Status: 502},
			{Attempts: 1},
			{Attempts: 1, Status: 200},
			{},
		}, seen.results)
		for i := range seen.attempts {
			if i > 0 {
				seen.attempts[i].Duration = 0
			}
			seen.attempts[i].Err = nil
		}
		require.Equal(t, []observedAttempt{
			{"/ok", officialaccount.Attempt{Number: 1, Duration: 30 * time.Millisecond, Status: 200}},
			{"/refused", officialaccount.Attempt{Number: 1, Status: 200, Code: 40001}},
			{"/refused", officialaccount.Attempt{Number: 2, Status: 200, Code: 48001}},
			{"/gateway", officialaccount.Attempt{Number: 1}},
			{"/gateway", officialaccount.Attempt{Number: 2, Status: 502}},
			{"/gateway", officialaccount.Attempt{Number: 3, Status: 502}},
			{"/cut", officialaccount.Attempt{Number: 1}},
			{"https://mp.weixin.qq.com", officialaccount.Attempt{Number: 1, Status: 200}},
		}, seen.attempts)
		require.Equal(t, token.Cold, (<-seen.refreshes).Reason)
		require.Equal(t, token.Rejected, (<-seen.refreshes).Reason)
	})
}

// The result of a call is reported even if the call panics, and an observer may return
// nothing.
func TestAnObserverSeesTheEndOfEveryCall(t *testing.T) {
	t.Parallel()
	seen := &observer{}
	oa := newClient(t, &platform{}, func(c *officialaccount.Config) {
		c.Observer = seen
		c.Limiter = limiter(func(context.Context, string) error { panic("limiter") })
	})
	require.PanicsWithValue(t, "limiter", func() { _ = oa.Get(t.Context(), "/x", nil, nil) })
	require.Len(t, seen.results, 1)
	require.Error(t, seen.results[0].Err)

	oa = newClient(t, &platform{}, func(c *officialaccount.Config) { c.Observer = silent{} })
	require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
}

// Joined observers see the same calls, attempts and fetches.
func TestJoinObservers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, second := &watcher{refreshes: make(chan token.Refresh, 10)}, &watcher{refreshes: make(chan token.Refresh, 10)}
		oa := newClient(t, &platform{}, func(c *officialaccount.Config) {
			c.Observer = officialaccount.JoinObservers(first, silent{}, second)
		})
		require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
		synctest.Wait()
		for _, seen := range []*watcher{first, second} {
			require.Equal(t, []officialaccount.Call{{Method: "GET", Path: "/x"}}, seen.calls)
			require.Len(t, seen.results, 1)
			require.Len(t, seen.attempts, 1)
			require.Equal(t, token.Cold, (<-seen.refreshes).Reason)
		}
	})
}

// silent is an observer that returns nothing.
type silent struct{}

func (silent) ObserveCall(context.Context, officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	return nil, nil
}

type limiter func(ctx context.Context, path string) error

func (l limiter) Wait(ctx context.Context, path string) error { return l(ctx, path) }

func TestTheLimiterIsAskedBeforeEveryRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		var asked []string
		full := errors.New("full")
		var err error
		oa := newClient(t, p, func(c *officialaccount.Config) {
			c.Limiter = limiter(func(_ context.Context, path string) error {
				asked = append(asked, path)
				return err
			})
		})
		p.inTurn("cut", `{"errcode":40001}`, `{}`)
		require.NoError(t, oa.Get(t.Context(), "/x?a", nil, nil))
		require.Equal(t, []string{"/x", "/x", "/x"}, asked)
		err = full
		require.ErrorIs(t, oa.Get(t.Context(), "/x", nil, nil), full)
		require.Len(t, p.seen(), 3)
	})
}

func TestTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		log := &logged{}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.Logger = log.logger() })
		p.inTurn("cut", `{"errcode":40014,"errmsg":"bad"}`, `{}`)
		require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
		p.revoke()
		require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
		p.inTurn("cut", `{}`)
		long := officialaccount.WithWarning("a button name is longer than some pages allow", "bytes", 70)
		require.NoError(t, oa.Post(t.Context(), "/cgi-bin/menu/create", nil, nil, long, officialaccount.WithRetry()))
		require.Equal(t, `level=DEBUG msg="wechat: calling again" appid=wx0000000000000001 path=/x attempts=1 error="wechat: /x: connection reset by peer"
level=INFO msg="wechat: calling again with a new token" appid=wx0000000000000001 path=/x attempts=2 error="wechat: /x: 40014 InvalidAccessToken: bad; `+errcode.InvalidAccessToken.Remedy()+`"
level=INFO msg="wechat: calling again with a new token" appid=wx0000000000000001 path=/x attempts=1 error="wechat: /x: 40001 InvalidCredential: invalid credential [redacted], access_token is invalid or not latest; `+errcode.InvalidCredential.Remedy()+`"
level=WARN msg="wechat: a button name is longer than some pages allow" appid=wx0000000000000001 path=/cgi-bin/menu/create bytes=70
level=DEBUG msg="wechat: calling again" appid=wx0000000000000001 path=/cgi-bin/menu/create attempts=1 error="wechat: /cgi-bin/menu/create: connection reset by peer"
`, log.String())
	})
}

func TestAWarningWithoutALoggerIsSilent(t *testing.T) {
	t.Parallel()
	oa := newClient(t, &platform{})
	require.NoError(t, oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithWarning("not logged")))
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	p := &platform{}
	var log logged
	config := officialaccount.Config{AppID: appID, Secret: secret, HTTPClient: &http.Client{Transport: p}, Logger: log.logger()}
	oa, err := officialaccount.New(config)
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), "/x", nil, nil)) // there is a token now
	type open struct {
		Config officialaccount.Config
		Client *officialaccount.Client
		Value  officialaccount.Client
	}
	type closed struct {
		client *officialaccount.Client
		value  officialaccount.Client
		m      map[string]*officialaccount.Client
	}
	for _, v := range []any{
		config, &config, oa, *oa, open{config, oa, *oa}, &open{config, oa, *oa}, closed{oa, *oa, map[string]*officialaccount.Client{"a": oa}},
		[]any{config, oa}, map[string]any{"c": config}, []officialaccount.Config{config}, &closed{client: oa},
	} {
		var printed strings.Builder
		for _, verb := range []string{"v", "+v", "#v", "s", "q", "x", "X", "d", "T", "10.3v", "t", "c", "e"} {
			fmt.Fprintf(&printed, "%"+verb+"\n", v)
		}
		b, err := json.Marshal(v)
		require.NoError(t, err)
		printed.Write(b)
		slog.New(slog.NewTextHandler(&printed, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&printed, nil)).Info("x", "v", v)
		for _, s := range []string{secret, fmt.Sprintf("%x", secret), tokenMark, fmt.Sprintf("%x", tokenMark)} {
			require.NotContains(t, strings.ToLower(printed.String()), strings.ToLower(s), "%T shows a secret", v)
		}
	}
	require.Contains(t, fmt.Sprintf("%+v", config), appID)
	require.Contains(t, fmt.Sprint(oa), appID)
}

// Every error that a platform or a network can cause, with the token and the secret
// echoed wherever it could be.
func TestNoErrorShowsASecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		log := &logged{}
		oa := newClient(t, p, func(c *officialaccount.Config) { c.Logger = log.logger() })
		for _, echo := range []func(tok string) (*http.Response, error){
			func(tok string) (*http.Response, error) {
				return p.respond(200, `{"errcode":40001,"errmsg":"`+tok+` `+secret+`"}`), nil
			},
			func(tok string) (*http.Response, error) { return p.respond(502, tok+secret), nil },
			func(tok string) (*http.Response, error) { return p.respond(200, `{"a":"`+tok+secret), nil },
			func(tok string) (*http.Response, error) { return nil, errors.New("to " + tok + secret) },
			func(tok string) (*http.Response, error) {
				return nil, &url.Error{Op: "Get", URL: "https://x/?" + tok + secret, Err: io.EOF}
			},
		} {
			p.answer = func(req *http.Request, _ []byte) (*http.Response, error) {
				return echo(tokenOf(req) + req.URL.Query().Get("secret"))
			}
			_, downloadErr := oa.Download(t.Context(), "/x")
			for _, err := range []error{
				oa.Get(t.Context(), "/x", nil, nil),
				oa.Post(t.Context(), "/x", nil, nil),
				oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithSecret()),
				oa.Get(t.Context(), "/x", nil, nil, officialaccount.WithToken(tokenMark)),
				oa.Post(t.Context(), "/x", nil, nil, officialaccount.WithoutToken(), officialaccount.WithRedacted(tokenMark)),
				oa.Upload(t.Context(), "/x", officialaccount.Upload{Name: "a.jpg", Body: strings.NewReader("x")}, nil),
				downloadErr,
			} {
				require.Error(t, err)
				for _, verb := range []string{"%v", "%+v", "%#v", "%q"} {
					shown := fmt.Sprintf(verb, err)
					require.False(t, strings.Contains(shown, secret) || strings.Contains(shown, tokenMark))
				}
			}
		}
		require.False(t, strings.Contains(log.String(), secret) || strings.Contains(log.String(), tokenMark))
	})
}

func TestImportsFromOutside(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.Module.Path}}{{end}}", ".").Output()
	require.NoError(t, err)
	modules := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		modules[strings.TrimSpace(line)] = true
	}
	delete(modules, "")
	delete(modules, "github.com/seed-f21aa8d8/wechat")
	delete(modules, "golang.org/x/sync")
	require.Equal(t, map[string]bool{"github.com/google/go-querystring": true}, modules)
}
