package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

const (
	callback  = "https://www.example.com/wechat/login"
	plain     = `{"access_token":"USER_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","openid":"oLiLei","scope":"snsapi_base"}`
	snapshot  = `{"access_token":"USER_TOKEN","expires_in":7200,"refresh_token":"REFRESH_TOKEN","openid":"oVirtual","scope":"snsapi_userinfo","is_snapshotuser":1}`
	profile   = `{"openid":"oLiLei","nickname":"李雷","headimgurl":"https://thirdwx.qlogo.cn/x/132","privilege":[],"unionid":"uLiLei"}`
	keyOfSite = "0123456789abcdef0123456789abcdef"
)

func keys(texts ...string) (all [][]byte) {
	for _, text := range texts {
		all = append(all, []byte(text))
	}
	return all
}

// site is a website with a login, and a browser that visits it.
type site struct {
	t       *testing.T
	p       *apitest.Platform
	handler http.Handler
	cookies map[string]*http.Cookie
	failed  error
}

func newSite(t *testing.T, change func(*oauth.LoginConfig), answers ...string) *site {
	t.Helper()
	var all []apitest.Answer
	for _, a := range answers {
		all = append(all, apitest.JSON(a))
	}
	s := &site{t: t, p: apitest.New(t, all...), cookies: map[string]*http.Cookie{}}
	c := oauth.LoginConfig{RedirectURL: callback, Keys: keys(keyOfSite)}
	c.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		s.failed = err
		w.WriteHeader(http.StatusTeapot)
	}
	if change != nil {
		change(&c)
	}
	s.serve(c)
	return s
}

func (s *site) serve(c oauth.LoginConfig) {
	s.t.Helper()
	login, err := oauth.New(s.p.Client()).Login(c)
	require.NoError(s.t, err)
	mux := http.NewServeMux()
	mux.Handle("/wechat/login", login)
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		assert.NoError(s.t, login.Logout(w, r))
	})
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/wechat/login" || r.URL.Path == "/logout" {
			mux.ServeHTTP(w, r)
			return
		}
		protect := login.Require
		if r.URL.Path == "/profile" {
			protect = login.RequireUserInfo
		}
		protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			v, ok := oauth.VisitorFromContext(r.Context())
			if !ok {
				s.t.Error("no visitor")
			}
			if err := json.NewEncoder(w).Encode(v); err != nil {
				s.t.Error(err)
			}
		})).ServeHTTP(w, r)
	})
}

// visit asks for a page with the browser's cookies, and keeps those that come.
func (s *site) visit(method, target string, header ...string) *http.Response {
	s.t.Helper()
	r := httptest.NewRequest(method, "https://www.example.com/", nil)
	r.RequestURI = target
	path, query, _ := strings.Cut(target, "?")
	r.URL = &url.URL{Path: path, RawQuery: query}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	for _, c := range s.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	resp := w.Result()
	for _, c := range resp.Cookies() {
		if c.MaxAge < 0 {
			delete(s.cookies, c.Name)
		} else {
			s.cookies[c.Name] = c
		}
	}
	return resp
}

// leave asks for a page and returns the state with which the browser is sent to WeChat.
func (s *site) leave(target string) (state string) {
	s.t.Helper()
	resp := s.visit("GET", target)
	require.Equal(s.t, http.StatusFound, resp.StatusCode)
	to, err := url.Parse(resp.Header.Get("Location"))
	require.NoError(s.t, err)
	require.Equal(s.t, callback, to.Query().Get("redirect_uri"))
	state = to.Query().Get("state")
	require.Len(s.t, state, 26)
	return state
}

func (s *site) comeBack(state string) *http.Response {
	s.t.Helper()
	return s.visit("GET", "/wechat/login?code=CODE&state="+state)
}

func body(resp *http.Response) string {
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

func TestLogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, plain)
		resp := s.visit("GET", "/account?tab=1&q=%E4%BD%A0")
		require.Equal(t, http.StatusFound, resp.StatusCode)
		require.True(t, strings.HasPrefix(resp.Header.Get("Location"), "https://open.weixin.qq.com/connect/oauth2/authorize?appid="+apitest.AppID+"&redirect_uri="))
		require.True(t, strings.HasSuffix(resp.Header.Get("Location"), "#wechat_redirect"))
		require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		require.Len(t, resp.Cookies(), 1)
		c := resp.Cookies()[0]
		require.True(t, strings.HasPrefix(c.Name, "__Host-wechat_state_"))
		require.True(t, c.Secure && c.HttpOnly && c.Path == "/" && c.Domain == "" && c.SameSite == http.SameSiteLaxMode)
		require.Equal(t, 600, c.MaxAge)

		state := strings.TrimPrefix(c.Name, "__Host-wechat_state_")
		resp = s.comeBack(state)
		require.Equal(t, http.StatusSeeOther, resp.StatusCode)
		require.Equal(t, "/account?tab=1&q=%E4%BD%A0", resp.Header.Get("Location"))
		require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		require.Equal(t, "no-referrer", resp.Header.Get("Referrer-Policy"))
		require.Len(t, s.cookies, 1, "the state is used up")
		c = s.cookies["__Host-wechat_session"]
		require.True(t, c.Secure && c.HttpOnly && c.Path == "/" && c.Domain == "" && c.SameSite == http.SameSiteLaxMode)
		require.Equal(t, 7200, c.MaxAge)
		sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
		require.NoError(t, err)
		require.NotContains(t, string(sealed), "oLiLei")

		require.JSONEq(t, `{"openid":"oLiLei","scope":"snsapi_base"}`, body(s.visit("GET", "/account")))
		require.JSONEq(t, `{"openid":"oLiLei","scope":"snsapi_base"}`, body(s.visit("POST", "/account")))

		resp = s.comeBack(state)
		require.Equal(t, "303 /", fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("Location")), "the back button, when signed in")
		require.Len(t, s.p.Calls(), 1, "a state serves once")

		time.Sleep(2 * time.Hour)
		require.Equal(t, http.StatusFound, s.visit("GET", "/account").StatusCode, "the session is over, whatever the browser keeps")
	})
}

// A visitor returns to the path that the server received. Where a proxy has removed a
// prefix from it, a handler around Require puts the prefix back.
func TestReturnAddressWithPrefix(t *testing.T) {
	for name, c := range map[string]struct {
		visit  string
		around func(http.Handler) http.Handler
	}{
		"http.StripPrefix": {"/shop/account?tab=1", func(h http.Handler) http.Handler { return http.StripPrefix("/shop", h) }},
		"proxy": {"/account?tab=1", func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.RequestURI = "/shop" + r.RequestURI
				h.ServeHTTP(w, r)
			})
		}},
	} {
		s := newSite(t, nil, plain)
		login := s.handler
		s.handler = c.around(login)
		state := s.leave(c.visit)
		s.handler = login // RedirectURL has no prefix
		require.Equal(t, "/shop/account?tab=1", s.comeBack(state).Header.Get("Location"), name)
	}
}

func TestLoginWithProfile(t *testing.T) {
	for _, scope := range []oauth.Scope{oauth.UserInfo, oauth.QRLogin} {
		s := newSite(t, func(c *oauth.LoginConfig) { c.Scope = scope }, plain, profile)
		require.Equal(t, http.StatusSeeOther, s.comeBack(s.leave("/")).StatusCode)
		require.JSONEq(t, `{"openid":"oLiLei","unionid":"uLiLei","nickname":"李雷","avatar":"https://thirdwx.qlogo.cn/x/132","scope":"`+string(scope)+`"}`, body(s.visit("GET", "/")))
		require.Equal(t, http.StatusOK, s.visit("GET", "/profile").StatusCode)
		require.Equal(t, "USER_TOKEN", s.p.Calls()[1].Query.Get("access_token"))
		s.visit("POST", "/logout")
		require.Equal(t, http.StatusFound, s.visit("GET", "/").StatusCode)
	}
}

// A visitor with the scope Base is asked for UserInfo by the page that needs it, once.
func TestUpgradeToUserInfo(t *testing.T) {
	s := newSite(t, nil, plain, strings.Replace(plain, "snsapi_base", "snsapi_userinfo", 1), profile)
	require.Equal(t, http.StatusSeeOther, s.comeBack(s.leave("/")).StatusCode)
	require.Equal(t, http.StatusOK, s.visit("GET", "/").StatusCode)
	require.Equal(t, http.StatusUnauthorized, s.visit("POST", "/profile").StatusCode, "not for a request that opens no page")

	away := s.visit("GET", "/profile").Header.Get("Location")
	require.Contains(t, away, "&scope=snsapi_userinfo&")
	state := regexp.MustCompile(`state=(\w+)`).FindStringSubmatch(away)[1]
	require.Equal(t, "/profile", s.comeBack(state).Header.Get("Location"))
	const upgraded = `{"openid":"oLiLei","unionid":"uLiLei","nickname":"李雷","avatar":"https://thirdwx.qlogo.cn/x/132","scope":"snsapi_userinfo"}`
	require.JSONEq(t, upgraded, body(s.visit("GET", "/profile")))
	require.JSONEq(t, upgraded, body(s.visit("GET", "/")), "UserInfo covers Base")
	require.Len(t, s.p.Calls(), 3)

	s = newSite(t, nil, plain)
	s.comeBack(s.leave("/"))
	state = s.leave("/profile")
	require.Equal(t, http.StatusTeapot, s.visit("GET", "/wechat/login?state="+state).StatusCode)
	require.ErrorIs(t, s.failed, oauth.ErrDenied)
	require.Equal(t, http.StatusOK, s.visit("GET", "/").StatusCode, "a refused upgrade leaves the session")
}

func TestNotSignedIn(t *testing.T) {
	s := newSite(t, nil)
	for _, c := range []struct{ method, name, value string }{
		{"POST", "", ""}, {"DELETE", "", ""},
		{"GET", "Sec-Fetch-Mode", "cors"}, {"GET", "Sec-Fetch-Mode", "no-cors"}, {"GET", "X-Requested-With", "XMLHttpRequest"},
	} {
		resp := s.visit(c.method, "/", c.name, c.value)
		require.Equal(t, http.StatusUnauthorized, resp.StatusCode, c)
		require.Empty(t, resp.Cookies())
		require.Equal(t, "Cookie", resp.Header.Get("Vary"))
	}
	require.Equal(t, http.StatusFound, s.visit("GET", "/", "Sec-Fetch-Mode", "navigate").StatusCode)
	require.Equal(t, http.StatusFound, s.visit("HEAD", "/").StatusCode)
	require.Equal(t, http.StatusMethodNotAllowed, s.visit("POST", "/wechat/login").StatusCode)
}

// A user who returns from a login that this browser did not begin is not signed in.
func TestState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, nil, plain)
		other := newSite(t, func(c *oauth.LoginConfig) { c.Keys = keys("another key of 32 bytes or more!!!") }, plain)
		refused := func(state string) {
			t.Helper()
			s.failed = nil
			resp := s.comeBack(state)
			require.Equal(t, http.StatusTeapot, resp.StatusCode)
			require.ErrorIs(t, s.failed, oauth.ErrState)
			require.NotContains(t, s.cookies, "__Host-wechat_session")
			require.Empty(t, s.p.Calls(), "no code is exchanged")
		}
		state := s.leave("/a")
		name := "__Host-wechat_state_" + state
		good := *s.cookies[name]

		refused("")
		refused("A")
		refused(strings.ToLower(state))
		refused(state + "A")
		refused(url.QueryEscape(state + "; Path=/"))
		refused(strings.Repeat("A", 200))

		mine := other.leave("/stolen")
		s.cookies["__Host-wechat_state_"+mine] = &http.Cookie{Name: "__Host-wechat_state_" + mine, Value: other.cookies["__Host-wechat_state_"+mine].Value}
		refused(mine)
		second := s.leave("/b")
		s.cookies[name] = &http.Cookie{Name: name, Value: s.cookies["__Host-wechat_state_"+second].Value}
		refused(state)
		raw, err := base64.RawURLEncoding.DecodeString(good.Value)
		require.NoError(t, err)
		for _, i := range []int{0, 31, 32, len(raw) - 1} {
			bent := slices.Clone(raw)
			bent[i] ^= 1
			s.cookies[name] = &http.Cookie{Name: name, Value: base64.RawURLEncoding.EncodeToString(bent)}
			refused(state)
		}
		for _, value := range []string{"", "!", "AAAA", base64.RawURLEncoding.EncodeToString(raw[:32])} {
			s.cookies[name] = &http.Cookie{Name: name, Value: value}
			refused(state)
		}
		s.cookies[name] = &good
		time.Sleep(10 * time.Minute)
		refused(state)
	})
}

func TestTabsSideBySide(t *testing.T) {
	s := newSite(t, nil, plain)
	a, b := s.leave("/a"), s.leave("/b")
	require.Equal(t, "/a", s.comeBack(a).Header.Get("Location"))
	require.Equal(t, "/b", s.comeBack(b).Header.Get("Location"))
	for range 30 {
		delete(s.cookies, "__Host-wechat_session")
		s.leave("/")
		require.LessOrEqual(t, len(s.cookies), 9)
	}
}

// A login returns to this site, whatever address it began at.
func TestNoOpenRedirect(t *testing.T) {
	for target, want := range map[string]string{
		"/ok?next=https://evil.example/": "/ok?next=https://evil.example/",
		"//evil.example/":                "/",
		"///evil.example/":               "/",
		"/\\evil.example/":               "/",
		"/a\\b":                          "/",
		"/\tevil.example":                "/",
		"https://evil.example/":          "/",
		"/" + strings.Repeat("a", 2001):  "/",
		"/a%2f%2fevil":                   "/a%2f%2fevil",
		"/é":                             "/",
		"*":                              "/",
	} {
		s := newSite(t, nil, plain)
		state := s.leave(target)
		require.Equal(t, want, s.comeBack(state).Header.Get("Location"), "%q", target)
	}
}

func TestLoginFails(t *testing.T) {
	for name, c := range map[string]struct {
		answers []string
		query   string
		change  func(*oauth.LoginConfig)
		want    error
	}{
		"refused":       {query: "", want: oauth.ErrDenied},
		"used code":     {answers: []string{`{"errcode":40163,"errmsg":"code been used"}`}, query: "&code=C", want: errcode.OAuthCodeUsed},
		"snapshot user": {answers: []string{snapshot}, query: "&code=C", change: func(c *oauth.LoginConfig) { c.Scope = oauth.UserInfo }, want: oauth.ErrSnapshot},
		"no profile": {
			answers: []string{plain, `{"errcode":48001,"errmsg":"api unauthorized"}`}, query: "&code=C",
			change: func(c *oauth.LoginConfig) { c.Scope = oauth.UserInfo }, want: errcode.APIUnauthorized,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, c.change, c.answers...)
			resp := s.visit("GET", "/wechat/login?state="+s.leave("/")+c.query)
			require.Equal(t, http.StatusTeapot, resp.StatusCode)
			require.ErrorIs(t, s.failed, c.want)
			require.Empty(t, s.cookies)
		})
	}
	s := newSite(t, func(c *oauth.LoginConfig) { c.Scope = oauth.UserInfo }, plain, strings.Replace(profile, "oLiLei", "oOther", 1))
	s.comeBack(s.leave("/"))
	require.ErrorContains(t, s.failed, "belongs to another user")
}

func TestSnapshotsAllowed(t *testing.T) {
	s := newSite(t, func(c *oauth.LoginConfig) { c.Scope, c.AllowSnapshots = oauth.UserInfo, true }, snapshot)
	require.Equal(t, http.StatusSeeOther, s.comeBack(s.leave("/")).StatusCode)
	require.JSONEq(t, `{"openid":"oVirtual","scope":"snsapi_userinfo","snapshot":true}`, body(s.visit("GET", "/")))
	require.Len(t, s.p.Calls(), 1, "the profile of a virtual user is not asked for")
}

// The default pages tell the visitor what to do, and nothing of the reason.
func TestDefaultFailurePages(t *testing.T) {
	quiet := func(c *oauth.LoginConfig) { c.ErrorHandler = nil }
	for _, c := range []struct {
		answer, target string
		status         int
		text           string
	}{
		{plain, "/wechat/login?state=A&code=C", 400, "登录已失效"},
		{plain, "/wechat/login?state=%s", 403, "登录已取消"},
		{snapshot, "/wechat/login?state=%s&code=C", 403, "使用完整服务"},
		{`{"errcode":40029,"errmsg":"the inner reason"}`, "/wechat/login?state=%s&code=C", 502, "登录失败"},
	} {
		s := newSite(t, quiet, c.answer)
		target, state := c.target, s.leave("/")
		if strings.Contains(target, "%s") {
			target = fmt.Sprintf(target, state)
		}
		resp := s.visit("GET", target)
		require.Equal(t, c.status, resp.StatusCode)
		require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		text := body(resp)
		require.Contains(t, text, c.text)
		require.NotContains(t, text, "inner reason")
	}
}

// A session holds for its site, its account and its key, and for nothing else.
func TestSealedSession(t *testing.T) {
	s := newSite(t, nil, plain)
	s.comeBack(s.leave("/"))
	good := s.cookies["__Host-wechat_session"].Value
	signedIn := func(s *site, value string) bool {
		s.cookies = map[string]*http.Cookie{"__Host-wechat_session": {Name: "__Host-wechat_session", Value: value}}
		return s.visit("GET", "/").StatusCode == http.StatusOK
	}
	require.True(t, signedIn(s, good))
	raw, err := base64.RawURLEncoding.DecodeString(good)
	require.NoError(t, err)
	for i := range raw {
		bent := slices.Clone(raw)
		bent[i] ^= 1
		require.False(t, signedIn(s, base64.RawURLEncoding.EncodeToString(bent)), i)
	}
	for _, value := range []string{"", "!", "AAAA", good[:len(good)-4]} {
		require.False(t, signedIn(s, value), value)
	}

	newKey := "fedcba9876543210fedcba9876543210"
	rotated := newSite(t, func(c *oauth.LoginConfig) { c.Keys = keys(newKey, keyOfSite) }, plain)
	require.True(t, signedIn(rotated, good), "an old key still opens")
	rotated.cookies = map[string]*http.Cookie{}
	rotated.comeBack(rotated.leave("/"))
	fresh := rotated.cookies["__Host-wechat_session"].Value
	require.False(t, signedIn(s, fresh), "the first key seals")
	after := newSite(t, func(c *oauth.LoginConfig) { c.Keys = keys(newKey) }, plain)
	require.True(t, signedIn(after, fresh))
	require.False(t, signedIn(after, good))

	named := newSite(t, func(c *oauth.LoginConfig) { c.Name = "other" }, plain)
	named.cookies = map[string]*http.Cookie{"__Host-other_session": {Name: "__Host-other_session", Value: good}}
	require.Equal(t, http.StatusFound, named.visit("GET", "/").StatusCode)

	oa, err := officialaccount.New(officialaccount.Config{AppID: "wx00000000000000aa", TokenSource: token.None()})
	require.NoError(t, err)
	login, err := oauth.New(oa).Login(oauth.LoginConfig{RedirectURL: callback, Keys: keys(keyOfSite)})
	require.NoError(t, err)
	s.handler = login.Require(http.NotFoundHandler())
	require.False(t, signedIn(s, good), "another account")
	require.Equal(t, http.StatusFound, s.visit("GET", "/").StatusCode)
}

func TestProfileTooLarge(t *testing.T) {
	large := strings.Replace(profile, "https://thirdwx", "https://"+strings.Repeat("x", 3500), 1)
	s := newSite(t, func(c *oauth.LoginConfig) { c.Scope = oauth.UserInfo }, plain, large)
	s.comeBack(s.leave("/"))
	require.ErrorContains(t, s.failed, "does not fit into a cookie")
	require.Empty(t, s.cookies)
}

// mySessions is a site's own way to keep sessions.
type mySessions struct {
	visitors map[string]oauth.Visitor
	refresh  string
	full     error
}

func (m *mySessions) Begin(w http.ResponseWriter, _ *http.Request, v oauth.Visitor, g *oauth.Grant) error {
	m.refresh = g.RefreshToken()
	m.visitors["id"] = v
	http.SetCookie(w, &http.Cookie{Name: "sid", Value: "id"})
	return m.full
}

func (m *mySessions) Visitor(r *http.Request) (oauth.Visitor, bool) {
	c, err := r.Cookie("sid")
	if err != nil {
		return oauth.Visitor{}, false
	}
	v, ok := m.visitors[c.Value]
	return v, ok
}

func (m *mySessions) End(http.ResponseWriter, *http.Request) error {
	delete(m.visitors, "id")
	return nil
}

func TestOwnSessions(t *testing.T) {
	mine := &mySessions{visitors: map[string]oauth.Visitor{}}
	s := newSite(t, func(c *oauth.LoginConfig) { c.Sessions = mine }, plain)
	require.Equal(t, http.StatusSeeOther, s.comeBack(s.leave("/")).StatusCode)
	require.Contains(t, s.cookies, "sid")
	require.NotContains(t, s.cookies, "__Host-wechat_session")
	require.Equal(t, "REFRESH_TOKEN", mine.refresh)
	require.JSONEq(t, `{"openid":"oLiLei","scope":"snsapi_base"}`, body(s.visit("GET", "/")))
	s.visit("POST", "/logout")
	require.Equal(t, http.StatusFound, s.visit("GET", "/").StatusCode)

	mine.full = errors.New("no room")
	s.comeBack(s.leave("/"))
	require.ErrorIs(t, s.failed, mine.full)
}

// The sessions of the site decide who is asked: by the scope that they keep.
func TestUpgradeInOwnSessions(t *testing.T) {
	mine := &mySessions{visitors: map[string]oauth.Visitor{}}
	s := newSite(t, func(c *oauth.LoginConfig) { c.Sessions = mine }, plain, plain, profile)
	s.comeBack(s.leave("/"))
	require.Equal(t, oauth.Base, mine.visitors["id"].Scope)
	require.Equal(t, http.StatusSeeOther, s.comeBack(s.leave("/profile")).StatusCode)
	require.Equal(t, oauth.UserInfo, mine.visitors["id"].Scope)
	for _, page := range []string{"/", "/profile"} {
		require.Contains(t, body(s.visit("GET", page)), `"nickname":"李雷"`)
	}

	mine.visitors["id"] = oauth.Visitor{OpenID: "oLiLei"} // a session that has the openid only
	require.JSONEq(t, `{"openid":"oLiLei"}`, body(s.visit("GET", "/")))
	s.leave("/profile")
	mine.visitors["id"] = oauth.Visitor{OpenID: "oOfTheWebsite", Scope: oauth.QRLogin} // an openid of another app id
	s.leave("/")
}

func TestLoginWithoutTLS(t *testing.T) {
	s := newSite(t, func(c *oauth.LoginConfig) {
		c.RedirectURL, c.InsecureHTTP, c.PagesURL = "http://127.0.0.1:8080/wechat/login", true, "http://127.0.0.1:9000"
	}, plain)
	resp := s.visit("GET", "/")
	require.True(t, strings.HasPrefix(resp.Header.Get("Location"), "http://127.0.0.1:9000/connect/oauth2/authorize?"))
	require.True(t, strings.HasPrefix(resp.Cookies()[0].Name, "wechat_state_"))
	require.False(t, resp.Cookies()[0].Secure)
	require.True(t, resp.Cookies()[0].HttpOnly)
}

func TestLoginConfig(t *testing.T) {
	s := oauth.New(apitest.New(t).Client())
	for want, change := range map[string]func(*oauth.LoginConfig){
		"RedirectURL is not an http":          func(c *oauth.LoginConfig) { c.RedirectURL = "/login" },
		"RedirectURL has no TLS":              func(c *oauth.LoginConfig) { c.RedirectURL = "http://example.com/login" },
		"Keys is empty":                       func(c *oauth.LoginConfig) { c.Keys = nil },
		"Keys[1] has 5 bytes":                 func(c *oauth.LoginConfig) { c.Keys = keys(keyOfSite, "short") },
		"Keys[0] has 31 bytes":                func(c *oauth.LoginConfig) { c.Keys = keys(keyOfSite[1:]) },
		"SessionLife is below 0":              func(c *oauth.LoginConfig) { c.SessionLife = -1 },
		"Name is not a valid name":            func(c *oauth.LoginConfig) { c.Name = "a b;" },
		"Scope is not one of":                 func(c *oauth.LoginConfig) { c.Scope = "all" },
		"RedirectURL is not an http or https": func(c *oauth.LoginConfig) { c.RedirectURL = "ftp://example.com/" },
	} {
		c := oauth.LoginConfig{RedirectURL: callback, Keys: keys(keyOfSite)}
		change(&c)
		login, err := s.Login(c)
		require.ErrorContains(t, err, want)
		require.Nil(t, login)
	}
}

func TestLoginPrintsNoKeys(t *testing.T) {
	c := oauth.LoginConfig{RedirectURL: callback, Keys: keys(keyOfSite)}
	login, err := oauth.New(apitest.New(t).Client()).Login(c)
	require.NoError(t, err)
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{c, &c, login, *login, struct{ l *oauth.Login }{login}} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	for _, v := range []any{c, login, *login} {
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "login", v)
		text, err := json.Marshal(v)
		if err == nil {
			out.Write(text)
		}
	}
	require.Contains(t, out.String(), `oauth.Login{RedirectURL:"`+callback+`"}`)
	for _, secret := range []string{keyOfSite, fmt.Sprintf("%x", keyOfSite), fmt.Sprint([]byte(keyOfSite)), base64.StdEncoding.EncodeToString([]byte(keyOfSite))} {
		require.NotContains(t, out.String(), secret)
	}
}

func FuzzCallback(f *testing.F) {
	f.Add("A", "C", "__Host-wechat_state_A=AAAA; __Host-wechat_session=AAAA")
	f.Add("", "", "")
	f.Add("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "x", "__Host-wechat_state_ABCDEFGHIJKLMNOPQRSTUVWXYZ=")
	login, err := oauth.New(apitest.Example().Client()).Login(oauth.LoginConfig{RedirectURL: callback, Keys: keys(keyOfSite)})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, state, code, cookie string) {
		r := httptest.NewRequest("GET", "/wechat/login?"+url.Values{"state": {state}, "code": {code}}.Encode(), nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		login.ServeHTTP(w, r)
		require.Equal(t, http.StatusBadRequest, w.Code, "nobody comes in without a signed cookie")
	})
}

// Whatever a request asks for, the login leads back to this site.
func FuzzReturn(f *testing.F) {
	for _, seed := range []string{"/", "//e", "/\\e", "/a?b=c", "/%09/e", "http://e/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		s := newSite(t, nil, plain)
		to := s.comeBack(s.leave(target)).Header.Get("Location")
		site, err := url.Parse("https://www.example.com/x")
		require.NoError(t, err)
		got, err := site.Parse(to)
		require.NoError(t, err)
		require.Equal(t, "www.example.com", got.Host)
		require.NotContains(t, to, "\\")
		require.False(t, strings.HasPrefix(to, "//"))
	})
}
