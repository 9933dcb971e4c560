package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
)

func shown(t *testing.T, redisAddress, in string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(in), &out, in == "", redisAddress))
	for _, line := range []string{
		"One large 茶, coming up.",
		"One small water, coming up.",
		"Which size?  (instance 2, then 1)",
		"One medium coffee, coming up.",
		"9 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	return out.String()
}

func TestInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { shown(t, "", "") })
}

func TestTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, talk, _ := strings.Cut(shown(t, "", "hello\nmilk\ntall\n\n"), "Order something")
		require.Contains(t, talk, "> What would you like to drink?\n> Which size?\n> One tall milk, coming up.\n")
	})
}

func TestOverRedis(t *testing.T) {
	address := miniredis.RunT(t).Addr() // outside the bubble, whose time passes while nobody waits for Redis
	synctest.Test(t, func(t *testing.T) { shown(t, address, "") })
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": "", "WECHAT_SECRET": "", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	address := ""
	require.NoError(t, run(ctx, "127.0.0.1:0", true, address), "it serves until it is told to end")
}
