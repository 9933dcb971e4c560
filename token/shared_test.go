package token_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

var testIdentity = token.NewIdentity("wx1", "secret", token.AccessToken)

// share is Shared for a source of a test.
func share(t *testing.T, st store.Store, src token.Source, opts ...token.SharedOption) token.Source {
	t.Helper()
	s, err := token.Shared(st, src, append([]token.SharedOption{token.WithIdentity(testIdentity)}, opts...)...)
	require.NoError(t, err)
	return s
}

// stored is the record under the key of testIdentity, as its JSON says.
func stored(t *testing.T, st store.Store) (rec struct {
	Seq      int
	Token    string
	Expiry   int64
	Rejected bool
}) {
	t.Helper()
	raw, found, err := st.Get(t.Context(), testIdentity.Key())
	require.NoError(t, err)
	if found {
		require.NoError(t, json.Unmarshal(raw, &rec))
	}
	return rec
}

func TestSharedIsFetchedOnceForAllProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(50*time.Millisecond, 2*time.Hour)
		var processes []*token.Cache
		for range 10 {
			processes = append(processes, token.Reuse(share(t, st, src)))
		}
		got := together(1000, func(i int) (token.Token, error) { return processes[i%10].Token(t.Context()) })
		for _, o := range got {
			require.Equal(t, outcome{value: "token-1"}, o)
		}
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestSharedAsksOncePerLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(50*time.Millisecond, 2*time.Hour)
		var processes []*token.Cache
		for range 4 {
			processes = append(processes, token.Reuse(share(t, st, src)))
		}
		for began := time.Now(); time.Since(began) < 24*time.Hour; time.Sleep(20 * time.Second) {
			for _, p := range processes {
				tok := mustToken(t, p)
				require.True(t, time.Now().Before(tok.Expiry()))
			}
		}
		require.LessOrEqual(t, src.calls.Load(), int64(13), "a day has twelve lives of two hours, less the overlaps")
	})
}

func TestSharedIsChecked(t *testing.T) {
	src := token.Static("x")
	id := token.WithIdentity(testIdentity)
	for name, c := range map[string]struct {
		st   store.Store
		src  token.Source
		opts []token.SharedOption
		want string
	}{
		"no store":    {nil, src, []token.SharedOption{id}, "store"},
		"no source":   {memory(), nil, []token.SharedOption{id}, "source"},
		"no identity": {memory(), src, nil, "WithIdentity"},
		"short lease": {memory(), src, []token.SharedOption{id, token.WithLease(time.Second)}, "lease"},
		"empty key":   {memory(), src, []token.SharedOption{id, token.WithKey(func(token.Identity) string { return "" })}, "key"},
	} {
		_, err := token.Shared(c.st, c.src, c.opts...)
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestSharedKey(t *testing.T) {
	keyOf := func(cfg token.Config, construct func(token.Config) (token.Source, error), opts ...token.SharedOption) string {
		src, err := construct(cfg)
		require.NoError(t, err)
		s, err := token.Shared(memory(), src, opts...)
		require.NoError(t, err)
		return fmt.Sprint(s)
	}
	cfg := token.Config{AppID: "wx1", Secret: "old-secret"}
	key := keyOf(cfg, token.Stable)
	require.Contains(t, key, "wx1")
	require.NotContains(t, key, "old-secret")
	require.Equal(t, key, keyOf(cfg, token.Stable))
	require.NotEqual(t, key, keyOf(cfg, token.Classic), "the endpoints' tokens are apart")
	require.NotEqual(t, key, keyOf(token.Config{AppID: "wx2", Secret: "old-secret"}, token.Stable))
	require.NotEqual(t, key, keyOf(token.Config{AppID: "wx1", Secret: "new-secret"}, token.Stable), "a new secret is a new key")
	require.Contains(t, keyOf(cfg, token.Stable, token.WithKey(func(id token.Identity) string {
		return "mine:" + id.AppID
	})), "mine:wx1")
	require.NotEqual(t, testIdentity.Key(), token.NewIdentity("wx1", "secret", token.JSAPITicket).Key())
	require.Equal(t, "wechat:token:jsapi_ticket:wx1:", token.NewIdentity("wx1", "", token.JSAPITicket).Key())
}

func TestSharedLooksThroughReuse(t *testing.T) {
	// What is kept in the process must not hide that the store has another token.
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, 2*time.Hour)
		a := share(t, st, token.Reuse(src))
		stale := mustToken(t, a)
		require.NoError(t, a.(token.Invalidator).Invalidate(t.Context(), stale))
		require.Equal(t, "token-2", mustToken(t, a).Value())
	})
}

func TestSharedInvalidateReachesEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(50*time.Millisecond, 2*time.Hour)
		var processes []*token.Cache
		for range 4 {
			processes = append(processes, token.Reuse(share(t, st, src)))
		}
		stale := mustToken(t, processes[0])
		for _, p := range processes {
			require.True(t, mustToken(t, p).Same(stale))
		}
		got := together(400, func(i int) (token.Token, error) {
			time.Sleep(time.Duration(i) * time.Millisecond)
			return processes[i%4].Replace(t.Context(), stale)
		})
		for _, o := range got {
			require.Equal(t, outcome{value: "token-2"}, o)
		}
		require.EqualValues(t, 2, src.calls.Load(), "400 reports in four processes, one fetch")
	})
}

func TestSharedInvalidateCompares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, 2*time.Hour)
		s := share(t, st, src).(token.Invalidator)
		first := mustToken(t, s)
		require.NoError(t, s.Invalidate(t.Context(), token.New("other", time.Time{})))
		require.True(t, mustToken(t, s).Same(first))
		require.NoError(t, s.Invalidate(t.Context(), first))
		require.True(t, stored(t, st).Rejected)
		second := mustToken(t, s)
		require.Equal(t, "token-2", second.Value())
		require.NoError(t, s.Invalidate(t.Context(), first))
		require.True(t, mustToken(t, s).Same(second))
	})
}

func TestSharedStuckSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), insisting(0)
		a, b := token.Reuse(share(t, st, src)), token.Reuse(share(t, st, src))
		stale := mustToken(t, a)
		mustToken(t, b)
		_, err := a.Replace(t.Context(), stale)
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.Equal(t, "stuck", mustToken(t, b).Value(), "another process goes on")
		require.Equal(t, "stuck", mustToken(t, a).Value(), "and other callers of this one")
		require.Equal(t, []string{"stuck"}, src.heard())

		raw := share(t, st, src).(token.Invalidator) // without Reuse
		require.NoError(t, raw.Invalidate(t.Context(), stale))
		tok, err := raw.Token(t.Context())
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.Equal(t, "stuck", tok.Value(), "for those who have not reported it")
		require.Equal(t, "stuck", mustToken(t, raw).Value(), "answered once")
	})
}

func TestSharedTellsTheSourceWhatAnotherProcessReported(t *testing.T) {
	// The process that reported is gone; the next one carries the word on.
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		gone := share(t, st, numbered(0, 2*time.Hour)).(token.Invalidator)
		require.NoError(t, gone.Invalidate(t.Context(), mustToken(t, gone)))
		src := &told{counting: numbered(0, 2*time.Hour)}
		src.calls.Store(1)
		require.Equal(t, "token-2", mustToken(t, share(t, st, src)).Value())
		require.Equal(t, []string{"token-1"}, src.heard())
	})
}

func TestSharedWithForcedRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		st := memory()
		var processes []*token.Cache
		for range 4 {
			s, err := token.Shared(st, against(t, p, "stable", allowForce, func(c *token.Config) { c.Store = st }))
			require.NoError(t, err)
			processes = append(processes, token.Reuse(s))
		}
		stale := mustToken(t, processes[0])
		got := together(40, func(i int) (token.Token, error) { return processes[i%4].Replace(t.Context(), stale) })
		for _, o := range got {
			require.NoError(t, o.err)
			require.NotEqual(t, stale.Value(), o.value)
		}
		require.Equal(t, 1, forced(p))
		requireAccepted(t, p, mustToken(t, processes[3]))
	})
}

func TestSharedLooksAgainUnderTheLock(t *testing.T) {
	// Between the look at the store and the lock another process does the whole work.
	synctest.Test(t, func(t *testing.T) {
		inner := memory()
		src := numbered(0, 2*time.Hour)
		st := &faulty{Store: inner}
		var once sync.Once
		st.hook = func(op, key string) {
			if op == "setifabsent" && strings.HasSuffix(key, ":lock") {
				once.Do(func() { mustToken(t, share(t, inner, src)) })
			}
		}
		require.Equal(t, "token-1", mustToken(t, share(t, st, src)).Value())
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestSharedReporterIsNotGivenWhatAnotherProcessFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), insisting(0)
		a, b := share(t, st, src).(token.Invalidator), share(t, st, src)
		require.NoError(t, a.Invalidate(t.Context(), mustToken(t, a)))
		require.Equal(t, "stuck", mustToken(t, b).Value(), "who has not reported it believes the source")
		_, err := a.Token(t.Context())
		require.ErrorIs(t, err, token.ErrStillRejected)
	})
}

func TestSharedEarlyRefreshMakesNobodyWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(3*time.Second, 2*time.Hour)
		a, b := share(t, st, src), share(t, st, src)
		old := mustToken(t, a)
		time.Sleep(2*time.Hour - 2*time.Minute)
		go func() { _, _ = a.Token(t.Context()) }() // holds the lock while it fetches
		synctest.Wait()
		began := time.Now()
		require.True(t, mustToken(t, b).Same(old))
		require.Zero(t, time.Since(began))
		time.Sleep(4 * time.Second)
		require.Equal(t, "token-2", mustToken(t, b).Value())
		require.EqualValues(t, 2, src.calls.Load())
	})
}

func TestSharedFailedEarlyRefreshKeepsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if n > 1 {
				return token.Token{}, errDown
			}
			return token.New("good", time.Now().Add(time.Hour)), nil
		}}
		st := memory()
		a := share(t, st, src, token.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		b := share(t, st, src)
		mustToken(t, a)
		time.Sleep(58 * time.Minute)
		for range 60 {
			require.Equal(t, "good", mustToken(t, a).Value())
			require.Equal(t, "good", mustToken(t, b).Value())
			time.Sleep(time.Second)
		}
		require.LessOrEqual(t, src.calls.Load(), int64(1+3), "both together ask every 30 seconds")
		require.Contains(t, log.String(), "endpoint down")
	})
}

func TestSharedSameTokenIsNotAskedForAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(time.Hour)
		src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.New("same", end), nil }}
		st := memory()
		a, b := share(t, st, src), share(t, st, src)
		mustToken(t, a)
		time.Sleep(57 * time.Minute)
		for range 30 {
			mustToken(t, a)
			mustToken(t, b)
			time.Sleep(time.Second)
		}
		require.EqualValues(t, 2, src.calls.Load())
		mustToken(t, b)
		require.EqualValues(t, 3, src.calls.Load())
	})
}

// TestSharedRace has two processes fetch at once, though the lock should not let
// them: one is paused beyond its lease while it fetches.
func TestSharedPausedHolderNeverOverwrites(t *testing.T) {
	for _, cold := range []bool{true, false} {
		t.Run(fmt.Sprintf("cold=%v", cold), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := memory()
				src := numbered(0, 2*time.Hour)
				if !cold {
					mustToken(t, share(t, st, src))
					time.Sleep(2*time.Hour - time.Minute)
				}
				resume := make(chan struct{})
				slow := share(t, st, token.SourceFunc(func(ctx context.Context) (token.Token, error) {
					tok, err := src.Token(ctx) // answered, and then the process stands still
					<-resume
					return tok, err
				}))
				var late outcome
				done := make(chan struct{})
				go func() {
					defer close(done)
					tok, err := slow.Token(t.Context())
					late = outcome{tok.Value(), err}
				}()
				synctest.Wait()
				time.Sleep(token.DefaultLease + time.Second)

				quick := share(t, st, src)
				newer := mustToken(t, quick)
				before := stored(t, st)
				require.Equal(t, newer.Value(), before.Token)
				close(resume)
				<-done
				require.NoError(t, late.err)
				require.Equal(t, newer.Value(), late.value, "the paused holder takes the newer token")
				require.Equal(t, before, stored(t, st), "and has written nothing")
			})
		})
	}
}

func TestSharedPausedHolderAfterARejection(t *testing.T) {
	// While a holder stands still a newer token came and was rejected: what the
	// holder has is older than that, and must not be stored either.
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, 2*time.Hour)
		resume := make(chan struct{})
		var once sync.Once
		slow := share(t, st, token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			tok, err := src.Token(ctx)
			once.Do(func() { <-resume })
			return tok, err
		}))
		var late outcome
		done := make(chan struct{})
		go func() {
			defer close(done)
			tok, err := slow.Token(t.Context())
			late = outcome{tok.Value(), err}
		}()
		synctest.Wait()
		time.Sleep(token.DefaultLease + time.Second)
		quick := share(t, st, src).(token.Invalidator)
		second := mustToken(t, quick)
		require.Equal(t, "token-2", second.Value())
		require.NoError(t, quick.Invalidate(t.Context(), second))
		close(resume)
		<-done
		require.Equal(t, outcome{value: "token-3"}, late)
		require.Equal(t, "token-3", stored(t, st).Token)
	})
}

func TestSharedFailedFetchLooksOnceMore(t *testing.T) {
	// A process that stood still wakes up to a fetch that timed out. Others have gone on.
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		elsewhere := memory()
		mustToken(t, share(t, elsewhere, numbered(0, time.Hour)))
		raw, _, err := elsewhere.Get(t.Context(), testIdentity.Key())
		require.NoError(t, err)
		src := token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			require.NoError(t, st.Set(ctx, testIdentity.Key(), raw, time.Hour))
			return token.Token{}, errDown
		})
		require.Equal(t, "token-1", mustToken(t, share(t, st, src)).Value())
	})
}

func TestSharedDeadHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		_, ok, err := store.TryAcquire(t.Context(), st, testIdentity.Key()+":lock", token.DefaultLease)
		require.NoError(t, err)
		require.True(t, ok) // by a process that dies with it
		cache := token.Reuse(share(t, st, numbered(0, time.Hour)))
		began := time.Now()
		require.Equal(t, "token-1", mustToken(t, cache).Value())
		require.LessOrEqual(t, time.Since(began), token.DefaultLease+time.Second)
	})
}

func TestSharedHangingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		hang := token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			<-ctx.Done()
			return token.Token{}, ctx.Err()
		})
		began := time.Now()
		_, err := share(t, st, hang).Token(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, token.DefaultLease/2, time.Since(began), "half the lease")
		require.Equal(t, "token-1", mustToken(t, share(t, st, numbered(0, time.Hour))).Value(), "the lock is free")
	})
}

func TestSharedPanickingSourceFreesTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		cache := token.Reuse(share(t, st, token.SourceFunc(func(context.Context) (token.Token, error) { panic("boom") })))
		_, err := cache.Token(t.Context())
		require.ErrorIs(t, err, token.ErrPanic)
		began := time.Now()
		mustToken(t, share(t, st, numbered(0, time.Hour)))
		require.Zero(t, time.Since(began))
	})
}

func TestSharedWaitersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		_, _, err := store.TryAcquire(t.Context(), st, testIdentity.Key()+":lock", time.Hour)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = share(t, st, numbered(0, time.Hour)).Token(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestSharedStoreDownIsNoMiss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		st := &faulty{Store: memory()}
		src := numbered(0, 2*time.Hour)
		s := share(t, st, src, token.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		good := mustToken(t, s)
		st.set(true)
		for began := time.Now(); time.Since(began) < 110*time.Minute; time.Sleep(time.Second) {
			require.True(t, mustToken(t, s).Same(good), "the last good token is served")
		}
		require.EqualValues(t, 1, src.calls.Load(), "and nothing is fetched")
		require.Contains(t, log.String(), "store down")
		require.NotContains(t, log.String(), good.Value())
	})
}

func TestSharedStoreDownFetchesAreBounded(t *testing.T) {
	for _, life := range []time.Duration{2 * time.Hour, 10 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			st := &faulty{Store: memory(), down: true}
			src := numbered(0, life)
			s := share(t, st, src)
			var failed int
			for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(100 * time.Millisecond) {
				tok, err := s.Token(t.Context())
				if err != nil {
					require.ErrorIs(t, err, errStore)
					failed++
				} else {
					require.True(t, time.Now().Before(tok.Expiry()))
				}
			}
			require.LessOrEqual(t, src.calls.Load(), int64(time.Hour/token.DirectPause))
			if life > time.Hour {
				require.EqualValues(t, 1, src.calls.Load())
				require.Zero(t, failed, "a token past the store serves while the store is down")
			}
		})
	}
}

func TestSharedStoreDownEarlyRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		src := numbered(0, time.Hour)
		s := share(t, st, src)
		mustToken(t, s)
		st.set(true)
		time.Sleep(58 * time.Minute)
		require.Equal(t, "token-2", mustToken(t, s).Value(), "refreshed past the store before the end")
	})
}

func TestSharedStoreDownAndTokenRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		src := &told{counting: numbered(0, 2*time.Hour)}
		cache := token.Reuse(share(t, st, src))
		stale := mustToken(t, cache)
		st.set(true)
		fresh, err := cache.Replace(t.Context(), stale)
		require.NoError(t, err)
		require.Equal(t, "token-2", fresh.Value())
		require.Equal(t, []string{"token-1"}, src.heard())

		// The store comes back and still holds the first token, which is no better now.
		st.set(false)
		fresh, err = cache.Replace(t.Context(), fresh)
		require.NoError(t, err)
		require.Equal(t, "token-3", fresh.Value())
		require.Equal(t, "token-3", stored(t, st).Token)
	})
}

func TestSharedStoreComesBackWithTheRejectedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		src := numbered(0, 2*time.Hour)
		s := share(t, st, src).(token.Invalidator)
		stale := mustToken(t, s)
		st.set(true)
		require.ErrorIs(t, s.Invalidate(t.Context(), stale), errStore, "the other processes have not heard")
		st.set(false)
		require.Equal(t, "token-2", mustToken(t, s).Value())
		require.Equal(t, "token-2", stored(t, st).Token)
	})
}

func TestSharedStoreFailsWhileTheTokenIsStored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		st.hook = func(op, key string) {
			if op == "setifabsent" && !strings.HasSuffix(key, ":lock") {
				st.set(true)
			}
		}
		src := numbered(0, 2*time.Hour)
		s := share(t, st, src)
		require.Equal(t, "token-1", mustToken(t, s).Value(), "fetched, so used")
		require.Equal(t, "token-1", mustToken(t, s).Value(), "and kept while the store is down")
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestSharedStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := hanging{memory()}
		began := time.Now()
		require.Equal(t, "token-1", mustToken(t, share(t, st, numbered(0, time.Hour))).Value())
		require.Less(t, time.Since(began), 10*time.Second)
	})
}

// hanging answers when ctx ends.
type hanging struct{ store.Store }

func (hanging) Get(ctx context.Context, _ string) ([]byte, bool, error) {
	<-ctx.Done()
	return nil, false, ctx.Err()
}

func TestSharedStoreFailsUnderTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		locked := false
		st.hook = func(op, key string) {
			if locked && op == "get" {
				st.set(true)
			}
			locked = locked || op == "setifabsent" && strings.HasSuffix(key, ":lock")
		}
		src := numbered(0, 2*time.Hour)
		require.Equal(t, "token-1", mustToken(t, share(t, st, src)).Value(), "fetched past the store")
	})
}

func TestSharedOldRecordThatTheStoreKept(t *testing.T) {
	// A store that shows entries after their end, or whose clock is late.
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		src := numbered(0, time.Hour)
		s := share(t, st, src).(token.Invalidator)
		first := mustToken(t, s)
		raw, _, err := st.Get(t.Context(), testIdentity.Key())
		require.NoError(t, err)
		require.NoError(t, st.Set(t.Context(), testIdentity.Key(), raw, 0))
		time.Sleep(2 * time.Hour)
		require.NoError(t, s.Invalidate(t.Context(), first), "nothing is left to be marked")
		require.Equal(t, "token-2", mustToken(t, s).Value())
		require.Equal(t, "token-2", stored(t, st).Token)
	})
}

func TestSharedLeaseEndsDuringTheFetch(t *testing.T) {
	for _, newer := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			st := memory()
			var calls atomic.Int64
			src := token.SourceFunc(func(context.Context) (token.Token, error) {
				if calls.Add(1) > 1 {
					return token.New("second", time.Now().Add(time.Hour)), nil
				}
				time.Sleep(token.DefaultLease + time.Second)
				if newer {
					mustToken(t, share(t, st, numbered(0, time.Hour)))
				}
				return token.Token{}, errDown
			})
			tok := mustToken(t, share(t, st, src))
			if newer {
				require.Equal(t, "token-1", tok.Value())
			} else {
				require.Equal(t, "second", tok.Value(), "it begins anew")
			}
		})
	}
}

func TestSharedLateReportDoesNotHideTheOneBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			return token.New(fmt.Sprintf("token-%d", min(n, 2)), time.Now().Add(time.Hour)), nil
		}}
		s := share(t, memory(), src).(token.Invalidator)
		first := mustToken(t, s)
		require.NoError(t, s.Invalidate(t.Context(), first))
		second := mustToken(t, s)
		require.NoError(t, s.Invalidate(t.Context(), second))
		require.NoError(t, s.Invalidate(t.Context(), first))
		_, err := s.Token(t.Context())
		require.ErrorIs(t, err, token.ErrStillRejected)
	})
}

func TestSharedHasAnIdentity(t *testing.T) {
	src, err := token.Stable(token.Config{AppID: "wx1", Secret: "s"})
	require.NoError(t, err)
	shared, err := token.Shared(memory(), src, token.WithKey(nil))
	require.NoError(t, err)
	want := token.NewIdentity("wx1", "s", token.StableToken)
	require.Equal(t, want, shared.(token.Identified).Identity())
	require.Equal(t, want, src.(token.Identified).Identity())
}

func TestSharedForeignRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		require.NoError(t, st.Set(t.Context(), testIdentity.Key(), []byte("a token of another program"), 0))
		src := numbered(0, 2*time.Hour)
		s := share(t, st, src)
		require.Equal(t, "token-1", mustToken(t, s).Value(), "served past the store")
		raw, _, err := st.Get(t.Context(), testIdentity.Key())
		require.NoError(t, err)
		require.Equal(t, "a token of another program", string(raw), "what is not ours is not overwritten")
	})
}

func TestSharedWithoutExpiryIsHandedThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for want, src := range map[string]token.Source{"x": token.Static("x"), "": token.None()} {
			st := memory()
			tok := mustToken(t, share(t, st, src))
			require.Equal(t, want, tok.Value())
			require.Equal(t, want == "", tok.IsNone())
			require.Empty(t, stored(t, st).Token)
		}
	})
}

func TestSharedTicket(t *testing.T) {
	// A ticket is a source like any other: no second cache.
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		fetch := numbered(10*time.Millisecond, 2*time.Hour)
		id := token.NewIdentity("wx1", "", token.JSAPITicket)
		shared, err := token.Shared(st, token.SourceFunc(fetch.Token), token.WithIdentity(id))
		require.NoError(t, err)
		tickets := token.Reuse(shared)
		require.Equal(t, "token-1", mustToken(t, tickets).Value())
		_, found, err := st.Get(t.Context(), "wechat:token:jsapi_ticket:wx1:")
		require.NoError(t, err)
		require.True(t, found)
	})
}

// TestSharedRacingProcesses has eight processes of short-lived tokens, reports and
// pauses over one store, and watches every write.
func TestSharedRacingProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &watched{Store: memory(), t: t}
		var fetches atomic.Int64
		src := token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			n := fetches.Add(1)
			if n%5 == 0 {
				time.Sleep(3 * time.Second) // beyond the lease, whatever ctx says
			} else if err := wait(ctx, time.Duration(n%7)*10*time.Millisecond); err != nil {
				return token.Token{}, err
			}
			return token.New(fmt.Sprintf("token-%06d", n), time.Now().Add(8*time.Second)), nil
		})
		var wg sync.WaitGroup
		var served atomic.Int64
		for p := range 8 {
			cache := token.Reuse(share(t, st, src, token.WithLease(2*time.Second)))
			for g := range 4 {
				wg.Go(func() {
					for n := range 300 {
						tok, err := cache.Token(t.Context())
						switch {
						case err != nil:
							if !errors.Is(err, context.DeadlineExceeded) {
								t.Error(err)
							}
						case !time.Now().Before(tok.Expiry()):
							t.Error("an expired token was served")
						default:
							served.Add(1)
						}
						if err == nil && (p*31+g*7+n)%101 == 0 {
							if next, err := cache.Replace(t.Context(), tok); err == nil && next.Same(tok) {
								t.Error("the reporter got the token back")
							}
						}
						time.Sleep(time.Duration(20+(p+g+n)%50) * time.Millisecond)
					}
				})
			}
		}
		wg.Wait()
		require.Greater(t, served.Load(), int64(8*4*300*9/10))
	})
}

// watched fails the test when an older token replaces a newer one.
type watched struct {
	store.Store
	t  *testing.T
	mu sync.Mutex
}

func (w *watched) check(key string, value []byte, write func() (bool, error)) (bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var rec struct{ Token string }
	before, found, _ := w.Store.Get(context.Background(), key)
	done, err := write()
	if done && found && json.Unmarshal(before, &rec) == nil {
		old := rec.Token
		if json.Unmarshal(value, &rec) == nil && rec.Token < old {
			w.t.Errorf("%s replaced %s", rec.Token, old)
		}
	}
	return done, err
}

func (w *watched) Set(context.Context, string, []byte, time.Duration) error {
	w.t.Error("a token was stored without comparison")
	return nil
}

func (w *watched) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return w.check(key, value, func() (bool, error) { return w.Store.SetIfAbsent(ctx, key, value, ttl) })
}

func (w *watched) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return w.check(key, new, func() (bool, error) { return w.Store.CompareAndSwap(ctx, key, old, new, ttl) })
}
