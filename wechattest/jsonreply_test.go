package wechattest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// jsonReply is a passive reply in JSON.
func jsonReply(rest string) string {
	return `{"ToUserName":"` + user + `","FromUserName":"` + gh + `","CreateTime":1700000000,` + rest + `}`
}

// A JSON message is answered in JSON: every kind of reply, in clear and sealed.
func TestJSONReplies(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		want         wechattest.Shown
		err          error
	}{
		{name: "nothing", answer: ""},
		{name: "success", answer: "success"},
		{name: "text", answer: jsonReply(`"MsgType":"text","Content":"<&> 你好"`), want: wechattest.Shown{Type: "text", Content: "<&> 你好"}},
		{name: "image", answer: jsonReply(`"MsgType":"image","Image":{"MediaId":"M"}`), want: wechattest.Shown{Type: "image", MediaID: "M"}},
		{name: "voice", answer: jsonReply(`"MsgType":"voice","Voice":{"MediaId":"M"}`), want: wechattest.Shown{Type: "voice", MediaID: "M"}},
		{name: "video", answer: jsonReply(`"MsgType":"video","Video":{"MediaId":"M","Title":"T","Description":"D"}`),
			want: wechattest.Shown{Type: "video", MediaID: "M", Title: "T", Description: "D"}},
		{name: "music", answer: jsonReply(`"MsgType":"music","Music":{"Title":"T","Description":"D","MusicUrl":"U","HQMusicUrl":"H","ThumbMediaId":"I"}`),
			want: wechattest.Shown{Type: "music", Title: "T", Description: "D", MusicURL: "U", HQMusicURL: "H", ThumbMediaID: "I"}},
		{name: "news", answer: jsonReply(`"MsgType":"news","ArticleCount":1,"Articles":[{"Title":"T","Description":"D","PicUrl":"P","Url":"U"}]`),
			want: wechattest.Shown{Type: "news", Articles: []wechattest.Article{{Title: "T", Description: "D", PicURL: "P", URL: "U"}}}},
		{name: "transfer", answer: jsonReply(`"MsgType":"transfer_customer_service","TransInfo":{"KfAccount":"a@b"}`),
			want: wechattest.Shown{Type: "transfer_customer_service", KfAccount: "a@b"}},

		{name: "XML", answer: reply(user, gh, "<MsgType>text</MsgType><Content>x</Content>"), err: wechattest.ErrNotJSON},
		{name: "cut off", answer: `{"MsgType":"text"`, err: wechattest.ErrNotJSON},
		{name: "items", answer: jsonReply(`"MsgType":"news","ArticleCount":1,"Articles":{"item":[{"Title":"T"}]}`), err: wechattest.ErrIncomplete},
		{name: "article count wrong", answer: jsonReply(`"MsgType":"news","ArticleCount":2,"Articles":[{"Title":"T"}]`), err: wechattest.ErrIncomplete},
		{name: "no type", answer: jsonReply(`"Content":"x"`), err: wechattest.ErrIncomplete},
		{name: "no media", answer: jsonReply(`"MsgType":"image","Image":{"MediaId":""}`), err: wechattest.ErrIncomplete},
		{name: "too long", answer: jsonReply(`"MsgType":"text","Content":"` + strings.Repeat("x", 2049) + `"`), err: wechattest.ErrTooLong},
	} {
		for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe} {
			t.Run(mode.String()+"/"+test.name, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{Mode: mode, JSON: true})
				answer := test.answer
				if mode != wechattest.Plain && strings.HasPrefix(answer, "{") {
					answer = jsonEnvelope(t, (&stranger{cfg: p.Config()}).seal(answer))
				}
				p.Bot(fixed(answer))
				r, err := p.User(user).Text("hi")
				require.Equal(t, test.want, r.Shown)
				if test.err != nil {
					require.ErrorIs(t, err, test.err)
					require.True(t, r.Fault)
					return
				}
				require.NoError(t, err)
				require.Equal(t, mode != wechattest.Plain && test.want.Type != "", r.Encrypted)
			})
		}
	}
}

// In safe mode a sealed success, and a sealed nothing, are an answer without a message.
func TestSealedSuccess(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		for _, inner := range []string{"", "success"} {
			p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe, JSON: asJSON})
			answer := (&stranger{cfg: p.Config()}).seal(inner)
			if asJSON {
				answer = jsonEnvelope(t, answer)
			}
			p.Bot(fixed(answer))
			r, err := p.User(user).Text("hi")
			require.NoError(t, err, inner)
			require.True(t, r.Encrypted)
			require.Empty(t, r.Saw())
			require.Empty(t, p.Messages(user))
		}
	}
}

func TestComponentGetsNoJSON(t *testing.T) {
	_, err := wechattest.Open(wechattest.Config{Mode: wechattest.Component, JSON: true})
	require.ErrorContains(t, err, "Config.JSON")
}

// The mode follows from the key that the account was given, and a plain account
// hands out no key: a bot that takes what Config returns understands the platform.
func TestAutoMode(t *testing.T) {
	plain := wechattest.New(t, wechattest.Config{})
	require.Equal(t, wechattest.Plain, plain.Config().Mode)
	require.Empty(t, plain.Config().EncodingAESKey)
	require.NoError(t, plain.Reconfigure(func(c *wechattest.Config) { c.Mode = wechattest.Safe }))
	require.Equal(t, wechattest.DefaultEncodingAESKey, plain.Config().EncodingAESKey)

	safe := wechattest.New(t, wechattest.Config{EncodingAESKey: wechattest.DefaultEncodingAESKey})
	require.Equal(t, wechattest.Safe, safe.Config().Mode)
	p := wechattest.New(t, wechattest.Config{EncodingAESKey: wechattest.DefaultEncodingAESKey, Mode: wechattest.Plain})
	require.Equal(t, wechattest.Plain, p.Config().Mode)
}

// cloudBot believes what comes with x-wx-source, as a service on the public network must.
func cloudBot(check string, answer func(map[string]any) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		var m map[string]any
		if err != nil || r.Header.Get("x-wx-source") == "" || json.Unmarshal(body, &m) != nil {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		if m["action"] == "CheckContainerPath" {
			_, _ = io.WriteString(w, check)
			return
		}
		_, _ = io.WriteString(w, answer(m))
	})
}

// Cloud hosting gets messages unsigned and in clear, with headers.
func TestCloudHosting(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.CloudHosting, JSON: true})
	var source http.Header
	bot := cloudBot("success", func(m map[string]any) string {
		return jsonReply(`"MsgType":"text","Content":"` + m["Content"].(string) + `"`)
	})
	b := p.Bot(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { source = r.Header; bot.ServeHTTP(w, r) }))
	require.NoError(t, b.Verify())
	require.JSONEq(t, `{"action":"CheckContainerPath"}`, string(p.Deliveries()[0].Request))
	r, err := p.User(user).Text("你好")
	require.NoError(t, err)
	require.Equal(t, "你好", r.Saw())
	require.NotContains(t, r.Deliveries[0].URL, "?")
	require.Equal(t, user, source.Get("x-wx-openid"))
	require.Equal(t, p.Config().AppID, source.Get("x-wx-appid"))
	require.Equal(t, source.Get("x-wx-source"), r.Deliveries[0].Sent.Get("x-wx-source"))
	for _, f := range wechattest.Forgeries(wechattest.CloudHosting) {
		d, err := p.User(user).Forge(f, wechattest.Text("forged"))
		require.NoError(t, err)
		require.True(t, d.Refused(), f)
	}
	_, err = p.User(user).Forge(wechattest.WrongSignature, wechattest.Text("x"))
	require.ErrorContains(t, err, "has no forgery")

	require.NoError(t, p.Reconfigure(func(c *wechattest.Config) { c.JSON = false }))
	require.Error(t, b.Verify(), "this bot reads JSON alone")
	require.Equal(t, "<xml>\n<action>CheckContainerPath</action>\n</xml>", string(p.Deliveries()[len(p.Deliveries())-1].Request))
	xml := p.Bot(fixed(""))
	require.NoError(t, xml.Verify(), "nothing is an answer too")
	require.ErrorIs(t, p.Bot(fixed("echo")).Verify(), wechattest.ErrVerification)
}

// A bot that drops a forgery with an empty 200 has refused it.
func TestDroppedForgery(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	for answer, refused := range map[string]bool{"": true, "\n": true, "success": false} {
		p.Bot(fixed(answer))
		d, err := p.User(user).Forge(wechattest.WrongSignature, wechattest.Text("forged"))
		require.NoError(t, err)
		require.Equal(t, refused, d.Refused(), "%q", answer)
	}
}
