package wechattest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

// api is a client of a few lines.
type api struct {
	t    *testing.T
	p    *wechattest.Platform
	http *http.Client
	base string
}

func newAPI(t *testing.T, cfg wechattest.Config) api {
	t.Helper()
	p := wechattest.New(t, cfg)
	return api{t, p, p.Client(), p.URL()}
}

type answer struct {
	Status      int    `json:"-"`
	Body        string `json:"-"`
	Code        int    `json:"errcode"`
	Message     string `json:"errmsg"`
	AccessToken string `json:"access_token"`
	Ticket      string `json:"ticket"`
	ExpiresIn   int    `json:"expires_in"`
}

func (a api) do(method, path string, query url.Values, body string) answer {
	a.t.Helper()
	req, err := http.NewRequest(method, a.base+path+"?"+query.Encode(), strings.NewReader(body))
	require.NoError(a.t, err)
	resp, err := a.http.Do(req)
	require.NoError(a.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(a.t, err)
	got := answer{Status: resp.StatusCode, Body: string(raw)}
	if resp.StatusCode == http.StatusOK {
		require.NoError(a.t, json.Unmarshal(raw, &got), "%s", raw)
	}
	return got
}

func (a api) classic() answer {
	c := a.p.Config()
	return a.do("GET", "/cgi-bin/token", url.Values{"grant_type": {"client_credential"}, "appid": {c.AppID}, "secret": {c.Secret}}, "")
}

func (a api) stable(force bool) answer {
	c := a.p.Config()
	body, err := json.Marshal(map[string]any{"grant_type": "client_credential", "appid": c.AppID, "secret": c.Secret, "force_refresh": force})
	require.NoError(a.t, err)
	return a.do("POST", "/cgi-bin/stable_token", nil, string(body))
}

// use calls a plain endpoint with a token and returns the errcode.
func (a api) use(token string) int {
	return a.do("GET", "/cgi-bin/getcallbackip", url.Values{"access_token": {token}}, "").Code
}

func (a api) post(token, path, body string) answer {
	return a.do("POST", path, url.Values{"access_token": {token}}, body)
}

func TestClassicToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, wechattest.Config{})
		first := a.classic()
		require.Equal(t, 7200, first.ExpiresIn)
		require.Greater(t, len(first.AccessToken), 100)
		require.NotContains(t, first.Body, "errcode")
		require.Zero(t, a.use(first.AccessToken))

		second := a.classic()
		require.NotEqual(t, first.AccessToken, second.AccessToken)
		require.Zero(t, a.use(first.AccessToken), "both live for five minutes")
		a.p.Advance(5*time.Minute - time.Second)
		require.Zero(t, a.use(first.AccessToken))
		a.p.Advance(time.Second)
		require.Equal(t, 40001, a.use(first.AccessToken))
		require.Zero(t, a.use(second.AccessToken))

		a.p.Advance(2 * time.Hour)
		require.Equal(t, 42001, a.use(second.AccessToken))
		time.Sleep(time.Second) // the real clock of the bubble counts as well
		third := a.classic().AccessToken
		time.Sleep(2 * time.Hour)
		require.Equal(t, 42001, a.use(third))
	})
}

func TestStableToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, wechattest.Config{})
		first := a.stable(false)
		require.Equal(t, 7200, first.ExpiresIn)
		a.p.Advance(time.Hour)
		again := a.stable(false)
		require.Equal(t, first.AccessToken, again.AccessToken)
		require.Equal(t, 3600, again.ExpiresIn)
		a.p.Advance(55 * time.Minute)
		again = a.stable(false)
		require.Equal(t, first.AccessToken, again.AccessToken)
		require.Equal(t, 300, again.ExpiresIn, "no answer has less")

		a.p.Advance(time.Second)
		next := a.stable(false)
		require.NotEqual(t, first.AccessToken, next.AccessToken)
		require.Equal(t, 7200, next.ExpiresIn)
		require.Zero(t, a.use(first.AccessToken), "the old one lives on")
		require.Zero(t, a.use(next.AccessToken))
		a.p.Advance(5 * time.Minute)
		require.Equal(t, 42001, a.use(first.AccessToken))

		classic := a.classic().AccessToken
		require.Zero(t, a.use(next.AccessToken), "the two endpoints do not disturb each other")
		a.p.Advance(time.Hour)
		forced := a.stable(true)
		require.NotEqual(t, next.AccessToken, forced.AccessToken)
		require.Equal(t, 40001, a.use(next.AccessToken), "a forced refresh kills the old one at once")
		require.Zero(t, a.use(classic))
	})
}

func TestForcedRefreshLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, wechattest.Config{})
		forced := a.stable(true).AccessToken
		a.p.Advance(29 * time.Second)
		require.Equal(t, forced, a.stable(true).AccessToken, "too soon: it does not refresh")
		for range 19 {
			a.p.Advance(30 * time.Second)
			next := a.stable(true)
			require.NotEqual(t, forced, next.AccessToken)
			forced = next.AccessToken
		}
		a.p.Advance(time.Minute)
		require.Equal(t, 45009, a.stable(true).Code)
		require.Equal(t, forced, a.stable(false).AccessToken)
		a.p.Advance(24 * time.Hour)
		require.NotEmpty(t, a.stable(true).AccessToken)
	})
}

func TestStrictTokens(t *testing.T) {
	a := newAPI(t, wechattest.Config{StrictTokens: true})
	first := a.classic().AccessToken
	second := a.classic().AccessToken
	require.Equal(t, 40001, a.use(first))
	require.Zero(t, a.use(second))
}

func TestTokenLife(t *testing.T) {
	a := newAPI(t, wechattest.Config{TokenLife: 10 * time.Minute})
	require.Equal(t, 600, a.stable(false).ExpiresIn)
}

func TestRevokeAndExpire(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	stable, classic, own := a.stable(false).AccessToken, a.classic().AccessToken, a.p.IssueToken()
	require.Zero(t, a.use(own))
	a.p.RevokeTokens()
	for _, token := range []string{stable, classic, own} {
		require.Equal(t, 40001, a.use(token))
	}
	next := a.stable(false).AccessToken
	require.NotEqual(t, stable, next)
	require.Zero(t, a.use(next))
	a.p.ExpireTokens()
	require.Equal(t, 42001, a.use(next))
	require.Zero(t, a.use(a.stable(false).AccessToken))
	require.Equal(t, 4, a.p.TokenRequests())
	require.Equal(t, 3, a.p.Count("/cgi-bin/stable_token"))
}

func TestTokenRefusals(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	id, secret := a.p.Config().AppID, a.p.Config().Secret
	for _, test := range []struct {
		name, grant, id, secret string
		code                    int
	}{
		{"grant type", "password", id, secret, 40002},
		{"no app id", "client_credential", "", secret, 41002},
		{"wrong app id", "client_credential", "wx1", secret, 40013},
		{"no secret", "client_credential", id, "", 41004},
		{"wrong secret", "client_credential", id, "x", 40125},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"grant_type":%q,"appid":%q,"secret":%q}`, test.grant, test.id, test.secret)
			got := a.do("POST", "/cgi-bin/stable_token", nil, body)
			require.Equal(t, test.code, got.Code)
			require.Empty(t, got.AccessToken)
			got = a.do("GET", "/cgi-bin/token", url.Values{"grant_type": {test.grant}, "appid": {test.id}, "secret": {test.secret}}, "")
			require.Equal(t, test.code, got.Code)
			require.Equal(t, http.StatusOK, got.Status)
		})
	}
	require.Equal(t, 43002, a.do("GET", "/cgi-bin/stable_token", url.Values{"grant_type": {"client_credential"}, "appid": {id}, "secret": {secret}}, "").Code)
	require.Equal(t, 43001, a.do("POST", "/cgi-bin/token", nil, "{}").Code)
	require.Equal(t, 44002, a.do("POST", "/cgi-bin/stable_token", nil, "").Code)
	require.Equal(t, 47001, a.do("POST", "/cgi-bin/stable_token", nil, "grant_type=client_credential").Code)
	require.Equal(t, 47001, a.do("POST", "/cgi-bin/stable_token", nil, `{"appid":1}`).Code)

	require.NoError(t, a.p.Reconfigure(func(c *wechattest.Config) { c.SecretFrozen = true }))
	require.Equal(t, 40243, a.stable(false).Code)
	require.NoError(t, a.p.Reconfigure(func(c *wechattest.Config) { c.SecretFrozen, c.Secret = false, "reset" }))
	require.NotEmpty(t, a.stable(false).AccessToken)
}

func TestAllowList(t *testing.T) {
	a := newAPI(t, wechattest.Config{AllowedIPs: []string{"198.51.100.7", "192.0.2.0/24", "2001:db8::/32"}})
	got := a.stable(false)
	require.Equal(t, 40164, got.Code)
	require.Regexp(t, `^invalid ip 203\.0\.113\.10 ipv6 ::ffff:203\.0\.113\.10, not in whitelist rid: [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}$`, got.Message)
	for _, ip := range []string{"198.51.100.7", "192.0.2.200", "2001:db8::1"} {
		a.http = a.p.ClientFrom(ip)
		require.NotEmpty(t, a.stable(false).AccessToken, ip)
		require.Equal(t, ip, a.p.Calls("")[len(a.p.Calls(""))-1].From)
	}
	token, c := a.classic().AccessToken, a.p.Config()
	require.Zero(t, a.use(token))
	a.http = a.p.ClientFrom("2001:db9::1")
	require.Contains(t, a.stable(false).Message, "ipv6 2001:db9::1, not in whitelist")
	require.Equal(t, 40164, a.use(token), "the list guards every call of the account")
	secret := url.Values{"appid": {c.AppID}, "appsecret": {c.Secret}, "secret": {c.Secret}, "grant_type": {"authorization_code"}, "code": {"x"}}
	require.Equal(t, 40164, a.do("POST", "/cgi-bin/clear_quota/v2", secret, "").Code)
	require.Equal(t, 40164, a.do("GET", "/sns/oauth2/access_token", secret, "").Code)
}

func TestCallRefusals(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.stable(false).AccessToken
	other := newAPI(t, wechattest.Config{}).stable(false).AccessToken
	require.Equal(t, 41001, a.use(""))
	require.Equal(t, 40014, a.use("short"))
	require.Equal(t, 40014, a.use(strings.Repeat("ü", 60)))
	require.Equal(t, 40001, a.use(other), "another account's")
	require.Equal(t, 43001, a.post(token, "/cgi-bin/getcallbackip", "{}").Code)
	require.Equal(t, 43002, a.do("GET", "/cgi-bin/message/custom/send", url.Values{"access_token": {token}}, "").Code)
	require.Equal(t, 44002, a.post(token, "/cgi-bin/message/custom/send", " ").Code)
	require.Equal(t, 47001, a.post(token, "/cgi-bin/message/custom/send", "{").Code)
	require.Equal(t, 47002, a.post(token, "/cgi-bin/message/custom/send", `{"touser":"o","msgtype":"text","text":{"content":"a\u0026b"}}`).Code)
	require.Equal(t, 47002, a.post(token, "/cgi-bin/message/custom/send", `{"a":"\\\u4f60"}`).Code)
	require.Equal(t, 40003, a.post(token, "/cgi-bin/message/custom/send", `{"a":"\\u4f60 \u0001"}`).Code, "no escape, and one that is needed")

	unknown := a.post(token, "/cgi-bin/hologram/send", "{}")
	require.Equal(t, 48001, unknown.Code)
	require.Regexp(t, `^api unauthorized: wechattest does not model this endpoint rid: `, unknown.Message)
}

// The first thing of an answer that a client may rely on is its request id.
func TestRID(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.stable(false).AccessToken
	failed := a.post(token, "/cgi-bin/message/custom/send", `{"touser":"nobody"}`)
	rid := regexp.MustCompile(`rid: ([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})$`).FindStringSubmatch(failed.Message)[1]
	got := a.post(token, "/cgi-bin/openapi/rid/get", `{"rid":"`+rid+`"}`)
	require.Zero(t, got.Code)
	var out struct {
		Request struct {
			InvokeTime   int64  `json:"invoke_time"`
			RequestBody  string `json:"request_body"`
			ResponseBody string `json:"response_body"`
			ClientIP     string `json:"client_ip"`
		}
	}
	require.NoError(t, json.Unmarshal([]byte(got.Body), &out))
	require.Equal(t, `{"touser":"nobody"}`, out.Request.RequestBody)
	require.Equal(t, failed.Body, out.Request.ResponseBody)
	require.Equal(t, wechattest.DefaultClientIP, out.Request.ClientIP)
	require.InDelta(t, time.Now().Unix(), out.Request.InvokeTime, 60)
	require.Equal(t, 76002, a.post(token, "/cgi-bin/openapi/rid/get", `{"rid":"x"}`).Code)
	require.Equal(t, 76001, a.post(token, "/cgi-bin/openapi/rid/get", `{"rid":"00000000-00000000-00000000"}`).Code)
	a.p.Advance(8 * 24 * time.Hour)
	require.Equal(t, 76004, a.post(a.p.IssueToken(), "/cgi-bin/openapi/rid/get", `{"rid":"`+rid+`"}`).Code)
}

// A request id is known for seven days, and not for a call of a user's endpoints.
func TestRIDLimits(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		rid := func(got answer) string {
			return `{"rid":"` + got.Message[strings.LastIndex(got.Message, " ")+1:] + `"}`
		}
		failed := rid(c.send("/cgi-bin/message/custom/send", `{"touser":"nobody"}`))
		ofUser := rid(c.do("GET", "/sns/userinfo", nil, ""))
		c.p.Advance(7 * 24 * time.Hour)
		c.holds([]limit{
			{"seven days", "/cgi-bin/openapi/rid/get", failed, ofUser, 1, 76022},
			{"malformed", "/cgi-bin/openapi/rid/get", failed, `{"rid":""}`, 1, 76002},
			{"unknown", "/cgi-bin/openapi/rid/get", failed, `{"rid":"00000000-00000000-00000000"}`, 1, 76001},
		})
		c.p.Advance(time.Second)
		require.Equal(t, 76004, c.send("/cgi-bin/openapi/rid/get", failed).Code)
	})
}

func TestQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the bubble's clock begins at midnight UTC, 8 in China
		a := newAPI(t, wechattest.Config{})
		token := a.p.IssueToken()
		a.p.SetQuota("/cgi-bin/getcallbackip", 3, 2)
		require.Zero(t, a.use(token))
		require.Zero(t, a.use(token))
		require.Equal(t, 45011, a.use(token))
		a.p.Advance(time.Minute)
		require.Zero(t, a.use(token))
		require.Equal(t, 45009, a.use(token))

		quota := func() string {
			return a.post(token, "/cgi-bin/openapi/quota/get", `{"cgi_path":"/cgi-bin/getcallbackip"}`).Body
		}
		require.JSONEq(t, `{"errcode":0,"errmsg":"ok","quota":{"daily_limit":3,"used":3,"remain":0},"rate_limit":{"call_count":2,"refresh_second":60}}`, quota())
		require.Zero(t, a.post(token, "/cgi-bin/openapi/quota/clear", `{"cgi_path":"/cgi-bin/getcallbackip"}`).Code)
		require.Contains(t, quota(), `"used":0`)
		for range 4 {
			a.p.Advance(time.Minute)
			a.use(token)
		}
		require.Equal(t, 45009, a.use(token))
		require.Equal(t, 40013, a.post(token, "/cgi-bin/clear_quota", `{"appid":"wx1"}`).Code)
		require.Zero(t, a.post(token, "/cgi-bin/clear_quota", `{"appid":"`+a.p.Config().AppID+`"}`).Code)
		require.Zero(t, a.use(token))

		for range 3 {
			a.p.Advance(time.Minute)
			a.use(token)
		}
		require.Equal(t, 45009, a.use(token))
		a.p.Advance(16 * time.Hour) // midnight in China
		require.Zero(t, a.use(a.p.IssueToken()))

		a.p.SetQuota("/cgi-bin/get_api_domain_ip", 1, 0)
		a.p.SetQuota("/cgi-bin/tags/get", 0, 1)
		for path, code := range map[string]int{"/cgi-bin/get_api_domain_ip": 45009, "/cgi-bin/tags/get": 45011} {
			q := url.Values{"access_token": {a.p.IssueToken()}}
			require.Zero(t, a.do("GET", path, q, "").Code)
			require.Equal(t, code, a.do("GET", path, q, "").Code, "a quota of one")
		}
	})
}

func TestQuotaPaths(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.p.IssueToken()
	for path, code := range map[string]int{
		"cgi-bin/getcallbackip":          76003,
		"/cgi-bin/getcallbackip?a=b":     76003,
		"https://api.weixin.qq.com/x":    76003,
		"/sns/userinfo":                  76022,
		"/cgi-bin/hologram/send":         76021,
		"/cgi-bin/get_api_domain_ip":     0,
		"/cgi-bin/message/custom/typing": 0,
	} {
		require.Equal(t, code, a.post(token, "/cgi-bin/openapi/quota/get", `{"cgi_path":"`+path+`"}`).Code, path)
	}
}

func TestClearQuotaChances(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	id, secret := a.p.Config().AppID, a.p.Config().Secret
	turn := 0
	v2 := func(id, secret string) int { // in the body, and in the query of older clients
		if turn++; turn%2 == 0 {
			return a.do("POST", "/cgi-bin/clear_quota/v2", nil, `{"appid":"`+id+`","appsecret":"`+secret+`"}`).Code
		}
		return a.do("POST", "/cgi-bin/clear_quota/v2", url.Values{"appid": {id}, "appsecret": {secret}}, "").Code
	}
	require.Equal(t, 41002, v2("", secret))
	require.Equal(t, 40013, v2("wx1", secret))
	require.Equal(t, 41004, v2(id, ""))
	require.Equal(t, 40125, v2(id, "x"))
	for range 5 {
		require.Zero(t, v2(id, secret))
		require.Zero(t, a.post(a.p.IssueToken(), "/cgi-bin/clear_quota", `{"appid":"`+id+`"}`).Code)
	}
	require.Equal(t, 48006, v2(id, secret))
	a.p.Advance(31 * 24 * time.Hour)
	require.Zero(t, v2(id, secret))
	for range 50 {
		require.Zero(t, a.post(a.p.IssueToken(), "/cgi-bin/openapi/quota/clear", `{"cgi_path":"/cgi-bin/token"}`).Code)
	}
	require.Equal(t, 48006, a.post(a.p.IssueToken(), "/cgi-bin/openapi/quota/clear", `{"cgi_path":"/cgi-bin/token"}`).Code)
}

// The daily quota of a new account holds from the start.
func TestTokenQuota(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	a.p.SetQuota("/cgi-bin/token", 20, 0)
	for range 20 {
		require.NotEmpty(t, a.classic().AccessToken)
	}
	require.Equal(t, 45009, a.classic().Code)
	require.NotEmpty(t, a.stable(false).AccessToken)
}

func TestTickets(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		get := func(kind string) answer { return c.get("/cgi-bin/ticket/getticket", "type", kind) }
		first := get("jsapi")
		require.Equal(t, 7200, first.ExpiresIn)
		require.Contains(t, first.Body, `"errcode":0`)
		require.Equal(t, first.Ticket, get("jsapi").Ticket)
		require.NotEqual(t, first.Ticket, get("wx_card").Ticket)
		require.Equal(t, 40097, get("x").Code)
		c.p.Advance(2*time.Hour - time.Second)
		require.Equal(t, first.Ticket, get("jsapi").Ticket)
		c.p.Advance(time.Second)
		require.NotEqual(t, first.Ticket, get("jsapi").Ticket)
	})
}

func TestNetwork(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.p.IssueToken()
	for _, path := range []string{"/cgi-bin/getcallbackip", "/cgi-bin/get_api_domain_ip"} {
		require.Contains(t, a.do("GET", path, url.Values{"access_token": {token}}, "").Body, "ip_list")
	}
	check := func(action, operator string) answer {
		return a.post(token, "/cgi-bin/callback/check", fmt.Sprintf(`{"action":%q,"check_operator":%q}`, action, operator))
	}
	all := check("all", "DEFAULT").Body
	require.Contains(t, all, `"dns":`)
	require.Contains(t, all, `"package_loss":"0%"`)
	require.NotContains(t, check("dns", "CAP").Body, "ping")
	require.NotContains(t, check("ping", "UNICOM").Body, "dns")
	require.Equal(t, 40202, check("x", "CAP").Code)
	require.Equal(t, 40203, check("all", "x").Code)
}

func TestCustomMessages(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	a.p.Bot(fixed("success"))
	u := a.p.User(user)
	send := func(body string) int {
		return a.post(a.p.IssueToken(), "/cgi-bin/message/custom/send", `{"touser":"`+user+`",`+body+`}`).Code
	}
	const hello = `"msgtype":"text","text":{"content":"late & <b>"}`
	require.Equal(t, 45015, send(hello), "the user has said nothing yet")
	_, err := u.Text("hi")
	require.NoError(t, err)
	for range 5 {
		require.Zero(t, send(hello))
	}
	require.Equal(t, 45047, send(hello))
	got := a.p.Messages(user)
	require.Len(t, got, 5)
	require.Equal(t, wechattest.ViaCustomerService, got[0].Via)
	require.Equal(t, "late & <b>", got[0].String())

	_, err = u.Click("K")
	require.NoError(t, err)
	for range 3 {
		require.Zero(t, send(hello))
	}
	require.Equal(t, 45047, send(hello))
	a.p.Advance(time.Minute)
	require.Equal(t, 45047, send(hello), "the window of the message is open, its count used up")
	a.p.Advance(48 * time.Hour)
	require.Equal(t, 45015, send(hello))

	_, err = u.Text("again")
	require.NoError(t, err)
	for body, code := range map[string]int{
		`"msgtype":"text","text":{"content":""}`:                             44004,
		`"msgtype":"hologram"`:                                               40008,
		`"msgtype":"link","link":{"title":"t"}`:                              40008,
		`"msgtype":"image","image":{}`:                                       40007,
		`"msgtype":"voice"`:                                                  40007,
		`"msgtype":"video","video":{"title":"t"}`:                            40007,
		`"msgtype":"music","music":{"title":"t"}`:                            40007,
		`"msgtype":"news","news":{"articles":[]}`:                            45008,
		`"msgtype":"news","news":{"articles":[{"title":"1"},{"title":"2"}]}`: 45008,
		`"msgtype":"mpnews"`:                                                 40007,
		`"msgtype":"mpnewsarticle"`:                                          40097,
		`"msgtype":"msgmenu","msgmenu":{"head_content":"h"}`:                 40097,
		`"msgtype":"msgmenu","msgmenu":{"list":[{"id":1}]}`:                  40097,
		`"msgtype":"wxcard"`:                                                 40097,
		`"msgtype":"miniprogrampage","miniprogrampage":{"title":"t"}`:        40007,
		`"msgtype":3`: 47001,
	} {
		require.Equal(t, code, send(body), body)
	}
	for body, saw := range map[string]string{
		`"msgtype":"image","image":{"media_id":"M"}`:                                                                         "[image M]",
		`"msgtype":"video","video":{"media_id":"M","thumb_media_id":"T"}`:                                                    "[video M]",
		`"msgtype":"music","music":{"title":"Song","thumb_media_id":"T"}`:                                                    "[music Song]",
		`"msgtype":"news","news":{"articles":[{"title":"One","url":"u","picurl":"p"}]}`:                                      "[news One]",
		`"msgtype":"msgmenu","msgmenu":{"head_content":"h","list":[{"id":101,"content":"yes"},{"id":"102","content":"no"}]}`: "[msgmenu h | yes | no]",
	} {
		require.Zero(t, send(body), body)
		all := a.p.Messages(user)
		require.Equal(t, saw, all[len(all)-1].String())
	}
	_, err = u.Text("and again")
	require.NoError(t, err)
	for _, body := range []string{
		`"msgtype":"voice","voice":{"media_id":"M"}`, `"msgtype":"mpnews","mpnews":{"media_id":"M"}`,
		`"msgtype":"mpnewsarticle","mpnewsarticle":{"article_id":"A"}`, `"msgtype":"wxcard","wxcard":{"card_id":"C"}`,
		`"msgtype":"miniprogrampage","miniprogrampage":{"title":"t","appid":"wx","pagepath":"p","thumb_media_id":"T"}`,
	} {
		require.Zero(t, send(body), body)
	}
	_, err = u.Unfollow()
	require.NoError(t, err)
	require.Equal(t, 45015, send(hello))
}

// Picking an item of a menu message counts as a click: three within a minute.
func TestMenuItemCountsAsClick(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	a.p.Bot(fixed("success"))
	_, err := a.p.User(user).Send(wechattest.MenuReply("yes", "101"))
	require.NoError(t, err)
	send := func() int {
		return a.post(a.p.IssueToken(), "/cgi-bin/message/custom/send", `{"touser":"`+user+`","msgtype":"text","text":{"content":"x"}}`).Code
	}
	for range 3 {
		require.Zero(t, send())
	}
	require.Equal(t, 45047, send())
	a.p.Advance(time.Minute)
	require.Equal(t, 45015, send())
}

func TestTyping(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	a.p.Bot(fixed("success"))
	typing := func(openid, command string) int {
		return a.post(a.p.IssueToken(), "/cgi-bin/message/custom/typing", fmt.Sprintf(`{"touser":%q,"command":%q}`, openid, command)).Code
	}
	require.Equal(t, 40003, typing("nobody", "Typing"))
	a.p.User(user)
	require.Equal(t, 45080, typing(user, "Typing"))
	_, err := a.p.User(user).Text("hi")
	require.NoError(t, err)
	require.Zero(t, typing(user, "Typing"))
	require.Equal(t, 45081, typing(user, "Typing"))
	require.Zero(t, typing(user, "CancelTyping"))
	require.Zero(t, typing(user, "Typing"))
	a.p.Advance(16 * time.Second)
	require.Zero(t, typing(user, "Typing"))
	require.Equal(t, 45072, typing(user, "typing"))
	a.p.Advance(15 * time.Second)
	require.Equal(t, 45080, typing(user, "Typing"))
}

func TestCalls(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.stable(false).AccessToken
	a.post(token, "/cgi-bin/message/custom/send", `{"touser":"nobody"}`)
	a.post(token, "/cgi-bin/message/custom/typing", `{"touser":"nobody"}`)
	require.Len(t, a.p.Calls(""), 3)
	require.Len(t, a.p.Calls("/cgi-bin/message/*"), 2)
	require.Empty(t, a.p.Calls("/cgi-bin/message"))
	got := a.p.Calls("/cgi-bin/message/custom/send")
	require.Len(t, got, 1)
	require.Equal(t, `{"touser":"nobody"}`, string(got[0].Body))
	require.Contains(t, string(got[0].Answer), "40003")
	require.Equal(t, 40003, got[0].Code)
	require.Equal(t, token, got[0].Query.Get("access_token"))
	require.Equal(t, 200, got[0].Status)
	require.Equal(t, 2, a.p.Count("/cgi-bin/message/*"))
	require.Equal(t, 3, a.p.Count(""))
}

// A client that calls the real host reaches the platform as well; a plain
// http request is refused, and another host is not answered.
func TestHosts(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	for _, host := range []string{"https://api.weixin.qq.com", "https://api2.weixin.qq.com", "https://sh.api.weixin.qq.com:443"} {
		a.base = host
		require.NotEmpty(t, a.stable(false).AccessToken)
	}
	a.base = "http://api.weixin.qq.com"
	require.Equal(t, 43003, a.stable(false).Code)
	require.Empty(t, a.p.CallsElsewhere())
	a.base = "https://portal.example.com"
	require.Equal(t, http.StatusNotFound, a.do("GET", "/login", nil, "").Status)
	require.Len(t, a.p.CallsElsewhere(), 1)
	require.Equal(t, "portal.example.com", a.p.CallsElsewhere()[0].Host)
	require.Zero(t, a.p.Count("/login"))
}

// Over TCP the platform is an ordinary handler.
func TestServeHTTP(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{AllowedIPs: []string{"127.0.0.1"}})
	srv := httptest.NewServer(p)
	defer srv.Close()
	a := api{t, p, srv.Client(), srv.URL}
	require.Zero(t, a.use(a.stable(false).AccessToken))
	require.Equal(t, "127.0.0.1", p.Calls("/cgi-bin/stable_token")[0].From)
}

// A thousand callers at once, one platform.
func TestHerd(t *testing.T) {
	a := newAPI(t, wechattest.Config{})
	token := a.p.IssueToken()
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			resp, err := a.http.Get(a.base + "/cgi-bin/getcallbackip?access_token=" + token)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			_, _ = io.Copy(io.Discard, resp.Body)
		})
	}
	wg.Wait()
	require.Equal(t, 200, a.p.Count("/cgi-bin/getcallbackip"))
	a.http.CloseIdleConnections()
}
