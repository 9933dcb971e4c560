package main

import (
	"bytes"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestMove(t *testing.T) {
	server := miniredis.RunT(t)
	for range 2 { // a second time with what the first one left in Redis
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), &out, server.Addr()), out.String())
		require.Contains(t, out.String(), "3 of 3 answers are equal")
		require.Contains(t, out.String(), "16 steps, all as expected.")
		require.NotContains(t, out.String(), "FAIL")
	}
}

func TestRunsItsOwnRedis(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, ""), out.String())
}

func TestRehearsalFindsDifference(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	body := `<xml><ToUserName>` + p.Config().OriginalID + `</ToUserName><FromUserName>oUser</FromUserName><CreateTime>1769300000</CreateTime><MsgType>text</MsgType><Content>你好</Content><MsgId>1</MsgId></xml>`
	_, err := rehearse(p.Config(), []record{{[]byte(body), "再见"}})
	require.ErrorContains(t, err, "再见")
}

func TestOldAnswers(t *testing.T) {
	require.Equal(t, "听不懂", oldAnswer(&message.MixMessage{}))
}

func TestNoToken(t *testing.T) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	defer rdb.Close()
	source := oldTokenOf(rdb, "wx0123456789abcdef")
	_, err := source.Token(t.Context())
	require.ErrorContains(t, err, "no token at gowechat_officialaccount__access_token_wx0123456789abcdef")
	server.Close()
	_, err = source.Token(t.Context())
	require.ErrorContains(t, err, "token of the old program")
}
