package local_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/examples/internal/local"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A step that fails is told and fails the program.
func TestStageCountsFailures(t *testing.T) {
	var out bytes.Buffer
	stage, err := local.Open(&out)
	require.NoError(t, err)
	stage.Step("user", "says yes", func() (string, error) { return "fine", nil })
	stage.Step("user", "says no", func() (string, error) { return "not fine", errors.New("at all") })
	require.ErrorContains(t, stage.Close(), "1 of 2 steps failed")
	require.Contains(t, out.String(), "ok   user:        says yes")
	require.Contains(t, out.String(), "FAIL user:        says no")
	require.Contains(t, out.String(), "not fine at all")
}

func TestOutcomes(t *testing.T) {
	reply := &wechattest.Reply{Shown: wechattest.Shown{Type: wechattest.ReplyText, Content: "hello"}}
	saw, err := local.Sees("ell")(reply, nil)
	require.NoError(t, err)
	require.Equal(t, "hello", saw)
	_, err = local.Sees("bye")(reply, nil)
	require.ErrorContains(t, err, "bye")

	reports := make(chan string, 2)
	reports <- "sent"
	reports <- "lost"
	_, err = local.Next(t.Context(), reports, "sent")
	require.NoError(t, err)
	_, err = local.Next(t.Context(), reports, "sent")
	require.Error(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = local.Next(ctx, reports, "sent")
	require.ErrorIs(t, err, context.Canceled)
}

func TestTalk(t *testing.T) {
	var out bytes.Buffer
	stage, err := local.Open(&out)
	require.NoError(t, err)
	stage.Talk(t.Context(), strings.NewReader("a\nb\n\nc\n"), "Say something", strings.ToUpper)
	require.NoError(t, stage.Close())
	require.Contains(t, out.String(), "> A\n> B\n> \n")
	require.NotContains(t, out.String(), "C\n>")
}
