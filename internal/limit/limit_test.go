package limit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

func TestCheck(t *testing.T) {
	require.NoError(t, limit.Check("/x", "button", "buttons", 1, 1, 3))
	require.NoError(t, limit.Check("/x", "button", "buttons", 3, 1, 3))
	for given, want := range map[int]string{
		0: "wechat: /x: button has 0 buttons, at least 1 are needed",
		4: "wechat: /x: button has 4 buttons, at most 3 are allowed",
	} {
		err := limit.Check("/x", "button", "buttons", given, 1, 3)
		require.ErrorIs(t, err, errcode.ErrLimit)
		require.EqualError(t, err, want)
	}
}

func TestRule(t *testing.T) {
	err := limit.Rule("/x", "index", "is negative")
	require.ErrorIs(t, err, errcode.ErrLimit)
	require.EqualError(t, err, "wechat: /x: index is negative")
}

func TestRequired(t *testing.T) {
	require.NoError(t, limit.Required("/x"))
	require.NoError(t, limit.Required("/x", "media_id", "M", "title", " 标题 ", "content", "🎉"))
	for _, empty := range []string{"", " ", "\t\r\n", "\u3000", "\x00\x1f", "\u200b", "\ufeff"} {
		err := limit.Required("/x", "media_id", "M", "title", empty, "content", "")
		require.ErrorIs(t, err, errcode.ErrLimit, "%q", empty)
		require.EqualError(t, err, "wechat: /x: title is empty", "%q", empty)
	}
}
