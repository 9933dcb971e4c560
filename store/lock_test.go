package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
)

const lease = 10 * time.Second

func TestLockIsExclusive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		var done sync.WaitGroup
		inside, entered := 0, 0 // the race detector watches them too
		for range 50 {
			done.Go(func() {
				lock, err := store.Acquire(ctx, m, "lock", lease)
				require.NoError(t, err)
				inside++
				entered++
				time.Sleep(100 * time.Millisecond)
				require.Equal(t, 1, inside)
				inside--
				require.NoError(t, lock.Release(ctx))
			})
		}
		done.Wait()
		require.Equal(t, 50, entered)
	})
}

func TestLockOfADeadHolderFreesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		start := time.Now()
		_, acquired, err := store.TryAcquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		require.True(t, acquired)
		lock, err := store.Acquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		waited := time.Since(start)
		require.GreaterOrEqual(t, waited, lease)
		require.LessOrEqual(t, waited, lease+250*time.Millisecond)
		require.Equal(t, time.Now().Add(lease), lock.Until())
	})
}

func TestAcquireEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := store.NewMemory()
		held, err := store.Acquire(t.Context(), m, "lock", time.Hour)
		require.NoError(t, err)
		defer held.Release(t.Context())

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err = store.Acquire(ctx, m, "lock", lease)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))

		gone := errors.New("the caller has left")
		withCause, cancelCause := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancelCause(gone) })
		_, err = store.Acquire(withCause, m, "lock", lease)
		require.ErrorIs(t, err, gone)

		_, acquired, err := store.TryAcquire(ctx, m, "lock", lease)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, acquired)
	})
}

func TestLockNeedsALease(t *testing.T) {
	for _, bad := range []time.Duration{0, -1} {
		_, err := store.Acquire(t.Context(), store.NewMemory(), "lock", bad)
		require.ErrorContains(t, err, "not positive")
	}
}

func TestRenewKeepsTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		lock, err := store.Acquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		work, cancel := lock.Context(ctx)
		defer cancel()
		for range 10 {
			time.Sleep(lease - 1)
			require.NoError(t, lock.Renew(ctx))
			require.Equal(t, time.Now().Add(lease), lock.Until())
			_, acquired, err := store.TryAcquire(ctx, m, "lock", lease)
			require.NoError(t, err)
			require.False(t, acquired)
		}
		require.NoError(t, work.Err())
		time.Sleep(lease)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(work), store.ErrLockLost)
		require.ErrorIs(t, lock.Renew(ctx), store.ErrLockLost)
		require.ErrorIs(t, lock.Release(ctx), store.ErrLockLost)
	})
}

// A holder that was paused beyond its lease must learn it, and must not free the
// lock that another holder has acquired in between.
func TestPausedHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		paused, err := store.Acquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		time.Sleep(lease)
		next, acquired, err := store.TryAcquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		require.True(t, acquired)

		work, cancel := paused.Context(ctx)
		defer cancel()
		require.Error(t, work.Err(), "a context made after the loss is over at once")
		require.ErrorIs(t, paused.Renew(ctx), store.ErrLockLost)
		require.ErrorIs(t, paused.Release(ctx), store.ErrLockLost)
		require.NoError(t, next.Renew(ctx))
		require.NoError(t, next.Release(ctx))
	})
}

// The store may forget a lock before its time (a flushed cache). The holder is
// told at its next Renew.
func TestRenewFindsTheLockTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		lock, err := store.Acquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		work, cancel := lock.Context(ctx)
		defer cancel()
		require.NoError(t, m.Set(ctx, "lock", []byte("somebody else"), 0))
		require.ErrorIs(t, lock.Renew(ctx), store.ErrLockLost)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(work), store.ErrLockLost)
		require.ErrorIs(t, lock.Release(ctx), store.ErrLockLost)
		value, found, err := m.Get(ctx, "lock")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, "somebody else", string(value))
	})
}

func TestReleaseEndsTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		lock, err := store.Acquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		work, cancel := lock.Context(ctx)
		defer cancel()
		require.NoError(t, lock.Release(ctx))
		synctest.Wait()
		require.ErrorIs(t, context.Cause(work), store.ErrLockLost)
		require.ErrorIs(t, lock.Release(ctx), store.ErrLockLost, "once is enough")
		_, acquired, err := store.TryAcquire(ctx, m, "lock", lease)
		require.NoError(t, err)
		require.True(t, acquired)
	})
}

func TestLockContextCanBeCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lock, err := store.Acquire(t.Context(), store.NewMemory(), "lock", lease)
		require.NoError(t, err)
		work, cancel := lock.Context(t.Context())
		cancel()
		require.ErrorIs(t, work.Err(), context.Canceled)
		require.NotErrorIs(t, context.Cause(work), store.ErrLockLost)
		parent, cancelParent := context.WithCancel(t.Context())
		work, cancel = lock.Context(parent)
		defer cancel()
		cancelParent()
		require.ErrorIs(t, work.Err(), context.Canceled)
		require.NoError(t, lock.Release(t.Context()), "the work's end is not the lock's")
	})
}

// down is a store that can be out of reach.
type down struct {
	store.Store
	err error
}

func (d *down) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if d.err != nil {
		return false, d.err
	}
	return d.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (d *down) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	if d.err != nil {
		return false, d.err
	}
	return d.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (d *down) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if d.err != nil {
		return false, d.err
	}
	return d.Store.CompareAndDelete(ctx, key, old)
}

func TestLockOverAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, d := t.Context(), &down{Store: store.NewMemory()}
		outage := errors.New("connection refused")

		d.err = outage
		_, err := store.Acquire(ctx, d, "lock", lease)
		require.ErrorIs(t, err, outage, "at once: a failing store is not a held lock")

		d.err = nil
		lock, err := store.Acquire(ctx, d, "lock", lease)
		require.NoError(t, err)
		work, cancel := lock.Context(ctx)
		defer cancel()
		time.Sleep(lease / 2)
		d.err = outage
		err = lock.Renew(ctx)
		require.ErrorIs(t, err, outage)
		require.NotErrorIs(t, err, store.ErrLockLost, "the old lease still runs")
		require.NoError(t, work.Err())
		d.err = nil
		require.NoError(t, lock.Renew(ctx), "and may be renewed when the store is back")
		time.Sleep(lease - 1)
		require.NoError(t, work.Err())

		d.err = outage
		require.ErrorIs(t, lock.Release(ctx), outage)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(work), store.ErrLockLost)
	})
}

func TestAcquireDoesNotBusyTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counted{Store: store.NewMemory()}
		_, err := store.Acquire(t.Context(), c, "lock", time.Minute)
		require.NoError(t, err)
		c.calls = 0
		_, err = store.Acquire(t.Context(), c, "lock", time.Minute)
		require.NoError(t, err)
		require.Greater(t, c.calls, 60*4-1, "a wait is never longer than 250 ms")
		require.Less(t, c.calls, 60*8+10, "nor much shorter")
	})
}

type counted struct {
	store.Store
	calls int
}

func (c *counted) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	c.calls++
	return c.Store.SetIfAbsent(ctx, key, value, ttl)
}

func ExampleAcquire() {
	ctx := context.Background()
	s := store.NewMemory() // between processes: a backend that they share

	lock, err := store.Acquire(ctx, s, "lock:nightly-report", 10*time.Second)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer lock.Release(context.WithoutCancel(ctx))

	work, cancel := lock.Context(ctx) // ends when the lease does
	defer cancel()
	fmt.Println("alone:", work.Err() == nil)

	_, acquired, _ := store.TryAcquire(ctx, s, "lock:nightly-report", 10*time.Second)
	fmt.Println("another:", acquired)
	// Output:
	// alone: true
	// another: false
}
