package store_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
)

// late is a store that answers some time after it has acted.
type late struct {
	store.Store
	by time.Duration
}

func (l *late) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	stored, err := l.Store.SetIfAbsent(ctx, key, value, ttl)
	time.Sleep(l.by)
	return stored, err
}

func (l *late) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	swapped, err := l.Store.CompareAndSwap(ctx, key, old, new, ttl)
	time.Sleep(l.by)
	return swapped, err
}

// The lease counts from before the call of the store: an answer that is late makes
// it shorter.
func TestLockCountsFromBeforeTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, s := t.Context(), &late{store.NewMemory(), 3 * time.Second}
		began := time.Now()
		lock, err := store.Acquire(ctx, s, "lock", lease)
		require.NoError(t, err)
		require.Equal(t, began.Add(lease), lock.Until())
		renewed := time.Now()
		require.NoError(t, lock.Renew(ctx))
		require.Equal(t, renewed.Add(lease), lock.Until())

		s.by = 2 * lease
		other, err := store.Acquire(ctx, s, "other", lease)
		require.NoError(t, err)
		work, cancel := other.Context(ctx)
		defer cancel()
		require.ErrorIs(t, context.Cause(work), store.ErrLockLost, "the lease ended before the answer")
		require.ErrorIs(t, other.Release(ctx), store.ErrLockLost)
	})
}

// Release returns an error to a holder that overran its lease, even if no one else has
// taken the lock and the store still has it.
func TestReleaseTellsOfAnOverrunLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		lock, err := store.Acquire(ctx, keeping{m}, "lock", lease)
		require.NoError(t, err)
		time.Sleep(lease)
		require.ErrorIs(t, lock.Renew(ctx), store.ErrLockLost, "the clock decides, not the store")
		require.ErrorIs(t, lock.Release(ctx), store.ErrLockLost)
		_, found, err := m.Get(ctx, "lock")
		require.NoError(t, err)
		require.False(t, found, "and it is freed nevertheless")
	})
}

// keeping is a store that never forgets, as one whose clock is slow.
type keeping struct{ store.Store }

func (k keeping) SetIfAbsent(ctx context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	return k.Store.SetIfAbsent(ctx, key, value, 0)
}

// Of two renewals at once the one that began later may answer first. The other must
// not move the end of the lease back.
func TestRenewNeverMovesTheLeaseBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, s := t.Context(), &slowFirst{Store: store.NewMemory(), release: make(chan struct{})}
		lock, err := store.Acquire(ctx, s, "lock", lease)
		require.NoError(t, err)
		first := make(chan error, 1)
		go func() { first <- lock.Renew(ctx) }()
		synctest.Wait()
		time.Sleep(lease / 2)
		require.NoError(t, lock.Renew(ctx))
		until := lock.Until()
		require.Equal(t, time.Now().Add(lease), until)
		close(s.release)
		require.NoError(t, <-first)
		require.Equal(t, until, lock.Until())

		work, cancel := lock.Context(ctx)
		defer cancel()
		time.Sleep(time.Until(until) - 1)
		synctest.Wait()
		require.NoError(t, work.Err(), "the timer of an older lease is not honored")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		require.ErrorIs(t, context.Cause(work), store.ErrLockLost)
	})
}

// slowFirst holds back the answer of the first comparison.
type slowFirst struct {
	store.Store
	release chan struct{}
	calls   int
}

func (s *slowFirst) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	s.calls++
	first := s.calls == 1
	swapped, err := s.Store.CompareAndSwap(ctx, key, old, new, ttl)
	if first {
		<-s.release
	}
	return swapped, err
}

// A renewal may be answered at the very moment at which the old lease ends. Either
// the lock is lost and Renew says so, or it is renewed and the timer of the old lease,
// which has fired already, is ignored.
func TestRenewAtTheEndOfTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var renewed int
		for range 2000 {
			ctx, s := t.Context(), &late{Store: store.NewMemory()}
			lock, err := store.Acquire(ctx, s, "lock", lease)
			require.NoError(t, err)
			work, cancel := lock.Context(ctx)
			s.by = 5
			time.Sleep(lease - s.by)
			err = lock.Renew(ctx)
			synctest.Wait()
			if err == nil {
				renewed++
				require.NoError(t, work.Err())
			} else {
				require.ErrorIs(t, err, store.ErrLockLost)
			}
			cancel()
			_ = lock.Release(ctx)
		}
		t.Log(renewed, "of 2000 were renewed")
	})
}
