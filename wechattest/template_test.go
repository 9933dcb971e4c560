package wechattest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// areaTest is an account with a bot, and a caller of its API with a good token.
type areaTest struct {
	api
	bot   *stranger
	token string
}

func newAreaTest(t *testing.T) areaTest {
	t.Helper()
	p, bot, _ := newStranger(t, wechattest.Config{TokenLife: 10_000 * time.Hour}, nil)
	a := areaTest{api: api{t, p, p.Client(), p.URL()}, bot: bot}
	a.token = a.classic().AccessToken
	return a
}

// get calls an endpoint and returns its answer.
func (a areaTest) get(path, query string) map[string]any {
	a.t.Helper()
	q, err := url.ParseQuery(query)
	require.NoError(a.t, err)
	q.Set("access_token", a.token)
	return a.object(a.do("GET", path, q, ""))
}

func (a areaTest) send(path, body string) map[string]any {
	a.t.Helper()
	return a.object(a.post(a.token, path, body))
}

func (a areaTest) object(got answer) map[string]any {
	a.t.Helper()
	require.Equal(a.t, http.StatusOK, got.Status)
	var m map[string]any
	dec := json.NewDecoder(strings.NewReader(got.Body))
	dec.UseNumber()
	require.NoError(a.t, dec.Decode(&m), "%s", got.Body)
	return m
}

// code is what a call answers as errcode; absent is 0.
func code(answer map[string]any) string {
	if c, ok := answer["errcode"]; ok {
		return fmt.Sprint(c)
	}
	return "0"
}

// lastEvent waits for what the last call has caused, and returns the newest event
// that reached the bot.
func (a areaTest) lastEvent() inbound {
	a.t.Helper()
	synctest.Wait()
	got := a.bot.messages()
	require.NotEmpty(a.t, got, "the bot heard nothing")
	return got[len(got)-1]
}

func TestIndustry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		require.Equal(t, map[string]any{
			"primary_industry":   map[string]any{"first_class": "IT科技", "second_class": "互联网|电子商务"},
			"secondary_industry": map[string]any{"first_class": "IT科技", "second_class": "IT软件与服务"},
		}, a.get("/cgi-bin/template/get_industry", ""))

		require.Equal(t, "0", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"OPENTM15"}`)))
		require.Equal(t, "0", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"99","keyword_name_list":["内容"]}`)))
		var industries []any
		for _, row := range a.get("/cgi-bin/template/get_all_private_template", "")["template_list"].([]any) {
			industries = append(industries, row.(map[string]any)["primary_industry"])
		}
		require.Equal(t, []any{"IT科技", ""}, industries)
		require.Equal(t, "40102", code(a.send("/cgi-bin/template/api_set_industry", `{"industry_id1":"1","industry_id2":"42"}`)))
		require.Equal(t, "40102", code(a.send("/cgi-bin/template/api_set_industry", `{"industry_id1":"0","industry_id2":"1"}`)))
		require.Equal(t, "40102", code(a.send("/cgi-bin/template/api_set_industry", `{"industry_id1":"bank","industry_id2":"1"}`)))
		require.Equal(t, "0", code(a.send("/cgi-bin/template/api_set_industry", `{"industry_id1":"7","industry_id2":"10"}`)))
		require.Equal(t, "43100", code(a.send("/cgi-bin/template/api_set_industry", `{"industry_id1":"1","industry_id2":"2"}`)))
		require.Contains(t, fmt.Sprint(a.get("/cgi-bin/template/get_industry", "")), "银行")
		list := a.get("/cgi-bin/template/get_all_private_template", "")["template_list"].([]any)
		require.Len(t, list, 1, "the template of the industry that was left is gone")

		a.p.Advance(31 * 24 * time.Hour)
		require.Equal(t, "0", code(a.send("/cgi-bin/template/api_set_industry", `{"industry_id1":"1","industry_id2":"41"}`)))
	})
}

func TestTemplates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		require.Equal(t, "40246", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"99"}`)))
		require.Equal(t, "40246", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"99","keyword_name_list":["a",""]}`)))
		require.Equal(t, "40037", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"short"}`)))
		require.Equal(t, "47001", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":[1]}`)))
		var id any
		for range 25 {
			added := a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"99","keyword_name_list":["商品","时间"]}`)
			require.Equal(t, "0", code(added))
			id = added["template_id"]
			require.Len(t, id, 43)
		}
		require.Equal(t, "45026", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"TM00015"}`)))
		list := a.get("/cgi-bin/template/get_all_private_template", "")["template_list"].([]any)
		require.Len(t, list, 25)
		require.Equal(t, map[string]any{
			"template_id": id, "title": "模板 99", "primary_industry": "", "deputy_industry": "",
			"content": "商品:{{thing1.DATA}}\n时间:{{thing2.DATA}}\n", "example": "商品:示例\n时间:示例\n",
		}, list[24])
		require.Equal(t, "0", code(a.send("/cgi-bin/template/del_private_template", fmt.Sprintf(`{"template_id":%q}`, id))))
		require.Equal(t, "40037", code(a.send("/cgi-bin/template/del_private_template", fmt.Sprintf(`{"template_id":%q}`, id))))
		require.Equal(t, "0", code(a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"TM00015"}`)))
	})
}

func TestTemplateMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		id := a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"99","keyword_name_list":["商品","时间"]}`)["template_id"]
		body := func(openid string, template any, rest string) string {
			return fmt.Sprintf(`{"touser":%q,"template_id":%q,%s}`, openid, template, rest)
		}
		const data = `"data":{"thing1":{"value":"车票","color":"#173177"},"thing2":{"value":"今天"}}`
		send := func(body string) map[string]any { return a.send("/cgi-bin/message/template/send", body) }

		require.Equal(t, "40003", code(send(body("oNobody", id, data))))
		require.Equal(t, "40037", code(send(body("oLiLei", "UNKNOWN", data))))
		require.Equal(t, "40013", code(send(body("oLiLei", id, `"miniprogram":{"pagepath":"index"},`+data))))
		missing := send(body("oLiLei", id, `"data":{"thing1":{"value":"车票"}}`))
		require.Equal(t, "47003", code(missing))
		require.Contains(t, missing["errmsg"], "data.thing2.value is empty")
		require.Equal(t, "47003", code(send(body("oLiLei", id, `"data":{"thing1":{"value":"一二三四五六七八九十一二三四五六七八九十一"},"thing2":{"value":"今天"}}`))))
		require.Empty(t, a.p.Messages("oLiLei"))

		sent := send(body("oLiLei", id, `"url":"https://example.com/?a=1&b=2","miniprogram":{"appid":"wx1","pagepath":"index"},`+data))
		require.Equal(t, "0", code(sent))
		got := a.p.Messages("oLiLei")
		require.Len(t, got, 1)
		require.Equal(t, wechattest.ViaTemplate, got[0].Via)
		require.Equal(t, "商品:车票\n时间:今天\n", got[0].Content)
		require.Equal(t, "模板 99", got[0].Title)
		event := a.lastEvent()
		require.Equal(t, "TEMPLATESENDJOBFINISH", event.Event)
		require.Equal(t, "oLiLei", event.FromUserName)
		require.Contains(t, string(event.XML), fmt.Sprintf("<MsgID>%v</MsgID>", sent["msgid"]))
		require.Contains(t, string(event.XML), "<Status><![CDATA[success]]></Status>")

		// one delivery per client_msg_id within ten minutes
		first := send(body("oLiLei", id, `"client_msg_id":"order-1",`+data))
		again := send(body("oLiLei", id, `"client_msg_id":"order-1",`+data))
		require.Equal(t, first["msgid"], again["msgid"])
		require.Len(t, a.p.Messages("oLiLei"), 2)
		a.p.Advance(10*time.Minute - time.Second)
		require.Equal(t, first["msgid"], send(body("oLiLei", id, `"client_msg_id":"order-1",`+data))["msgid"])
		a.p.Advance(time.Second)
		require.NotEqual(t, first["msgid"], send(body("oLiLei", id, `"client_msg_id":"order-1",`+data))["msgid"])
		require.Len(t, a.p.Messages("oLiLei"), 3)

		synctest.Wait() // events of different sends come in any order
		li.MuteTemplates(true)
		require.Equal(t, "0", code(send(body("oLiLei", id, data))))
		require.Contains(t, string(a.lastEvent().XML), "<![CDATA[failed:user block]]>")
		require.Len(t, a.p.Messages("oLiLei"), 3)
		li.MuteTemplates(false)

		_, err := li.Unfollow()
		require.NoError(t, err)
		require.Equal(t, "43004", code(send(body("oLiLei", id, data))))
	})
}

// TestTemplateMessageWithoutBot sends where nobody would hear the event.
func TestTemplateMessageWithoutBot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := areaTest{api: newAPI(t, wechattest.Config{})}
		a.token = a.classic().AccessToken
		a.p.User("oLiLei")
		id := a.send("/cgi-bin/template/api_add_template", `{"template_id_short":"TM00015"}`)["template_id"]
		require.Equal(t, "0", code(a.send("/cgi-bin/message/template/send",
			fmt.Sprintf(`{"touser":"oLiLei","template_id":%q,"data":{"keyword1":{"value":"a"},"keyword2":{"value":"b"}}}`, id))))
		require.Equal(t, "\n内容:a\n时间:b\n", a.p.Messages("oLiLei")[0].Content)
	})
}

func TestBlockedTemplateMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		for i := range 3 {
			a.p.BlockTemplateMessage("BLOCK_1", "oLiLei", "标题", fmt.Sprint("内容", i))
		}
		a.p.BlockTemplateMessage("BLOCK_2", "oLiLei", "标题", "别的")
		query := func(id string, largest any, limit int) map[string]any {
			return a.send("/wxa/sec/queryblocktmplmsg", fmt.Sprintf(`{"tmpl_msg_id":%q,"largest_id":%v,"limit":%d}`, id, largest, limit))
		}
		require.Equal(t, "40097", code(query("BLOCK_1", 0, 0)))
		require.Equal(t, "40097", code(query("BLOCK_1", 0, 101)))
		require.Equal(t, []any{}, query("BLOCK_3", 0, 100)["msginfo"])
		require.Equal(t, []any{}, query("BLOCK_3", 0, 1)["msginfo"])
		rows := query("BLOCK_1", 0, 2)["msginfo"].([]any)
		require.Len(t, rows, 2)
		row := rows[1].(map[string]any)
		require.Equal(t, "内容1", row["content"])
		require.Equal(t, "标题", row["title"])
		require.Equal(t, "BLOCK_1", row["tmpl_msg_id"])
		require.Equal(t, "oLiLei", row["openid"])
		require.Equal(t, fmt.Sprint(time.Now().Unix()), fmt.Sprint(row["send_timestamp"]))
		rest := query("BLOCK_1", row["id"], 2)["msginfo"].([]any)
		require.Len(t, rest, 1)
		require.Equal(t, "内容2", rest[0].(map[string]any)["content"])
	})
}

func TestOneTimeSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		page := func(change func(url.Values)) string {
			q := url.Values{
				"action": {"get_confirm"}, "appid": {wechattest.DefaultAppID}, "scene": {"1000"}, "template_id": {"TEMPLATE"},
				"redirect_url": {"https://shop.example.com/back?order=7"}, "reserved": {"x y"},
			}
			change(q)
			return "https://mp.weixin.qq.com/mp/subscribemsg?" + q.Encode() + "#wechat_redirect"
		}
		for want, address := range map[string]string{
			"is not its address":        "https://mp.weixin.qq.com/mp/other#wechat_redirect",
			"action is":                 page(func(q url.Values) { q.Del("action") }),
			"is not the account's":      page(func(q url.Values) { q.Set("appid", "wx0") }),
			"is not 0 to 10000":         page(func(q url.Values) { q.Set("scene", "10001") }),
			`scene "" is not`:           page(func(q url.Values) { q.Del("scene") }),
			"template_id is missing":    page(func(q url.Values) { q.Del("template_id") }),
			"is not an address":         page(func(q url.Values) { q.Set("redirect_url", "/back") }),
			"reserved has more than":    page(func(q url.Values) { q.Set("reserved", strings.Repeat("x", 129)) }),
			"end in #wechat_redirect":   strings.TrimSuffix(page(func(url.Values) {}), "#wechat_redirect"),
			"wechattest: consent page:": "://",
		} {
			_, err := li.ConsentOnce(address)
			require.ErrorContains(t, err, want)
		}
		good := page(func(url.Values) {})
		for _, address := range []string{
			strings.Replace(good, "https:", "http:", 1), strings.Replace(good, "mp.weixin.qq.com", "mp.example.com", 1),
			page(func(q url.Values) { q.Set("redirect_url", "https://[x") }),
		} {
			_, err := li.ConsentOnce(address)
			require.Error(t, err, address)
		}

		send := func(rest string) map[string]any {
			return a.send("/cgi-bin/message/template/subscribe", `{"touser":"oLiLei","template_id":"TEMPLATE","scene":"1000",`+rest+`}`)
		}
		const full = `"url":"https://example.com","title":"发货","data":{"content":{"value":"已发货","color":"red"}}`
		require.Equal(t, "43101", code(send(full)))

		back, err := li.ConsentOnce(page(func(url.Values) {}))
		require.NoError(t, err)
		require.Equal(t, "shop.example.com/back", back.Host+back.Path)
		require.Equal(t, url.Values{
			"order": {"7"}, "openid": {"oLiLei"}, "template_id": {"TEMPLATE"}, "action": {"confirm"}, "scene": {"1000"}, "reserved": {"x y"},
		}, back.Query())

		require.Equal(t, "40062", code(send(`"data":{"content":{"value":"已发货"}}`)))
		require.Equal(t, "47003", code(send(`"title":"发货","data":{}`)))
		require.Equal(t, "40013", code(send(`"miniprogram":{"pagepath":"p"},`+full)))
		require.Equal(t, "40003", code(a.send("/cgi-bin/message/template/subscribe", `{"touser":"oNobody",`+full+`}`)))
		require.Equal(t, "40037", code(a.send("/cgi-bin/message/template/subscribe", `{"touser":"oLiLei","scene":"1000",`+full+`}`)))
		require.Equal(t, "0", code(send(full)))
		require.Equal(t, "43101", code(send(full)), "a consent is for one message")
		got := a.p.Messages("oLiLei")
		require.Len(t, got, 1)
		require.Equal(t, wechattest.ViaOneTime, got[0].Via)
		require.Equal(t, "发货 已发货", got[0].Title+" "+got[0].Content)
	})
}

// The bounds of a one-time subscription: of its page and of its message.
func TestOneTimeLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		consent := func(scene, reserved string) error {
			q := url.Values{
				"action": {"get_confirm"}, "appid": {wechattest.DefaultAppID}, "scene": {scene}, "template_id": {"TEMPLATE"},
				"redirect_url": {"https://shop.example.com/"}, "reserved": {reserved},
			}
			_, err := li.ConsentOnce("https://mp.weixin.qq.com/mp/subscribemsg?" + q.Encode() + "#wechat_redirect")
			return err
		}
		for scene, taken := range map[string]bool{"0": true, "10000": true, "-1": false, "10001": false} {
			require.Equal(t, taken, consent(scene, "") == nil, "scene %s", scene)
		}
		for n, taken := range map[int]bool{128: true, 129: false} {
			require.Equal(t, taken, consent("1", strings.Repeat("x", n)) == nil, "reserved of %d bytes", n)
		}
		for _, row := range []struct {
			title, content int // characters
			code           string
		}{
			{1, 1, "0"}, {15, 200, "0"},
			{16, 1, "40062"}, {0, 1, "40062"},
			{1, 201, "47003"}, {1, 0, "47003"},
		} {
			require.NoError(t, consent("1", ""))
			require.Equal(t, row.code, code(a.send("/cgi-bin/message/template/subscribe", fmt.Sprintf(
				`{"touser":"oLiLei","template_id":"TEMPLATE","scene":1,"title":%q,"data":{"content":{"value":%q}}}`,
				strings.Repeat("字", row.title), strings.Repeat("字", row.content)))), "%+v", row)
		}
	})
}
