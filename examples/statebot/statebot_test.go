package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
)

func transcript(t *testing.T, redisAddress, in string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, demo(&redisAddress)(t.Context(), strings.NewReader(in), &out, in == ""))
	for _, line := range []string{
		"One large 茶, coming up.",
		"One small water, coming up.",
		"Which size?  (instance 2, then 1)",
		"One medium coffee, coming up.",
		"9 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	return out.String()
}

func TestInMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { transcript(t, "", "") })
}

func TestTalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, talk, _ := strings.Cut(transcript(t, "", "hello\nmilk\ntall\n\n"), "Order something")
		require.Contains(t, talk, "> What would you like to drink?\n> Which size?\n> One tall milk, coming up.\n")
	})
}

func TestServesAnAccount(t *testing.T) {
	for name, value := range map[string]string{setup.Token: "weixin", setup.AppID: "", setup.Secret: "", setup.AESKey: ""} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	address := ""
	require.NoError(t, program(&address).Run(ctx, "127.0.0.1:0", true), "it serves until it is told to end")
}
