package main

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{
		"ok   user:        sends a photo",
		"4004 bytes of image/jpeg",
		"ok   user:        says 猫 & dog",
		"bytes of image/png",
		"2 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
}

func TestTalk(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader("a\nb\n"), &out, false))
	_, talk, found := strings.Cut(out.String(), "Say a word")
	require.True(t, found)
	require.Equal(t, 2, strings.Count(talk, "[image "))
}

func TestDrawings(t *testing.T) {
	one, err := draw("one")
	require.NoError(t, err)
	other, err := draw("other")
	require.NoError(t, err)
	require.NotEqual(t, one, other)
	config, err := png.DecodeConfig(bytes.NewReader(one))
	require.NoError(t, err)
	require.Equal(t, 240, config.Width)
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until the context ends")
	t.Setenv("WECHAT_SECRET", "")
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "WECHAT_SECRET")
}
