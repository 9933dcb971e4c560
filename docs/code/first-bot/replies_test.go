package firstbot

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestReplies(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	bot, err := message.NewHandler(message.Config{Token: p.Config().Token})
	require.NoError(t, err)
	bot.Use(logMessages)
	registerReplies(bot)
	message.On(bot, welcomeByScene)
	p.Bot(bot)

	newcomer := p.Stranger("oHanMeimei")
	welcome, err := newcomer.Scan("store-12", "")
	require.NoError(t, err)
	require.Equal(t, "欢迎来自store-12的朋友！", welcome.Content)

	user := p.User("oLiLei")
	sale, err := user.Click("SALE")
	require.NoError(t, err)
	require.Equal(t, "双十一主会场", sale.Articles[0].Title)

	agent, err := user.Text("人工")
	require.NoError(t, err)
	require.Equal(t, wechattest.ReplyTransfer, agent.Type)

	nothing, err := user.Text("something else")
	require.NoError(t, err)
	require.Equal(t, wechattest.ReplyNone, nothing.Type)

	_, err = user.Unfollow()
	require.NoError(t, err)
}
