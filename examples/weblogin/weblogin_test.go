package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader(""), &out, true))
	for _, line := range []string{
		"snsapi_base, and back on the page",
		"snsapi_userinfo, and back on the page",
		"ok   visitor:     opens the account page: not a follower",
		"ok   visitor:     sends the password of a user who is bound",
		"the virtual user is turned away",
		"The same login in the sessions of gorilla",
		"27 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
	require.NotContains(t, out.String(), wechattest.DefaultSecret)
}

func TestServesABrowser(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), strings.NewReader("what?\n"), &out, false))
	require.Equal(t, 2, strings.Count(out.String(), "Open http://127.0.0.1:"))
}

func TestServesAnAccount(t *testing.T) {
	for _, name := range []string{"WECHAT_TOKEN", "WECHAT_APPID", "WECHAT_AES_KEY", "WECHAT_SECRET"} {
		t.Setenv(name, "")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	oldSite, oldKeep, oldStaff := *site, *keep, *staffFile
	t.Cleanup(func() { *site, *keep, *staffFile = oldSite, oldKeep, oldStaff })
	t.Setenv("WECHAT_SECRET", "a-secret")
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "WECHAT_APPID")
	t.Setenv("WECHAT_APPID", wechattest.DefaultAppID)
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "-site is missing")
	for address, want := range map[string]string{
		"www.example.com":        "RedirectURL is not an http",
		"http://www.example.com": "no TLS",
	} {
		*site = address
		require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), want)
	}
	*site = "https://www.example.com/"
	*keep = "paper"
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), `-sessions "paper" is not known: it is cookie, scs or gorilla`)
	*keep = "cookie"
	*staffFile = filepath.Join(t.TempDir(), "staff.json")
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "-staff: ")
	require.NoError(t, os.WriteFile(*staffFile, []byte(`{"lilei": 3}`), 0o600))
	require.ErrorContains(t, run(ctx, "127.0.0.1:0", true), "is not a JSON object of names and passwords")
	require.NoError(t, os.WriteFile(*staffFile, []byte(`{"lilei": "winter"}`), 0o600))
	require.NoError(t, run(ctx, "127.0.0.1:0", true), "it serves until it is told to end")
}
