package backoff_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

func TestPauseDoublesUpToMax(t *testing.T) {
	t.Parallel()
	p := backoff.Policy{First: 100 * time.Millisecond, Max: time.Second}
	for attempts, upper := range map[int]time.Duration{
		-1: 100 * time.Millisecond, 0: 100 * time.Millisecond, 1: 100 * time.Millisecond,
		2: 200 * time.Millisecond, 4: 800 * time.Millisecond, 5: time.Second, math.MaxInt: time.Second,
	} {
		shortest, longest := time.Duration(math.MaxInt64), time.Duration(0)
		for range 1000 {
			d := p.Pause(attempts)
			shortest, longest = min(shortest, d), max(longest, d)
		}
		require.GreaterOrEqual(t, shortest, upper/2, "attempts %d", attempts)
		require.LessOrEqual(t, longest, upper, "attempts %d", attempts)
		require.Greater(t, longest-shortest, upper/4, "attempts %d: the pauses are random", attempts)
	}
}

func TestPauseDoesNotOverflow(t *testing.T) {
	t.Parallel()
	p := backoff.Policy{First: time.Second, Max: math.MaxInt64}
	for attempts := range 200 {
		require.Positive(t, p.Pause(attempts), "attempts %d", attempts)
	}
	require.Equal(t, time.Nanosecond, backoff.Policy{First: time.Hour, Max: 1}.Pause(3), "Max is below First")
}

func TestJitter(t *testing.T) {
	t.Parallel()
	require.Zero(t, backoff.Jitter(0))
	require.Zero(t, backoff.Jitter(-time.Second))
	require.GreaterOrEqual(t, backoff.Jitter(math.MaxInt64), time.Duration(0))
	for range 100 {
		require.LessOrEqual(t, backoff.Jitter(1), time.Duration(1))
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := backoff.Policy{First: time.Minute, Max: time.Hour}
		began := time.Now()
		require.NoError(t, p.Wait(t.Context(), 3))
		require.GreaterOrEqual(t, time.Since(began), 2*time.Minute)
		require.LessOrEqual(t, time.Since(began), 4*time.Minute)
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("shutting down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(reason) })
		began := time.Now()
		require.ErrorIs(t, backoff.Policy{First: time.Hour, Max: time.Hour}.Wait(ctx, 1), reason)
		require.Equal(t, time.Second, time.Since(began))
	})
}
