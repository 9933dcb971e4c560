package main

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestDemo(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, demo(t.Context(), &out), out.String())
	for _, line := range []string{
		"授权成功 " + flowers + " has authorized 2 permission sets",
		"账号 " + books + ": 还在吗",
		"2 accounts answered",
		"checks the nationwide release",
		"12 steps, all as expected.",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "FAIL")
	require.NotContains(t, out.String(), wechattest.DefaultComponentSecret)
}

// A step that fails is printed, and the program fails.
func TestFailedStep(t *testing.T) {
	var out bytes.Buffer
	s := &stage{out: &out}
	s.step("somebody", "does something", "right", func() (string, error) { return "wrong", nil })
	require.Equal(t, 1, s.failed)
	require.Contains(t, out.String(), "FAIL somebody:")
}

func TestAuthorizedTellsWhatWentWrong(t *testing.T) {
	for status, err := range map[int]error{403: component.ErrState, 502: component.ErrNoTicket} {
		w := httptest.NewRecorder()
		authorized(w, nil, nil, err)
		require.Equal(t, status, w.Code)
	}
}

func TestRunNamesWhatIsMissing(t *testing.T) {
	for name, value := range map[string]string{"WECHAT_TOKEN": "t", "WECHAT_APPID": "wxC", "WECHAT_SECRET": "s", "WECHAT_SEAL_KEY": "", "WECHAT_URL": ""} {
		t.Setenv(name, value)
	}
	require.ErrorContains(t, run(t.Context(), ":0", "unused"), "WECHAT_AES_KEY")
	t.Setenv("WECHAT_AES_KEY", wechattest.DefaultEncodingAESKey)
	require.ErrorContains(t, run(t.Context(), ":0", "unused"), "WECHAT_SEAL_KEY")
	t.Setenv("WECHAT_SEAL_KEY", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	require.ErrorContains(t, run(t.Context(), ":0", "unused"), "WECHAT_URL")
	t.Setenv("WECHAT_URL", "https://example.com")
	require.ErrorContains(t, run(t.Context(), ":0", ""), "-redis is required")
}
