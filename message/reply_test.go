package message_test

import (
	"context"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

// replyTo is what h answers to body when its handler returns reply, and the
// failure that was reported.
func replyTo(t testing.TB, reply message.Reply, body string) (xml string, failure *message.HandlingError, log string) {
	t.Helper()
	c := plainConfig()
	logger, lines := record()
	c.Logger = logger
	c.OnError = func(_ context.Context, e *message.HandlingError) { failure = e }
	h := newHandler(t, c)
	h.HandleDefault(func(context.Context, message.Message) (message.Reply, error) { return reply, nil })
	w := serve(h, plainPlatform.send(body))
	require.Equal(t, 200, w.Code)
	return w.Body.String(), failure, lines.String()
}

// The replies as the platform's documentation shows them.
func TestReplies(t *testing.T) {
	const head = "<xml><ToUserName><![CDATA[" + testUser + "]]></ToUserName><FromUserName><![CDATA[" + testAccount + "]]></FromUserName><CreateTime>946684800</CreateTime>"
	for _, tc := range []struct {
		reply message.Reply
		want  string
	}{
		{message.TextReply("你好\n 😀 "), "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好\n 😀 ]]></Content></xml>"},
		{message.ImageReply{MediaID: "m1"}, "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[m1]]></MediaId></Image></xml>"},
		{message.VoiceReply{MediaID: "m2"}, "<MsgType><![CDATA[voice]]></MsgType><Voice><MediaId><![CDATA[m2]]></MediaId></Voice></xml>"},
		{message.VideoReply{MediaID: "m3", Title: "t", Description: "d"}, "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[m3]]></MediaId><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description></Video></xml>"},
		{message.VideoReply{MediaID: "m3"}, "<MsgType><![CDATA[video]]></MsgType><Video><MediaId><![CDATA[m3]]></MediaId></Video></xml>"},
		{message.MusicReply{Title: "t", Description: "d", URL: "u", HQURL: "h", ThumbMediaID: "m4"}, "<MsgType><![CDATA[music]]></MsgType><Music><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description><MusicUrl><![CDATA[u]]></MusicUrl><HQMusicUrl><![CDATA[h]]></HQMusicUrl><ThumbMediaId><![CDATA[m4]]></ThumbMediaId></Music></xml>"},
		{message.MusicReply{ThumbMediaID: "m4"}, "<MsgType><![CDATA[music]]></MsgType><Music><ThumbMediaId><![CDATA[m4]]></ThumbMediaId></Music></xml>"},
		{message.NewsReply{{Title: "t", Description: "d", PicURL: "p", URL: "u"}}, "<MsgType><![CDATA[news]]></MsgType><ArticleCount>1</ArticleCount><Articles><item><Title><![CDATA[t]]></Title><Description><![CDATA[d]]></Description><PicUrl><![CDATA[p]]></PicUrl><Url><![CDATA[u]]></Url></item></Articles></xml>"},
		{message.TransferReply{}, "<MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>"},
		{message.TransferReply{KfAccount: "a@b"}, "<MsgType><![CDATA[transfer_customer_service]]></MsgType><TransInfo><KfAccount><![CDATA[a@b]]></KfAccount></TransInfo></xml>"},
		{&message.ImageReply{MediaID: "pointer"}, "<MsgType><![CDATA[image]]></MsgType><Image><MediaId><![CDATA[pointer]]></MediaId></Image></xml>"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got, failure, _ := replyTo(t, tc.reply, textXML("x"))
			require.Nil(t, failure)
			require.Equal(t, head+tc.want, got)
			require.NoError(t, xml.Unmarshal([]byte(got), new(answer)))
		})
	}
}

// Whatever is in a text, the reply is one XML document that says just that.
func TestReplyEscapes(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"a]]>b", "a]]>b"},
		{"]]>", "]]>"},
		{"]]>]]>", "]]>]]>"},
		{"]]", "]]"},
		{"]]]]>>", "]]]]>>"},
		{"]]\x02>", "]]>"},
		{"]\x00]\xff>", "]]>"},
		{"<![CDATA[x]]>", "<![CDATA[x]]>"},
		{"</Content><Content>&amp;<", "</Content><Content>&amp;<"},
		{"\x00\x01\x1f\x7fx", "\x7fx"},
		{"\uFFFE\uFFFFy", "y"},
		{"cut \xe4\xb8 off", "cut  off"},
		{"\uFFFD", "\uFFFD"},
		{"👨‍👩‍👧 /::) [微笑]", "👨‍👩‍👧 /::) [微笑]"},
		{"line\nfeed\ttab", "line\nfeed\ttab"},
		{" ", " "},
		{strings.Repeat("2 KB ", 409), strings.Repeat("2 KB ", 409)},
		{strings.Repeat("长]]>", 341), strings.Repeat("长]]>", 341)},
	} {
		got, failure, _ := replyTo(t, message.TextReply(tc.text), textXML("x"))
		require.Nil(t, failure)
		require.Equal(t, tc.want, decodeAnswer(t, []byte(got)).Content, "%.40q", tc.text)
	}

	// So in every other place.
	const evil, want = "]]>\x02<&", "]]><&"
	got, _, _ := replyTo(t, message.NewsReply{{Title: evil, Description: evil, PicURL: evil, URL: evil}}, eventXML("CLICK", ""))
	require.Equal(t, []article{{want, want, want, want}}, decodeAnswer(t, []byte(got)).Articles)
	got, _, _ = replyTo(t, message.MusicReply{Title: evil, Description: evil, URL: evil, HQURL: evil, ThumbMediaID: evil}, textXML("x"))
	require.Equal(t, &media{Title: want, Description: want, MusicUrl: want, HQMusicUrl: want, ThumbMediaId: want}, decodeAnswer(t, []byte(got)).Music)
	got, _, _ = replyTo(t, message.TransferReply{KfAccount: evil}, textXML("x"))
	require.Equal(t, want, decodeAnswer(t, []byte(got)).KfAccount)
}

// A sender that holds what XML would trip over cannot break the reply either.
func TestReplyEscapesSender(t *testing.T) {
	body := "<xml><ToUserName>a]]&gt;&lt;</ToUserName><FromUserName>b]]&gt;&amp;</FromUserName><MsgType>text</MsgType><Content>x</Content></xml>"
	got, failure, _ := replyTo(t, message.TextReply("x"), body)
	require.Nil(t, failure)
	a := decodeAnswer(t, []byte(got))
	require.Equal(t, "b]]>&", a.ToUserName)
	require.Equal(t, "a]]><", a.FromUserName)
}

func TestReplyRefused(t *testing.T) {
	for _, tc := range []struct {
		name  string
		reply message.Reply
		to    string
		want  string
	}{
		{"empty text", message.TextReply(""), textXML("x"), "the text is empty"},
		{"text of nothing that can be sent", message.TextReply("\x02\xff\uFFFE"), textXML("x"), "the text is empty"},
		{"image without id", message.ImageReply{}, textXML("x"), "MediaID is empty"},
		{"image whose id is nothing that can be sent", message.ImageReply{MediaID: "\x02\x00"}, textXML("x"), "MediaID is empty"},
		{"image whose id is white space", message.ImageReply{MediaID: " \t\u3000"}, textXML("x"), "MediaID is empty"},
		{"voice whose id is nothing that can be sent", message.VoiceReply{MediaID: "\xff"}, textXML("x"), "MediaID is empty"},
		{"video whose id is nothing that can be sent", message.VideoReply{MediaID: "\uFFFE", Title: "t"}, textXML("x"), "MediaID is empty"},
		{"music whose thumbnail is nothing that can be sent", message.MusicReply{ThumbMediaID: "\x1f"}, textXML("x"), "ThumbMediaID is empty"},
		{"transfer to an agent whose name is nothing that can be sent", message.TransferReply{KfAccount: "\x01"}, textXML("x"), "KfAccount is empty"},
		{"text of 2049 bytes", message.TextReply(strings.Repeat("长", 682) + "abc"), textXML("x"), "the text has 2049 bytes, the limit is 2048: answer with a LongTextReply"},
		{"account missing", message.TextReply("x"), "<xml><FromUserName>o</FromUserName><MsgType>text</MsgType></xml>", "the account (ToUserName of the message) is missing"},
		{"voice without id", message.VoiceReply{}, textXML("x"), "MediaID is empty"},
		{"video without id", message.VideoReply{Title: "t"}, textXML("x"), "MediaID is empty"},
		{"music without thumbnail", message.MusicReply{Title: "t"}, textXML("x"), "ThumbMediaID is empty"},
		{"no articles", message.NewsReply{}, textXML("x"), "no article"},
		{"nil articles", message.NewsReply(nil), textXML("x"), "no article"},
		{"transfer of an event", message.TransferReply{}, eventXML("CLICK", "x"), "not an event"},
		{"transfer of an unknown event", message.TransferReply{}, eventXML("brand_new", ""), "not an event"},
		{"nobody to answer", message.TextReply("x"), "<xml><MsgType>text</MsgType></xml>", "no user to answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, failure, log := replyTo(t, tc.reply, tc.to)
			require.Equal(t, "success", got)
			require.ErrorIs(t, failure, message.ErrReply)
			require.ErrorContains(t, failure, tc.want)
			require.Equal(t, tc.reply, failure.Reply)
			require.Contains(t, log, tc.want)
		})
	}
}

func TestNewsIsCut(t *testing.T) {
	var news message.NewsReply
	for i := range 12 {
		news = append(news, message.Article{Title: fmt.Sprint(i)})
	}
	fixture := func(name string) string {
		b, err := os.ReadFile(filepath.Join("testdata", "callback", name))
		require.NoError(t, err)
		return string(b)
	}
	for body, want := range map[string]int{
		"msg_text.xml": 1, "msg_image.xml": 1, "msg_voice.xml": 1, "msg_video.xml": 1, "msg_location.xml": 1, "msg_link.xml": 1,
		"evt_click.xml": 8, "evt_subscribe.xml": 8, "evt_scan.xml": 8, "nasty_unknown_event.xml": 8,
	} {
		got, failure, log := replyTo(t, news, fixture(body))
		require.Nil(t, failure)
		a := decodeAnswer(t, []byte(got))
		require.Equal(t, want, a.ArticleCount, body)
		require.Len(t, a.Articles, want, body)
		require.Equal(t, "0", a.Articles[0].Title)
		require.Contains(t, log, fmt.Sprintf("articles=12 shown=%d", want))
		require.Contains(t, log, "level=WARN")

		_, _, log = replyTo(t, news[:want], fixture(body))
		require.Empty(t, log)
	}
	require.Len(t, news, 12, "the handler's own slice is left alone")
}

func FuzzTextReply(f *testing.F) {
	for _, text := range []string{"", "x", "]]>", "]]\x02>", "\xff", "中文\r\n", strings.Repeat("\r\n", 2048), strings.Repeat("\xffx", 2049)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var kept strings.Builder
		for _, r := range strings.ToValidUTF8(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "") {
			if (r >= 0x20 || r == '\n' || r == '\t') && r != 0xFFFE && r != 0xFFFF {
				kept.WriteRune(r)
			}
		}
		got, failure, _ := replyTo(t, message.TextReply(text), textXML("x"))
		if kept.Len() == 0 || kept.Len() > 2048 {
			require.ErrorIs(t, failure, message.ErrReply)
			require.Equal(t, "success", got)
			return
		}
		require.Nil(t, failure)
		require.Equal(t, kept.String(), decodeAnswer(t, []byte(got)).Content)
	})
}
