package message_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// parsedTwice returns the message that a bot receives, and its repeat.
func parsedTwice(t *testing.T, text string) (first, repeat message.Message) {
	t.Helper()
	first, err := message.Parse([]byte(text))
	require.NoError(t, err)
	repeat, err = message.Parse([]byte(text))
	require.NoError(t, err)
	return first, repeat
}

func TestKeyOf(t *testing.T) {
	const from = "<ToUserName>gh_shop</ToUserName><FromUserName>oLiLei</FromUserName><CreateTime>1700000000</CreateTime>"
	keys := map[string]string{}
	for name, text := range map[string]string{
		"text":            "<xml>" + from + "<MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>",
		"another text":    "<xml>" + from + "<MsgType>text</MsgType><Content>hi</Content><MsgId>8</MsgId></xml>",
		"another user":    "<xml><ToUserName>gh_shop</ToUserName><FromUserName>oHanMeimei</FromUserName><MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>",
		"another account": "<xml><ToUserName>gh_other</ToUserName><FromUserName>oLiLei</FromUserName><MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>",
		"click":           "<xml>" + from + "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>SALE</EventKey></xml>",
		"other button":    "<xml>" + from + "<MsgType>event</MsgType><Event>CLICK</Event><EventKey>HELP</EventKey></xml>",
		"event with id":   "<xml>" + from + "<MsgType>event</MsgType><Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID><Status>success</Status></xml>",
	} {
		first, repeat := parsedTwice(t, text)
		key := message.KeyOf(first)
		require.Equal(t, key, message.KeyOf(repeat), name)
		require.Len(t, key, 64, name)
		require.Empty(t, keys[key], "%s has the key of %s", name, keys[key])
		keys[key] = name
	}
}

// A Config.Key with KeyOf behaves as none.
func TestKeyOfAsKey(t *testing.T) {
	for _, key := range []func(message.Message) string{nil, message.KeyOf} {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		account, runs := p.Config(), 0
		h, err := message.NewHandler(message.Config{
			Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey, Key: key,
		})
		require.NoError(t, err)
		message.On(h, func(context.Context, *message.ClickEvent) (message.Reply, error) {
			runs++
			return nil, nil
		})
		p.Bot(h)
		m := wechattest.Click("SALE")
		m.CreateTime = p.Now()
		for range 2 {
			_, err = p.User("oLiLei").Send(m)
			require.NoError(t, err)
		}
		m = wechattest.Click("HELP")
		m.CreateTime = p.Now()
		_, err = p.User("oLiLei").Send(m)
		require.NoError(t, err)
		require.Equal(t, 2, runs)
	}
}
