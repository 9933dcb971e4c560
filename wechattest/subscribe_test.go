package wechattest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestNoticeLibrary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		require.Equal(t, "[map[id:307 name:IT科技] map[id:616 name:公交]]", fmt.Sprint(a.get("/wxaapi/newtmpl/getcategory", "")["data"]))

		for query, want := range map[string]string{
			"start=0&limit=30":             "200018",
			"ids=616&limit=30":             "200016",
			"ids=616&start=-1&limit=30":    "200016",
			"ids=616&start=0":              "200017",
			"ids=616&start=0&limit=31":     "200017",
			"ids=616&start=0&limit=0":      "200017",
			"ids=616&start=0&limit=1":      "0",
			"ids=616&start=x&limit=30":     "200016",
			"ids=616,x&start=0&limit=30":   "200019",
			"ids=616,1&start=0&limit=30":   "200019",
			"ids=616,307&start=0&limit=30": "0",
		} {
			require.Equal(t, want, code(a.get("/wxaapi/newtmpl/getpubtemplatetitles", query)), query)
		}
		titles := a.get("/wxaapi/newtmpl/getpubtemplatetitles", "ids=616,307&start=1&limit=1")
		require.Equal(t, "3", fmt.Sprint(titles["count"]))
		require.Equal(t, "[map[categoryId:616 tid:307 title:行程变更通知 type:3]]", fmt.Sprint(titles["data"]))

		require.Equal(t, "200014", code(a.get("/wxaapi/newtmpl/getpubtemplatekeywords", "tid=1")))
		keywords := a.get("/wxaapi/newtmpl/getpubtemplatekeywords", "tid=99")
		require.Equal(t, "6", fmt.Sprint(keywords["count"]))
		require.Equal(t, map[string]any{"kid": keywords["data"].([]any)[2].(map[string]any)["kid"], "name": "商品名称", "example": "车票", "rule": "thing"},
			keywords["data"].([]any)[2])
	})
}

func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		add := func(body string) map[string]any { return a.send("/wxaapi/newtmpl/addtemplate", body) }
		for body, want := range map[string]string{
			`{"tid":"1","kidList":[1,2],"sceneDesc":"购票"}`:                "200014",
			`{"tid":"99","kidList":[1],"sceneDesc":"购票"}`:                 "200020",
			`{"tid":"99","kidList":[1,2,3,4,5,6],"sceneDesc":"购票"}`:       "200020",
			`{"tid":"99","kidList":[1,9],"sceneDesc":"购票"}`:               "200020",
			`{"tid":"99","kidList":[1,1],"sceneDesc":"购票"}`:               "200020",
			`{"tid":"99","kidList":[1,2],"sceneDesc":""}`:                 "200021",
			`{"tid":"99","kidList":[1,2],"sceneDesc":"一二三四五六七八九十一二三四五六"}`: "200021",
			`{"tid":[99],"kidList":[1,2],"sceneDesc":"购票"}`:               "47001",
		} {
			require.Equal(t, want, code(add(body)), body)
		}
		id := add(`{"tid":"99","kidList":[3,2],"sceneDesc":"一二三四五六七八九十一二三四五"}`)["priTmplId"]
		require.Len(t, id, 43)
		require.Equal(t, []any{map[string]any{
			"priTmplId": id, "title": "付款成功通知", "content": "商品名称:{{thing3.DATA}}\n付款时间:{{time2.DATA}}\n",
			"example": "商品名称:车票\n付款时间:2026年1月1日 12:00\n", "type": a.get("/wxaapi/newtmpl/gettemplate", "")["data"].([]any)[0].(map[string]any)["type"],
		}}, a.get("/wxaapi/newtmpl/gettemplate", "")["data"])
		require.Equal(t, "0", code(a.send("/wxaapi/newtmpl/deltemplate", fmt.Sprintf(`{"priTmplId":%q}`, id))))
		require.NotEqual(t, "0", code(a.send("/wxaapi/newtmpl/deltemplate", fmt.Sprintf(`{"priTmplId":%q}`, id))))
		require.Equal(t, []any{}, a.get("/wxaapi/newtmpl/gettemplate", "")["data"])
		added := 0
		for kids := range 1 << 6 { // each list of two to five of the six keywords
			var list []string
			for kid := range 6 {
				if kids>>kid&1 == 1 {
					list = append(list, fmt.Sprint(kid+1))
				}
			}
			if len(list) < 2 || len(list) > 5 {
				continue
			}
			body := `{"tid":"99","kidList":[` + strings.Join(list, ",") + `],"sceneDesc":"购票"}`
			if added++; added > 50 {
				require.Equal(t, "200012", code(add(body)))
				break
			}
			require.Equal(t, "0", code(add(body)), body)
			if added == 1 {
				require.Equal(t, "200022", code(add(body)), "the same title and keywords")
			}
		}
		require.Equal(t, 51, added)
	})
}

// How long the values of a notice may be, by the kinds of its keywords.
func TestNoticeValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		for keyword, row := range map[string]struct {
			tid, kids, data string
			most            int
		}{
			"thing3":            {"99", "3,2", `"time2":{"value":"今天"}`, 20},
			"character_string4": {"99", "4,2", `"time2":{"value":"今天"}`, 32},
			"name5":             {"99", "5,2", `"time2":{"value":"今天"}`, 20},
			"number3":           {"401", "3,2", `"date2":{"value":"今天"}`, 32},
		} {
			id := a.send("/wxaapi/newtmpl/addtemplate", `{"tid":"`+row.tid+`","kidList":[`+row.kids+`],"sceneDesc":"x"}`)["priTmplId"].(string)
			for length, want := range map[int]string{1: "0", row.most: "0", row.most + 1: "47003", 0: "47003"} {
				_, err := li.AnswerPopup(wechattest.Consent{TemplateID: id, Status: "accept"})
				require.NoError(t, err)
				require.Equal(t, want, code(a.send("/cgi-bin/message/subscribe/bizsend", fmt.Sprintf(
					`{"touser":"oLiLei","template_id":%q,"data":{%q:{"value":%q},%s}}`, id, keyword, strings.Repeat("1", length), row.data))), "%s of %d", keyword, length)
			}
		}
	})
}

func TestNoticeMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		once := a.send("/wxaapi/newtmpl/addtemplate", `{"tid":"99","kidList":[3,2],"sceneDesc":"购票"}`)["priTmplId"].(string)
		always := a.send("/wxaapi/newtmpl/addtemplate", `{"tid":"307","kidList":[1,2],"sceneDesc":"变更"}`)["priTmplId"].(string)
		send := func(openid, template, data string) map[string]any {
			return a.send("/cgi-bin/message/subscribe/bizsend", fmt.Sprintf(
				`{"touser":%q,"template_id":%q,"page":"https://example.com","data":{%s}}`, openid, template, data))
		}
		const ticket = `"thing3":{"value":"车票"},"time2":{"value":"2026年1月1日"}`
		const trip = `"thing1":{"value":"一号线"},"time2":{"value":"2026年1月1日"}`

		require.Equal(t, "40003", code(send("oNobody", once, ticket)))
		require.Equal(t, "40037", code(send("oLiLei", "UNKNOWN", ticket)))
		require.Equal(t, "47003", code(send("oLiLei", once, `"thing3":{"value":"车票"}`)))
		require.Equal(t, "47003", code(send("oLiLei", once, `"thing3":{"value":"`+strings.Repeat("票", 21)+`"},"time2":{"value":"今天"}`)))
		require.Equal(t, "40013", code(a.send("/cgi-bin/message/subscribe/bizsend",
			fmt.Sprintf(`{"touser":"oLiLei","template_id":%q,"miniprogram":{"pagepath":"p"},"data":{%s}}`, once, ticket))))
		require.Equal(t, "43101", code(send("oLiLei", once, ticket)), "nobody has asked the user")

		_, err := li.AnswerPopup(
			wechattest.Consent{TemplateID: once, Status: "accept", Scene: 1},
			wechattest.Consent{TemplateID: always, Status: "accept", Scene: 1},
			wechattest.Consent{TemplateID: "UNKNOWN", Status: "accept", Scene: 1})
		require.NoError(t, err)
		require.Equal(t, "subscribe_msg_popup_event", a.lastEvent().Event)

		require.Equal(t, "0", code(send("oLiLei", once, ticket)))
		event := a.lastEvent()
		require.Equal(t, "subscribe_msg_sent_event", event.Event)
		require.Contains(t, string(event.XML), "<TemplateId><![CDATA["+once+"]]></TemplateId>")
		require.Contains(t, string(event.XML), "<ErrorCode>0</ErrorCode>")
		require.Equal(t, "43101", code(send("oLiLei", once, ticket)), "a consent is for one message")
		got := a.p.Messages("oLiLei")
		require.Len(t, got, 1)
		require.Equal(t, wechattest.ViaSubscribe, got[0].Via)
		require.Equal(t, "商品名称:车票\n付款时间:2026年1月1日", got[0].Content)

		for range 3 {
			require.Equal(t, "0", code(send("oLiLei", always, trip)))
		}
		_, err = li.ChangeConsent(wechattest.Consent{TemplateID: always, Status: "reject"})
		require.NoError(t, err)
		require.Equal(t, "43101", code(send("oLiLei", always, trip)))
	})
}
