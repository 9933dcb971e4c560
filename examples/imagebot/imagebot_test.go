package main

import (
	"bytes"
	"context"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
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
	for name, value := range map[string]string{setup.Token: "weixin", setup.AppID: "wx5a1d7e92c04b6f38", setup.Secret: "made up", setup.AESKey: ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, program.Run(ctx, "127.0.0.1:0", true), "it serves until the context ends")
	t.Setenv(setup.Secret, "")
	require.ErrorContains(t, program.Run(ctx, "127.0.0.1:0", true), setup.Secret)
}
