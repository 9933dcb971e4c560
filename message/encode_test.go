package message_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
)

func textJSON(content string) string {
	quoted, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"ToUserName":%q,"FromUserName":%q,"CreateTime":1700000000,"MsgType":"text","Content":%s,"MsgId":%d}`,
		testAccount, testUser, quoted, 1_000_000+serial.Add(1))
}

// The replies in JSON have the names that they have in XML. Encode and Handler
// write the same bytes, plain and sealed.
func TestJSONReplies(t *testing.T) {
	const head = `{"ToUserName":"` + testUser + `","FromUserName":"` + testAccount + `","CreateTime":946684800,`
	for _, tc := range []struct {
		reply message.Reply
		want  string
	}{
		{message.TextReply("你好\n\t\"<&>\\ 😀 "), `"MsgType":"text","Content":"你好\n\t\"<&>\\ 😀 "}`},
		{message.ImageReply{MediaID: "m1"}, `"MsgType":"image","Image":{"MediaId":"m1"}}`},
		{message.VoiceReply{MediaID: "m2"}, `"MsgType":"voice","Voice":{"MediaId":"m2"}}`},
		{message.VideoReply{MediaID: "m3", Title: "t", Description: "d"}, `"MsgType":"video","Video":{"MediaId":"m3","Title":"t","Description":"d"}}`},
		{message.VideoReply{MediaID: "m3"}, `"MsgType":"video","Video":{"MediaId":"m3"}}`},
		{message.MusicReply{Title: "t", Description: "d", URL: "u", HQURL: "h", ThumbMediaID: "m4"}, `"MsgType":"music","Music":{"Title":"t","Description":"d","MusicUrl":"u","HQMusicUrl":"h","ThumbMediaId":"m4"}}`},
		{message.MusicReply{ThumbMediaID: "m4"}, `"MsgType":"music","Music":{"ThumbMediaId":"m4"}}`},
		{message.NewsReply{{Title: "t", Description: "d", PicURL: "p", URL: "u"}}, `"MsgType":"news","ArticleCount":1,"Articles":[{"Title":"t","Description":"d","PicUrl":"p","Url":"u"}]}`},
		{message.TransferReply{}, `"MsgType":"transfer_customer_service"}`},
		{message.TransferReply{KfAccount: "a@b"}, `"MsgType":"transfer_customer_service","TransInfo":{"KfAccount":"a@b"}}`},
		{&message.ImageReply{MediaID: "pointer"}, `"MsgType":"image","Image":{"MediaId":"pointer"}}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			require.True(t, json.Valid([]byte(head+tc.want)))
			got, err := message.Encode(tc.reply, testUser, testAccount, message.JSON)
			require.NoError(t, err)
			require.Equal(t, head+tc.want, string(got))

			handle := func(context.Context, message.Message) (message.Reply, error) { return tc.reply, nil }
			plain, safe := newHandler(t, plainConfig()), newHandler(t, safeConfig())
			plain.HandleDefault(handle)
			safe.HandleDefault(handle)
			require.Equal(t, head+tc.want, serve(plain, plainPlatform.send(textJSON("x"))).Body.String())

			encrypted := safePlatform.seal(t, textJSON("x"))
			envelope := fmt.Sprintf(`{"ToUserName":%q,"Encrypt":%q}`, testAccount, encrypted)
			w := serve(safe, request(safePlatform.query(encrypted), []byte(envelope)))
			require.Equal(t, head+tc.want, string(safePlatform.unsealJSON(t, w.Body.Bytes())))
		})
	}
}

func TestEncodeXML(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reply := message.NewsReply{{Title: "a]]>b"}, {Title: "c"}}
		got, err := message.Encode(reply, testUser, testAccount, message.XML)
		require.NoError(t, err)
		want, _, _ := replyTo(t, reply, eventXML("CLICK", "x"))
		require.Equal(t, want, string(got))
	})
}

func TestEncodeNothing(t *testing.T) {
	for _, format := range []message.Format{message.XML, message.JSON} {
		got, err := message.Encode(nil, "", "", format)
		require.NoError(t, err)
		require.Equal(t, "success", string(got))
	}
}

func TestEncodeRefuses(t *testing.T) {
	var none *message.TextReply
	for name, tc := range map[string]struct {
		reply    message.Reply
		to, from string
		want     string
	}{
		"nil pointer":   {none, "u", "a", "nil *message.TextReply"},
		"no user":       {message.TextReply("x"), "\x00", "a", "no user"},
		"no account":    {message.TextReply("x"), "u", "", "the account"},
		"long text":     {message.TextReply(strings.Repeat("x", 2049)), "u", "a", "the limit is 2048"},
		"nine articles": {make(message.NewsReply, 9), "u", "a", "9 articles, the limit is 8"},
	} {
		for _, format := range []message.Format{message.XML, message.JSON} {
			got, err := message.Encode(tc.reply, tc.to, tc.from, format)
			require.ErrorIs(t, err, message.ErrReply, name)
			require.ErrorContains(t, err, tc.want, name)
			require.Nil(t, got)
		}
	}
	_, err := message.Encode(message.TextReply("x"), "u", "a", message.Format(7))
	require.ErrorContains(t, err, "unknown format Format(7)")
	require.Equal(t, "XML JSON", fmt.Sprint(message.XML, message.JSON))

	for _, format := range []message.Format{message.XML, message.JSON} {
		_, err = message.Encode(message.TextReply(strings.Repeat("长", 682)+"ab"), "u", "a", format)
		require.NoError(t, err, "2,048 bytes")
		_, err = message.Encode(message.TextReply(strings.Repeat("\xff", 4096)+"x\r\n"), "u", "a", format)
		require.NoError(t, err, "what is removed does not count")
	}
}

// A text means the same in both formats.
func FuzzEncode(f *testing.F) {
	for _, text := range []string{"", "x", "]]>", "\"\\/\b\t\n\r\n", "\xff\u2028\uFFFF", "中文😀", "\\u0041"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		inXML, errXML := message.Encode(message.TextReply(text), "u"+text, "a"+text, message.XML)
		inJSON, errJSON := message.Encode(message.TextReply(text), "u"+text, "a"+text, message.JSON)
		require.Equal(t, errXML, errJSON)
		if errXML != nil {
			return
		}
		var want answer
		require.NoError(t, xml.Unmarshal(inXML, &want))
		got := decodeJSONAnswer(t, inJSON)
		require.Equal(t, []string{want.ToUserName, want.FromUserName, want.Content}, []string{got.ToUserName, got.FromUserName, got.Content})
	})
}
