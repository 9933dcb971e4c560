package wechattest_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// echo is a bot of a few lines that trusts everybody.
func echo(w http.ResponseWriter, r *http.Request) {
	if s := r.URL.Query().Get("echostr"); s != "" {
		fmt.Fprint(w, s)
		return
	}
	var m struct{ ToUserName, FromUserName, Content string }
	if xml.NewDecoder(r.Body).Decode(&m) != nil || m.Content == "" {
		fmt.Fprint(w, "success")
		return
	}
	fmt.Fprint(w, reply(m.FromUserName, m.ToUserName, "<MsgType>text</MsgType><Content><![CDATA["+m.Content+"]]></Content>"))
}

func TestThreeLines(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.Bot(http.HandlerFunc(echo))
	reply, err := p.User("oLiLei").Text("hello")
	require.NoError(t, err)
	require.Equal(t, "hello", reply.Content)
}

// fakeTB stands in for a test, to see what New makes of its end.
type fakeTB struct {
	mu             sync.Mutex
	cleanups       []func()
	errors, logged []string
}

func (f *fakeTB) Helper()          {}
func (f *fakeTB) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fakeTB) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (f *fakeTB) Logf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.logged = append(f.logged, fmt.Sprintf(format, args...))
}

func (f *fakeTB) end() []string {
	for _, c := range f.cleanups {
		c()
	}
	return f.errors
}

func (f *fakeTB) log() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.logged, "\n")
}

func TestLeaksFailTheTest(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		tb := &fakeTB{}
		p := wechattest.New(tb, wechattest.Config{})
		p.Bot(http.HandlerFunc(echo))
		resp, err := p.Client().Get(p.URL() + "/cgi-bin/getcallbackip")
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Empty(t, tb.end())
		require.Contains(t, tb.log(), "errcode=41001", "the test's log says why")
	})
	t.Run("body not closed", func(t *testing.T) {
		tb := &fakeTB{}
		p := wechattest.New(tb, wechattest.Config{})
		for range 2 {
			resp, err := p.Client().Get(p.URL() + "/cgi-bin/getcallbackip?access_token=hush")
			require.NoError(t, err)
			defer resp.Body.Close()
		}
		require.Equal(t, []string{"wechattest: not ended: 2 response bodies of GET /cgi-bin/getcallbackip were never closed"}, tb.end())
	})
	t.Run("body not closed in a bubble", func(t *testing.T) { // the bubble ends without a panic
		synctest.Test(t, func(t *testing.T) {
			tb := &fakeTB{}
			p := wechattest.New(tb, wechattest.Config{})
			p.Inject(wechattest.Rule{Path: "/cgi-bin/menu/get", Fault: wechattest.Endless()})
			for _, path := range []string{"/cgi-bin/getcallbackip", "/cgi-bin/menu/get"} {
				_, err := p.Client().Get(p.URL() + path)
				require.NoError(t, err)
			}
			require.Equal(t, []string{"wechattest: not ended: 1 response bodies of GET /cgi-bin/getcallbackip were never closed; " +
				"1 response bodies of GET /cgi-bin/menu/get were never closed"}, tb.end())
		})
	})
	t.Run("handler not ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			tb := &fakeTB{}
			p := wechattest.New(tb, wechattest.Config{Deliveries: 1})
			release := make(chan struct{})
			p.Bot(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
			_, err := p.User(user).Text("hi")
			require.ErrorIs(t, err, wechattest.ErrTimeout)
			require.Equal(t, []string{"wechattest: not ended: 1 handlers of bot instance 0 have not returned"}, tb.end())
			close(release)
		})
	})
}

func TestOpenRefuses(t *testing.T) {
	for want, cfg := range map[string]wechattest.Config{
		"Config.EncodingAESKey": {EncodingAESKey: "short"},
		"Config.Mode":           {Mode: 9},
		"Config.AllowedIPs":     {AllowedIPs: []string{"10.0.0.0/99"}},
		"must not be negative":  {Timeout: -1},
		`path "x"`:              {CallbackPath: "x"},
	} {
		_, err := wechattest.Open(cfg)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "short")
		require.PanicsWithValue(t, err.Error(), func() { wechattest.New(&fakeTB{}, cfg) })
	}
}

// What is not modeled is answered as a missing permission, and logged as such.
func TestNotModeledIsLogged(t *testing.T) {
	tb := &fakeTB{}
	a := api{t: t, p: wechattest.New(tb, wechattest.Config{})}
	a.http, a.base = a.p.Client(), a.p.URL()
	require.Equal(t, 48001, a.post(a.p.IssueToken(), "/cgi-bin/hologram/send", "{}").Code)
	require.Contains(t, tb.log(), "not implemented")
	require.Contains(t, tb.log(), "/cgi-bin/hologram/send")
	require.Empty(t, tb.end())
}

// No print of anything shows secret, token, AES key or access token.
func TestNothingPrintsSecrets(t *testing.T) {
	var log bytes.Buffer
	var mu sync.Mutex
	logger := slog.New(slog.NewTextHandler(writerFunc(func(b []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return log.Write(b)
	}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, Logger: logger})
	a := api{t, p, p.Client(), p.URL()}
	token := a.stable(false).AccessToken
	a.classic()
	a.use(token)
	a.use("")
	a.post(token, "/cgi-bin/hologram", "{}")
	bot := p.Bot(fixed("{}"))
	_, err := p.User(user).Text("hi")
	require.Error(t, err)
	deadErr := p.BotURL("http://127.0.0.1:1").Verify()
	require.Error(t, deadErr)

	cfg := p.Config()
	secrets := []string{cfg.Secret, cfg.Token, cfg.EncodingAESKey, token}
	type wrapped struct {
		cfg  wechattest.Config
		p    *wechattest.Platform
		call wechattest.Call
		C    wechattest.Config
	}
	w := wrapped{cfg, p, p.Calls("")[0], cfg}
	var out strings.Builder
	for _, v := range []any{cfg, &cfg, p, p.Tokens(), p.Tokens()[0], p.User(user), *p.User(user), bot, []any{bot, p.User(user)}, p.Calls(""), p.Calls("")[0], &w.call, w.C, []any{cfg, p}, map[string]any{"p": p}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	encoded, err2 := json.Marshal(cfg)
	require.NoError(t, err2)
	logger.Info("config", "cfg", cfg, "p", p, "call", p.Calls("")[0])
	mu.Lock()
	all := out.String() + string(encoded) + log.String() + err.Error() + deadErr.Error()
	mu.Unlock()
	require.Contains(t, all, cfg.AppID)
	for _, secret := range secrets {
		require.NotContains(t, all, secret)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// A platform that runs for long keeps the newest calls, and counts them all.
func TestJournalIsBounded(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Logger: slog.New(slog.DiscardHandler)})
	big := strings.Repeat(" ", 2<<20)
	for range 80 {
		p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/cgi-bin/big", strings.NewReader(big)))
	}
	kept := p.Calls("")
	require.Less(t, len(kept), 65, "64 MiB of bodies")
	require.Greater(t, len(kept), 50)
	require.Len(t, kept[0].Body, 1<<20)
	require.EqualValues(t, 2<<20, kept[0].Size)
	for range 20_001 {
		p.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/cgi-bin/small", nil))
	}
	require.LessOrEqual(t, len(p.Calls("")), 20_000)
	require.Equal(t, 20_001, p.Count("/cgi-bin/small"))
	require.Equal(t, 80, p.Count("/cgi-bin/big"))
}

// A body beyond every limit is refused by the gateway.
func TestHugeCall(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	w := httptest.NewRecorder()
	p.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/cgi-bin/stable_token", io.LimitReader(zeros{}, 90<<20)))
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Contains(t, w.Body.String(), "<html>")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// Everything at once, for the race detector: messages, calls, faults, settings, questions.
func TestConcurrentUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, wechattest.Config{Logger: slog.New(slog.DiscardHandler)})
		a.p.Bot(http.HandlerFunc(echo), http.HandlerFunc(echo))
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for range 20 {
					openid := fmt.Sprint("o", n)
					_, _ = a.p.User(openid).Text("hi")
					a.post(a.p.IssueToken(), "/cgi-bin/message/custom/send", `{"touser":"`+openid+`","msgtype":"text","text":{"content":"x"}}`)
					a.stable(n == 0)
					remove := a.p.Inject(wechattest.Rule{Path: "/none", Fault: wechattest.CutBefore()})
					_ = a.p.Reconfigure(func(c *wechattest.Config) { c.Mode = wechattest.Mode(n % 2) })
					a.p.Advance(time.Second)
					_, _, _ = a.p.Messages(openid), a.p.Calls("/cgi-bin/*"), a.p.Deliveries()
					remove()
				}
			})
		}
		wg.Wait()
		require.Equal(t, 160, a.p.Count("/cgi-bin/stable_token"))
	})
}

// Whatever a client sends, the platform answers JSON with an errcode, or the
// page of a gateway.
func FuzzAPI(f *testing.F) {
	f.Add("POST", "/cgi-bin/stable_token", "", `{"grant_type":"client_credential","appid":"`+wechattest.DefaultAppID+`","secret":"`+wechattest.DefaultSecret+`"}`)
	f.Add("GET", "/cgi-bin/token", "grant_type=client_credential", "")
	f.Add("POST", "/cgi-bin/message/custom/send", "access_token=TOKEN", `{"touser":"o","msgtype":"news","news":{"articles":[{}]}}`)
	f.Add("POST", "/cgi-bin/message/custom/send", "access_token=TOKEN", `{"a":"\u4f60\\"}`)
	f.Add("POST", "/cgi-bin/openapi/quota/get", "access_token=TOKEN", `{"cgi_path":"/cgi-bin/token"}`)
	f.Add("POST", "/cgi-bin/openapi/rid/get", "access_token=TOKEN", `{"rid":"00000000-00000000-00000000"}`)
	p, err := wechattest.Open(wechattest.Config{})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, p.Close()) })
	p.User("o")
	token := p.IssueToken()
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, strings.ReplaceAll(query, "TOKEN", token)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		raw, err := io.ReadAll(w.Body)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, w.Code)
		var out map[string]any
		require.NoError(t, json.Unmarshal(raw, &out), "%s", raw)
	})
}

// Whatever a bot answers, it is judged without a panic: an error, or a reply
// that can be read.
func FuzzReply(f *testing.F) {
	f.Add([]byte("success"), false, false)
	f.Add([]byte(reply(user, gh, "<MsgType>text</MsgType><Content><![CDATA[x]]></Content>")), false, false)
	f.Add([]byte(news(2, 2)), true, false)
	f.Add([]byte("<xml><Encrypt>x</Encrypt><MsgSignature/><TimeStamp>1</TimeStamp><Nonce/></xml>"), true, false)
	f.Add([]byte(`{"a":1}`), false, false)
	f.Add([]byte(jsonReply(`"MsgType":"text","Content":"x"`)), false, true)
	f.Add([]byte(jsonReply(`"MsgType":"news","ArticleCount":1,"Articles":[{"Title":"T"}]`)), false, true)
	f.Add([]byte(`{"Encrypt":"x","MsgSignature":"","TimeStamp":1,"Nonce":[]}`), true, true)
	var answer []byte
	p, err := wechattest.Open(wechattest.Config{Deliveries: 1})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, p.Close()) })
	p.Bot(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	f.Fuzz(func(t *testing.T, body []byte, safe, asJSON bool) {
		answer = body
		require.NoError(t, p.Reconfigure(func(c *wechattest.Config) {
			c.Mode, c.JSON = wechattest.Plain, asJSON
			if safe {
				c.Mode = wechattest.Safe
			}
		}))
		r, err := p.User(user).Text("x")
		require.Equal(t, err != nil, r.Fault)
		if err == nil && r.Type != wechattest.ReplyNone {
			require.NotEmpty(t, r.Saw())
			require.NotEmpty(t, r.XML)
		}
		if r.Fault {
			require.Empty(t, r.Shown)
		}
	})
}
