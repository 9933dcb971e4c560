package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{
		"ok   the platform: verifies the callback URL",
		"Welcome! 欢迎关注",
		"Hello, 世界 🌏 & <friends>",
		"Hello, encrypted ]]> world  (encrypted)",
		"[image PICTURE_1]  (encrypted)",
		"refused, HTTP 403",
		"9 steps, all as they should be.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
	require.NotContains(t, out.String(), wechattest.DefaultEncodingAESKey)
}

func TestTalk(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader("吃了吗\nyes & no\n\nnever said\n"), &out, false))
	_, talk, found := strings.Cut(out.String(), "Talk to the bot")
	require.True(t, found)
	require.Contains(t, talk, "> 吃了吗\n> yes & no\n> ")
	require.NotContains(t, talk, "never said")
}

// A step that fails is told and fails the program.
func TestTranscriptCountsFailures(t *testing.T) {
	tr := &transcript{out: io.Discard}
	tr.line("user", "says", "nothing", true)
	require.NoError(t, tr.summary())
	tr.line("user", "says", "nothing", false)
	require.ErrorContains(t, tr.summary(), "1 of 2 steps failed")
}

func TestPartOfAnAccount(t *testing.T) {
	for _, name := range []string{setup.Token, setup.AppID, setup.AESKey, setup.Secret} {
		t.Setenv(name, "")
	}
	t.Setenv(setup.Token, "weixin")
	t.Setenv(setup.AESKey, wechattest.DefaultEncodingAESKey)
	err := run(t.Context(), "127.0.0.1:0", true)
	require.ErrorContains(t, err, setup.AppID)
	require.NotContains(t, err.Error(), wechattest.DefaultEncodingAESKey)
}

func TestServesAnAccount(t *testing.T) {
	for _, name := range []string{setup.AppID, setup.AESKey, setup.Secret} {
		t.Setenv(name, "")
	}
	t.Setenv(setup.Token, "weixin")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until it is told to end")
}
