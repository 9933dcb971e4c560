package main

import (
	"bytes"
	"context"
	"os"
	"testing"
	"testing/fstest"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/publish"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), &out))
	for _, line := range []string{
		"done, 3 files uploaded, dropped by the platform: []",
		"7 calls, and the follower has 1 messages",
		"unchanged, 0 files uploaded",
		"0 calls, and the follower has 1 messages",
		`done, 0 files uploaded, dropped by the platform: ["https://www.example.com/far.png"]`,
		"12 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
}

func TestReadPost(t *testing.T) {
	post, err := readPost(embedded, file)
	require.NoError(t, err)
	one := post.Articles[0]
	require.Equal(t, "新的营业时间", one.Title)
	require.Equal(t, "店长", one.Author)
	require.Equal(t, "pictures/cover.jpg", one.Cover)
	require.Contains(t, one.Content, `<img src="pictures/door.png"`)
	require.NotContains(t, one.Content, "新的营业时间")

	for source, want := range map[string]string{
		"text":                    "does not begin with a heading",
		"---\nauthor: x\n# A":     "no end",
		"---\ncolor: x\n---\n# A": "author, digest, cover or source",
	} {
		_, err := readPost(fstest.MapFS{"a.md": {Data: []byte(source)}}, "a.md")
		require.ErrorContains(t, err, want)
	}
	_, err = readPost(embedded, "post/no.md")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestWithAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	redis := miniredis.RunT(t).Addr()
	require.ErrorContains(t, run(ctx, work{redis: redis, tag: -1}), "-file")
	require.ErrorContains(t, run(ctx, work{tag: -1, file: file}), "-redis is required")
	require.ErrorIs(t, run(ctx, work{redis: redis, tag: -1, file: "post/no.md"}), os.ErrNotExist)
	require.ErrorIs(t, run(ctx, work{redis: redis, tag: -1, file: file}), context.Canceled)
}

func TestSteps(t *testing.T) {
	t.Parallel()
	stage, err := transcript.Open(&bytes.Buffer{}, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	require.NoError(t, err)
	defer stage.Close()
	oa, err := stage.Client()
	require.NoError(t, err)
	tag, err := user.New(oa).CreateTag(t.Context(), "熟客")
	require.NoError(t, err)
	stage.Platform.User("oXiaoMing")
	require.NoError(t, user.New(oa).Tag(t.Context(), tag.ID, "oXiaoMing"))
	post, err := readPost(embedded, file)
	require.NoError(t, err)
	w := work{publish: true, tag: tag.ID}
	p := publish.New(oa, nil)
	bot, err := newBot(localAccount(stage.Platform), p)
	require.NoError(t, err)
	stage.Platform.Bot(bot)
	for range 2 {
		require.NoError(t, w.steps(t.Context(), p, post))
	}
	require.Len(t, stage.Platform.Messages("oXiaoMing"), 1)
}
