package guard_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
	"github.com/seed-f21aa8d8/wechat/store"
)

// slow fails after a while, and counts.
func slow(after time.Duration, calls *int) func(context.Context, store.Store) error {
	return func(ctx context.Context, _ store.Store) error {
		*calls++
		select {
		case <-time.After(after):
			return errors.New("connection refused")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A store that is slow to fail is asked once a second, not by every message; when it
// is back it is used again. The log has a line a minute.
func TestSlowStoreIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		g := guard.New(store.NewMemory(), slog.New(slog.NewTextHandler(&log, nil)))
		calls := 0
		for range 200 {
			require.Error(t, g.Call(slow(time.Hour, &calls)))
			time.Sleep(10 * time.Millisecond)
		}
		require.InDelta(t, 2, calls, 1)
		require.EqualValues(t, calls, g.Failures())
		time.Sleep(time.Second)
		require.ErrorIs(t, g.Call(slow(time.Hour, &calls)), context.DeadlineExceeded)
		begin := time.Now()
		require.ErrorIs(t, g.Call(slow(time.Hour, &calls)), guard.ErrDown)
		require.Zero(t, time.Since(begin), "the pause costs a message nothing")
		time.Sleep(time.Second)
		require.NoError(t, g.Call(func(context.Context, store.Store) error { return nil }))
		require.NoError(t, g.Call(func(context.Context, store.Store) error { return nil }))
		require.Equal(t, 1, strings.Count(log.String(), "\n"))
		time.Sleep(time.Minute)
		require.Error(t, g.Call(slow(0, &calls)))
		require.Equal(t, 2, strings.Count(log.String(), "\n"))
	})
}

// A store that fails at once is asked each time, as that costs nothing.
func TestQuickFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard.New(store.NewMemory(), slog.New(slog.DiscardHandler))
		calls := 0
		for range 10 {
			require.ErrorContains(t, g.Call(slow(0, &calls)), "connection refused")
		}
		require.Equal(t, 10, calls)
	})
}

func TestCallIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := guard.New(store.NewMemory(), slog.New(slog.DiscardHandler))
		begin, calls := time.Now(), 0
		require.ErrorIs(t, g.Call(slow(time.Hour, &calls)), context.DeadlineExceeded)
		require.Equal(t, 500*time.Millisecond, time.Since(begin))
	})
}

func TestPanicIsAnError(t *testing.T) {
	var log bytes.Buffer
	g := guard.New(store.NewMemory(), slog.New(slog.NewTextHandler(&log, nil)))
	err := g.Call(func(context.Context, store.Store) error { panic("password ouch") })
	require.EqualError(t, err, "the store panicked: a value of type string")
	require.EqualValues(t, 1, g.Failures())
	require.NotContains(t, log.String(), "ouch")
	require.Regexp(t, `error="the store panicked: a value of type string" stack=".*TestPanicIsAnError`, log.String())
	require.Nil(t, guard.New(nil, nil))
	require.Zero(t, guard.New(nil, nil).Failures())
}
