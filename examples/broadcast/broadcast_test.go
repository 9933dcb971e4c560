package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/notice"
)

// TestMain makes the test binary the process that the demonstration starts and kills.
func TestMain(m *testing.M) {
	if child() {
		return
	}
	os.Exit(m.Run())
}

// A process that is stopped releases its lease, and the next one continues at once.
func TestDemo(t *testing.T) { testDemo(t, stopped) }

// A process that is killed keeps its lease for up to 15 seconds.
func TestSoakKill(t *testing.T) {
	if os.Getenv("WECHAT_SOAK") != "1" {
		t.Skip("it waits for the end of a lease; set WECHAT_SOAK=1")
	}
	testDemo(t, killed)
}

func testDemo(t *testing.T, end ending) {
	var out bytes.Buffer
	err := demo(t.Context(), &out, 200, end)
	require.NoError(t, err, out.String())
	for _, line := range []string{
		"sends, and is " + string(end) + " in the middle",
		"each of 200 followers has one result",
		"blocked by the user",
		"4 steps, all as expected.",
		"200/200",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
}

func TestPairs(t *testing.T) {
	p := pairs{notice.Data{}}
	require.NoError(t, p.Set("thing1=咖啡,time2=12:30=13:00"))
	require.Equal(t, notice.Data{"thing1": {Value: "咖啡"}, "time2": {Value: "12:30=13:00"}}, p.data)
	require.ErrorContains(t, p.Set("thing1"), "name=value")
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "weixin", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	redis := miniredis.RunT(t).Addr()
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", campaign{}, redis), "-name and -template")
	cancel()
	c := campaign{name: "n", template: "T", results: filepath.Join(t.TempDir(), "results.csv")}
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", c, ""), "-redis is required")
	require.ErrorIs(t, run(ctx, "127.0.0.1:0", c, redis), context.Canceled)
}
