package customerservice_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/message"
)

// question is what the late replies answer.
func question() message.Message {
	return &message.Text{Header: message.Header{FromUserName: "oLiLei", MsgType: "text"}, Content: "?"}
}

func TestLateReply(t *testing.T) {
	image := message.ImageReply{MediaID: "M"}
	for name, c := range map[string]struct {
		reply message.Reply
		path  string
		body  string
	}{
		"text":       {message.TextReply("late & <b>"), "", `{"touser": "oLiLei", "msgtype": "text", "text": {"content": "late & <b>"}}`},
		"image":      {image, "", `{"touser": "oLiLei", "msgtype": "image", "image": {"media_id": "M"}}`},
		"by pointer": {&image, "", `{"touser": "oLiLei", "msgtype": "image", "image": {"media_id": "M"}}`},
		"voice":      {message.VoiceReply{MediaID: "M"}, "", `{"touser": "oLiLei", "msgtype": "voice", "voice": {"media_id": "M"}}`},
		"video": {
			message.VideoReply{MediaID: "M", Title: "t", Description: "d"}, "",
			`{"touser": "oLiLei", "msgtype": "video", "video": {"media_id": "M", "title": "t", "description": "d"}}`,
		},
		"music": {
			message.MusicReply{Title: "t", Description: "d", URL: "https://m", HQURL: "https://hq", ThumbMediaID: "T"}, "",
			`{"touser": "oLiLei", "msgtype": "music", "music": {"title": "t", "description": "d", "musicurl": "https://m", "hqmusicurl": "https://hq", "thumb_media_id": "T"}}`,
		},
		"music with one address": {
			message.MusicReply{HQURL: "https://hq", ThumbMediaID: "T"}, "",
			`{"touser": "oLiLei", "msgtype": "music", "music": {"musicurl": "https://hq", "hqmusicurl": "https://hq", "thumb_media_id": "T"}}`,
		},
		"news": {
			message.NewsReply{{Title: "t", Description: "d", PicURL: "https://p", URL: "https://u"}}, "",
			`{"touser": "oLiLei", "msgtype": "news", "news": {"articles": [{"title": "t", "description": "d", "url": "https://u", "picurl": "https://p"}]}}`,
		},
		"transfer": {
			message.TransferReply{KfAccount: "test1@kftest"}, "/customservice/kfsession/create",
			`{"kf_account": "test1@kftest", "openid": "oLiLei"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, apitest.JSON(apitest.OK))
			require.NoError(t, customerservice.New(p.Client()).LateReply(t.Context(), question(), c.reply))
			calls := p.Calls()
			require.Len(t, calls, 1)
			if c.path == "" {
				c.path = "/cgi-bin/message/custom/send"
			}
			require.Equal(t, c.path, calls[0].Path)
			require.JSONEq(t, c.body, calls[0].Body)
		})
	}
}

// A long text is sent in pieces, in order. What follows a failed piece is not sent.
func TestLateReplySplitsText(t *testing.T) {
	paragraph := strings.Repeat("长", 600)
	text := message.TextReply(paragraph + "\n\n" + paragraph + "\n\n" + paragraph)
	p := apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, customerservice.New(p.Client()).LateReply(t.Context(), question(), text))
	require.Len(t, p.Calls(), 3)
	for _, call := range p.Calls() {
		require.JSONEq(t, `{"touser": "oLiLei", "msgtype": "text", "text": {"content": "`+paragraph+`"}}`, call.Body)
	}

	p = apitest.New(t, apitest.JSON(apitest.OK), apitest.JSON(`{"errcode": 45047, "errmsg": "out of response count limit"}`))
	err := customerservice.New(p.Client()).LateReply(t.Context(), question(), text)
	require.ErrorIs(t, err, errcode.TooManyReplies)
	require.ErrorContains(t, err, "message 2 of 3")
	require.Len(t, p.Calls(), 2)

	p = apitest.New(t)
	for says, text := range map[string]message.TextReply{
		"text (text.content) has 6 messages after it is split, at most 5": message.TextReply(strings.Repeat(paragraph+"\n\n", 6)),
		"text (text.content) has 0 messages":                              "",
	} {
		err := customerservice.New(p.Client()).LateReply(t.Context(), question(), text)
		require.ErrorIs(t, err, errcode.ErrLimit)
		require.ErrorContains(t, err, says)
	}
	require.Empty(t, p.Calls())
}

func TestLateReplyNotConvertible(t *testing.T) {
	for says, reply := range map[string]message.Reply{
		"2 articles":     message.NewsReply{{Title: "a"}, {Title: "b"}},
		"0 articles":     message.NewsReply{},
		"no address":     message.MusicReply{Title: "t", ThumbMediaID: "T"},
		"names no agent": message.TransferReply{},
	} {
		p := apitest.New(t)
		err := customerservice.New(p.Client()).LateReply(t.Context(), question(), reply)
		require.ErrorIs(t, err, customerservice.ErrNotConvertible)
		require.ErrorContains(t, err, says)
		require.Empty(t, p.Calls())
	}
}

func TestLateReplyOfNothing(t *testing.T) {
	p := apitest.New(t)
	s := customerservice.New(p.Client())
	require.NoError(t, s.LateReply(t.Context(), question(), nil))
	require.NoError(t, s.LateReply(t.Context(), question(), (*message.ImageReply)(nil)))
	require.Empty(t, p.Calls())
}

func TestLateReplyRefused(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode": 45015, "errmsg": "response out of time limit"}`))
	err := customerservice.New(p.Client()).LateReply(t.Context(), question(), message.TextReply("x"))
	require.ErrorIs(t, err, errcode.ReplyWindowClosed)
}
