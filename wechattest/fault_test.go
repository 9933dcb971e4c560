package wechattest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// outcome is what a client makes of one call.
type outcome struct {
	status int
	body   string
	err    error
}

// call posts to path and reads at most a MiB of the answer.
func (a api) call(ctx context.Context, path, body string) outcome {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+path+"?access_token="+a.p.IssueToken(), strings.NewReader(body))
	require.NoError(a.t, err)
	resp, err := a.http.Do(req)
	if err != nil {
		return outcome{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return outcome{resp.StatusCode, string(raw), err}
}

func TestFaults(t *testing.T) {
	const path = "/cgi-bin/message/custom/send"
	for _, test := range []struct {
		name     string
		fault    wechattest.Fault
		check    func(t *testing.T, o outcome)
		executed bool
		status   int
	}{
		{"latency", wechattest.Latency(3 * time.Second), func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			require.Contains(t, o.body, `"errcode":0`)
		}, true, 200},
		{"busy", wechattest.Errcode(-1), func(t *testing.T, o outcome) {
			require.Equal(t, 200, o.status)
			require.Regexp(t, `^{"errcode":-1,"errmsg":"system error rid: [-0-9a-f]+"}$`, o.body)
		}, false, 200},
		{"any code", wechattest.Errcode(99999), func(t *testing.T, o outcome) { require.Contains(t, o.body, `"errcode":99999`) }, false, 200},
		{"any words", wechattest.ErrcodeText(61004, "access clientip is not registered"), func(t *testing.T, o outcome) {
			require.Contains(t, o.body, `"errmsg":"access clientip is not registered rid: `)
		}, false, 200},
		{"an answer", wechattest.Answer(`{"left":12}`), func(t *testing.T, o outcome) { require.Equal(t, `{"left":12}`, o.body) }, false, 200},
		{"gateway", wechattest.HTTPStatus(502), func(t *testing.T, o outcome) {
			require.Equal(t, 502, o.status)
			require.Contains(t, o.body, "<h1>502 Bad Gateway</h1>")
		}, false, 502},
		{"cut before", wechattest.CutBefore(), func(t *testing.T, o outcome) { require.ErrorIs(t, o.err, io.EOF) }, false, 0},
		{"cut after", wechattest.CutAfter(), func(t *testing.T, o outcome) { require.ErrorIs(t, o.err, io.EOF) }, true, 0},
		{"cut inside", wechattest.CutInside(), func(t *testing.T, o outcome) {
			require.ErrorIs(t, o.err, io.ErrUnexpectedEOF)
			require.Equal(t, `{"errcode":0,`, o.body)
		}, true, 200},
		{"truncated", wechattest.Truncated(), func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			require.Equal(t, `{"errcode":0,`, o.body)
		}, true, 200},
		{"endless", wechattest.Endless(), func(t *testing.T, o outcome) {
			require.NoError(t, o.err)
			require.Len(t, o.body, 1<<20)
			require.False(t, json.Valid([]byte(o.body)))
		}, false, 200},
		{"hang", wechattest.Hang(), func(t *testing.T, o outcome) { require.ErrorIs(t, o.err, context.DeadlineExceeded) }, false, 0},
		{"redirect", wechattest.RedirectTo("https://portal.example.com/login"), func(t *testing.T, o outcome) {
			require.Equal(t, 404, o.status, "the client followed")
		}, false, 302},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI(t, wechattest.Config{})
				a.p.Bot(fixed("success"))
				_, err := a.p.User(user).Text("hi")
				require.NoError(t, err)
				a.p.Inject(wechattest.Rule{Path: path, Times: 1, Fault: test.fault})
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				const body = `{"touser":"` + user + `","msgtype":"text","text":{"content":"x"}}`
				test.check(t, a.call(ctx, path, body))
				time.Sleep(time.Second) // a client may read on for a moment after it closed the body
				require.Len(t, a.p.Messages(user), btoi(test.executed))
				calls := a.p.Calls(path)
				require.Len(t, calls, 1)
				require.Equal(t, test.fault.String(), calls[0].Fault)
				require.Equal(t, test.status, calls[0].Status)
				require.Contains(t, a.call(t.Context(), path, body).body, `"errcode":0`, "the fault is over")
				require.Empty(t, a.p.Calls(path)[1].Fault)
			})
		})
	}
}

// What went to another host after a redirect is there to be looked at.
func TestRedirectIsSeen(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	a.p.Inject(wechattest.Rule{Fault: wechattest.RedirectTo("https://portal.example.com/login")})
	a.use("x")
	require.Len(t, a.p.CallsElsewhere(), 1)
	require.Equal(t, "portal.example.com", a.p.CallsElsewhere()[0].Host)
	require.Contains(t, a.p.CallsElsewhere()[0].Header.Get("Referer"), "access_token=x", "what net/http sends if nobody stops it")
}

func TestRules(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.p.IssueToken()
	codes := func(n int) (list []int) {
		for range n {
			list = append(list, a.use(token))
		}
		return list
	}
	remove := a.p.Inject(wechattest.Rule{Path: "/cgi-bin/get*", Share: 0.25, Fault: wechattest.Errcode(45011)})
	require.Equal(t, []int{0, 0, 0, 45011, 0, 0, 0, 45011}, codes(8))
	remove()
	remove()
	require.Equal(t, []int{0, 0, 0, 0}, codes(4))

	a.p.Inject(wechattest.Rule{Method: "POST", Fault: wechattest.Errcode(-1)})
	a.p.Inject(wechattest.Rule{Path: "/cgi-bin/getcallbackip", Times: 2, Fault: wechattest.Errcode(48004)})
	a.p.Inject(wechattest.Rule{Path: "/cgi-bin/getcallbackip", Times: 1, Fault: wechattest.Errcode(50002)})
	require.Equal(t, []int{48004, 48004, 50002, 0}, codes(4), "one after another")
	require.Equal(t, -1, a.post(token, "/cgi-bin/anything", "{}").Code)
	require.Equal(t, 41001, a.do("GET", "/cgi-bin/getcallbackip", url.Values{}, "").Code)

	for _, rule := range []wechattest.Rule{
		{}, {Fault: wechattest.CutBefore(), Share: 1.01}, {Fault: wechattest.CutBefore(), Share: -0.01}, {Fault: wechattest.CutBefore(), Times: -1},
	} {
		require.Panics(t, func() { a.p.Inject(rule) })
	}
	remove = a.p.Inject(wechattest.Rule{Path: "/cgi-bin/getcallbackip", Share: 1, Fault: wechattest.Errcode(-1)})
	require.Equal(t, []int{-1, -1, -1, -1}, codes(4), "each call")
	remove()
}

// A tenth is a tenth, also of a million.
func TestShareIsEven(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.p.IssueToken()
	a.p.Inject(wechattest.Rule{Share: 0.1, Fault: wechattest.Errcode(-1)})
	failed := 0
	for range 200 {
		failed += btoi(a.use(token) == -1)
	}
	require.Equal(t, 20, failed)
}

// Faults of the token endpoints count as token requests.
// Answer answers an endpoint that the platform does not model.
func TestAnswer(t *testing.T) {
	const path = "/shop/stock/get"
	a := newAPI(t, wechattest.Config{})
	token := a.stable(false).AccessToken
	require.Equal(t, 48001, a.post(token, path, "{}").Code)
	remove := a.p.Inject(wechattest.Rule{Path: path, Fault: wechattest.Answer(`{"errcode":45009,"errmsg":"enough"}`)})
	require.Equal(t, 45009, a.post(token, path, "{}").Code)
	require.Equal(t, 2, a.p.Count(path))
	remove()
	require.Equal(t, 48001, a.post(token, path, "{}").Code)
	require.PanicsWithValue(t, `wechattest: Answer: not JSON: "{"`, func() { wechattest.Answer("{") })
}

func TestFaultsAreCounted(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	a.p.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Times: 2, Fault: wechattest.Errcode(-1)})
	require.Equal(t, -1, a.stable(false).Code)
	require.Equal(t, -1, a.stable(false).Code)
	require.NotEmpty(t, a.stable(false).AccessToken)
	require.Equal(t, 3, a.p.TokenRequests())
}

// A caller that leaves, a fault that never ends: closing the platform ends them.
func TestCloseEndsFaults(t *testing.T) {
	for name, fault := range map[string]wechattest.Fault{
		"hang": wechattest.Hang(), "endless": wechattest.Endless(), "latency": wechattest.Latency(time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, err := wechattest.Open(wechattest.Config{})
				require.NoError(t, err)
				p.Inject(wechattest.Rule{Fault: fault})
				time.AfterFunc(time.Second, func() { _ = p.Close() })
				resp, err := p.Client().Get(p.URL() + "/cgi-bin/getcallbackip")
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				require.Error(t, err)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				_ = p.Close() // the body was open when it began; other tests are about that
			})
		})
	}
}
