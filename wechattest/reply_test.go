package wechattest_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// fixed is a bot that answers every message with the same bytes.
func fixed(body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
}

const (
	user = "oLiLei"
	gh   = wechattest.DefaultOriginalID
)

func news(declared, items int) string {
	return reply(user, gh, fmt.Sprintf("<MsgType>news</MsgType><ArticleCount>%d</ArticleCount><Articles>%s</Articles>", declared,
		strings.Repeat("<item><Title>T</Title><Description>D</Description><PicUrl>P</PicUrl><Url>U</Url></item>", items)))
}

func TestReplies(t *testing.T) {
	text, click := wechattest.Text("hi"), wechattest.Click("key")
	for _, test := range []struct {
		name   string
		m      wechattest.Message
		answer string
		want   wechattest.Shown
		saw    string
		cut    int
		err    error
	}{
		{name: "nothing", m: text, answer: ""},
		{name: "success", m: text, answer: "success"},
		{name: "text", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content><![CDATA[a\n]]]]><![CDATA[>&<b>]]></Content>"),
			want: wechattest.Shown{Type: "text", Content: "a\n]]>&<b>"}, saw: "a\n]]>&<b>"},
		{name: "order does not matter", m: text, answer: "<xml><Content>x</Content><MsgType>text</MsgType><CreateTime>1</CreateTime><FromUserName>" + gh + "</FromUserName><ToUserName>" + user + "</ToUserName></xml>",
			want: wechattest.Shown{Type: "text", Content: "x"}, saw: "x"},
		{name: "image", m: text, answer: reply(user, gh, "<MsgType>image</MsgType><Image><MediaId>M</MediaId></Image>"),
			want: wechattest.Shown{Type: "image", MediaID: "M"}, saw: "[image M]"},
		{name: "voice", m: text, answer: reply(user, gh, "<MsgType>voice</MsgType><Voice><MediaId>M</MediaId></Voice>"),
			want: wechattest.Shown{Type: "voice", MediaID: "M"}, saw: "[voice M]"},
		{name: "video", m: text, answer: reply(user, gh, "<MsgType>video</MsgType><Video><MediaId>M</MediaId><Title>T</Title><Description>D</Description></Video>"),
			want: wechattest.Shown{Type: "video", MediaID: "M", Title: "T", Description: "D"}, saw: "[video M]"},
		{name: "music", m: text, answer: reply(user, gh, "<MsgType>music</MsgType><Music><Title>T</Title><Description>D</Description><MusicUrl>U</MusicUrl><HQMusicUrl>H</HQMusicUrl><ThumbMediaId>I</ThumbMediaId></Music>"),
			want: wechattest.Shown{Type: "music", Title: "T", Description: "D", MusicURL: "U", HQMusicURL: "H", ThumbMediaID: "I"}, saw: "[music T]"},
		{name: "one article", m: text, answer: news(1, 1),
			want: wechattest.Shown{Type: "news", Articles: []wechattest.Article{{"T", "D", "P", "U"}}}, saw: "[news T]"},
		{name: "articles cut in answer to a message", m: text, answer: news(3, 3), cut: 2,
			want: wechattest.Shown{Type: "news", Articles: []wechattest.Article{{"T", "D", "P", "U"}}}, saw: "[news T]"},
		{name: "articles cut in answer to an event", m: click, answer: news(10, 10), cut: 2,
			want: wechattest.Shown{Type: "news", Articles: slicesRepeat(wechattest.Article{Title: "T", Description: "D", PicURL: "P", URL: "U"}, 8)}, saw: "[news T | T | T | T | T | T | T | T]"},
		{name: "transfer", m: text, answer: reply(user, gh, "<MsgType>transfer_customer_service</MsgType>"),
			want: wechattest.Shown{Type: "transfer_customer_service"}, saw: "[transferred to customer service]"},
		{name: "transfer to an agent", m: text, answer: reply(user, gh, "<MsgType>transfer_customer_service</MsgType><TransInfo><KfAccount>a@b</KfAccount></TransInfo>"),
			want: wechattest.Shown{Type: "transfer_customer_service", KfAccount: "a@b"}, saw: "[transferred to customer service a@b]"},

		{name: "JSON", m: text, answer: `{"MsgType":"text"}`, err: wechattest.ErrNotXML},
		{name: "a word", m: text, answer: "ok", err: wechattest.ErrNotXML},
		{name: "success and a line feed", m: text, answer: "success\n", err: wechattest.ErrNotXML},
		{name: "a blank", m: text, answer: " ", err: wechattest.ErrNotXML},
		{name: "cut off", m: text, answer: "<xml><ToUserName>o", err: wechattest.ErrNotXML},
		{name: "other root", m: text, answer: "<html></html>", err: wechattest.ErrNotXML},
		{name: "two roots", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content>x</Content>") + "<xml></xml>", err: wechattest.ErrNotXML},
		{name: "text after the root", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content>x</Content>") + "success", err: wechattest.ErrNotXML},
		{name: "document type", m: text, answer: "<!DOCTYPE xml>" + reply(user, gh, "<MsgType>text</MsgType><Content>x</Content>"), err: wechattest.ErrNotXML},
		{name: "control character", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content><![CDATA[\x02]]></Content>"), err: wechattest.ErrNotXML},
		{name: "broken UTF-8", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content><![CDATA[\xff]]></Content>"), err: wechattest.ErrNotXML},
		{name: "too deep", m: text, answer: strings.Repeat("<xml>", 20) + strings.Repeat("</xml>", 20), err: wechattest.ErrNotXML},
		{name: "head twice", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><MsgType>text</MsgType><Content>x</Content>"), err: wechattest.ErrNotXML},
		{name: "addresses not swapped", m: text, answer: reply(gh, user, "<MsgType>text</MsgType><Content>x</Content>"), err: wechattest.ErrAddress},
		{name: "from the app id", m: text, answer: reply(user, wechattest.DefaultAppID, "<MsgType>text</MsgType><Content>x</Content>"), err: wechattest.ErrAddress},
		{name: "to somebody else", m: text, answer: reply("oHanMeimei", gh, "<MsgType>text</MsgType><Content>x</Content>"), err: wechattest.ErrAddress},
		{name: "no time", m: text, answer: "<xml><ToUserName>" + user + "</ToUserName><FromUserName>" + gh + "</FromUserName><MsgType>text</MsgType><Content>x</Content></xml>",
			want: wechattest.Shown{Type: "text", Content: "x"}, saw: "x"},
		{name: "a time that is not one", m: text, answer: "<xml><ToUserName>" + user + "</ToUserName><FromUserName>" + gh + "</FromUserName><CreateTime>now</CreateTime><MsgType>text</MsgType><Content>x</Content></xml>",
			want: wechattest.Shown{Type: "text", Content: "x"}, saw: "x"},
		{name: "2048 bytes", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content>"+strings.Repeat("x", 2048)+"</Content>"),
			want: wechattest.Shown{Type: "text", Content: strings.Repeat("x", 2048)}, saw: strings.Repeat("x", 2048)},
		{name: "2049 bytes", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content>"+strings.Repeat("字", 683)+"</Content>"), err: wechattest.ErrTooLong},
		{name: "no type", m: text, answer: reply(user, gh, "<Content>x</Content>"), err: wechattest.ErrIncomplete},
		{name: "unknown type", m: text, answer: reply(user, gh, "<MsgType>hologram</MsgType>"), err: wechattest.ErrReplyType},
		{name: "type with a blank", m: text, answer: reply(user, gh, "<MsgType> text</MsgType><Content>x</Content>"), err: wechattest.ErrReplyType},
		{name: "empty text", m: text, answer: reply(user, gh, "<MsgType>text</MsgType><Content></Content>"), err: wechattest.ErrIncomplete},
		{name: "no content", m: text, answer: reply(user, gh, "<MsgType>text</MsgType>"), err: wechattest.ErrIncomplete},
		{name: "image without media", m: text, answer: reply(user, gh, "<MsgType>image</MsgType><Image></Image>"), err: wechattest.ErrIncomplete},
		{name: "voice without Voice", m: text, answer: reply(user, gh, "<MsgType>voice</MsgType><MediaId>M</MediaId>"), err: wechattest.ErrIncomplete},
		{name: "music without thumb", m: text, answer: reply(user, gh, "<MsgType>music</MsgType><Music><Title>T</Title></Music>"), err: wechattest.ErrIncomplete},
		{name: "no articles", m: text, answer: news(0, 0), err: wechattest.ErrIncomplete},
		{name: "article count wrong", m: text, answer: news(2, 1), err: wechattest.ErrIncomplete},
		{name: "transfer of an event", m: click, answer: reply(user, gh, "<MsgType>transfer_customer_service</MsgType>"), err: wechattest.ErrTransfer},
		{name: "encrypted in plain mode", m: text, answer: "<xml><Encrypt>x</Encrypt></xml>", err: wechattest.ErrEncrypted},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := wechattest.New(t, wechattest.Config{})
			p.Bot(fixed(test.answer))
			r, err := p.User(user).Send(test.m)
			require.Len(t, r.Deliveries, 1, "an answer, however wrong, is not asked for again")
			require.Equal(t, test.want, r.Shown)
			require.Equal(t, test.cut, r.Cut)
			if test.err == nil {
				require.NoError(t, err)
				require.Equal(t, test.saw, r.Saw())
				require.Len(t, p.Messages(user), btoi(test.saw != "" && r.Type != wechattest.ReplyTransfer))
				return
			}
			require.ErrorIs(t, err, test.err)
			require.Empty(t, p.Messages(user))
			if errors.Is(test.err, wechattest.ErrTransfer) {
				require.Empty(t, r.Saw())
				return
			}
			require.True(t, r.Fault)
			require.Equal(t, wechattest.FaultNotice, r.Saw())
			require.Contains(t, err.Error(), wechattest.FaultNotice)
			parts := strings.Split(err.Error(), ": ")
			slices.Sort(parts)
			require.Equal(t, slices.Compact(slices.Clone(parts)), parts, "%v repeats itself", err)
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func slicesRepeat[T any](v T, n int) (list []T) {
	for range n {
		list = append(list, v)
	}
	return list
}

// The encrypted reply is opened and checked as the platform does.
func TestEncryptedReplies(t *testing.T) {
	cfg := wechattest.Config{
		Mode: wechattest.Safe, AppID: wechattest.DefaultAppID,
		Token: wechattest.DefaultToken, EncodingAESKey: wechattest.DefaultEncodingAESKey,
	}
	const ts, nonce = "1700000000", "n"
	inner := reply(user, gh, "<MsgType>text</MsgType><Content>secret</Content>")
	sealed := encrypt(cfg.EncodingAESKey, cfg.AppID, "0123456789abcdef", inner)
	elsewhere := encrypt(cfg.EncodingAESKey, "wx0000000000000000", "0123456789abcdef", inner)
	otherKey := encrypt("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", cfg.AppID, "0123456789abcdef", inner)
	sign := func(s string) string { return sha1Hex(cfg.Token, ts, nonce, s) }
	for _, test := range []struct {
		name, answer string
		err          error
	}{
		{"right", envelopeXML(sealed, sign(sealed), ts, nonce), nil},
		{"in clear", inner, wechattest.ErrNotEncrypted},
		{"wrong signature", envelopeXML(sealed, sign("x"), ts, nonce), wechattest.ErrEnvelope},
		{"upper-case signature", envelopeXML(sealed, strings.ToUpper(sign(sealed)), ts, nonce), wechattest.ErrEnvelope},
		{"no signature", envelopeXML(sealed, "", ts, nonce), wechattest.ErrEnvelope},
		{"no nonce", envelopeXML(sealed, sha1Hex(cfg.Token, ts, "", sealed), ts, ""), wechattest.ErrEnvelope},
		{"time in words", envelopeXML(sealed, sha1Hex(cfg.Token, "now", nonce, sealed), "now", nonce), wechattest.ErrEnvelope},
		{"for another account", envelopeXML(elsewhere, sign(elsewhere), ts, nonce), wechattest.ErrEnvelope},
		{"with another key", envelopeXML(otherKey, sign(otherKey), ts, nonce), wechattest.ErrEnvelope},
		{"not base64", envelopeXML("?", sign("?"), ts, nonce), wechattest.ErrEnvelope},
		{"two Encrypt", "<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>", wechattest.ErrEnvelope},
		{"JSON", `{"Encrypt":"` + sealed + `"}`, wechattest.ErrNotXML},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := wechattest.New(t, cfg)
			p.Bot(fixed(test.answer))
			r, err := p.User(user).Text("hi")
			if test.err != nil {
				require.ErrorIs(t, err, test.err)
				require.True(t, r.Fault)
				return
			}
			require.NoError(t, err)
			require.Equal(t, "secret", r.Content)
			require.True(t, r.Encrypted)
			require.Equal(t, inner, string(r.XML))
		})
	}
}

// In every mode a bot of the standard library alone can hold a conversation.
func TestModes(t *testing.T) {
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe, wechattest.Component} {
		t.Run(mode.String(), func(t *testing.T) {
			p, _, bot := newStranger(t, wechattest.Config{Mode: mode}, func(m inbound) string { return m.text("you said " + m.Content) })
			require.NoError(t, bot.Verify())
			r, err := p.User(user).Text("你好 & \U0001f604")
			require.NoError(t, err)
			require.Equal(t, mode != wechattest.Plain, r.Encrypted)
			require.Equal(t, "you said 你好 & \U0001f604", r.Saw())
		})
	}
}

// A compat bot may answer in clear.
func TestCompatAnswersInClear(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Compat})
	p.Bot(http.HandlerFunc(echo))
	r, err := p.User(user).Text("hi")
	require.NoError(t, err)
	require.Equal(t, "hi", r.Saw())
	require.False(t, r.Encrypted)
}

// What nobody sees is no message of the user's, and no fault either.
func TestUnseen(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	p.Bot(fixed(reply(user, gh, "<MsgType>text</MsgType><Content>bye</Content>")))
	r, err := p.User(user).Unfollow()
	require.NoError(t, err)
	require.True(t, r.Unseen)
	require.Empty(t, r.Saw())
	require.Equal(t, "bye", r.Content)
	require.Empty(t, p.Messages(user))
	require.False(t, p.User(user).Following())

	p.Bot(fixed("{}"))
	r, err = p.User(user).Unfollow()
	require.ErrorIs(t, err, wechattest.ErrNotXML)
	require.False(t, r.Fault)
	require.Contains(t, err.Error(), "sees nothing")
}

// A follow after an unfollow carries the scanned scene, a follower's scan does not.
func TestScan(t *testing.T) {
	p, stranger, _ := newStranger(t, wechattest.Config{}, nil)
	u := p.User(user)
	_, err := u.Scan("318", "TICKET")
	require.NoError(t, err)
	_, err = u.Unfollow()
	require.NoError(t, err)
	_, err = u.Scan("318", "TICKET")
	require.NoError(t, err)
	_, err = u.Follow()
	require.NoError(t, err)
	_, err = u.Click("K")
	require.NoError(t, err)
	var got []string
	for _, m := range stranger.messages() {
		got = append(got, m.Event+" "+m.EventKey+" "+m.Ticket)
	}
	require.Equal(t, []string{"SCAN 318 TICKET", "unsubscribe  ", "subscribe qrscene_318 TICKET", "subscribe  ", "CLICK K "}, got)
	require.True(t, u.Following())
}
