package wechattest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// This file is about what clients of others send and expect.

// Some clients post where the documents say GET, and the other way round.
func TestEitherVerb(t *testing.T) {
	c := newCaller(t)
	for _, path := range []string{"/cgi-bin/template/get_industry", "/cgi-bin/template/get_all_private_template", "/cgi-bin/material/get_materialcount"} {
		require.Zero(t, c.get(path).Code, path)
		require.Zero(t, c.send(path, "{}").Code, path)
		require.Zero(t, c.send(path, "").Code, path)
	}
	ticket := c.get("/cgi-bin/ticket/getticket", "type", "jsapi").Ticket
	require.NotEmpty(t, ticket)
	require.Equal(t, ticket, c.do("POST", "/cgi-bin/ticket/getticket", url.Values{"access_token": {c.token}, "type": {"jsapi"}}, "").Ticket)

	for i := range 2 {
		require.Zero(t, c.send("/customservice/kfaccount/add", fmt.Sprintf(`{"kf_account":"a%d@gh","nickname":"n"}`, i)).Code)
	}
	require.Contains(t, c.get("/customservice/getkflist").Body, `"kf_id":1001`)
	require.Equal(t, c.get("/cgi-bin/customservice/getkflist").Body, c.get("/customservice/getkflist").Body)
	require.Equal(t, 65401, c.get("/customservice/kfaccount/del").Code)
	require.Zero(t, c.get("/customservice/kfaccount/del", "kf_account", "a0@gh").Code)
	require.Zero(t, c.send("/customservice/kfaccount/del", `{"kf_account":"a1@gh"}`).Code)
	require.Equal(t, 43001, c.send("/cgi-bin/getcallbackip", "{}").Code)
}

// Numbers may be quoted, and ids that are texts may come as numbers.
func TestQuotedNumbers(t *testing.T) {
	c := newCaller(t)
	c.p.User("oA")
	require.Zero(t, c.send("/cgi-bin/tags/create", `{"tag":{"name":"vip"}}`).Code)
	for path, body := range map[string]string{
		"/cgi-bin/tags/create":                 `{"tag":{"id":"0","name":"other"}}`,
		"/cgi-bin/tags/members/batchtagging":   `{"openid_list":["oA"],"tagid":"100"}`,
		"/cgi-bin/user/tag/get":                `{"tagid":"100","next_openid":""}`,
		"/cgi-bin/draft/batchget":              `{"offset":"0","count":"20","no_content":"1"}`,
		"/cgi-bin/freepublish/batchget":        `{"offset":"0","count":"20","no_content":"0"}`,
		"/cgi-bin/material/batchget_material":  `{"type":"image","offset":"0","count":"20"}`,
		"/cgi-bin/qrcode/create":               `{"action_name":"QR_SCENE","expire_seconds":"60","action_info":{"scene":{"scene_id":"7"}}}`,
		"/cgi-bin/shorten/gen":                 `{"long_data":"x","expire_seconds":"60"}`,
		"/cgi-bin/message/mass/speed/set":      `{"speed":"1"}`,
		"/customservice/msgrecord/getmsglist":  `{"starttime":"1","endtime":"2","msgid":"1","number":"10"}`,
		"/wxaapi/newtmpl/addtemplate":          `{"tid":99,"kidList":["1","2"],"sceneDesc":"x"}`,
		"/wxa/sec/queryblocktmplmsg":           `{"tmpl_msg_id":"1","largest_id":"0","limit":"10"}`,
		"/cgi-bin/message/mass/sendall":        `{"filter":{"is_to_all":false,"tag_id":2},"msgtype":"text","text":{"content":"x"}}`,
		"/cgi-bin/menu/create":                 menuBody,
		"/cgi-bin/template/api_add_template":   `{"template_id_short":"TM00015"}`,
		"/cgi-bin/tags/members/batchuntagging": `{"openid_list":["oA"],"tagid":"2"}`,
		"/cgi-bin/message/mass/speed/get":      `{}`,
	} {
		require.Zero(t, c.send(path, body).Code, path)
	}
	require.Equal(t, 47001, c.send("/cgi-bin/draft/batchget", `{"offset":"first","count":"20"}`).Code)
	require.Equal(t, 47001, c.send("/cgi-bin/draft/batchget", `{"offset":[0],"count":20}`).Code)
}

// The platform takes escapes in template and subscription messages; elsewhere not.
func TestEscapes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		id := a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"99","keyword_name_list":["名"]}`)["template_id"]
		a.p.User("oA")
		body := fmt.Sprintf(`{"touser":"oA","template_id":%q,"data":{"thing1":{"value":"\u4f60"}}}`, id)
		require.Equal(t, "0", code(a.send("/cgi-bin/message/template/send", body)))
		require.Contains(t, a.p.Messages("oA")[0].Content, "你")
		require.Equal(t, "40037", code(a.send("/cgi-bin/message/subscribe/bizsend", `{"touser":"oA","data":{"a":{"value":"\u4f60"}}}`)))
		require.Equal(t, "40037", code(a.send("/cgi-bin/message/template/subscribe", `{"touser":"oA","title":"\u4f60"}`)))
		require.Equal(t, "44002", code(a.send("/cgi-bin/message/template/send", "")))
		require.Equal(t, "47001", code(a.send("/cgi-bin/message/template/send", "{")))
		require.Equal(t, "47002", code(a.send("/cgi-bin/message/custom/send", `{"touser":"oA","msgtype":"text","text":{"content":"\u4f60"}}`)))
	})
}

// bizsend answers the id of the event that tells how it went, and sends once for a
// client_msg_id.
func TestNoticeID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		id := a.send("/wxaapi/newtmpl/addtemplate", `{"tid":"307","kidList":[1,3],"sceneDesc":"x"}`)["priTmplId"].(string)
		u := a.p.User("oA")
		_, err := u.AnswerPopup(wechattest.Consent{TemplateID: id, Status: "accept"})
		require.NoError(t, err)
		body := `{"touser":"oA","template_id":"` + id + `","client_msg_id":"c1","data":{"thing1":{"value":"a"},"thing3":{"value":"b"}}}`
		sent := a.send("/cgi-bin/message/subscribe/bizsend", body)
		require.Equal(t, "0", code(sent))
		require.Contains(t, string(a.lastEvent().XML), "<MsgID>"+fmt.Sprint(sent["msgid"])+"</MsgID>")
		require.Equal(t, sent["msgid"], a.send("/cgi-bin/message/subscribe/bizsend", body)["msgid"])
		require.Len(t, a.p.Messages("oA"), 1)
	})
}

// Ids of mass sends survive a float64, which is how JavaScript reads them.
func TestMassIDsAreExactFloats(t *testing.T) {
	c, _ := massCaller(t)
	var got massAnswer
	c.send("/cgi-bin/message/mass/sendall", `{"filter":{"is_to_all":true},"msgtype":"text","text":{"content":"x"}}`).read(t, &got)
	require.Positive(t, got.MsgID)
	require.Less(t, got.MsgID, int64(1)<<53)
	require.Equal(t, 45067, c.send("/cgi-bin/message/mass/sendall", `{"clientmsgid":"`+strings.Repeat("x", 33)+`","filter":{"is_to_all":true},"msgtype":"text","text":{"content":"x"}}`).Code)
	require.Zero(t, c.send("/cgi-bin/message/mass/sendall", `{"clientmsgid":"`+strings.Repeat("x", 32)+`","filter":{"is_to_all":true},"msgtype":"text","text":{"content":"x"}}`).Code)
}

// Texts and names that the platform does not take.
func TestSettledLimits(t *testing.T) {
	c := newCaller(t)
	c.p.Bot(fixed("success"))
	_, err := c.p.User("oA").Text("hi")
	require.NoError(t, err)
	text := func(n int) string { return strings.Repeat("x", n) }
	c.holds([]limit{
		{"remark: 29 bytes", "/cgi-bin/user/info/updateremark", `{"openid":"oA","remark":"` + text(29) + `"}`, `{"openid":"oA","remark":"` + strings.Repeat("字", 10) + `"}`, 1, 40092},
		{"text: 2048 bytes", "/cgi-bin/message/custom/send", `{"touser":"oA","msgtype":"text","text":{"content":"` + text(2048) + `"}}`, `{"touser":"oA","msgtype":"text","text":{"content":"` + text(2049) + `"}}`, 1, 45002},
		{"menu text: 2048 bytes", "/cgi-bin/message/custom/send", `{"touser":"oA","msgtype":"msgmenu","msgmenu":{"head_content":"` + text(2046) + `","list":[{"id":1,"content":"a"}]}}`, `{"touser":"oA","msgtype":"msgmenu","msgmenu":{"head_content":"` + text(2047) + `","list":[{"id":1,"content":"a"}]}}`, 1, 45002},
		{"agent: 16 characters", "/customservice/kfaccount/add", `{"kf_account":"a#@gh","nickname":"` + strings.Repeat("字", 16) + `"}`, `{"kf_account":"a#@gh","nickname":"` + strings.Repeat("字", 17) + `"}`, 1, 65403},
		{"sub button: 60 bytes", "/cgi-bin/menu/create", `{"button":[{"name":"a","sub_button":[{"type":"click","key":"k","name":"` + text(60) + `"}]}]}`, `{"button":[{"name":"a","sub_button":[{"type":"click","key":"k","name":"` + text(61) + `"}]}]}`, 1, 40025},
	})
}

// A fault on every path leaves the pages of the browser alone; one that names a page
// strikes it.
func TestFaultsPassOverPages(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	client := p.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	page := "https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + p.Config().AppID + "&redirect_uri=http%3A%2F%2Fa.test&response_type=code&scope=snsapi_base&state=s"
	status := func() int {
		resp, err := client.Get(page)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	for _, path := range []string{"", "*", "/*", "/connect/*"} {
		remove := p.Inject(wechattest.Rule{Path: path, Fault: wechattest.HTTPStatus(502)})
		require.Equal(t, http.StatusFound, status(), path)
		remove()
	}
	p.Inject(wechattest.Rule{Path: "/connect/oauth2/authorize", Fault: wechattest.HTTPStatus(502)})
	require.Equal(t, http.StatusBadGateway, status())
}

// The older address of the authorization page on a phone.
func TestAuthorizeOnThePhone(t *testing.T) {
	c := newComponentTest(t)
	c.login()
	for _, address := range []string{"open.weixin.qq.com/wxaopen/safe/bindcomponent", "mp.weixin.qq.com/safe/bindcomponent"} {
		code := c.post("/cgi-bin/component/api_create_preauthcode", `{"component_appid":"`+c.p.Config().ComponentAppID+`"}`)["pre_auth_code"].(string)
		page := "https://" + address + "?action=bindcomponent&no_scan=1&auth_type=3&component_appid=" + c.p.Config().ComponentAppID +
			"&pre_auth_code=" + url.QueryEscape(code) + "&redirect_uri=https%3A%2F%2Fa.test%2Fback#wechat_redirect"
		resp, err := c.p.Client().Get(page)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
		back, err := c.p.Authorize(page, "wx0000000000000001")
		require.NoError(t, err, address)
		require.Contains(t, back, "auth_code=")
	}
}

// The platform and its browsers accept addresses with a raw percent sign.
func TestRawPercentSign(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	user := p.User("oLiLei")
	redirect := "https://example.com/100%?rate=5%"
	for _, page := range []string{
		"https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + p.Config().AppID + "&redirect_uri=" + url.QueryEscape(redirect) +
			"&response_type=code&scope=snsapi_base&state=s#wechat_redirect",
	} {
		back, err := user.Authorize(page)
		require.NoError(t, err)
		require.Equal(t, "/100%", back.Path)
		require.Equal(t, "s", back.Query().Get("state"))
	}
	oa, err := p.Client().Post(p.URL()+"/cgi-bin/menu/create?access_token="+p.IssueToken(), "application/json",
		strings.NewReader(`{"button":[{"type":"view","name":"v","url":"`+redirect+`"}]}`))
	require.NoError(t, err)
	defer oa.Body.Close()
	answer, err := io.ReadAll(oa.Body)
	require.NoError(t, err)
	require.Contains(t, string(answer), `"errcode":0`)
}
