package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), &out))
	for _, line := range []string{
		"to oXiaoMing: success",
		"自行车 & bell",
		"failed:user block",
		"43101",
		"answers the popup: accept",
		"to oXiaoMing: 0 success",
		"8 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
}

func TestPairs(t *testing.T) {
	p := pairs{}
	require.NoError(t, p.Set("thing1=咖啡,time2=12:30=13:00"))
	require.Equal(t, pairs{"thing1": "咖啡", "time2": "12:30=13:00"}, p)
	require.ErrorContains(t, p.Set("thing1"), "name=value")
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", notification{}), "it serves until it is told to end")
	for _, subscription := range []bool{false, true} {
		wanted := notification{to: "oXiaoMing", template: "T", data: pairs{"thing1": "x"}, subscription: subscription}
		require.ErrorIs(t, run(ctx, "127.0.0.1:0", wanted), context.Canceled)
	}
}
