package logins

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"
	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/docs/code/internal/browser"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

var key = bytes.Repeat([]byte{7}, 32)

const origin = "https://m.example.com"

func newClient(p *wechattest.Platform) *officialaccount.Client {
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		panic(err)
	}
	return oa
}

func newLogin(t *testing.T, p *wechattest.Platform, c oauth.LoginConfig) *oauth.Login {
	c.RedirectURL, c.Keys = origin+"/wechat/login", [][]byte{key}
	login, err := oauth.New(newClient(p)).Login(c)
	require.NoError(t, err)
	return login
}

func TestProfileAsksOnce(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	user := p.User("oLiLei")
	user.SetProfile("李雷", "https://thirdwx.qlogo.cn/mmopen/x/132")
	login := newLogin(t, p, oauth.LoginConfig{})
	mux := http.NewServeMux()
	mux.Handle("/wechat/login", login)
	mux.Handle("GET /orders", login.Require(http.HandlerFunc(orders)))
	addProfile(mux, login)
	b := browser.Browser{Site: mux, Origin: origin, User: user}
	for _, path := range []string{"/orders", "/profile", "/orders", "/profile"} {
		status, _ := b.Get(path)
		require.Equal(t, http.StatusOK, status, path)
	}
	require.Equal(t, 2, b.Away)
	_, body := b.Get("/profile")
	require.Equal(t, "李雷 https://thirdwx.qlogo.cn/mmopen/x/132\n", body)
	status, _ := b.Post("/logout", url.Values{})
	require.Equal(t, http.StatusSeeOther, status)
	_, _ = b.Get("/orders")
	require.Equal(t, 3, b.Away)
}

func TestFailed(t *testing.T) {
	for err, want := range map[error]int{
		oauth.ErrDenied:   http.StatusForbidden,
		oauth.ErrSnapshot: http.StatusForbidden,
		oauth.ErrState:    http.StatusForbidden,
		errcode.New(errcode.OAuthCodeUsed, "code been used"):      http.StatusForbidden,
		errcode.New(errcode.InvalidOAuthCode, "invalid code"):     http.StatusForbidden,
		errcode.New(errcode.IPNotInWhitelist, "not in whitelist"): http.StatusBadGateway,
		errcode.New(errcode.SystemBusy, "system error"):           http.StatusBadGateway,
	} {
		w := httptest.NewRecorder()
		failed(w, nil, err)
		require.Equal(t, want, w.Code, err)
	}
}

func TestFailedIsShown(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	login := newLogin(t, p, oauth.LoginConfig{ErrorHandler: failed, Scope: oauth.UserInfo})
	mux := http.NewServeMux()
	mux.Handle("/wechat/login", login)
	mux.Handle("GET /orders", login.Require(http.HandlerFunc(orders)))
	user := p.User("oLiLei")
	user.SetSnapshot(true)
	b := browser.Browser{Site: mux, Origin: origin, User: user}
	_, body := b.Get("/orders")
	require.Contains(t, body, "使用完整服务")
	_, body = b.Get("/wechat/login?code=stolen&state=ABCDEF")
	require.Contains(t, body, "登录已过期")
}

func TestUnionID(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.User("oLiLei").SetUnionID("uLiLei")
	id, err := unionID(t.Context(), newClient(p), oauth.Visitor{OpenID: "oLiLei"})
	require.NoError(t, err)
	require.Equal(t, "uLiLei", id)
	id, err = unionID(t.Context(), newClient(p), oauth.Visitor{OpenID: "oLiLei", UnionID: "u2"})
	require.NoError(t, err)
	require.Equal(t, "u2", id)
	_, err = unionID(t.Context(), newClient(p), oauth.Visitor{OpenID: "oUnknown"})
	require.ErrorIs(t, err, errcode.InvalidOpenID)
}

func TestTenantLogin(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Component, CallbackPath: "/wechat/$APPID$/callback", NoticePath: "/wechat/notices"})
	account := p.Config()
	platform, err := component.New(component.Config{
		AppID: account.ComponentAppID, Secret: wechattest.DefaultComponentSecret, Token: account.Token, EncodingAESKey: account.EncodingAESKey,
		InsecureMemory: true, HTTPClient: p.Client(), BaseURL: p.URL(),
	})
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", platform.Notices())
	p.Bot(mux)
	require.NoError(t, p.PushTicket())
	const appID = "wx00000000000000aa"
	p.Grant(appID)
	login, err := tenantLogin(platform, appID, key)
	require.NoError(t, err)
	site := http.NewServeMux()
	site.Handle("/"+appID+"/login", login)
	site.Handle("GET /"+appID+"/orders", login.Require(http.HandlerFunc(orders)))
	b := browser.Browser{Site: site, Origin: origin, User: p.User("oLiLei")}
	status, body := b.Get("/" + appID + "/orders")
	require.Equal(t, http.StatusOK, status, body)
}

func TestExchange(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	oa := newClient(p)
	user := p.User("oLiLei")
	user.SetProfile("李雷", "")
	page, err := oauth.New(oa).AuthorizeURL(oauth.AuthRequest{RedirectURL: origin + "/app", Scope: oauth.UserInfo, State: "s"})
	require.NoError(t, err)
	back, err := user.Authorize(page)
	require.NoError(t, err)
	profile, err := exchange(t.Context(), oa, back.Query().Get("code"))
	require.NoError(t, err)
	require.Equal(t, "李雷", profile.Nickname)
	_, err = exchange(t.Context(), oa, back.Query().Get("code"))
	require.ErrorIs(t, err, errcode.OAuthCodeUsed)
	user.SetSnapshot(true)
	back, err = user.Authorize(page)
	require.NoError(t, err)
	_, err = exchange(t.Context(), oa, back.Query().Get("code"))
	require.ErrorIs(t, err, oauth.ErrSnapshot)
}

// A page of a company is never the target of an address from outside.
func TestReturnsToTheSiteOnly(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	login := newLogin(t, p, oauth.LoginConfig{})
	mux := http.NewServeMux()
	mux.Handle("/wechat/login", login)
	mux.Handle("/", login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })))
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", origin+"//evil.example/x", nil)
	r.RequestURI = "//evil.example/x"
	login.Require(http.NotFoundHandler()).ServeHTTP(w, r)
	back, err := p.User("oLiLei").Authorize(w.Result().Header.Get("Location"))
	require.NoError(t, err)
	again := httptest.NewRequest("GET", back.String(), nil)
	for _, c := range w.Result().Cookies() {
		again.AddCookie(c)
	}
	w = httptest.NewRecorder()
	login.ServeHTTP(w, again)
	to, err := url.Parse(w.Result().Header.Get("Location"))
	require.NoError(t, err)
	require.Empty(t, to.Host)
}

func TestSessions(t *testing.T) {
	manager := scs.New()
	manager.Store = memstore.NewWithCleanupInterval(0)
	manager.Cookie.Secure = true
	gin.SetMode(gin.TestMode)
	cookies := cookie.NewStore(key, key)
	cookies.Options(sessions.Options{Path: "/", MaxAge: 7200, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	for name, kind := range map[string]struct {
		oauth.Sessions
		around func(http.Handler) http.Handler
	}{
		"scs": {scsSessions{manager}, manager.LoadAndSave},
		"gin": {ginSessions{}, func(site http.Handler) http.Handler { return inGin(site, cookies) }},
	} {
		t.Run(name, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{})
			login := newLogin(t, p, oauth.LoginConfig{Sessions: kind.Sessions})
			mux := http.NewServeMux()
			mux.Handle("/wechat/login", login)
			mux.Handle("GET /orders", login.Require(http.HandlerFunc(orders)))
			addProfile(mux, login)
			user := p.User("oLiLei")
			user.SetProfile("李雷", "https://thirdwx.qlogo.cn/mmopen/x/132")
			b := browser.Browser{Site: kind.around(mux), Origin: origin, User: user}
			b.Get("/orders")
			status, body := b.Get("/orders")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, "orders of oLiLei\n", body)
			require.Equal(t, 1, b.Away)
			_, body = b.Get("/profile")
			require.Contains(t, body, "李雷")
			require.Equal(t, 2, b.Away, "the page asks for more than the session has")
			b.Post("/logout", url.Values{})
			b.Get("/orders")
			require.Equal(t, 3, b.Away)
		})
	}
}
