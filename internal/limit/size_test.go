package limit_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

func TestSize(t *testing.T) {
	_, err := limit.Size("/x", "img", nil, 3)
	require.EqualError(t, err, "wechat: /x: img has no reader")
	for size, want := range map[int]string{
		0: "wechat: /x: img has 0 bytes, at least 1 are needed",
		3: "",
		4: "wechat: /x: img has 4 bytes, at most 3 are allowed",
	} {
		_, err := limit.Size("/x", "img", strings.NewReader(strings.Repeat("x", size)), 3)
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, want)
	}
}

// A reader that does not know its size fails while it is read.
func TestSizeOfAStream(t *testing.T) {
	read := func(content string) (string, error) {
		r, err := limit.Size("/x", "img", iotest.OneByteReader(strings.NewReader(content)), 3)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		return string(got), err
	}
	got, err := read("xyz")
	require.NoError(t, err)
	require.Equal(t, "xyz", got)
	_, err = read("wxyz")
	require.ErrorIs(t, err, errcode.ErrLimit)
	require.EqualError(t, err, "wechat: /x: img has 4 bytes, at most 3 are allowed")
}
