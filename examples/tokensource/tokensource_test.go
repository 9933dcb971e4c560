package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

func TestDemo(t *testing.T) {
	for range 2 { // a second time with what the first one left in Redis
		var out bytes.Buffer
		require.NoError(t, withRedis("", func(rdb *redis.Client) error { return demo(t.Context(), &out, rdb) }), out.String())
		require.Contains(t, out.String(), "tokens fetched so far: 1")
		require.Contains(t, out.String(), "tokens fetched so far: 2")
		require.Contains(t, out.String(), "4 steps, all as expected.")
		require.NotContains(t, out.String(), "FAIL")
	}
}

func newSource(t *testing.T, server *miniredis.Miniredis) central {
	rdb := redis.NewClient(&redis.Options{
		Addr: server.Addr(), MaxRetries: -1, DialerRetries: 1,
		PoolSize: 64, // no call waits for a connection: the timers of such waits are shared by all bubbles
	})
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	stage, err := transcript.Open(io.Discard, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, stage.Close()) })
	source, err := localSource(stage, rdb)
	require.NoError(t, err)
	return source
}

func TestSourceKeepsTheContract(t *testing.T) {
	server := miniredis.RunT(t) // outside the bubble, whose time passes while nobody waits for Redis
	tokentest.RunInBubble(t, func(t *testing.T) token.Source {
		server.FlushAll()
		return newSource(t, server)
	})
}

func TestSourceFails(t *testing.T) {
	server := miniredis.RunT(t)
	source := newSource(t, server)
	good := source.fetch
	source.fetch = token.SourceFunc(func(context.Context) (token.Token, error) { return token.Token{}, errors.New("platform down") })
	_, err := source.Token(t.Context())
	require.ErrorContains(t, err, "platform down")
	source.fetch = good
	first, err := source.Token(t.Context())
	require.NoError(t, err, "the lock was given back")

	require.NoError(t, source.Invalidate(t.Context(), token.New("an older one", first.Expiry())))
	kept, err := source.Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, first.Value(), kept.Value())

	require.NoError(t, server.Set(localKey, "something else"))
	_, err = source.Token(t.Context())
	require.ErrorContains(t, err, localKey)

	server.Close()
	_, err = source.Token(t.Context())
	require.ErrorContains(t, err, "central token")
	require.NotContains(t, err.Error(), first.Value())
	require.ErrorContains(t, source.Invalidate(t.Context(), first), "central token")
}

func TestCallsAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	address := ""
	require.ErrorIs(t, run(ctx, address), context.Canceled)
	t.Setenv("WECHAT_SECRET", "")
	require.ErrorContains(t, run(ctx, address), "WECHAT_SECRET")
}
