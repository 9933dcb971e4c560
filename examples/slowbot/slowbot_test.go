package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// shown runs the demo on a fake clock.
func shown(t *testing.T, s slowness) (text string, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		err = demo(t.Context(), &out, s)
		text = out.String()
	})
	return text, err
}

func TestThreeWays(t *testing.T) {
	text, err := shown(t, slowness{})
	require.NoError(t, err)
	for _, line := range []string{
		"42.\" in time, with delivery 1, after 1.0 s",
		"42.\" in time, with delivery 2, after 7.0 s",
		"success after 4.5 s;",
		"42.\" late, as a customer-service message, after 7.0 s",
		"3 steps, all as expected.",
	} {
		require.Contains(t, text, line)
	}
}

func TestTimeOnTheCommandLine(t *testing.T) {
	for takes, want := range map[time.Duration][]string{
		4 * time.Second:  {"delivery 1, after 4.0 s", "delivery 1, after 4.0 s"},
		12 * time.Second: {"late, as a customer-service message, after 12.0 s", "delivery 3, after 12.0 s"},
		20 * time.Second: {"late, as a customer-service message, after 20.0 s", "success after 14.0 s"},
	} {
		text, err := shown(t, slowness{takes: takes})
		require.NoError(t, err)
		alone, held, found := strings.Cut(text, "The same, held")
		require.True(t, found)
		require.Contains(t, alone, want[0])
		require.Contains(t, held, want[1])
	}
}

// What takes longer than a minute is given up, and the demo says that it failed.
func TestTooSlow(t *testing.T) {
	text, err := shown(t, slowness{takes: 2 * time.Minute})
	require.ErrorContains(t, err, "2 of 2 steps failed")
	require.Contains(t, text, "the user got 0 answers")
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, s := range []slowness{{takes: time.Second}, {takes: time.Second, hold: true}} {
		require.NoError(t, run(ctx, "127.0.0.1:0", s), "it serves until it is told to end")
	}
}
