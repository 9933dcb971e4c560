package transcript_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// A step that fails is printed, and the program fails.
func TestCountsFailures(t *testing.T) {
	var out bytes.Buffer
	stage, err := transcript.Open(&out, wechattest.Config{})
	require.NoError(t, err)
	stage.Step("user", "says yes", func() (string, error) { return "fine", nil })
	stage.Step("user", "says no", func() (string, error) { return "not fine", errors.New("at all") })
	require.ErrorContains(t, stage.Close(), "1 of 2 steps failed")
	require.Contains(t, out.String(), "ok   user:        says yes")
	require.Contains(t, out.String(), "FAIL user:        says no")
	require.Contains(t, out.String(), "not fine at all")
}

// The last line counts the steps.
func TestCounts(t *testing.T) {
	for steps, want := range map[int]string{0: "\n0 steps, all as expected.\n", 1: "\n1 step, as expected.\n", 2: "\n2 steps, all as expected.\n"} {
		var out bytes.Buffer
		stage, err := transcript.Open(&out, wechattest.Config{})
		require.NoError(t, err)
		for range steps {
			stage.Step("user", "says yes", func() (string, error) { return "fine", nil })
		}
		require.NoError(t, stage.Close())
		require.True(t, strings.HasSuffix(out.String(), want), out.String())
	}
}

func TestSees(t *testing.T) {
	reply := &wechattest.Reply{Shown: wechattest.Shown{Type: wechattest.ReplyText, Content: "hello"}}
	saw, err := transcript.Sees("ell")(reply, nil)
	require.NoError(t, err)
	require.Equal(t, "hello", saw)
	_, err = transcript.Sees("bye")(reply, nil)
	require.ErrorContains(t, err, "bye")
}

func TestTalk(t *testing.T) {
	var out bytes.Buffer
	stage, err := transcript.Open(&out, wechattest.Config{})
	require.NoError(t, err)
	stage.Talk(t.Context(), strings.NewReader("a\nb\n\nc\n"), "Say something", strings.ToUpper)
	require.NoError(t, stage.Close())
	require.Contains(t, out.String(), "> A\n> B\n> \n")
	require.NotContains(t, out.String(), "C\n>")
}

func TestServesUntilClose(t *testing.T) {
	stage, err := transcript.Open(&bytes.Buffer{}, wechattest.Config{})
	require.NoError(t, err)
	address, err := stage.Serve(http.NotFoundHandler())
	require.NoError(t, err)
	resp, err := http.Get(address + "/")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
	require.NoError(t, stage.Close())
	_, err = http.Get(address + "/")
	require.Error(t, err)
}

func TestClient(t *testing.T) {
	stage, err := transcript.Open(&bytes.Buffer{}, wechattest.Config{})
	require.NoError(t, err)
	defer stage.Close()
	oa, err := stage.Client()
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil))
}
