package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, ""), out.String())
	for _, line := range []string{
		"tokens fetched from the platform so far: 1",
		"4 went through, 6 were refused with 45011",
		"refused: errcode 48001, gateway: forbidden_path: ",
		"refused: errcode 40097, gateway: bad_request: ",
		"10 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
	require.NotContains(t, out.String(), wechattest.DefaultSecret)
	require.NotContains(t, out.String(), "wgk_")
}
