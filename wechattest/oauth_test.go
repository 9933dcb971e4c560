package wechattest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const openHost = "https://open.weixin.qq.com"

// browser follows no redirect, so that a test sees where it is sent.
type browser struct {
	t    *testing.T
	p    *wechattest.Platform
	http *http.Client
}

func newBrowser(t *testing.T) browser {
	p := wechattest.New(t, wechattest.Config{})
	client := *p.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return browser{t, p, &client}
}

// visit returns where the browser is sent, or the page that it shows.
func (b browser) visit(resp *http.Response, err error) (back *url.URL, page string) {
	b.t.Helper()
	require.NoError(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	if resp.StatusCode == http.StatusFound {
		back, err = resp.Location()
		require.NoError(b.t, err)
		return back, ""
	}
	require.Equal(b.t, http.StatusOK, resp.StatusCode)
	require.Contains(b.t, resp.Header.Get("Content-Type"), "text/html")
	return nil, string(body)
}

func (b browser) open(address string) (*url.URL, string) {
	b.t.Helper()
	return b.visit(b.http.Get(address))
}

// press answers the question of a page.
func (b browser) press(address, openid, answer string) (*url.URL, string) {
	b.t.Helper()
	a, err := url.Parse(address)
	require.NoError(b.t, err)
	return b.visit(b.http.PostForm(openHost+"/connect/confirm", url.Values{"page": {a.RequestURI()}, "openid": {openid}, "answer": {answer}}))
}

func (b browser) page(scope string, more ...string) string {
	return openHost + "/connect/oauth2/authorize?appid=" + b.p.Config().AppID + "&redirect_uri=" +
		url.QueryEscape("https://www.example.com/in?a=1&b=2") + "&response_type=code&scope=" + scope + "&state=S1" + strings.Join(more, "") + "#wechat_redirect"
}

// sns calls an endpoint for users, with pairs as its query.
func (b browser) sns(path string, pairs ...string) map[string]any {
	b.t.Helper()
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	resp, err := b.http.Get("https://api.weixin.qq.com/sns/" + path + "?" + q.Encode())
	require.NoError(b.t, err)
	defer resp.Body.Close()
	var got map[string]any
	require.NoError(b.t, json.NewDecoder(resp.Body).Decode(&got))
	return got
}

func (b browser) exchange(code string) map[string]any {
	c := b.p.Config()
	return b.sns("oauth2/access_token", "appid", c.AppID, "secret", c.Secret, "code", code, "grant_type", "authorization_code")
}

func (b browser) errcode(want int, got map[string]any) {
	b.t.Helper()
	require.EqualValues(b.t, want, got["errcode"], got)
}

func TestOAuthSilent(t *testing.T) {
	b := newBrowser(t)
	back, _ := b.open(b.page("snsapi_base"))
	require.Equal(t, "www.example.com", back.Host)
	require.Equal(t, "1", back.Query().Get("a"))
	require.Equal(t, "S1", back.Query().Get("state"))
	got := b.exchange(back.Query().Get("code"))
	require.Equal(t, wechattest.DefaultVisitor, got["openid"])
	require.Equal(t, "snsapi_base", got["scope"])
	require.EqualValues(t, 7200, got["expires_in"])
	for _, absent := range []string{"errcode", "is_snapshotuser", "unionid"} {
		require.NotContains(t, got, absent)
	}
	token := got["access_token"].(string)
	b.errcode(0, b.sns("auth", "access_token", token, "openid", wechattest.DefaultVisitor))
	b.errcode(48001, b.sns("userinfo", "access_token", token, "openid", wechattest.DefaultVisitor))

	require.False(t, b.p.User(wechattest.DefaultVisitor).Following())

	b.p.User("oLiLei").Browse()
	back, _ = b.open(b.page("snsapi_base"))
	require.Equal(t, "oLiLei", b.exchange(back.Query().Get("code"))["openid"])
}

func TestOAuthConsent(t *testing.T) {
	b := newBrowser(t)
	han := b.p.User("oHanMeimei")
	han.SetProfile("韩梅梅", "https://thirdwx.example/0")
	han.SetUnionID("uHan")
	b.p.User("oLiLei").Browse()

	_, page := b.open(b.page("snsapi_userinfo"))
	require.Contains(t, page, `value="oLiLei"`)
	require.Contains(t, page, `<option value="oHanMeimei">`)
	given := regexp.MustCompile(`name="page" value="([^"]*)"`).FindStringSubmatch(page)
	require.NotNil(t, given)

	_, refused := b.press(b.page("snsapi_userinfo"), "oHanMeimei", "deny")
	require.Contains(t, refused, "Refused")
	back, _ := b.press(b.page("snsapi_userinfo"), "oHanMeimei", "allow")
	got := b.exchange(back.Query().Get("code"))
	require.Equal(t, "oHanMeimei", got["openid"])
	require.Equal(t, "uHan", got["unionid"])
	info := b.sns("userinfo", "access_token", got["access_token"].(string), "openid", "oHanMeimei", "lang", "en")
	require.Equal(t, map[string]any{
		"openid": "oHanMeimei", "nickname": "韩梅梅", "headimgurl": "https://thirdwx.example/0", "unionid": "uHan", "privilege": []any{},
		"sex": 0.0, "province": "", "city": "", "country": "", "language": "en",
	}, info)

	back, _ = b.open(b.page("snsapi_userinfo"))
	require.NotNil(t, back, "who has consented is not asked again, and stays in front of the browser")
	_, page = b.open(b.page("snsapi_userinfo", "&forcePopup=true"))
	require.Contains(t, page, "<form", "unless the website wants it")
	b.p.Advance(30*24*time.Hour - time.Minute)
	back, _ = b.open(b.page("snsapi_userinfo"))
	require.NotNil(t, back, "a consent lasts thirty days")
	b.p.Advance(30 * 24 * time.Hour)
	_, page = b.open(b.page("snsapi_userinfo"))
	require.Contains(t, page, "<form")
}

func TestOAuthSnapshot(t *testing.T) {
	b := newBrowser(t)
	li := b.p.User("oLiLei")
	li.SetUnionID("uLiLei")
	li.SetProfile("李雷", "https://thirdwx.example/1")
	li.Browse()
	virtual := func(back *url.URL) {
		t.Helper()
		got := b.exchange(back.Query().Get("code"))
		require.EqualValues(t, 1, got["is_snapshotuser"])
		openid := got["openid"].(string)
		require.Len(t, openid, 28)
		require.NotEqual(t, "uLiLei", got["unionid"])
		info := b.sns("userinfo", "access_token", got["access_token"].(string), "openid", openid)
		require.NotEqual(t, "李雷", info["nickname"])
		require.Empty(t, info["headimgurl"])
	}
	back, _ := b.press(b.page("snsapi_userinfo"), "", "snapshot")
	virtual(back)
	back, _ = b.press(b.page("snsapi_userinfo", "&forceSnapShot=true"), "", "allow")
	virtual(back)
	li.SetSnapshot(true)
	back, err := li.Authorize(b.page("snsapi_userinfo"))
	require.NoError(t, err)
	virtual(back)
	li.SetSnapshot(false)
	back, err = li.Authorize(b.page("snsapi_userinfo"))
	require.NoError(t, err)
	require.NotContains(t, b.exchange(back.Query().Get("code")), "is_snapshotuser")
}

func TestOAuthCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t)
		li, cfg := b.p.User("oLiLei"), b.p.Config()
		code := func() string {
			back, err := li.Authorize(b.page("snsapi_userinfo"))
			require.NoError(t, err)
			return back.Query().Get("code")
		}
		b.errcode(40029, b.exchange("forged"))
		b.errcode(41008, b.exchange(""))
		used := code()
		b.errcode(41002, b.sns("oauth2/access_token"))
		b.errcode(40013, b.sns("oauth2/access_token", "appid", "wx0"))
		b.errcode(41004, b.sns("oauth2/access_token", "appid", cfg.AppID))
		b.errcode(40125, b.sns("oauth2/access_token", "appid", cfg.AppID, "secret", "x"))
		b.errcode(40002, b.sns("oauth2/access_token", "appid", cfg.AppID, "secret", cfg.Secret))
		got := b.exchange(used)
		require.NotContains(t, got, "errcode")
		b.errcode(40163, b.exchange(used))
		late := code()
		time.Sleep(5 * time.Minute)
		b.errcode(42003, b.exchange(late))

		access, refresh := got["access_token"].(string), got["refresh_token"].(string)
		check := func(token, openid string) map[string]any {
			return b.sns("auth", "access_token", token, "openid", openid)
		}
		info := func(token, openid string) map[string]any {
			return b.sns("userinfo", "access_token", token, "openid", openid)
		}
		b.errcode(40003, check(access, "oHanMeimei"))
		b.errcode(40014, check(refresh, "oLiLei"))
		b.errcode(40014, check("x", "oLiLei"))
		b.errcode(41001, check("", "oLiLei"))
		b.errcode(40001, info(b.p.IssueToken(), "oLiLei"))
		b.errcode(40014, info("x", "oLiLei"))
		require.Equal(t, "zh_CN", info(access, "oLiLei")["language"])
		time.Sleep(2 * time.Hour)
		b.errcode(42001, check(access, "oLiLei"))
		b.errcode(42001, info(access, "oLiLei"))

		again := func(appid, grant, token string) map[string]any {
			return b.sns("oauth2/refresh_token", "appid", appid, "grant_type", grant, "refresh_token", token)
		}
		b.errcode(41002, again("", "refresh_token", refresh))
		b.errcode(40013, again("wx0", "refresh_token", refresh))
		b.errcode(40002, again(cfg.AppID, "", refresh))
		b.errcode(41003, again(cfg.AppID, "refresh_token", ""))
		b.errcode(40030, again(cfg.AppID, "refresh_token", "forged"))
		renewed := again(cfg.AppID, "refresh_token", refresh)
		require.Equal(t, "oLiLei", renewed["openid"])
		require.Equal(t, "snsapi_userinfo", renewed["scope"])
		require.EqualValues(t, 7200, renewed["expires_in"])
		b.errcode(0, check(renewed["access_token"].(string), "oLiLei"))

		li.ChangePassword()
		b.errcode(42007, check(renewed["access_token"].(string), "oLiLei"))
		b.errcode(42007, again(cfg.AppID, "refresh_token", refresh))
		got = b.exchange(code())
		time.Sleep(30 * 24 * time.Hour)
		b.errcode(42002, again(cfg.AppID, "refresh_token", got["refresh_token"].(string)))

		require.NoError(t, b.p.Reconfigure(func(c *wechattest.Config) { c.SecretFrozen = true }))
		b.errcode(40243, b.exchange(code()))
	})
}

// Section 7: how long a code and the tokens of a user are valid.
func TestOAuthLives(t *testing.T) {
	for name, row := range map[string]struct {
		life time.Duration
		code int // when it is over
		use  func(b browser, code string, granted map[string]any) map[string]any
	}{
		"code": {5 * time.Minute, 42003, func(b browser, code string, _ map[string]any) map[string]any { return b.exchange(code) }},
		"access token": {2 * time.Hour, 42001, func(b browser, _ string, granted map[string]any) map[string]any {
			return b.sns("userinfo", "access_token", granted["access_token"].(string), "openid", "oLiLei")
		}},
		"refresh token": {30 * 24 * time.Hour, 42002, func(b browser, _ string, granted map[string]any) map[string]any {
			return b.sns("oauth2/refresh_token", "appid", b.p.Config().AppID, "grant_type", "refresh_token", "refresh_token", granted["refresh_token"].(string))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t)
				code := func() string {
					back, err := b.p.User("oLiLei").Authorize(b.page("snsapi_userinfo"))
					require.NoError(t, err)
					return back.Query().Get("code")
				}
				granted, early, late := b.exchange(code()), code(), code()
				time.Sleep(row.life - time.Second)
				require.NotContains(t, row.use(b, early, granted), "errcode")
				time.Sleep(time.Second)
				b.errcode(row.code, row.use(b, late, granted))
			})
		})
	}
}

func TestOAuthPageRefuses(t *testing.T) {
	b := newBrowser(t)
	b.p.SetOAuthDomains("www.example.com")
	b.p.AddWebsite("wx77aa", "site secret")
	good := b.page("snsapi_base")
	for code, change := range map[string][2]string{
		"10012": {b.p.Config().AppID, ""},
		"10016": {b.p.Config().AppID, "wx77aa"},
		"40013": {b.p.Config().AppID, "wx0"},
		"10010": {"snsapi_base", ""},
		"10005": {"snsapi_base", "snsapi_login"},
		"10011": {url.QueryEscape("https://www.example.com/in?a=1&b=2"), ""},
		"10003": {"www.example.com", "sub.www.example.com"},
		"10015": {"&state", "&component_appid=wx0&state"},
		"40097": {"response_type=code", "response_type=token"},
	} {
		back, page := b.open(strings.Replace(good, change[0], change[1], 1))
		require.Nil(t, back, code)
		require.Contains(t, page, "Error code: "+code)
		require.NotContains(t, page, "<form")
	}
	for _, redirect := range []string{"ftp://www.example.com/in", "/in", "https:///in", "http://[www.example.com"} {
		_, page := newBrowser(t).open(strings.Replace(good, url.QueryEscape("https://www.example.com/in?a=1&b=2"), url.QueryEscape(redirect), 1))
		require.Contains(t, page, "Error code: 10003", redirect)
	}
	_, page := b.press(openHost+"/elsewhere", "", "allow")
	require.Contains(t, page, "Oops")
	back, _ := b.open(strings.Replace(good, "&state", "&component_appid="+b.p.Config().ComponentAppID+"&state", 1))
	require.NotNil(t, back)

	li := b.p.User("oLiLei")
	for what, address := range map[string]string{
		"host":           strings.Replace(good, "open.weixin.qq.com", "open.example.com", 1),
		"wechat_redir":   strings.TrimSuffix(good, "#wechat_redirect"),
		"order":          strings.Replace(good, "?appid", "?state=1&appid", 1),
		"order appid":    strings.Replace(good, "response_type=code&scope=snsapi_base", "scope=snsapi_base&response_type=code", 1),
		"the order":      strings.Replace(strings.Replace(good, "appid="+b.p.Config().AppID+"&", "", 1), "#", "&appid="+b.p.Config().AppID+"#", 1),
		"scope is empty": strings.Replace(good, "snsapi_base", "", 1),
		"page is unkn":   strings.Replace(good, "/oauth2/", "/oauth3/", 1),
		"invalid":        "https://open.weixin.qq.com/%zz",
	} {
		_, err := li.Authorize(address)
		require.ErrorContains(t, err, what)
	}
}

// A state of more than 128 bytes works, but the log says so.
func TestOAuthState(t *testing.T) {
	var log bytes.Buffer
	p := wechattest.New(t, wechattest.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for n, warned := range map[int]bool{128: false, 129: true} {
		log.Reset()
		back, err := p.User("oLiLei").Authorize(openHost + "/connect/oauth2/authorize?appid=" + p.Config().AppID +
			"&redirect_uri=https%3A%2F%2Fwww.example.com%2F&response_type=code&scope=snsapi_base&state=" + strings.Repeat("s", n) + "#wechat_redirect")
		require.NoError(t, err)
		require.Len(t, back.Query().Get("state"), n)
		require.Equal(t, warned, strings.Contains(log.String(), "128 bytes"), "%d bytes", n)
	}
}

func TestQRLogin(t *testing.T) {
	b := newBrowser(t)
	b.p.AddWebsite("wx77aa", "site secret")
	b.p.User("oLiLei").Browse()
	address := strings.NewReplacer("/oauth2/authorize", "/qrconnect", b.p.Config().AppID, "wx77aa").Replace(b.page("snsapi_login"))
	_, page := b.open(address)
	require.Contains(t, page, "<form", "a login is always asked for")
	back, _ := b.press(address, "", "allow")
	code := back.Query().Get("code")
	b.errcode(40029, b.exchange(code))
	got := b.sns("oauth2/access_token", "appid", "wx77aa", "secret", "site secret", "code", code, "grant_type", "authorization_code")
	require.NotEqual(t, "oLiLei", got["openid"], "a website knows users by other openids")
	require.Equal(t, "snsapi_login", got["scope"])
	b.errcode(40030, b.sns("oauth2/refresh_token", "appid", b.p.Config().AppID, "grant_type", "refresh_token", "refresh_token", got["refresh_token"].(string)))
	info := b.sns("userinfo", "access_token", got["access_token"].(string), "openid", got["openid"].(string))
	require.Equal(t, got["openid"], info["openid"])
	_, page = b.open(strings.Replace(address, "wx77aa", b.p.Config().AppID, 1))
	require.Contains(t, page, "40013")
}

func TestOneTimePage(t *testing.T) {
	b := newBrowser(t)
	b.p.User("oLiLei").Browse()
	address := "https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&appid=" + b.p.Config().AppID +
		"&scene=1000&template_id=TPL&redirect_url=https%3A%2F%2Fwww.example.com%2F&reserved=r#wechat_redirect"
	_, page := b.open(address)
	require.Contains(t, page, "<form")
	send := func() int {
		return api{t, b.p, b.http, b.p.URL()}.post(b.p.IssueToken(), "/cgi-bin/message/template/subscribe",
			`{"touser":"oLiLei","template_id":"TPL","scene":"1000","title":"t","data":{"content":{"value":"v"}}}`).Code
	}
	back, _ := b.press(address, "", "deny")
	require.Equal(t, "cancel", back.Query().Get("action"))
	require.NotZero(t, send())
	back, _ = b.press(address, "", "allow")
	require.Equal(t, url.Values{"action": {"confirm"}, "openid": {"oLiLei"}, "template_id": {"TPL"}, "scene": {"1000"}, "reserved": {"r"}}, back.Query())
	require.Zero(t, send())
	_, page = b.open(strings.Replace(address, "scene=1000", "scene=10001", 1))
	require.Contains(t, page, "Oops")
	require.Contains(t, page, "10001")
}

// Whatever a website writes, the page answers a browser: it asks, sends it on to a
// website, or says what is wrong.
func FuzzPages(f *testing.F) {
	id := "appid=" + wechattest.DefaultAppID
	f.Add("/connect/oauth2/authorize", id+"&redirect_uri=https%3A%2F%2Fwww.example.com%2F&response_type=code&scope=snsapi_base&state=S", "", true)
	f.Add("/connect/oauth2/authorize", id+"&redirect_uri=http%3A%2F%2Fa%2F%3Fcode%3D1%23x&response_type=code&scope=snsapi_userinfo&forcePopup=true", "", false)
	f.Add("/connect/qrconnect", "appid=wx77aa&redirect_uri=//a&response_type=code&scope=snsapi_login", "", false)
	f.Add("/mp/subscribemsg", id+"&action=get_confirm&scene=1&template_id=T&redirect_url=https%3A%2F%2Fa&reserved=%22", "", false)
	f.Add("/connect/confirm", "", "answer=allow&openid=o%22%3E&page=%2Fconnect%2Foauth2%2Fauthorize%3F"+url.QueryEscape(id+"&scope=snsapi_base&response_type=code&redirect_uri=https%3A%2F%2Fa"), true)
	f.Fuzz(func(t *testing.T, path, query, form string, press bool) {
		p, err := wechattest.Open(wechattest.Config{})
		require.NoError(t, err)
		defer p.Close()
		p.AddWebsite("wx77aa", "site secret")
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path, r.URL.RawQuery = path, query
		if press {
			r = httptest.NewRequest(http.MethodPost, "/connect/confirm", strings.NewReader(form))
		}
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		switch {
		case w.Code == http.StatusFound:
			back, err := url.Parse(w.Header().Get("Location"))
			require.NoError(t, err)
			require.NotEmpty(t, back.Host)
		case strings.HasPrefix(w.Header().Get("Content-Type"), "text/html"):
			require.NotContains(t, w.Body.String(), "o\">", "text of a website is never markup")
		}
		require.Contains(t, []int{http.StatusOK, http.StatusFound, http.StatusNotFound}, w.Code)
	})
}
