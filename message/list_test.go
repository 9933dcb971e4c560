package message_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// forms are the forms that a list of JSON objects comes in.
func forms(name string, entries ...string) map[string]string {
	array := "[" + strings.Join(entries, ",") + "]"
	all := map[string]string{
		"array":             fmt.Sprintf(`%q:%s`, name, array),
		"item":              fmt.Sprintf(`%q:{"item":%s}`, name, array),
		"array of item":     fmt.Sprintf(`%q:[{"item":%s}]`, name, array),
		"item and its size": fmt.Sprintf(`%q:{"count":%d,"item":%s}`, name, len(entries), array),
	}
	if len(entries) == 1 {
		all["object"] = fmt.Sprintf(`%q:%s`, name, entries[0])
		all["object in item"] = fmt.Sprintf(`%q:{"item":%s}`, name, entries[0])
	}
	return all
}

// Every list of every event decodes to the same values in every form, with one
// entry and with two.
func TestJSONLists(t *testing.T) {
	list := func(name string, xml ...string) string {
		var b strings.Builder
		for _, entry := range xml {
			b.WriteString("<item>" + entry + "</item>")
		}
		return "<" + name + ">" + b.String() + "</" + name + ">"
	}
	for _, tc := range []struct {
		event string
		name  string
		json  []string
		wrap  string // JSON around the list
		xml   func(n int) string
	}{
		{"pic_weixin", "PicList", []string{`{"PicMd5Sum":"a"}`, `{"PicMd5Sum":"b"}`}, `"SendPicsInfo":{"Count":2,%s}`, func(n int) string {
			return "<SendPicsInfo><Count>2</Count>" + list("PicList", []string{"<PicMd5Sum>a</PicMd5Sum>", "<PicMd5Sum>b</PicMd5Sum>"}[:n]...) + "</SendPicsInfo>"
		}},
		{"MASSSENDJOBFINISH", "ResultList", []string{`{"ArticleIdx":1,"ArticleUrl":"u"}`, `{"ArticleIdx":"2","ArticleUrl":"v"}`}, `"ArticleUrlResult":{%s,"Count":2}`, func(n int) string {
			return "<ArticleUrlResult>" + list("ResultList", []string{"<ArticleIdx>1</ArticleIdx><ArticleUrl>u</ArticleUrl>", "<ArticleIdx>2</ArticleIdx><ArticleUrl>v</ArticleUrl>"}[:n]...) + "</ArticleUrlResult>"
		}},
		{"MASSSENDJOBFINISH", "ResultList", []string{`{"ArticleIdx":1,"AuditState":2}`, `{"ArticleIdx":2,"CanReprint":1}`}, `"CopyrightCheckResult":{"CheckState":2,%s}`, func(n int) string {
			return "<CopyrightCheckResult><CheckState>2</CheckState>" + list("ResultList", []string{"<ArticleIdx>1</ArticleIdx><AuditState>2</AuditState>", "<ArticleIdx>2</ArticleIdx><CanReprint>1</CanReprint>"}[:n]...) + "</CopyrightCheckResult>"
		}},
		{"PUBLISHJOBFINISH", "article_detail", []string{`{"idx":1,"article_url":"u"}`, `{"idx":"2","article_url":"v"}`}, `"PublishEventInfo":{"publish_id":7,%s}`, func(n int) string {
			return "<PublishEventInfo><publish_id>7</publish_id>" + list("article_detail", []string{"<idx>1</idx><article_url>u</article_url>", "<idx>2</idx><article_url>v</article_url>"}[:n]...) + "</PublishEventInfo>"
		}},
		{"PUBLISHJOBFINISH", "fail_idx", []string{`1`, `"3"`}, `"PublishEventInfo":{%s}`, func(n int) string {
			return "<PublishEventInfo>" + strings.Join([]string{"<fail_idx>1</fail_idx>", "<fail_idx>3</fail_idx>"}[:n], "") + "</PublishEventInfo>"
		}},
		{"subscribe_msg_popup_event", "List", choicesJSON, `"SubscribeMsgPopupEvent":{%s}`, choicesXML("SubscribeMsgPopupEvent")},
		{"subscribe_msg_popup_event", "List", choicesJSON, `"SubscribeMsgPopupEvent":[{%s}]`, choicesXML("SubscribeMsgPopupEvent")},
		{"subscribe_msg_popup_event", "List", choicesJSON, `%s`, choicesXML("SubscribeMsgPopupEvent")},
		{"subscribe_msg_popup_event", "SubscribeMsgPopupEvent", choicesJSON, `%s`, choicesXML("SubscribeMsgPopupEvent")},
		{"subscribe_msg_change_event", "List", choicesJSON, `"SubscribeMsgChangeEvent":{%s}`, choicesXML("SubscribeMsgChangeEvent")},
		{"subscribe_msg_change_event", "SubscribeMsgChangeEvent", choicesJSON, `%s`, choicesXML("SubscribeMsgChangeEvent")},
		{"subscribe_msg_sent_event", "List", sentJSON, `"SubscribeMsgSentEvent":{%s}`, sentXML},
		{"subscribe_msg_sent_event", "List", sentJSON, `%s`, sentXML},
		{"subscribe_msg_sent_event", "SubscribeMsgSentEvent", sentJSON, `%s`, sentXML},
		{"ShakearoundUserShake", "AroundBeacons", []string{`{"Uuid":"a","Major":1}`, `{"Uuid":"b","Minor":"2"}`}, `"ChosenBeacon":{"Uuid":"c"},%s`, beaconsXML},
		{"ShakearoundUserShake", "AroundBeacon", []string{`{"Uuid":"a","Major":1}`, `{"Uuid":"b","Minor":"2"}`}, `"ChosenBeacon":{"Uuid":"c"},"AroundBeacons":{%s}`, beaconsXML},
	} {
		for n := 1; n <= 2; n++ {
			want := parsed(t, "<ToUserName>gh_1</ToUserName><FromUserName>o1</FromUserName><CreateTime>1735707398</CreateTime><MsgType>event</MsgType><Event>"+tc.event+"</Event>"+tc.xml(n))
			for form, member := range forms(tc.name, tc.json[:n]...) {
				t.Run(fmt.Sprintf("%s/%s/%s of %d", tc.event, tc.name, form, n), func(t *testing.T) {
					body := `{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1735707398,"MsgType":"event","Event":"` + tc.event + `",` + fmt.Sprintf(tc.wrap, member) + "}"
					got, err := message.Parse([]byte(body))
					require.NoError(t, err, body)
					message.HeaderOf(want).Raw, message.HeaderOf(want).Format = body, message.JSON
					require.Equal(t, want, got, body)
				})
			}
		}
	}
}

var choicesJSON = []string{`{"TemplateId":"t","SubscribeStatusString":"accept","PopupScene":"1"}`, `{"TemplateId":"u","SubscribeStatusString":"reject","PopupScene":2}`}

func choicesXML(name string) func(n int) string {
	entries := []string{
		"<List><TemplateId>t</TemplateId><SubscribeStatusString>accept</SubscribeStatusString><PopupScene>1</PopupScene></List>",
		"<List><TemplateId>u</TemplateId><SubscribeStatusString>reject</SubscribeStatusString><PopupScene>2</PopupScene></List>",
	}
	return func(n int) string { return "<" + name + ">" + strings.Join(entries[:n], "") + "</" + name + ">" }
}

var sentJSON = []string{`{"TemplateId":"t","MsgId":18446744073709551615,"ErrorCode":0}`, `{"TemplateId":"u","MsgID":"8","ErrorCode":"20"}`}

func sentXML(n int) string {
	entries := []string{
		"<List><TemplateId>t</TemplateId><MsgID>18446744073709551615</MsgID><ErrorCode>0</ErrorCode></List>",
		"<List><TemplateId>u</TemplateId><MsgID>8</MsgID><ErrorCode>20</ErrorCode></List>",
	}
	return "<SubscribeMsgSentEvent>" + strings.Join(entries[:n], "") + "</SubscribeMsgSentEvent>"
}

func beaconsXML(n int) string {
	entries := []string{
		"<AroundBeacon><Uuid>a</Uuid><Major>1</Major></AroundBeacon>",
		"<AroundBeacon><Uuid>b</Uuid><Minor>2</Minor></AroundBeacon>",
	}
	return "<ChosenBeacon><Uuid>c</Uuid></ChosenBeacon><AroundBeacons>" + strings.Join(entries[:n], "") + "</AroundBeacons>"
}

// A list without entries is empty in every form.
func TestJSONEmptyLists(t *testing.T) {
	for _, list := range []string{`[]`, `{}`, `null`, `""`, `{"item":[]}`, `{"item":{}}`, `{"count":0}`, `{"count":0,"item":[]}`, `[{}]`} {
		for event, body := range map[string]string{
			"MASSSENDJOBFINISH":         `"ArticleUrlResult":{"Count":0,"ResultList":` + list + `},"CopyrightCheckResult":{"ResultList":` + list + `}`,
			"PUBLISHJOBFINISH":          `"PublishEventInfo":{"article_detail":` + list + `,"fail_idx":` + list + `}`,
			"pic_weixin":                `"SendPicsInfo":{"Count":0,"PicList":` + list + `}`,
			"subscribe_msg_popup_event": `"SubscribeMsgPopupEvent":` + list,
			"subscribe_msg_sent_event":  `"List":` + list,
			"ShakearoundUserShake":      `"AroundBeacons":` + list,
		} {
			got, err := message.Parse([]byte(`{"FromUserName":"o1","MsgType":"event","Event":"` + event + `",` + body + `}`))
			require.NoError(t, err)
			want := parsed(t, "<FromUserName>o1</FromUserName><MsgType>event</MsgType><Event>"+event+"</Event>")
			message.HeaderOf(want).Raw, message.HeaderOf(want).Format = message.HeaderOf(got).Raw, message.JSON
			require.Equal(t, want, got, "%s of %s", list, event)
		}
	}
}
