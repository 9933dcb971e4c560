package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{
		"ok   bot:         creates its menus",
		"Today's song: 茉莉花",
		"Press a button, and I answer.",
		"For users with an iPhone.",
		"苹果专享, 更多",
		"6 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
}

func TestTalk(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader("今日歌曲\n更多/帮助\n没有\n"), &out, false))
	_, talk, found := strings.Cut(out.String(), "Press a button: 今日歌曲, 更多")
	require.True(t, found)
	require.Contains(t, talk, "茉莉花")
	require.Contains(t, talk, "I answer")
	require.Contains(t, talk, "没有", "an unknown button")
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until the context ends and does not change the menu")
	*create = true
	defer func() { *create = false }()
	require.ErrorIs(t, run(ctx, "127.0.0.1:0", true), context.Canceled)
}
