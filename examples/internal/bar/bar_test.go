package bar_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/examples/internal/bar"
)

func TestALineForEachTenth(t *testing.T) {
	var out bytes.Buffer
	b := bar.New(&out, 200)
	for done := range 201 {
		b.Draw(broadcast.Progress{Done: done, Earlier: 3})
	}
	b.End()
	require.Equal(t, 10, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), strings.Repeat("█", 40)+"] 200/200, 3 of them earlier")
	until := time.Now()
	for range 3 {
		b.Draw(broadcast.Progress{Done: 200, PausedUntil: until, Cause: errors.New("quota")})
	}
	require.Equal(t, 1, strings.Count(out.String(), ": quota"), "a pause is a line")
}
