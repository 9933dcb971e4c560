package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// rawClient calls the platform as a client in any language does. It knows a base URL, an
// app id and a secret, and nothing of a gateway.
type rawClient struct {
	s                   *setting
	base, appID, secret string
}

func (s *setting) rawClient(key string) rawClient {
	return rawClient{s, s.proxy.URL, wechattest.DefaultAppID, key}
}

// answer decodes an answer as strictly as a client may: one JSON value and nothing else,
// with HTTP status 200.
type answer map[string]any

func (c rawClient) decode(resp *http.Response, body string) answer {
	c.s.t.Helper()
	require.Equal(c.s.t, http.StatusOK, resp.StatusCode, body)
	var a answer
	require.NoError(c.s.t, json.Unmarshal([]byte(body), &a), body)
	require.Equal(c.s.t, "}", body[len(body)-1:], "nothing follows the object")
	return a
}

// code is the errcode, or 0.
func (a answer) code() int {
	n, _ := a["errcode"].(float64)
	return int(n)
}

func (a answer) text(name string) string {
	s, _ := a[name].(string)
	return s
}

func (c rawClient) get(path string, params ...string) answer {
	c.s.t.Helper()
	return c.decode(c.s.request(http.MethodGet, c.base+path+"?"+query(params...), "", nil))
}

func (c rawClient) post(path, body string, params ...string) answer {
	c.s.t.Helper()
	return c.decode(c.s.request(http.MethodPost, c.base+path+"?"+query(params...), "", strings.NewReader(body), "Content-Type", "application/json"))
}

func query(params ...string) string {
	q := url.Values{}
	for i := 0; i < len(params); i += 2 {
		q.Set(params[i], params[i+1])
	}
	return q.Encode()
}

// token fetches an access token with the secret.
func (c rawClient) token() string {
	c.s.t.Helper()
	a := c.get("/cgi-bin/token", "grant_type", "client_credential", "appid", c.appID, "secret", c.secret)
	require.NotEmpty(c.s.t, a.text("access_token"), a)
	require.EqualValues(c.s.t, 7200, a["expires_in"])
	return a.text("access_token")
}

// login lets a user consent and exchanges the code.
func (c rawClient) login() answer {
	c.s.t.Helper()
	page := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + c.appID + "&redirect_uri=" + url.QueryEscape("https://example.com/back") +
		"&response_type=code&scope=snsapi_userinfo&state=s#wechat_redirect"
	back, err := c.s.platform.User("oLiLei").Authorize(page)
	require.NoError(c.s.t, err)
	return c.get("/sns/oauth2/access_token", "appid", c.appID, "secret", c.secret, "code", back.Query().Get("code"), "grant_type", "authorization_code")
}

// A client that can set only a base URL and a secret works unmodified, with its key as
// the secret.
func TestRawClient(t *testing.T) {
	s := set(t, nil)
	c := s.rawClient(keyA)
	tok := c.token()
	issued, _ := s.get("/cgi-bin/token?grant_type=client_credential&appid="+c.appID+"&secret="+keyA, "")
	require.Equal(t, "no-store", issued.Header.Get("Cache-Control"))

	require.Zero(t, c.post("/cgi-bin/menu/create", createMenu, "access_token", tok).code())
	require.Contains(t, fmt.Sprint(c.get("/cgi-bin/menu/get", "access_token", tok)), "今日歌曲")
	stable := c.post("/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q,"force_refresh":true}`, c.appID, c.secret))
	require.Contains(t, c.get("/cgi-bin/get_api_domain_ip", "access_token", stable.text("access_token")), "ip_list")

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("media", "春节.jpg")
	require.NoError(t, err)
	_, _ = part.Write([]byte("\xff\xd8\xff\xe0 picture"))
	require.NoError(t, w.Close())
	up := c.decode(s.request(http.MethodPost, c.base+"/cgi-bin/media/upload?type=image&access_token="+tok, "", &form, "Content-Type", w.FormDataContentType()))
	require.NotEmpty(t, up.text("media_id"), up)

	code := c.post("/cgi-bin/qrcode/create", `{"expire_seconds":60,"action_name":"QR_SCENE","action_info":{"scene":{"scene_id":7}}}`, "access_token", tok)
	resp, picture := s.get("/cgi-bin/showqrcode?ticket="+url.QueryEscape(code.text("ticket"))+"&access_token="+tok, "")
	require.Equal(t, 200, resp.StatusCode)
	require.Contains(t, resp.Header.Get("Content-Type"), "image/")
	require.NotEmpty(t, picture)
	shown := s.platform.Calls("/cgi-bin/showqrcode")
	require.Equal(t, url.Values{"ticket": {code.text("ticket")}}, shown[0].Query)
	require.Eventually(t, func() bool { return s.lastCall().Route == "/cgi-bin/showqrcode" }, 10*time.Second, time.Millisecond)

	require.Zero(t, c.post("/cgi-bin/clear_quota/v2", fmt.Sprintf(`{"appid":%q,"appsecret":%q}`, c.appID, c.secret)).code())
	require.Zero(t, c.post("/cgi-bin/clear_quota/v2", "", "appid", c.appID, "appsecret", c.secret).code())

	grant := c.login()
	user := []string{"access_token", grant.text("access_token"), "openid", grant.text("openid")}
	require.Equal(t, "oLiLei", grant.text("openid"), grant)
	require.Equal(t, "oLiLei", c.get("/sns/userinfo", user...).text("openid"))
	require.Equal(t, "ok", c.get("/sns/auth", user...).text("errmsg"))
	again := c.get("/sns/oauth2/refresh_token", "appid", c.appID, "grant_type", "refresh_token", "refresh_token", grant.text("refresh_token"))
	require.NotEmpty(t, again.text("access_token"), again)
	require.Equal(t, "oLiLei", c.get("/sns/userinfo", "access_token", again.text("access_token"), "openid", "oLiLei").text("openid"))
	require.Equal(t, "shop", s.lastCall().Business)
}

// Refusals have the form that a client of the platform can read, unless the client uses
// the header, or the business sets a form.
func TestRefusalForms(t *testing.T) {
	for _, test := range []struct {
		form   gateway.RefusalForm
		header int // status for a client that sends the key in the header
		raw    int // status for a client that sends it as the secret
	}{
		{"", 403, 200},
		{gateway.HTTPRefusals, 403, 403},
		{gateway.PlatformRefusals, 200, 200},
	} {
		s := set(t, func(_ *setting, _ *gateway.ProxyConfig, b []gateway.Business) {
			b[0].Refusals = test.form
			b[0].Limits = []gateway.Limit{{Path: "/cgi-bin/user/*", Calls: 1, Per: time.Hour}}
		})
		tok := s.rawClient(keyA).token()
		resp, body := s.get("/cgi-bin/menu/delete", keyA)
		require.Equal(t, test.header, resp.StatusCode)
		resp, same := s.get("/cgi-bin/menu/delete?access_token="+tok, "")
		require.Equal(t, test.raw, resp.StatusCode)
		require.Equal(t, body, same, "the bodies are the same")
		require.Equal(t, `{"errcode":48001,"errmsg":"gateway: forbidden_path: the business may not call this path","error":"forbidden_path"}`, same)
		require.Equal(t, test.raw, s.lastCall().Status)

		s.get("/cgi-bin/user/get?access_token="+tok, "")
		resp, body = s.get("/cgi-bin/user/get?access_token="+tok, "")
		require.Equal(t, "3600", resp.Header.Get("Retry-After"))
		require.Contains(t, body, `"errcode":45011`)
	}
	s := set(t, nil)
	c := s.rawClient(gateway.NewKey())
	a := c.get("/cgi-bin/token", "grant_type", "client_credential", "appid", c.appID, "secret", c.secret)
	require.Equal(t, 40125, a.code())
	a = c.get("/cgi-bin/token", "grant_type", "client_credential", "appid", c.appID)
	require.Equal(t, 41004, a.code())
	require.Equal(t, 41001, c.get("/cgi-bin/menu/get").code())
	require.ErrorContains(t, s.dir.Set(accounts(), []gateway.Business{{
		Name: "x", Keys: []gateway.KeyHash{hash(t, keyA)}, Accounts: []string{otherApp}, Refusals: "xml",
	}}), `"xml" is not one of`)
}

// TestUserTokens: only the business that received a user's token can use it. The token works
// only in the parameter for it, and only while it is valid.
func TestUserTokens(t *testing.T) {
	s := set(t, nil)
	c := s.rawClient(keyA)
	grant := c.login()
	access, refresh := grant.text("access_token"), grant.text("refresh_token")

	require.Equal(t, 40001, c.get("/sns/userinfo", "access_token", refresh, "openid", "oLiLei").code(), "a refresh_token is not an access_token")
	require.Equal(t, 40030, c.get("/sns/oauth2/refresh_token", "appid", c.appID, "grant_type", "refresh_token", "refresh_token", access).code())
	require.Equal(t, 41001, c.get("/sns/userinfo", "openid", "oLiLei").code(), "no token at all")
	require.Equal(t, "bad_request", c.get("/sns/oauth2/refresh_token", "appid", otherApp, "refresh_token", refresh).text("error"))
	require.Equal(t, "bad_request", c.get("/"+otherApp+"/sns/userinfo", "access_token", access, "openid", "oLiLei").text("error"))
	before := s.platform.Count("")
	require.Equal(t, 40001, c.get("/cgi-bin/menu/get", "access_token", access).code(), "it is not a pass")
	require.Equal(t, before, s.platform.Count(""))

	// The rules of the business apply.
	businesses := twoBusinesses(t)
	businesses[0].Deny = []string{"/sns/userinfo"}
	require.NoError(t, s.dir.Set(accounts(), businesses))
	require.Equal(t, "forbidden_path", c.get("/sns/userinfo", "access_token", access, "openid", "oLiLei").text("error"))
	businesses[0].Deny, businesses[0].Keys = nil, []gateway.KeyHash{hash(t, gateway.NewKey())}
	require.NoError(t, s.dir.Set(accounts(), businesses))
	require.Equal(t, "oLiLei", c.get("/sns/userinfo", "access_token", access, "openid", "oLiLei").text("openid"), "users stay logged in while keys are replaced")
	require.NoError(t, s.dir.Set(accounts(), businesses[1:]))
	require.Equal(t, "unknown_user_token", c.get("/sns/userinfo", "access_token", access, "openid", "oLiLei").text("error"))
}

// recordingStore notes what is stored.
type recordingStore struct {
	store.Store
	set map[string]time.Duration
}

func (r *recordingStore) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.set[key] = ttl
	return r.Store.Set(ctx, key, value, ttl)
}

// Of a user's tokens only hashes are stored, for as long as the tokens are valid.
func TestUserTokensEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &recordingStore{store.NewMemory(), map[string]time.Duration{}}
		dir := gateway.NewDirectory(gateway.Config{Store: st, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, Secret: "SECRET", TokenSource: token.Static("t")}}, twoBusinesses(t)[1:]))
		life := `7200`
		proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			body := `{"errcode":0,"errmsg":"ok"}`
			if strings.HasPrefix(r.URL.Path, "/sns/oauth2/") {
				body = `{"access_token":"USER-ACCESS","refresh_token":"USER-REFRESH","expires_in":` + life + `,"openid":"o"}`
			}
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{}}, nil
		})})
		require.NoError(t, err)
		businesses := twoBusinesses(t)[1:]
		businesses[0].Allow = []string{"/sns/*"}
		require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, Secret: "SECRET", TokenSource: token.Static("t")}}, businesses))
		get := func(path string) string { return serveOnce(t, proxy, path) }

		exchange := "/sns/oauth2/access_token?code=c&grant_type=authorization_code&appid=" + otherApp + "&secret=" + keyB
		refresh := "/sns/oauth2/refresh_token?grant_type=refresh_token&refresh_token=USER-REFRESH&appid=" + otherApp
		require.Contains(t, get(exchange), "USER-ACCESS")
		var lives []time.Duration
		for key, ttl := range st.set {
			require.NotContains(t, key, "USER-")
			lives = append(lives, ttl)
		}
		require.ElementsMatch(t, []time.Duration{2 * time.Hour, 30 * 24 * time.Hour}, lives)

		require.Contains(t, get("/sns/auth?access_token=USER-ACCESS&openid=o"), `"ok"`)
		time.Sleep(2*time.Hour + time.Second)
		require.Contains(t, get("/sns/auth?access_token=USER-ACCESS&openid=o"), "unknown_user_token")
		require.Contains(t, get(refresh), "USER-ACCESS")
		require.Contains(t, get("/sns/auth?access_token=USER-ACCESS&openid=o"), `"ok"`, "the refreshed token is known too")
		time.Sleep(30*24*time.Hour + time.Second)
		require.Contains(t, get(refresh), `"errcode":40030`)

		for answered, want := range map[string]time.Duration{
			`"300"`: 5 * time.Minute, `0`: 2 * time.Hour, `-5`: 2 * time.Hour, `null`: 2 * time.Hour, `99999999999`: 30 * 24 * time.Hour, `"soon"`: 2 * time.Hour,
		} {
			life, st.set = answered, map[string]time.Duration{}
			get(exchange)
			got := time.Duration(0)
			for key, ttl := range st.set {
				if strings.Contains(key, ":access:") {
					got = ttl
				}
			}
			require.Equal(t, want, got, answered)
		}
	})
}

// The tokens of a user are remembered although the caller is gone: the code is used up.
func TestUserTokensOfACallerWhoIsGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	st := &recordingStore{store.NewMemory(), map[string]time.Duration{}}
	dir := gateway.NewDirectory(gateway.Config{Store: st})
	require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, Secret: "SECRET", TokenSource: token.Static("t")}}, twoBusinesses(t)[1:]))
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Transport: transportFunc(func(*http.Request) (*http.Response, error) {
		cancel()
		body := `{"access_token":"USER-ACCESS","refresh_token":"USER-REFRESH","expires_in":7200}`
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{}}, nil
	})})
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/sns/oauth2/access_token?code=c&secret="+keyB, nil)
	require.NoError(t, err)
	proxy.ServeHTTP(&discard{http.Header{}}, r)
	require.Len(t, st.set, 2)
}

// Tokens in an answer that is an error are not remembered.
func TestUserTokensOfAnError(t *testing.T) {
	st := &recordingStore{store.NewMemory(), map[string]time.Duration{}}
	dir := gateway.NewDirectory(gateway.Config{Store: st})
	require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, Secret: "SECRET", TokenSource: token.Static("t")}}, twoBusinesses(t)[1:]))
	for status, body := range map[int]string{500: `{`, 200: `{"errcode":40029,`, 404: `{"errcode":0,`} {
		body += `"access_token":"USER-ACCESS","refresh_token":"USER-REFRESH"}`
		proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Transport: transportFunc(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{}}, nil
		})})
		require.NoError(t, err)
		require.Equal(t, body, serveOnce(t, proxy, "/sns/oauth2/access_token?code=c&secret="+keyB))
		require.Empty(t, st.set)
	}
}

// serveOnce sends a GET to a handler and returns the body.
func serveOnce(t *testing.T, h http.Handler, target string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	require.NoError(t, err)
	var body bytes.Buffer
	h.ServeHTTP(&recorder{discard{http.Header{}}, &body}, r)
	return body.String()
}

// recorder is a ResponseWriter that keeps the body.
type recorder struct {
	discard
	body *bytes.Buffer
}

func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// brokenStore fails, or panics.
type brokenStore struct {
	store.Store
	panics bool
}

func (b brokenStore) fail() error {
	if b.panics {
		panic("the store is broken")
	}
	return errors.New("the store is broken")
}

func (b brokenStore) Get(context.Context, string) ([]byte, bool, error) { return nil, false, b.fail() }

func (b brokenStore) Set(context.Context, string, []byte, time.Duration) error { return b.fail() }

// hangingStore does not answer.
type hangingStore struct{ store.Store }

func (hangingStore) Get(ctx context.Context, _ string) ([]byte, bool, error) {
	<-ctx.Done()
	return nil, false, ctx.Err()
}

func (hangingStore) Set(ctx context.Context, _ string, _ []byte, _ time.Duration) error {
	<-ctx.Done()
	return ctx.Err()
}

// A store that does not answer is waited for 3 s.
func TestUserTokensWithAHangingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := gateway.NewDirectory(gateway.Config{Store: hangingStore{}})
		require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, Secret: "SECRET", TokenSource: token.Static("t")}}, twoBusinesses(t)[1:]))
		proxy, err := gateway.NewProxy(gateway.ProxyConfig{Directory: dir, Transport: transportFunc(func(*http.Request) (*http.Response, error) {
			body := `{"access_token":"USER-ACCESS","refresh_token":"USER-REFRESH","expires_in":7200}`
			return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{}}, nil
		})})
		require.NoError(t, err)
		for path, want := range map[string]string{
			"/sns/oauth2/access_token?code=c&secret=" + keyB: "USER-ACCESS",
			"/sns/auth?access_token=USER-ACCESS&openid=o":    string(gateway.StoreFailed),
		} {
			began := time.Now()
			require.Contains(t, serveOnce(t, proxy, path), want)
			require.Equal(t, 3*time.Second, time.Since(began))
		}
	})
}

// A store that fails or panics costs no call that does not need it: the log in goes
// through, and what cannot be known is an error apart from an unknown token.
func TestUserTokensWithABrokenStore(t *testing.T) {
	for _, panics := range []bool{false, true} {
		dir := gateway.NewDirectory(gateway.Config{Store: brokenStore{store.NewMemory(), panics}, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, dir.Set([]gateway.Account{{AppID: otherApp, Secret: "SECRET", TokenSource: token.Static("t")}}, twoBusinesses(t)[1:]))
		var last gateway.Call
		proxy, err := gateway.NewProxy(gateway.ProxyConfig{
			Directory: dir, OnCall: func(c gateway.Call) { last = c },
			Transport: transportFunc(func(*http.Request) (*http.Response, error) {
				body := `{"access_token":"USER-ACCESS","refresh_token":"USER-REFRESH","expires_in":7200}`
				return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Header: http.Header{}}, nil
			}),
		})
		require.NoError(t, err)
		require.Contains(t, serveOnce(t, proxy, "/sns/oauth2/access_token?code=c&secret="+keyB), "USER-ACCESS")
		require.Contains(t, last.Note, "will need a key")
		if panics {
			require.Contains(t, last.Note, "the store panicked: a value of type string")
			require.NotContains(t, last.Note, "is broken")
		}
		body := serveOnce(t, proxy, "/sns/userinfo?access_token=USER-ACCESS")
		require.Contains(t, body, `"errcode":-1`)
		require.Equal(t, gateway.StoreFailed, last.Reason)
	}
}

// The token server answers in the platform's form too.
func TestTokenServerInThePlatformsForm(t *testing.T) {
	t.Parallel()
	s := set(t, func(_ *setting, _ *gateway.ProxyConfig, b []gateway.Business) {
		b[0].Limits = []gateway.Limit{{Path: "/cgi-bin/token", Calls: 2, Per: time.Hour}}
	})
	c := rawClient{s, s.tokens.URL, wechattest.DefaultAppID, keyA}
	classic := c.get("/cgi-bin/token", "grant_type", "client_credential", "appid", c.appID, "secret", c.secret)
	stable := c.post("/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q}`, c.appID, c.secret))
	require.Equal(t, classic["access_token"], stable["access_token"])
	require.InDelta(t, 7200, classic["expires_in"], 10)
	require.Equal(t, 1, s.platform.TokenRequests())

	for _, test := range []struct {
		name string
		got  answer
		code int
		why  string
	}{
		{"wrong key", c.get("/cgi-bin/token", "appid", c.appID, "secret", gateway.NewKey()), 40125, "unauthorized"},
		{"no key", c.get("/cgi-bin/token", "appid", c.appID), 41004, "unauthorized"},
		{"other account", c.get("/cgi-bin/token", "appid", otherApp, "secret", keyA), 40013, "forbidden_account"},
		{"no access tokens", c.get("/cgi-bin/token", "appid", otherApp, "secret", keyB), 48001, "forbidden_path"},
		{"GET of stable_token", c.get("/cgi-bin/stable_token", "appid", c.appID, "secret", keyA), 43002, "method_not_allowed"},
		{"no JSON", c.post("/cgi-bin/stable_token", "appid=x"), 40097, "bad_request"},
		{"large", c.post("/cgi-bin/stable_token", `{"appid":"`+strings.Repeat("x", 5000)+`"}`), 40097, "bad_request"},
		{"secret twice", c.get("/cgi-bin/token?secret=" + keyA + "&secret=" + keyB + "&x"), 40097, "bad_request"},
		{"DELETE", c.decode(s.request(http.MethodDelete, c.base+"/cgi-bin/token", "", nil)), 40097, "method_not_allowed"},
	} {
		require.Equal(t, test.code, test.got.code(), test.name)
		require.Equal(t, test.why, test.got.text("error"), test.name)
		require.Empty(t, test.got.text("access_token"))
	}
	c.get("/cgi-bin/token", "appid", c.appID, "secret", c.secret)
	require.Equal(t, 45011, c.get("/cgi-bin/token", "appid", c.appID, "secret", c.secret).code())

	require.NoError(t, s.platform.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = []string{"203.0.113.9"} }))
	require.NoError(t, s.dir.Set([]gateway.Account{
		{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, ForceRefresh: true},
		{AppID: otherApp, TokenSource: token.Static("a-token-of-the-other-account")},
	}, twoBusinesses(t)))
	a := c.get("/cgi-bin/token", "appid", c.appID, "secret", c.secret)
	require.Equal(t, 40164, a.code())
	require.Contains(t, a.text("errmsg"), "not in whitelist")

	businesses := twoBusinesses(t)[1:]
	businesses[0].Kinds = []token.Kind{token.AccessToken}
	require.NoError(t, s.dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: token.None()}}, businesses))
	require.Contains(t, c.get("/cgi-bin/token", "appid", otherApp, "secret", keyB).text("errmsg"), "carry no token")
	unkept := token.SourceFunc(func(context.Context) (token.Token, error) {
		return token.New("a-token-of-the-other-account", time.Time{}), nil
	})
	require.NoError(t, s.dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: unkept}}, businesses))
	require.EqualValues(t, 60, c.get("/cgi-bin/token", "appid", otherApp, "secret", keyB)["expires_in"])
	aging := token.SourceFunc(func(context.Context) (token.Token, error) {
		return token.New("a-token-of-the-other-account", time.Now().Add(time.Hour)), nil
	})
	require.NoError(t, s.dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: aging}}, businesses))
	require.InDelta(t, 3600, c.get("/cgi-bin/token", "appid", otherApp, "secret", keyB)["expires_in"], 60, "what is left of its life")
}
