package wechattest_test

import (
	"encoding/json"
	"fmt"
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

// componentTest is a third-party platform that knows nothing but HTTP.
type componentTest struct {
	t     *testing.T
	p     *wechattest.Platform
	token string
	heard chan string // InfoType or MsgType of what came
}

func newComponentTest(t *testing.T) *componentTest {
	t.Helper()
	c := &componentTest{t: t, heard: make(chan string, 100)}
	c.p = wechattest.New(t, wechattest.Config{Mode: wechattest.Component, CallbackPath: "/wx/$APPID$/callback", NoticePath: "/wx/notice"})
	c.p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		c.heard <- r.URL.Path
		_, _ = io.WriteString(w, "success")
	}))
	return c
}

// post calls an endpoint with the component token.
func (c *componentTest) post(path, body string) map[string]any {
	return c.as("component_access_token", c.token, path, body)
}

func (c *componentTest) as(name, value, path, body string) map[string]any {
	c.t.Helper()
	q := url.Values{}
	if name != "" {
		q.Set(name, value)
	}
	body = strings.ReplaceAll(body, "COMPONENT", wechattest.DefaultComponentAppID)
	resp, err := c.p.Client().Post(c.p.URL()+path+"?"+q.Encode(), "application/json", strings.NewReader(body))
	require.NoError(c.t, err)
	return c.answer(resp)
}

func (c *componentTest) get(path, query string) map[string]any {
	c.t.Helper()
	resp, err := c.p.Client().Get(c.p.URL() + path + "?" + strings.ReplaceAll(query, "COMPONENT", wechattest.DefaultComponentAppID))
	require.NoError(c.t, err)
	return c.answer(resp)
}

func (c *componentTest) answer(resp *http.Response) map[string]any {
	c.t.Helper()
	defer resp.Body.Close()
	var out map[string]any
	require.NoError(c.t, json.NewDecoder(resp.Body).Decode(&out))
	return out
}

// ticketOf is the ticket that the newest notice has brought.
func (c *componentTest) ticketOf() string {
	c.t.Helper()
	deliveries := c.p.Deliveries()
	text := string(deliveries[len(deliveries)-1].Message)
	_, after, found := strings.Cut(text, "<ComponentVerifyTicket><![CDATA[")
	require.True(c.t, found, text)
	ticket, _, _ := strings.Cut(after, "]]>")
	return ticket
}

// login gets a component token.
func (c *componentTest) login() {
	c.t.Helper()
	require.NoError(c.t, c.p.PushTicket())
	require.Equal(c.t, "/wx/notice", <-c.heard)
	out := c.tokenFor(c.ticketOf())
	require.Equal(c.t, "0", code(out))
	require.EqualValues(c.t, 7200, out["expires_in"])
	c.token = out["component_access_token"].(string)
}

func (c *componentTest) tokenFor(ticket string) map[string]any {
	return c.as("", "", "/cgi-bin/component/api_component_token", fmt.Sprintf(
		`{"component_appid":"COMPONENT","component_appsecret":%q,"component_verify_ticket":%q}`, wechattest.DefaultComponentSecret, ticket))
}

func TestComponentTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		require.Equal(t, "61006", code(c.tokenFor("none")))
		require.Equal(t, "61006", code(c.tokenFor("")), "none was pushed yet")
		c.login()
		old := c.ticketOf()
		c.p.Advance(11 * time.Hour)
		require.Equal(t, "0", code(c.tokenFor(old)))
		c.p.Advance(time.Hour)
		require.Equal(t, "61005", code(c.tokenFor(old)))

		start := func(secret string) map[string]any {
			return c.as("", "", "/cgi-bin/component/api_start_push_ticket", `{"component_appid":"COMPONENT","component_secret":"`+secret+`"}`)
		}
		require.Equal(t, "40125", code(start("wrong")))
		require.Equal(t, "0", code(start(wechattest.DefaultComponentSecret)))
		require.Equal(t, "/wx/notice", <-c.heard)
		synctest.Wait()
		require.Equal(t, "61006", code(c.tokenFor(old)), "only the newest ticket is good")
		require.Equal(t, "0", code(c.tokenFor(c.ticketOf())))

		require.NoError(t, c.p.Reconfigure(func(cfg *wechattest.Config) { cfg.AllowedIPs = []string{"192.0.2.1"} }))
		require.Equal(t, "61004", code(c.tokenFor(old)))
	})
}

func TestComponentAuthorization(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		const preAuth = "/cgi-bin/component/api_create_preauthcode"
		require.Equal(t, "41001", code(c.as("", "", preAuth, `{"component_appid":"COMPONENT"}`)))
		c.login()
		require.Equal(t, "40001", code(c.as("component_access_token", "x", preAuth, `{}`)))
		require.Equal(t, "40013", code(c.post(preAuth, `{"component_appid":"wxother"}`)))
		require.Equal(t, "61014", code(c.as("access_token", c.p.IssueToken(), preAuth, `{"component_appid":"COMPONENT"}`)))
		require.Equal(t, "0", code(c.as("access_token", c.token, preAuth, `{"component_appid":"COMPONENT"}`)), "under the newer name too")

		page := func() string {
			out := c.post(preAuth, `{"component_appid":"COMPONENT"}`)
			require.EqualValues(t, 1800, out["expires_in"])
			return "https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=" + wechattest.DefaultComponentAppID +
				"&pre_auth_code=" + url.QueryEscape(out["pre_auth_code"].(string)) + "&redirect_uri=" + url.QueryEscape("https://example.com/back?a=1")
		}
		for want, wrong := range map[string]string{
			"redirect_uri":   strings.Replace(page(), "redirect_uri", "redirect", 1),
			"pre_auth_code":  strings.Replace(page(), "preauthcode", "x", 1),
			"exclude":        page() + "&biz_appid=wxA&auth_type=1",
			"auth_type":      page() + "&auth_type=9",
			"invalid appid":  strings.Replace(page(), wechattest.DefaultComponentAppID, "wxother", 1),
			"no page":        "https://example.com/",
			"no_scan":        strings.Replace(page(), "mp.weixin.qq.com/cgi-bin/componentloginpage", "open.weixin.qq.com/wxaopen/safe/bindcomponent", 1),
			"only for wxB":   page() + "&biz_appid=wxB",
			"authorization ": "%",
		} {
			_, err := c.p.Authorize(wrong, "wxA")
			if want == "no page" {
				want = "is not an authorization page"
			}
			require.ErrorContains(t, err, want)
		}
		resp, err := c.p.Client().Get(page())
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Contains(t, string(text), "扫描")

		back, err := c.p.Authorize(page(), "wxA")
		require.NoError(t, err)
		u, err := url.Parse(back)
		require.NoError(t, err)
		require.Equal(t, "1", u.Query().Get("a"))
		require.Equal(t, "3600", u.Query().Get("expires_in"))
		require.Equal(t, "/wx/notice", <-c.heard)
		synctest.Wait() // until the delivery is recorded
		deliveries := c.p.Deliveries()
		require.Contains(t, string(deliveries[len(deliveries)-1].Message),
			fmt.Sprintf("<AuthorizationCodeExpiredTime>%d</AuthorizationCodeExpiredTime>", c.p.Now().Add(time.Hour).Unix()))

		query := func(authCode string) map[string]any {
			return c.post("/cgi-bin/component/api_query_auth", fmt.Sprintf(`{"component_appid":"COMPONENT","authorization_code":%q}`, authCode))
		}
		require.Equal(t, "61009", code(query("none")))
		info := query(u.Query().Get("auth_code"))["authorization_info"].(map[string]any)
		require.Equal(t, "wxA", info["authorizer_appid"])
		require.Len(t, info["func_info"], 2)
		require.Equal(t, "61010", code(query(u.Query().Get("auth_code"))), "a code is good once")

		token := func(refresh string) map[string]any {
			return c.post("/cgi-bin/component/api_authorizer_token", fmt.Sprintf(
				`{"component_appid":"COMPONENT","authorizer_appid":"wxA","authorizer_refresh_token":%q}`, refresh))
		}
		first := info["authorizer_refresh_token"].(string)
		require.Equal(t, "61023", code(token("none")))
		require.Equal(t, first, token(first)["authorizer_refresh_token"])
		c.p.Tenant("wxA").RotateRefreshToken(true)
		second := token(first)
		require.NotEqual(t, first, second["authorizer_refresh_token"])
		require.Equal(t, "61023", code(token(first)), "the old one is dead")
		require.Equal(t, 4, c.p.Tenant("wxA").Refreshes())

		own := second["authorizer_access_token"].(string)
		require.Equal(t, "0", code(c.get("/cgi-bin/getcallbackip", "access_token="+own)))
		c.p.Grant("wxB")
		about := c.post("/cgi-bin/component/api_get_authorizer_info", `{"component_appid":"COMPONENT","authorizer_appid":"wxA"}`)
		require.Equal(t, second["authorizer_refresh_token"], about["authorization_info"].(map[string]any)["authorizer_refresh_token"])
		require.Equal(t, "61003", code(c.post("/cgi-bin/component/api_get_authorizer_info", `{"component_appid":"COMPONENT","authorizer_appid":"wxC"}`)))
		list := func(offset, count int) map[string]any {
			return c.post("/cgi-bin/component/api_get_authorizer_list", fmt.Sprintf(`{"component_appid":"COMPONENT","offset":%d,"count":%d}`, offset, count))
		}
		require.Equal(t, "40170", code(list(0, 501)))
		require.EqualValues(t, 2, list(1, 500)["total_count"])
		require.Len(t, list(1, 500)["list"], 1)
		require.Empty(t, list(7, 1)["list"])

		back, err = c.p.Authorize(page(), "wxA")
		require.NoError(t, err)
		u, err = url.Parse(back)
		require.NoError(t, err)
		require.NoError(t, c.p.Unauthorize("wxA"))
		require.Equal(t, "61003", code(query(u.Query().Get("auth_code"))), "withdrawn before the code was used")
		require.Error(t, c.p.Unauthorize("wxA"))
		require.Equal(t, "61003", code(token(first)))
		require.Equal(t, "40001", code(c.get("/cgi-bin/getcallbackip", "access_token="+own)))
	})
}

// Section 9: how long a ticket, a token and the codes of an authorization are valid.
func TestComponentLives(t *testing.T) {
	const preAuth = "/cgi-bin/component/api_create_preauthcode"
	page := func(c *componentTest) string {
		code := c.post(preAuth, `{"component_appid":"COMPONENT"}`)["pre_auth_code"].(string)
		return "https://mp.weixin.qq.com/cgi-bin/componentloginpage?component_appid=" + wechattest.DefaultComponentAppID +
			"&pre_auth_code=" + url.QueryEscape(code) + "&redirect_uri=https%3A%2F%2Fexample.com%2Fback"
	}
	for name, row := range map[string]struct {
		life  time.Duration
		over  string
		begin func(c *componentTest) (use func() string)
	}{
		"ticket": {12 * time.Hour, "61005", func(c *componentTest) func() string {
			ticket := c.ticketOf()
			return func() string { return code(c.tokenFor(ticket)) }
		}},
		"component token": {2 * time.Hour, "42001", func(c *componentTest) func() string {
			return func() string { return code(c.post(preAuth, `{"component_appid":"COMPONENT"}`)) }
		}},
		"pre-authorization code": {30 * time.Minute, "pre_auth_code is wrong, used or has expired", func(c *componentTest) func() string {
			address := page(c)
			return func() string {
				if _, err := c.p.Authorize(address, "wxA"); err != nil {
					return strings.TrimPrefix(err.Error(), "wechattest: authorization page: ")
				}
				return "0"
			}
		}},
		"authorization code": {time.Hour, "61010", func(c *componentTest) func() string {
			back, err := c.p.Authorize(page(c), "wxA")
			require.NoError(c.t, err)
			u, err := url.Parse(back)
			require.NoError(c.t, err)
			body := fmt.Sprintf(`{"component_appid":"COMPONENT","authorization_code":%q}`, u.Query().Get("auth_code"))
			return func() string { return code(c.post("/cgi-bin/component/api_query_auth", body)) }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newComponentTest(t)
				c.login()
				early := row.begin(c)
				late := row.begin(c)
				c.p.Advance(row.life - time.Second)
				require.Equal(t, "0", early())
				c.p.Advance(time.Second)
				require.Equal(t, row.over, late())
			})
		})
	}
}

// What the platform refuses of a component's credentials and arguments.
func TestComponentRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		c.login()
		c.p.Grant("wxA")
		secret, ticket := wechattest.DefaultComponentSecret, c.ticketOf()
		const component = "/cgi-bin/component/"
		for _, row := range []struct{ path, body, want string }{
			{"api_component_token", `{"component_appid":"wxother","component_appsecret":"` + secret + `","component_verify_ticket":"` + ticket + `"}`, "40013"},
			{"api_component_token", `{"component_appid":"COMPONENT","component_appsecret":"wrong","component_verify_ticket":"` + ticket + `"}`, "40125"},
			{"api_component_token", `{"component_appid":"COMPONENT","component_appsecret":"` + secret + `"}`, "61006"},
			{"api_start_push_ticket", `{"component_appid":"wxother","component_secret":"` + secret + `"}`, "40013"},
			{"clear_quota/v2", `{"appid":"wxA","component_appid":"wxother","appsecret":"` + secret + `"}`, "40013"},
			{"clear_quota/v2", `{"appid":"COMPONENT","component_appid":"COMPONENT","appsecret":"` + secret + `"}`, "0"},
		} {
			require.Equal(t, row.want, code(c.as("", "", component+row.path, row.body)), "%s %s", row.path, row.body)
		}
		for _, row := range []struct{ path, body, want string }{
			{"api_get_authorizer_list", `"offset":0,"count":500`, "0"},
			{"api_get_authorizer_list", `"offset":0,"count":501`, "40170"},
			{"api_get_authorizer_list", `"offset":0,"count":1`, "0"},
			{"api_get_authorizer_list", `"offset":-1,"count":1`, "40170"},
			{"api_set_authorizer_option", `"option_name":"other","option_value":"1"`, "61012"},
			{"api_set_authorizer_option", `"option_name":"location_report","option_value":"0"`, "0"},
			{"api_set_authorizer_option", `"option_name":"location_report","option_value":2`, "0"},
			{"api_set_authorizer_option", `"option_name":"location_report","option_value":"3"`, "61013"},
			{"api_set_authorizer_option", `"option_name":"location_report","option_value":"-1"`, "61013"},
			{"api_set_authorizer_option", `"option_name":"location_report","option_value":"12"`, "61013"},
			{"api_set_authorizer_option", `"option_name":"location_report","option_value":"/"`, "61013"},
			{"api_set_authorizer_option", `"option_name":"location_report"`, "61013"},
			{"api_set_authorizer_option", `"option_name":"voice_recognize","option_value":"1"`, "0"},
			{"api_set_authorizer_option", `"option_name":"voice_recognize","option_value":"2"`, "61013"},
			{"api_set_authorizer_option", `"option_name":"customer_service","option_value":"1"`, "0"},
			{"api_set_authorizer_option", `"option_name":"customer_service","option_value":"2"`, "61013"},
		} {
			body := `{"component_appid":"COMPONENT","authorizer_appid":"wxA",` + row.body + `}`
			require.Equal(t, row.want, code(c.post(component+row.path, body)), "%s %s", row.path, row.body)
		}
		require.NoError(t, c.p.Reconfigure(func(cfg *wechattest.Config) { cfg.AllowedIPs = []string{"192.0.2.1"} }))
		require.Equal(t, "61004", code(c.post(component+"api_create_preauthcode", `{"component_appid":"COMPONENT"}`)))
	})
}

func TestComponentOwnCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		c.login()
		tokenOf := func(appID string) string {
			_, refresh := c.p.Grant(appID)
			out := c.post("/cgi-bin/component/api_authorizer_token", fmt.Sprintf(
				`{"component_appid":"COMPONENT","authorizer_appid":%q,"authorizer_refresh_token":%q}`, appID, refresh))
			return out["authorizer_access_token"].(string)
		}
		a, b := tokenOf("wxA"), tokenOf("wxB")

		option := func(verb, rest string) map[string]any {
			return c.post("/cgi-bin/component/api_"+verb+"_authorizer_option", `{"component_appid":"COMPONENT","authorizer_appid":"wxA"`+rest+`}`)
		}
		require.Equal(t, "61012", code(option("get", `,"option_name":"other"`)))
		require.Equal(t, "61013", code(option("set", `,"option_name":"voice_recognize","option_value":"2"`)))
		require.Equal(t, "0", code(option("set", `,"option_name":"location_report","option_value":"2"`)))
		require.Equal(t, "2", option("get", `,"option_name":"location_report"`)["option_value"])
		own := c.as("access_token", a, "/cgi-bin/component/get_authorizer_option", `{"option_name":"location_report"}`)
		require.Equal(t, "2", own["option_value"])
		require.Equal(t, "0", code(c.as("access_token", a, "/cgi-bin/component/set_authorizer_option", `{"option_name":"voice_recognize","option_value":"1"}`)))
		require.Equal(t, "1", option("get", `,"option_name":"voice_recognize"`)["option_value"])

		open := func(tok, verb, rest string) map[string]any {
			appID := map[string]string{a: "wxA", b: "wxB"}[tok]
			return c.as("access_token", tok, "/cgi-bin/open/"+verb, `{"appid":"`+appID+`"`+rest+`}`)
		}
		require.Equal(t, "89002", code(open(a, "get", "")))
		require.Equal(t, false, open(a, "have", "")["have_open"])
		made := open(a, "create", "")["open_appid"].(string)
		require.Equal(t, "89000", code(open(a, "create", "")))
		require.Equal(t, made, open(a, "get", "")["open_appid"])
		require.Equal(t, true, open(a, "have", "")["have_open"])
		require.Equal(t, "89003", code(open(b, "bind", `,"open_appid":"wxstranger"`)))
		require.Equal(t, "0", code(open(b, "bind", `,"open_appid":"`+made+`"`)))
		require.Equal(t, "89000", code(open(b, "bind", `,"open_appid":"`+made+`"`)))
		require.Equal(t, "89001", code(open(b, "unbind", `,"open_appid":"wxstranger"`)))
		require.Equal(t, "0", code(open(b, "unbind", `,"open_appid":"`+made+`"`)))
		require.Equal(t, "89001", code(open(b, "unbind", "")), "it is not bound")
		require.Equal(t, "40013", code(c.as("access_token", b, "/cgi-bin/open/get", `{"appid":"wxA"}`)))
		require.Equal(t, "61003", code(c.as("access_token", c.p.IssueToken(), "/cgi-bin/open/get", `{"appid":"wxA"}`)), "no account of the component")
		require.Equal(t, true, c.get("/cgi-bin/open/sameentity", "access_token="+b)["same_entity"])
		for i := range 99 {
			tok := tokenOf(fmt.Sprint("wxN", i))
			require.Equal(t, "0", code(c.as("access_token", tok, "/cgi-bin/open/bind", fmt.Sprintf(`{"appid":"wxN%d","open_appid":%q}`, i, made))))
		}
		require.Equal(t, "89004", code(open(b, "bind", `,"open_appid":"`+made+`"`)))

		require.Equal(t, "61058", code(c.as("access_token", a, "/cgi-bin/account/fastregister", `{"ticket":""}`)))
		mini := c.as("access_token", a, "/cgi-bin/account/fastregister", `{"ticket":"t"}`)
		require.NotNil(t, c.p.Tenant(mini["appid"].(string)))

		clearing := func(appID, secret string) string {
			return code(c.as("", "", "/cgi-bin/component/clear_quota/v2", fmt.Sprintf(`{"appid":%q,"component_appid":"COMPONENT","appsecret":%q}`, appID, secret)))
		}
		require.Equal(t, "0", clearing("wxA", wechattest.DefaultComponentSecret))
		require.Equal(t, "40013", clearing("wxZ", wechattest.DefaultComponentSecret))
		require.Equal(t, "40125", clearing("wxA", "wrong"))

		li := c.p.User("oLiLei")
		li.SetProfile("李雷", "")
		consent := func(rest string) (string, error) {
			back, err := li.Authorize("https://open.weixin.qq.com/connect/oauth2/authorize?" + rest + "&redirect_uri=https%3A%2F%2Fshop.example.com%2F&response_type=code&scope=snsapi_userinfo&state=S&component_appid=" + wechattest.DefaultComponentAppID + "#wechat_redirect")
			if err != nil {
				return "", err
			}
			return back.Query().Get("code"), nil
		}
		_, err := consent("appid=wxZ")
		require.ErrorContains(t, err, "10015", "it has not authorized the third-party platform")
		agreed, err := consent("appid=wxA")
		require.NoError(t, err)
		user := func(path, rest string) map[string]any {
			return c.get("/sns/oauth2/component/"+path, "component_access_token="+c.token+"&component_appid=COMPONENT&appid=wxA&"+rest)
		}
		require.Equal(t, "40029", code(user("access_token", "grant_type=authorization_code&code=x")))
		require.Equal(t, "40002", code(user("access_token", "code="+agreed)))
		granted := user("access_token", "grant_type=authorization_code&code="+agreed)
		require.Equal(t, "oLiLei", granted["openid"], "the openid of messages")
		require.Equal(t, "40163", code(user("access_token", "grant_type=authorization_code&code="+agreed)), "used")
		require.Equal(t, "李雷", c.get("/sns/userinfo", "access_token="+granted["access_token"].(string)+"&openid=oLiLei")["nickname"])
		require.Equal(t, "40030", code(user("refresh_token", "grant_type=refresh_token&refresh_token=x")))
		require.Equal(t, "40002", code(user("refresh_token", "refresh_token=x")))
		refresh := "grant_type=refresh_token&refresh_token=" + url.QueryEscape(granted["refresh_token"].(string))
		require.Equal(t, "oLiLei", user("refresh_token", refresh)["openid"])
		require.NoError(t, c.p.Unauthorize("wxA"))
		require.Equal(t, "61003", code(user("refresh_token", refresh)), "withdrawn")
	})
}

func TestComponentRelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		a, refresh := c.p.Grant("wxA")
		require.NotContains(t, fmt.Sprintf("%v %+v %#v", a, a, a), refresh)
		_, err := a.Send("oLiLei", wechattest.Text("hi"))
		require.NoError(t, err)
		require.Equal(t, "/wx/wxA/callback", <-c.heard)
		deliveries := c.p.Deliveries()
		require.Contains(t, string(deliveries[len(deliveries)-1].Message), "<ToUserName><![CDATA[gh_A]]>")
		for _, set := range []int{0, 6} {
			require.ErrorContains(t, c.p.CheckRelease(set), "there is no set")
		}
		for set := 1; set <= 5; set++ {
			require.ErrorContains(t, c.p.CheckRelease(set), "release check, text", "success is no answer to it")
		}

		require.NoError(t, c.p.Reconfigure(func(cfg *wechattest.Config) { cfg.Mode = wechattest.Plain }))
		_, err = a.Send("oLiLei", wechattest.Text("hi"))
		require.ErrorContains(t, err, "Component")

		alone := wechattest.New(t, wechattest.Config{Mode: wechattest.Component})
		require.ErrorIs(t, alone.PushTicket(), wechattest.ErrNoBot)
		b, _ := alone.Grant("wxB")
		_, err = b.Send("oLiLei", wechattest.Text("hi"))
		require.ErrorIs(t, err, wechattest.ErrNoBot)
		require.NoError(t, alone.Unauthorize("wxB"))
	})
}

// The release check tells which of its steps a platform does not pass.
func TestReleaseCheckFails(t *testing.T) {
	for want, answer := range map[string]struct{ text, code string }{
		`text: the answer is "thanks"`:             {"thanks", "thanks"},
		`code: the answer must be empty, but is "`: {"TESTCOMPONENT_MSG_TYPE_TEXT_callback", "thanks"},
	} {
		synctest.Test(t, func(t *testing.T) {
			p, _, _ := newStranger(t, wechattest.Config{Mode: wechattest.Component}, func(m inbound) string {
				content := answer.text
				if strings.HasPrefix(m.Content, "QUERY_AUTH_CODE:") {
					content = answer.code
				}
				if m.InfoType != "" {
					return "success"
				}
				return m.text(content)
			})
			require.ErrorContains(t, p.CheckRelease(1), "release check, "+want)
		})
	}
}

// TestComponentAccounts checks that accounts do not see each other's templates and that
// calls, messages and events name their account.
func TestComponentAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComponentTest(t)
		c.login()
		c.p.User("oLiLei")
		tokenOf := func(appID string) string {
			_, refresh := c.p.Grant(appID)
			return c.post("/cgi-bin/component/api_authorizer_token", fmt.Sprintf(
				`{"component_appid":"COMPONENT","authorizer_appid":%q,"authorizer_refresh_token":%q}`, appID, refresh))["authorizer_access_token"].(string)
		}
		a, b, own := tokenOf("wxA"), tokenOf("wxB"), c.p.IssueToken()

		const add, send = "/cgi-bin/template/api_add_template", "/cgi-bin/message/template/send"
		id := c.as("access_token", a, add, `{"template_id_short":"99","keyword_name_list":["商品"]}`)["template_id"].(string)
		list := func(token string) any {
			return c.get("/cgi-bin/template/get_all_private_template", "access_token="+token)["template_list"]
		}
		require.Len(t, list(a), 1)
		require.Empty(t, list(b))
		require.Empty(t, list(own))
		message := fmt.Sprintf(`{"touser":"oLiLei","template_id":%q,"client_msg_id":"1","data":{"thing1":{"value":"车票"}}}`, id)
		require.Equal(t, "40037", code(c.as("access_token", b, send, message)), "the template of another account")
		require.Equal(t, "40037", code(c.as("access_token", own, send, message)))
		require.Equal(t, "0", code(c.as("access_token", a, send, message)))
		require.Equal(t, "/wx/wxA/callback", <-c.heard, "TEMPLATESENDJOBFINISH")
		synctest.Wait() // until the delivery is recorded
		deliveries := c.p.Deliveries()
		require.Contains(t, string(deliveries[len(deliveries)-1].Message), "<ToUserName><![CDATA[gh_A]]>")

		var callers []string
		for _, call := range c.p.Calls(send) {
			callers = append(callers, call.AppID)
		}
		require.Equal(t, []string{"wxB", wechattest.DefaultAppID, "wxA"}, callers)
		require.Empty(t, c.p.Calls("/cgi-bin/component/api_component_token")[0].AppID)

		notice := c.as("access_token", a, "/wxaapi/newtmpl/addtemplate", `{"tid":"307","kidList":[1,3],"sceneDesc":"x"}`)["priTmplId"].(string)
		require.Empty(t, c.get("/wxaapi/newtmpl/gettemplate", "access_token="+b)["data"])
		require.Len(t, c.get("/wxaapi/newtmpl/gettemplate", "access_token="+a)["data"], 1)
		require.Equal(t, "40037", code(c.as("access_token", b, "/cgi-bin/message/subscribe/bizsend",
			fmt.Sprintf(`{"touser":"oLiLei","template_id":%q,"data":{"thing1":{"value":"a"},"thing3":{"value":"b"}}}`, notice))))
		require.Equal(t, "200002", code(c.as("access_token", b, "/wxaapi/newtmpl/deltemplate", fmt.Sprintf(`{"priTmplId":%q}`, notice))))

		sent := c.as("access_token", b, "/cgi-bin/message/mass/send", `{"touser":["oLiLei","oHan"],"msgtype":"text","text":{"content":"hi"}}`)
		require.Equal(t, "0", code(sent), "%v", sent)
		require.Equal(t, "/wx/wxB/callback", <-c.heard, "MASSSENDJOBFINISH")
		var senders []string
		for _, m := range c.p.Messages("oLiLei") {
			senders = append(senders, m.AppID)
		}
		require.Equal(t, []string{"wxA", "wxB"}, senders)

		id = c.as("access_token", own, add, `{"template_id_short":"TM00015"}`)["template_id"].(string)
		require.Equal(t, "0", code(c.as("access_token", own, send, fmt.Sprintf(
			`{"touser":"oLiLei","template_id":%q,"data":{"keyword1":{"value":"a"},"keyword2":{"value":"b"}}}`, id))))
		require.Equal(t, "/wx/"+wechattest.DefaultAppID+"/callback", <-c.heard)
	})
}
