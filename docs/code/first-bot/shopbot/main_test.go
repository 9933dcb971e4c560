package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestBot(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	account := p.Config()
	bot, err := newBot(message.Config{
		Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
	})
	require.NoError(t, err)
	p.Bot(bot)
	require.NoError(t, p.Verify())

	user := p.Stranger("oLiLei")
	welcome, err := user.Follow()
	require.NoError(t, err)
	require.Contains(t, welcome.Content, "欢迎关注")

	reply, err := user.Text("营业时间")
	require.NoError(t, err)
	require.Equal(t, "每天 9:00–21:00", reply.Content)

	reply, err = user.SendImage("cat.png", []byte("a picture"))
	require.NoError(t, err)
	require.Equal(t, wechattest.ReplyImage, reply.Type)
}
