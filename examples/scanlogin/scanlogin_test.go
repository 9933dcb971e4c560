package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{
		"ok   oLiLei:      scans the code",
		`{"step":"confirmed"}`,
		"logged in as oLiLei",
		"logged in as oHanMeimei",
		"has to begin a login of its own",
		"logged in by snsapi_login, unionid uLiLei",
		"22 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
	require.NotContains(t, out.String(), wechattest.DefaultSecret)
}

func TestPhone(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader("1\nhello\n"), &out, false))
	_, talk, found := strings.Cut(out.String(), "be its phone here")
	require.True(t, found)
	require.Contains(t, talk, "> "+none)
}

// A login is over after five minutes, a session after two hours, and each step is
// taken once.
func TestLogins(t *testing.T) { synctest.Test(t, testLogins) }

func testLogins(t *testing.T) {
	l := logins{store.NewMemory()}
	ctx := t.Context()
	var scene string
	begin := func() string {
		secret, err := l.begin(ctx, func(s string) (string, error) { scene = s; return "TICKET", nil })
		require.NoError(t, err)
		require.NotContains(t, scene, secret)
		return secret
	}
	yes := func(ok bool, err error) { t.Helper(); require.NoError(t, err); require.True(t, ok) }
	no := func(ok bool, err error) { t.Helper(); require.NoError(t, err); require.False(t, ok) }

	secret := begin()
	no(l.confirm(ctx, "oA"))
	yes(l.scan(ctx, scene, "oA"))
	no(l.scan(ctx, scene, "oA"))
	no(l.scan(ctx, scene, "oB"))
	no(l.confirm(ctx, "oB"))
	_, ok, err := l.finish(ctx, secret)
	no(ok, err)
	yes(l.confirm(ctx, "oA"))
	no(l.confirm(ctx, "oA"))
	_, ok, err = l.finish(ctx, scene)
	no(ok, err)
	session, ok, err := l.finish(ctx, secret)
	yes(ok, err)
	_, ok, err = l.finish(ctx, secret)
	no(ok, err)
	visitor, ok, err := l.visitor(ctx, session)
	yes(ok, err)
	require.Equal(t, oauth.Visitor{OpenID: "oA"}, visitor)
	_, ok, err = l.visitor(ctx, "")
	no(ok, err)
	time.Sleep(2 * time.Hour)
	_, ok, err = l.visitor(ctx, session)
	no(ok, err)

	begin()
	time.Sleep(5 * time.Minute)
	no(l.scan(ctx, scene, "oA"))
	begin()
	yes(l.scan(ctx, scene, "oA"))
	time.Sleep(5 * time.Minute)
	no(l.confirm(ctx, "oA"))
}

// broken is a store that does not answer.
type broken struct{ store.Store }

func (broken) Get(context.Context, string) ([]byte, bool, error) {
	return nil, false, errors.New("the store is away")
}

func (broken) Set(context.Context, string, []byte, time.Duration) error {
	return errors.New("the store is away")
}

func (broken) Delete(context.Context, string) error { return errors.New("the store is away") }

func TestStoreAway(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	require.NoError(t, err)
	h := newWebsite(oa, logins{broken{}}, true).handler(http.NotFoundHandler())
	for _, request := range []string{"GET /", "GET /login", "GET /login/code.jpg", "GET /login/status", "POST /login/finish", "POST /logout"} {
		method, path, _ := strings.Cut(request, " ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		require.Equal(t, http.StatusBadGateway, w.Code, request)
		require.NotContains(t, w.Body.String(), "the store is away")
		require.Empty(t, w.Result().Cookies())
	}
}

func TestCookies(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	require.NoError(t, err)
	w := httptest.NewRecorder()
	newWebsite(oa, logins{store.NewMemory()}, true).handler(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/login", nil))
	require.Equal(t, http.StatusOK, w.Code)
	c := w.Result().Cookies()[0]
	require.True(t, c.Secure && c.HttpOnly && c.SameSite == http.SameSiteStrictMode)
}

func TestServesAnAccount(t *testing.T) {
	for _, name := range []string{websiteAppID, websiteSecret, "WECHAT_AES_KEY", "WECHAT_SECRET", "WECHAT_APPID"} {
		t.Setenv(name, "")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("WECHAT_TOKEN", "weixin")
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "WECHAT_SECRET")
	t.Setenv("WECHAT_SECRET", "a-secret")
	t.Setenv("WECHAT_APPID", wechattest.DefaultAppID)
	t.Setenv(websiteAppID, "wx0123456789abcdef")
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), websiteSecret+" is not set")
	t.Setenv(websiteSecret, "another-secret")
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "-site is missing")
	before := *site
	t.Cleanup(func() { *site = before })
	*site = "https://www.example.com"
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until it is told to end")
}
