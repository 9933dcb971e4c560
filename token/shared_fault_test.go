package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// panicking is a store that panics in the named operations.
func panicking(ops ...string) *faulty {
	st := &faulty{Store: memory()}
	st.hook = func(op, key string) {
		if strings.HasSuffix(key, ":lock") {
			op += " lock"
		}
		for _, o := range ops {
			if o == op {
				panic("index out of range in " + op)
			}
		}
	}
	return st
}

func TestSharedStoreThatPanics(t *testing.T) {
	for _, op := range []string{"get", "setifabsent", "setifabsent lock", "compareanddelete lock", "swap"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := numbered(0, 2*time.Hour)
				cache := token.Reuse(share(t, panicking(op), src), token.ReuseConfig{})
				began := time.Now()
				first := mustToken(t, cache)
				require.Equal(t, "token-1", first.Value())
				require.Zero(t, time.Since(began))
				fresh, err := cache.Replace(t.Context(), first)
				if op == "get" || op == "setifabsent lock" { // fetched without the store, which is bounded
					require.Error(t, err)
					time.Sleep(2 * time.Minute)
					fresh, err = cache.Token(t.Context())
				}
				require.NoError(t, err)
				require.Equal(t, "token-2", fresh.Value())
				require.EqualValues(t, 2, src.calls.Load())
			})
		})
	}
}

// TestSharedStoreWithABug has a panic of the runtime, whose text is shown.
func TestSharedStoreWithABug(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		st := &faulty{Store: memory()}
		st.hook = func(string, string) { _ = []int{}[len(log.String())] }
		s := shareWith(t, st, numbered(0, time.Hour), token.SharedConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		require.Equal(t, "token-1", mustToken(t, s).Value())
		require.Contains(t, log.String(), "the store panicked: runtime error: index out of range")
	})
}

// TestSharedLogsFailures: a failure that does not reach the caller is logged, without
// the token.
func TestSharedLogsFailures(t *testing.T) {
	for name, c := range map[string]struct {
		st   *faulty
		err  error // of Invalidate of the source
		logs string
	}{
		"lock":       {panicking("compareanddelete lock"), nil, "lock not released"},
		"new token":  {panicking("setifabsent"), nil, "new token not stored"},
		"source":     {panicking(), errors.New("deaf"), "source could not replace the rejected token"},
		"early":      {panicking(), nil, "early refresh failed"},
		"early mark": {panicking("swap"), nil, "failed refresh not recorded"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				src := &told{err: c.err, counting: &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
					if n == 2 && c.err == nil {
						return token.Token{}, errDown
					}
					return token.New(fmt.Sprintf("token-%d", n), time.Now().Add(time.Hour)), nil
				}}}
				s := shareWith(t, c.st, src, token.SharedConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
				tok := mustToken(t, s)
				if c.err != nil {
					require.NoError(t, s.Invalidate(t.Context(), tok))
				}
				time.Sleep(56 * time.Minute) // the early refresh fails
				_, err := s.Token(t.Context())
				require.Equal(t, name == "new token", err != nil, "the store does not have it")
				require.Contains(t, log.String(), c.logs)
				require.NotContains(t, log.String(), "token-")
			})
		})
	}
}

// taken is a store that says that everything is taken and then has no value.
type taken struct{ store.Store }

func (taken) SetIfAbsent(context.Context, string, []byte, time.Duration) (bool, error) {
	return false, nil
}

// occupied is a store in which somebody has set the lock for ever.
func occupied(t *testing.T) store.Store {
	st := memory()
	require.NoError(t, st.Set(t.Context(), testKey+":lock", []byte("another program's"), 0))
	return st
}

func TestSharedLockThatNobodyHolds(t *testing.T) {
	for name, c := range map[string]struct {
		st     func(*testing.T) store.Store
		within time.Duration
	}{
		"taken without a value": {func(*testing.T) store.Store { return taken{memory()} }, time.Second},
		"taken for ever":        {occupied, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := numbered(0, 2*time.Hour)
				s := share(t, c.st(t), src)
				began := time.Now()
				first := mustToken(t, s)
				require.Equal(t, "token-1", first.Value())
				require.LessOrEqual(t, time.Since(began), c.within)
				for range 10 {
					require.True(t, mustToken(t, s).Same(first), "the last good token is served")
				}
				require.EqualValues(t, 1, src.calls.Load())
			})
		})
	}
}

// TestSharedStoresWhatWasFetchedForACallerThatLeft has the caller leave after the
// platform has answered: the token exists, so it must be stored.
func TestSharedStoresWhatWasFetchedForACallerThatLeft(t *testing.T) {
	for _, cold := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			st, src := memory(), numbered(0, 2*time.Hour)
			want := "token-1"
			if !cold {
				mustToken(t, share(t, st, src))
				time.Sleep(2*time.Hour - time.Minute)
				want = "token-2"
			}
			ctx, leave := context.WithCancel(t.Context())
			s := share(t, st, token.SourceFunc(func(ctx context.Context) (token.Token, error) {
				tok, err := src.Token(ctx)
				leave()
				return tok, err
			}))
			tok, err := s.Token(ctx)
			require.NoError(t, err)
			require.Equal(t, want, tok.Value())
			require.Equal(t, want, stored(t, st).Token)
			_, found, err := st.Get(t.Context(), testKey+":lock")
			require.NoError(t, err)
			require.False(t, found, "the lock is free again")
		})
	}
}

// TestSharedReportOfACallerThatLeaves has the caller leave while the report is written.
func TestSharedReportOfACallerThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		s := share(t, st, numbered(0, 2*time.Hour))
		stale := mustToken(t, s)
		ctx, leave := context.WithCancel(t.Context())
		st.hook = func(op, _ string) {
			if op == "swap" {
				leave()
			}
		}
		require.NoError(t, s.Invalidate(ctx, stale))
		require.True(t, stored(t, st.Store).Rejected.Current)
	})
}

// TestSharedLockIsLostDuringTheFetch has another process take over while the source
// answers: the outcome of the first is not written over that of the second.
func TestSharedLockIsLostDuringTheFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, 2*time.Hour)
		var taken int
		s := share(t, st, token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			tok, err := src.Token(ctx)
			if taken++; taken == 1 {
				require.NoError(t, st.Delete(ctx, testKey+":lock")) // a store that forgets
				require.Equal(t, "token-2", mustToken(t, share(t, st, src)).Value())
			}
			return tok, err
		}))
		require.Equal(t, "token-2", mustToken(t, s).Value())
		require.Equal(t, "token-2", stored(t, st).Token)
	})
}

// TestSharedEveryTokenRejected has an API that rejects every token, and ten
// processes with one store.
func TestSharedEveryTokenRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(5*time.Millisecond, 2*time.Hour)
		var caches []*token.Cache
		for range 10 {
			caches = append(caches, token.Reuse(share(t, st, src), token.ReuseConfig{}))
		}
		for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(2 * time.Second) {
			for _, c := range caches {
				if _, err := c.Replace(t.Context(), mustToken(t, c)); err != nil {
					require.ErrorIs(t, err, token.ErrStillRejected)
				}
			}
		}
		require.LessOrEqual(t, src.calls.Load(), int64(1+maxReplacementsPerHour), "for all processes together")
		require.Greater(t, src.calls.Load(), int64(10))

		time.Sleep(15 * time.Minute) // a token that lasts ends the series
		c := token.Reuse(share(t, st, src), token.ReuseConfig{})
		for range 2 {
			before := src.calls.Load()
			_, err := c.Replace(t.Context(), mustToken(t, c))
			require.NoError(t, err)
			require.Equal(t, before+1, src.calls.Load(), "an ordinary renewal is immediate")
		}
	})
}

// TestSharedPauseOfAnotherClock has a record from a machine whose clock is a day ahead.
func TestSharedPauseOfAnotherClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		ahead := time.Now().Add(24 * time.Hour)
		raw := fmt.Appendf(nil, `{"v":2,"seq":1,"token":"stored","expiry":%q,"obtained":%[2]q,"asked":%[2]q,"rejected":{"current":false,"count":5,"until":%q}}`,
			ahead.Add(time.Hour).Format(time.RFC3339), time.Now().Format(time.RFC3339), ahead.Format(time.RFC3339))
		require.NoError(t, st.Set(t.Context(), testKey, raw, 0))
		s := share(t, st, numbered(0, time.Hour))
		stale := mustToken(t, s)
		require.Equal(t, "stored", stale.Value())
		require.NoError(t, s.Invalidate(t.Context(), stale), "nobody waits for a day")
		require.Equal(t, "token-1", mustToken(t, s).Value())
	})
}

// TestSharedAsksAFailingStoreRarely counts the operations while the store is down.
func TestSharedAsksAFailingStoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		var asked int
		st.hook = func(string, string) { asked++ }
		cache := token.Reuse(share(t, st, numbered(0, 2*time.Hour)), token.ReuseConfig{})
		mustToken(t, cache)
		st.set(true)
		asked = 0
		for began := time.Now(); time.Since(began) < 100*time.Minute; time.Sleep(time.Second) {
			mustToken(t, cache)
		}
		require.Zero(t, asked, "a token that is kept needs no store")
	})
}

// TestSharedBothFail has the store fail, and the source too.
func TestSharedBothFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory(), down: true}
		s := share(t, st, &counting{fn: func(context.Context, int64) (token.Token, error) { return token.Token{}, errDown }})
		_, err := s.Token(t.Context())
		require.ErrorIs(t, err, errDown)
		_, err = s.Token(t.Context())
		require.ErrorIs(t, err, errStore)
		require.ErrorContains(t, err, "in 1m0s")
		require.NotErrorIs(t, err, errDown)
	})
}

// slowUnderLock is a store whose first reading after the lock was taken is slow.
func slowUnderLock(slow func(ctx context.Context) error) *slowStore {
	return &slowStore{Store: memory(), slow: slow}
}

type slowStore struct {
	store.Store
	slow   func(ctx context.Context) error
	locked bool
}

func (s *slowStore) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	s.locked = s.locked || strings.HasSuffix(key, ":lock")
	return s.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (s *slowStore) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if slow := s.slow; s.locked && slow != nil {
		s.slow = nil
		if err := slow(ctx); err != nil {
			return nil, false, err
		}
		ctx = context.WithoutCancel(ctx)
	}
	return s.Store.Get(ctx, key)
}

func TestSharedLeaseEndsWhileTheStoreIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := slowUnderLock(func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		s := shareWith(t, st, numbered(0, time.Hour), token.SharedConfig{Lease: 2 * time.Second})
		require.Equal(t, "token-1", mustToken(t, s).Value())
		require.Equal(t, "token-1", stored(t, st).Token, "it began again, with the store")
	})
}

func TestSharedFetchEndsWithTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := slowUnderLock(func(context.Context) error { // and deaf
			time.Sleep(15 * time.Second)
			return nil
		})
		began := time.Now()
		var ended time.Duration
		s := share(t, st, &counting{fn: func(ctx context.Context, n int64) (token.Token, error) {
			if n == 1 {
				<-ctx.Done()
				ended = time.Since(began)
				return token.Token{}, ctx.Err()
			}
			return token.New("second", time.Now().Add(time.Hour)), nil
		}})
		require.Equal(t, "second", mustToken(t, s).Value())
		require.Equal(t, lease, ended, "another process may have begun")
	})
}

// TestSharedLockIsFreedBetweenTwoLooks has the holder release the lock after it was
// found held, which is not a failure of the store.
func TestSharedLockIsFreedBetweenTwoLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := occupied(t)
		st := &faulty{Store: inner}
		st.hook = func(op, key string) {
			if op == "get" && strings.HasSuffix(key, ":lock") {
				require.NoError(t, inner.Delete(t.Context(), key))
			}
		}
		require.Equal(t, "token-1", mustToken(t, share(t, st, numbered(0, time.Hour))).Value())
		require.Equal(t, "token-1", stored(t, inner).Token)
	})
}

// vacant is a store whose lock is taken for some calls, and often without a holder.
type vacant struct {
	store.Store
	holders []bool // for each look at the lock whether it has one; it is free afterwards
}

func (v *vacant) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if strings.HasSuffix(key, ":lock") && len(v.holders) > 0 {
		return false, nil
	}
	return v.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (v *vacant) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if strings.HasSuffix(key, ":lock") && len(v.holders) > 0 {
		holder := v.holders[0]
		v.holders = v.holders[1:]
		return []byte("another process"), holder, nil
	}
	return v.Store.Get(ctx, key)
}

// TestSharedLockChangesHands: holders come and go between two looks, which is not a lock
// that nobody holds.
func TestSharedLockChangesHands(t *testing.T) {
	for holders, shared := range map[string]bool{
		"--":      true,
		"--h--":   true,
		"--h--h-": true,
		"---":     false,
		"--h---":  false,
	} {
		synctest.Test(t, func(t *testing.T) {
			st := &vacant{Store: memory()}
			for _, c := range holders {
				st.holders = append(st.holders, c == 'h')
			}
			require.Equal(t, "token-1", mustToken(t, share(t, st, numbered(0, time.Hour))).Value())
			require.Equal(t, shared, stored(t, st.Store).Token == "token-1", holders)
		})
	}
}

// TestSharedFailingReadTakesNoLock: the lock belongs to processes that can read the token.
func TestSharedFailingReadTakesNoLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory(), down: true}
		var asked []string
		st.hook = func(op, _ string) { asked = append(asked, op) }
		require.Equal(t, "token-1", mustToken(t, share(t, st, numbered(0, time.Hour))).Value())
		require.Equal(t, []string{"get"}, asked)
	})
}

// TestSharedUnmarkedTokenIsMarkedOnce has a source that returns the rejected token again:
// the report that could not be stored is stored once, and not again for the same token.
func TestSharedUnmarkedTokenIsMarkedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := &faulty{Store: memory()}, unchanging(0)
		s := share(t, st, src)
		stale := mustToken(t, s)
		st.set(true)
		require.ErrorIs(t, s.Invalidate(t.Context(), stale), errStore)
		st.set(false)
		for range 3 {
			require.Equal(t, "stuck", mustToken(t, s).Value())
			require.EqualValues(t, 2, src.calls.Load())
			require.Equal(t, 1, stored(t, st).Rejected.Count)
		}
	})
}

// TestSharedUnmarkedTokenIsReplacedElsewhere has another process replace the token
// between the read that finds it and the write that would mark it.
func TestSharedUnmarkedTokenIsReplacedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner, src := memory(), numbered(0, time.Hour)
		st := &faulty{Store: inner}
		s := share(t, st, src)
		stale := mustToken(t, s)
		st.set(true)
		require.ErrorIs(t, s.Invalidate(t.Context(), stale), errStore)
		st.set(false)
		var asked []string
		st.hook = func(op, _ string) {
			if asked = append(asked, op); len(asked) == 2 {
				other := share(t, inner, src)
				require.NoError(t, other.Invalidate(t.Context(), stale))
				require.Equal(t, "token-2", mustToken(t, other).Value())
			}
		}
		require.Equal(t, "token-2", mustToken(t, s).Value())
		require.Equal(t, []string{"get", "get", "get"}, asked, "without the lock")
	})
}

// TestSharedGoodTokenCostsOneReading counts the operations of the store.
func TestSharedGoodTokenCostsOneReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		var asked []string
		st.hook = func(op, _ string) { asked = append(asked, op) }
		s := share(t, st, numbered(0, 2*time.Hour))
		mustToken(t, s)
		asked = nil
		mustToken(t, s)
		require.Equal(t, []string{"get"}, asked)
	})
}

// lagging is a store whose reads lag behind its writes, as those of a replica do: keys are
// taken, and reads do not show by whom.
type lagging struct {
	store.Store
	behind atomic.Bool
	writes atomic.Int64
}

func (l *lagging) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if l.writes.Add(1); l.behind.Load() {
		return false, ctx.Err()
	}
	return l.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (l *lagging) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	if l.writes.Add(1); l.behind.Load() {
		return false, ctx.Err()
	}
	return l.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

// While reads lag, a rejection is written again after a pause, not in a busy loop.
func TestInvalidateWithALaggingStore(t *testing.T) {
	for name, source := range map[string]func(*testing.T, store.Store) token.Source{
		"shared": func(t *testing.T, st store.Store) token.Source { return share(t, st, numbered(0, 2*time.Hour)) },
		"forced": func(t *testing.T, st store.Store) token.Source {
			return against(t, wechattest.New(t, wechattest.Config{}), "stable", allowForce, func(c *token.StableConfig) { c.Store = st })
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			st := &lagging{Store: memory()}
			src := source(t, st)
			tok := mustToken(t, src)
			st.behind.Store(true)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			require.ErrorIs(t, src.(token.Invalidator).Invalidate(ctx, tok), context.DeadlineExceeded, name)
			require.Less(t, st.writes.Load(), int64(200), name)
			st.behind.Store(false)
			require.NoError(t, src.(token.Invalidator).Invalidate(t.Context(), tok), name)
		})
	}
}
