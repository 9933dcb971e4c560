package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{
		"ok   platform:    verifies the callback URL",
		"Welcome! 欢迎关注",
		"→            Hello, 世界 🌏 & ]]> <friends>\n",
		"→            Hello, 世界 🌏 & ]]> <friends>  (encrypted)\n",
		"[image PICTURE_1]",
		"refused, HTTP 403",
		"3 steps, all as expected.",
		"6 steps, all as expected.",
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

// The page is served while the talk runs, and not after it.
func TestPage(t *testing.T) {
	stdin, typed := io.Pipe()
	out := make(lines, 64)
	ended := make(chan error, 1)
	go func() { ended <- demo(t.Context(), stdin, out, false) }()

	var url string
	for line := range out {
		if _, after, found := strings.Cut(line, "developer's console: "); found {
			url = strings.TrimSpace(after)
			break
		}
	}
	resp, err := http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, string(body), "<html")

	require.NoError(t, typed.Close())
	go func() {
		for range out {
		}
	}()
	require.NoError(t, <-ended)
	_, err = http.Get(url)
	require.Error(t, err)
}

// lines is a writer whose every write is received.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func TestPartOfAnAccount(t *testing.T) {
	for _, name := range []string{"WECHAT_TOKEN", "WECHAT_APPID", "WECHAT_AES_KEY", "WECHAT_SECRET"} {
		t.Setenv(name, "")
	}
	t.Setenv("WECHAT_TOKEN", "weixin")
	t.Setenv("WECHAT_AES_KEY", wechattest.DefaultEncodingAESKey)
	err := run(t.Context(), "127.0.0.1:0", true)
	require.ErrorContains(t, err, "WECHAT_APPID")
	require.NotContains(t, err.Error(), wechattest.DefaultEncodingAESKey)
}

func TestServesAnAccount(t *testing.T) {
	for _, name := range []string{"WECHAT_APPID", "WECHAT_AES_KEY", "WECHAT_SECRET"} {
		t.Setenv(name, "")
	}
	t.Setenv("WECHAT_TOKEN", "weixin")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until it is told to end")
}
