package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/user"
)

func TestDemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, demo(t.Context(), &out), "%s", &out)
		require.Contains(t, out.String(), "12345 rows, one for each follower")
		require.Contains(t, out.String(), "4 steps, all as expected.")
		require.NotContains(t, out.String(), "FAIL")
	})
}

// Wherever a write was cut off, the next run removes the piece and keeps the whole rows.
func TestTableIsMended(t *testing.T) {
	name := filepath.Join(t.TempDir(), "followers.csv")
	table, err := openTable(name)
	require.NoError(t, err)
	require.NoError(t, table.add([]user.Profile{{OpenID: "oAnna", Remark: "=1+1"}, {OpenID: "oBert", Remark: "two\nlines, \"quoted\""}, {OpenID: "oCora"}}))
	require.NoError(t, table.Close())
	whole, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(whole), ",'=1+1\n", "no formula for a spreadsheet")
	for cut := range len(whole) + 1 {
		require.NoError(t, os.WriteFile(name, whole[:cut], 0o600))
		table, err := openTable(name)
		require.NoError(t, err, "cut at %d", cut)
		var rest []user.Profile
		for _, p := range []user.Profile{{OpenID: "oAnna", Remark: "=1+1"}, {OpenID: "oBert", Remark: "two\nlines, \"quoted\""}, {OpenID: "oCora"}} {
			if !table.have[p.OpenID] {
				rest = append(rest, p)
			}
		}
		require.NoError(t, table.add(rest))
		require.NoError(t, table.Close())
		mended, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, string(whole), string(mended), "cut at %d", cut)
	}
}

func TestNotATable(t *testing.T) {
	name := filepath.Join(t.TempDir(), "other.csv")
	require.NoError(t, os.WriteFile(name, []byte("a,b\nc,d\n"), 0o600))
	_, err := openTable(name)
	require.ErrorContains(t, err, "is not a table of followers")
	left, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "a,b\nc,d\n", string(left))
}

func TestExportsAnAccount(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "", "WECHAT_APPID": "wx5a1d7e92c04b6f38", "WECHAT_SECRET": "made up", "WECHAT_AES_KEY": ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	out := filepath.Join(t.TempDir(), "followers.csv")
	require.ErrorIs(t, run(ctx, out), context.Canceled)
}
