package safemode

import (
	"context"
	"fmt"
	"log"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func echo(_ context.Context, m *message.Text) (message.Reply, error) {
	return message.TextReply(m.Content), nil
}

func setAccount(t testing.TB, c wechattest.Config) {
	t.Setenv("WECHAT_TOKEN", c.Token)
	t.Setenv("WECHAT_APPID", c.AppID)
	t.Setenv("WECHAT_AES_KEY", c.EncodingAESKey)
}

func TestSafe(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	setAccount(t, p.Config())
	bot, err := safe()
	require.NoError(t, err)
	message.On(bot, echo)
	p.Bot(bot)
	require.NoError(t, p.Verify())
	for _, mode := range []wechattest.Mode{wechattest.Safe, wechattest.Compat} {
		require.NoError(t, p.Reconfigure(func(c *wechattest.Config) { c.Mode = mode }))
		reply, err := p.User("oLiLei").Text("hello")
		require.NoError(t, err)
		require.Equal(t, "hello", reply.Content)
		require.True(t, reply.Encrypted)
	}
}

// The account changes from plaintext mode to safe mode while the handler runs, and no
// message is lost.
func Example_moving() {
	account := wechattest.Config{Mode: wechattest.Plain, EncodingAESKey: newAESKey()}
	p, err := wechattest.Open(account)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	bot, err := message.NewHandler(message.Config{
		Token:                  p.Config().Token,
		AppID:                  p.Config().AppID,
		EncodingAESKey:         account.EncodingAESKey,
		InsecureAllowPlaintext: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	message.On(bot, echo)
	p.Bot(bot)
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Compat, wechattest.Safe} {
		p.Reconfigure(func(c *wechattest.Config) { c.Mode = mode }) // what the console does
		reply, err := p.User("oLiLei").Text("hello")
		fmt.Println(mode, reply.Saw(), err)
	}
	// Output:
	// Plain hello <nil>
	// Compat hello <nil>
	// Safe hello <nil>
}

// Every forged request is refused.
func Example_forgeries() {
	p, err := wechattest.Open(wechattest.Config{Mode: wechattest.Safe})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	account := p.Config()
	bot, err := message.NewHandler(message.Config{
		Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey,
	})
	if err != nil {
		log.Fatal(err)
	}
	p.Bot(bot)
	forgeries := wechattest.Forgeries(wechattest.Safe)
	refused := 0
	for _, forgery := range forgeries {
		d, err := p.User("oLiLei").Forge(forgery, wechattest.Text("hello"))
		if err == nil && d.Refused() {
			refused++
		}
	}
	fmt.Println("all refused:", refused == len(forgeries))
	// Output: all refused: true
}

func TestMoving(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Plain, EncodingAESKey: newAESKey()})
	setAccount(t, p.Config())
	bot, err := moving()
	require.NoError(t, err)
	message.On(bot, echo)
	p.Bot(bot)
	for _, mode := range []wechattest.Mode{wechattest.Plain, wechattest.Safe} {
		require.NoError(t, p.Reconfigure(func(c *wechattest.Config) { c.Mode = mode }))
		_, err = p.User("oLiLei").Text("hello")
		require.NoError(t, err)
	}
}

func TestRotating(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	t.Setenv("WECHAT_APPID", p.Config().AppID)
	t.Setenv("WECHAT_OLD_TOKEN", p.Config().Token)
	t.Setenv("WECHAT_OLD_AES_KEY", p.Config().EncodingAESKey)
	key := newAESKey()
	t.Setenv("WECHAT_TOKEN", "newtoken2026")
	t.Setenv("WECHAT_AES_KEY", key)
	bot, err := rotating()
	require.NoError(t, err)
	message.On(bot, echo)
	p.Bot(bot)
	_, err = p.User("oLiLei").Text("before")
	require.NoError(t, err)
	require.NoError(t, p.Reconfigure(func(c *wechattest.Config) { c.Token, c.EncodingAESKey = "newtoken2026", key }))
	require.NoError(t, p.Verify(), "the console verifies the URL with the new token")
	_, err = p.User("oLiLei").Text("after")
	require.NoError(t, err)
}
