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

const lease = 20 * time.Second // of Shared, unless a test says otherwise

var testKey = token.Key("wx1", "secret", token.AccessToken)

// share is Shared for a source of a test.
func share(t *testing.T, st store.Store, src token.Source) token.Invalidator {
	t.Helper()
	return shareWith(t, st, src, token.SharedConfig{})
}

func shareWith(t *testing.T, st store.Store, src token.Source, cfg token.SharedConfig) token.Invalidator {
	t.Helper()
	cfg.Key = testKey
	s, err := token.Shared(st, src, cfg)
	require.NoError(t, err)
	return s
}

// stored is the record under testKey, as its JSON says.
func stored(t *testing.T, st store.Store) (rec struct {
	Seq      int
	Token    string
	Expiry   time.Time
	Rejected struct {
		Current bool
		Count   int
	}
}) {
	t.Helper()
	raw, found, err := st.Get(t.Context(), testKey)
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
			processes = append(processes, token.Reuse(share(t, st, src), token.ReuseConfig{}))
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
			processes = append(processes, token.Reuse(share(t, st, src), token.ReuseConfig{}))
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
	for name, c := range map[string]struct {
		st   store.Store
		src  token.Source
		cfg  token.SharedConfig
		want string
	}{
		"no store":    {nil, src, token.SharedConfig{Key: "k"}, "store"},
		"no source":   {memory(), nil, token.SharedConfig{Key: "k"}, "source"},
		"no key":      {memory(), src, token.SharedConfig{}, "Key"},
		"short lease": {memory(), src, token.SharedConfig{Key: "k", Lease: time.Second}, "Lease"},
	} {
		_, err := token.Shared(c.st, c.src, c.cfg)
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestSharedKey(t *testing.T) {
	keyOf := func(kind, appID, secret, key string) string {
		src, err := constructors[kind](token.StableConfig{AppID: appID, Secret: secret})
		require.NoError(t, err)
		s, err := token.Shared(memory(), src, token.SharedConfig{Key: key})
		require.NoError(t, err)
		return s.(token.Keyed).Key()
	}
	key := keyOf("stable", "wx1", "old-secret", "")
	require.Contains(t, key, "wx1")
	require.NotContains(t, key, "old-secret")
	require.Equal(t, token.Key("wx1", "old-secret", token.StableToken), key)
	require.NotEqual(t, key, keyOf("classic", "wx1", "old-secret", ""), "the endpoints' tokens are apart")
	require.NotEqual(t, key, keyOf("stable", "wx2", "old-secret", ""))
	require.NotEqual(t, key, keyOf("stable", "wx1", "new-secret", ""), "a new secret is a new key")
	require.Equal(t, "mine:wx1", keyOf("stable", "wx1", "old-secret", "mine:wx1"))
	require.Equal(t, "wechat:token:jsapi_ticket:wx1:", token.Key("wx1", "", token.JSAPITicket))
}

func TestSharedLooksThroughReuse(t *testing.T) {
	// What is kept in the process must not hide that the store has another token.
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, 2*time.Hour)
		a := share(t, st, token.Reuse(src, token.ReuseConfig{}))
		stale := mustToken(t, a)
		require.NoError(t, a.Invalidate(t.Context(), stale))
		require.Equal(t, "token-2", mustToken(t, a).Value())
		time.Sleep(2*time.Hour - 2*time.Minute)
		require.Equal(t, "token-3", mustToken(t, a).Value(), "the early refresh asks the source itself")
	})
}

func TestSharedInvalidateReachesEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(50*time.Millisecond, 2*time.Hour)
		var processes []*token.Cache
		for range 4 {
			processes = append(processes, token.Reuse(share(t, st, src), token.ReuseConfig{}))
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
		s := share(t, st, src)
		first := mustToken(t, s)
		require.NoError(t, s.Invalidate(t.Context(), token.New("other", time.Time{})))
		require.True(t, mustToken(t, s).Same(first))
		require.NoError(t, s.Invalidate(t.Context(), first))
		require.True(t, stored(t, st).Rejected.Current)
		second := mustToken(t, s)
		require.Equal(t, "token-2", second.Value())
		require.NoError(t, s.Invalidate(t.Context(), first))
		require.True(t, mustToken(t, s).Same(second))
	})
}

func TestSharedStuckSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), unchanging(0)
		shared := share(t, st, src)
		a, b := token.Reuse(shared, token.ReuseConfig{}), token.Reuse(share(t, st, src), token.ReuseConfig{})
		stale := mustToken(t, a)
		mustToken(t, b)
		tok, err := a.Replace(t.Context(), stale)
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.Empty(t, tok.Value(), "no token comes with an error")
		require.Equal(t, "stuck", mustToken(t, b).Value(), "another process goes on")
		require.Equal(t, "stuck", mustToken(t, a).Value(), "and other callers of this one")
		require.Equal(t, []string{"stuck"}, src.heard())
		require.EqualValues(t, 2, src.calls.Load())

		// Without Reuse, Shared knows nothing of who reported a token.
		require.NoError(t, shared.Invalidate(t.Context(), stale))
		require.Equal(t, "stuck", mustToken(t, shared).Value())
		require.EqualValues(t, 3, src.calls.Load())
		require.ErrorIs(t, shared.Invalidate(t.Context(), stale), token.ErrStillRejected, "the pause has begun")
		require.Equal(t, "stuck", mustToken(t, shared).Value())
		require.EqualValues(t, 3, src.calls.Load())
	})
}

func TestSharedTellsTheSourceWhatAnotherProcessReported(t *testing.T) {
	// The process that reported the token has ended. The next one passes the report on.
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		gone := share(t, st, numbered(0, 2*time.Hour))
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
			s, err := token.Shared(st, against(t, p, "stable", allowForce, func(c *token.StableConfig) { c.Store = st }), token.SharedConfig{})
			require.NoError(t, err)
			processes = append(processes, token.Reuse(s, token.ReuseConfig{}))
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
		st, src := memory(), unchanging(0)
		shared, b := share(t, st, src), share(t, st, src)
		a := token.Reuse(shared, token.ReuseConfig{})
		stale := mustToken(t, a)
		require.NoError(t, shared.Invalidate(t.Context(), stale))
		require.Equal(t, "stuck", mustToken(t, b).Value(), "a process that has not reported it uses it")
		_, err := a.Replace(t.Context(), stale)
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

// TestSharedEveryTokenIsRefreshedEarly: each token has a life of its own.
func TestSharedEveryTokenIsRefreshedEarly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := share(t, memory(), numbered(0, 10*time.Second))
		for n := range 5 {
			require.Equal(t, fmt.Sprintf("token-%d", n+1), mustToken(t, s).Value())
			time.Sleep(8999 * time.Millisecond)
			require.Equal(t, fmt.Sprintf("token-%d", n+1), mustToken(t, s).Value(), "not before a tenth of its life is left")
			time.Sleep(time.Millisecond)
		}
	})
}

// TestSharedRecordsAreNumbered: every write has a number of its own, so that a process
// which read an older record never finds it again.
func TestSharedRecordsAreNumbered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, down := memory(), false
		s := share(t, st, &counting{fn: func(context.Context, int64) (token.Token, error) {
			if down {
				return token.Token{}, errDown
			}
			return token.New("same", time.Now().Add(time.Hour)), nil
		}})
		tok := mustToken(t, s)
		require.Equal(t, 1, stored(t, st).Seq)
		require.NoError(t, s.Invalidate(t.Context(), tok))
		require.Equal(t, 2, stored(t, st).Seq)
		mustToken(t, s)
		require.Equal(t, 3, stored(t, st).Seq)
		time.Sleep(58 * time.Minute)
		down = true
		mustToken(t, s)
		require.Equal(t, 4, stored(t, st).Seq, "a failed refresh")
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
		a := shareWith(t, st, src, token.SharedConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
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
				time.Sleep(lease + time.Second)

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
		time.Sleep(lease + time.Second)
		quick := share(t, st, src)
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
		raw, _, err := elsewhere.Get(t.Context(), testKey)
		require.NoError(t, err)
		src := token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			require.NoError(t, st.Set(ctx, testKey, raw, time.Hour))
			return token.Token{}, errDown
		})
		require.Equal(t, "token-1", mustToken(t, share(t, st, src)).Value())
	})
}

func TestSharedDeadHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		_, ok, err := store.TryAcquire(t.Context(), st, testKey+":lock", lease)
		require.NoError(t, err)
		require.True(t, ok) // by a process that dies with it
		cache := token.Reuse(share(t, st, numbered(0, time.Hour)), token.ReuseConfig{})
		began := time.Now()
		require.Equal(t, "token-1", mustToken(t, cache).Value())
		require.LessOrEqual(t, time.Since(began), lease+time.Second)
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
		require.Equal(t, lease/2, time.Since(began), "half the lease")
		require.Equal(t, "token-1", mustToken(t, share(t, st, numbered(0, time.Hour))).Value(), "the lock is free")
	})
}

func TestSharedPanickingSourceFreesTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		cache := token.Reuse(share(t, st, token.SourceFunc(func(context.Context) (token.Token, error) { panic("boom") })), token.ReuseConfig{})
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
		_, _, err := store.TryAcquire(t.Context(), st, testKey+":lock", time.Hour)
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
		s := shareWith(t, st, src, token.SharedConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
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
			for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(500 * time.Millisecond) {
				tok, err := s.Token(t.Context())
				if err != nil {
					require.ErrorIs(t, err, errStore)
					failed++
				} else {
					require.True(t, time.Now().Before(tok.Expiry()))
				}
			}
			require.LessOrEqual(t, src.calls.Load(), int64(time.Hour/time.Minute))
			if life > time.Hour {
				require.EqualValues(t, 1, src.calls.Load())
				require.Zero(t, failed, "a token past the store serves while the store is down")
			}
		})
	}
}

// While the store is down, one caller asks the source. Another one that waits leaves with
// its own ctx.
func TestSharedStoreDownWaitersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(5*time.Second, 2*time.Hour)
		s := share(t, &faulty{Store: memory(), down: true}, src)
		first := make(chan token.Token)
		go func() {
			tok, _ := s.Token(t.Context())
			first <- tok
		}()
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := s.Token(ctx)
		require.Equal(t, context.DeadlineExceeded, err)
		require.Equal(t, "token-1", (<-first).Value())
		require.EqualValues(t, 1, src.calls.Load())
	})
}

// TestSharedFailedFetchIsReturned: without a token the error of the source is returned at
// once.
func TestSharedFailedFetchIsReturned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.Token{}, errDown }}
		began := time.Now()
		_, err := share(t, memory(), src).Token(t.Context())
		require.ErrorIs(t, err, errDown)
		require.EqualValues(t, 1, src.calls.Load())
		require.Zero(t, time.Since(began))
	})
}

// TestSharedStillRejectedChangesNothing: the token stays in use while the store is down.
func TestSharedStillRejectedChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := &faulty{Store: memory()}, unchanging(0)
		s := share(t, st, src)
		for s.Invalidate(t.Context(), mustToken(t, s)) == nil {
		}
		calls := src.calls.Load()
		st.set(true)
		require.Equal(t, "stuck", mustToken(t, s).Value())
		require.Equal(t, calls, src.calls.Load())
	})
}

// TestSharedStoreDownHerd: callers without a cache in front of Shared wait for one fetch.
func TestSharedStoreDownHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(50*time.Millisecond, 2*time.Hour)
		s := share(t, &faulty{Store: memory(), down: true}, src)
		for _, o := range together(100, func(int) (token.Token, error) { return s.Token(t.Context()) }) {
			require.Equal(t, outcome{value: "token-1"}, o)
		}
		require.EqualValues(t, 1, src.calls.Load())
	})
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
		cache := token.Reuse(share(t, st, src), token.ReuseConfig{})
		stale := mustToken(t, cache)
		st.set(true)
		fresh, err := cache.Replace(t.Context(), stale)
		require.NoError(t, err)
		require.Equal(t, "token-2", fresh.Value())
		require.Equal(t, []string{"token-1"}, src.heard())

		// The store comes back and still holds the first token, which is still rejected.
		st.set(false)
		time.Sleep(time.Second)
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
		s := share(t, st, src)
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
	for _, op := range []string{"get", "setifabsent", "swap", "compareanddelete"} {
		synctest.Test(t, func(t *testing.T) {
			s := share(t, hanging{memory(), op}, numbered(0, time.Hour))
			began := time.Now()
			require.Equal(t, "token-1", mustToken(t, s).Value(), op)
			time.Sleep(59 * time.Minute)
			require.Equal(t, "token-2", mustToken(t, s).Value(), op)
			require.Less(t, time.Since(began), 59*time.Minute+20*time.Second, op)
		})
	}
}

// hanging answers one operation when its ctx ends.
type hanging struct {
	store.Store
	op string
}

func (h hanging) hang(ctx context.Context, op string) error {
	if op != h.op {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h hanging) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := h.hang(ctx, "get"); err != nil {
		return nil, false, err
	}
	return h.Store.Get(ctx, key)
}

func (h hanging) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if err := h.hang(ctx, "setifabsent"); err != nil {
		return false, err
	}
	return h.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (h hanging) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	if err := h.hang(ctx, "swap"); err != nil {
		return false, err
	}
	return h.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (h hanging) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if err := h.hang(ctx, "compareanddelete"); err != nil {
		return false, err
	}
	return h.Store.CompareAndDelete(ctx, key, old)
}

func TestSharedStoreFailsUnderTheLock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := &faulty{Store: memory()}
		locked := false
		st.hook = func(op, key string) {
			if op == "setifabsent" && strings.HasSuffix(key, ":lock") {
				locked = true
				st.set(true) // from the next operation on
			}
		}
		src := numbered(0, 2*time.Hour)
		s, began := share(t, st, src), time.Now()
		require.Equal(t, "token-1", mustToken(t, s).Value(), "fetched without the store")
		require.Zero(t, time.Since(began), "at once")
		st.set(false)
		require.NoError(t, st.Store.Delete(t.Context(), testKey+":lock")) // as after its lease
		locked = false
		require.Equal(t, "token-1", mustToken(t, s).Value())
		require.True(t, locked, "the store failed again")
		require.EqualValues(t, 1, src.calls.Load(), "such fetches are bounded")
	})
}

func TestSharedOldRecordThatTheStoreKept(t *testing.T) {
	// A store that shows entries after their end, or whose clock is late.
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		src := numbered(0, time.Hour)
		s := share(t, st, src)
		first := mustToken(t, s)
		raw, _, err := st.Get(t.Context(), testKey)
		require.NoError(t, err)
		require.NoError(t, st.Set(t.Context(), testKey, raw, 0))
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
				time.Sleep(lease + time.Second)
				if newer {
					mustToken(t, share(t, st, numbered(0, time.Hour)))
				}
				return token.Token{}, errDown
			})
			tok := mustToken(t, share(t, st, src))
			if newer {
				require.Equal(t, "token-1", tok.Value())
			} else {
				require.Equal(t, "second", tok.Value(), "it starts again")
			}
		})
	}
}

func TestSharedLateReportChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, time.Hour)
		s := share(t, st, src)
		first := mustToken(t, s)
		require.NoError(t, s.Invalidate(t.Context(), first))
		second := mustToken(t, s)
		before := stored(t, st)
		require.NoError(t, s.Invalidate(t.Context(), first))
		require.Equal(t, before, stored(t, st))
		require.True(t, mustToken(t, s).Same(second))
	})
}

func TestSharedForeignRecord(t *testing.T) {
	record := func(version int, value, expiry string) string {
		return fmt.Sprintf(`{"v":%d,"seq":1,"token":%q,"expiry":%q,"obtained":"2000-01-01T00:00:00Z","asked":"2000-01-01T00:00:00Z"}`, version, value, expiry)
	}
	const later, never = "2000-01-01T02:00:00Z", "0001-01-01T00:00:00Z" // the clock of synctest begins in 2000
	for _, foreign := range []string{
		"a token of another program",
		record(1, "stored", later),
		record(3, "stored", later),
		record(2, "", later),
		record(2, "stored", never),
		record(2, "stored", later) + "{}",
		strings.Replace(record(2, "stored", later), `"v"`, `"x":1,"v"`, 1),
	} {
		synctest.Test(t, func(t *testing.T) {
			st := memory()
			require.NoError(t, st.Set(t.Context(), testKey, []byte(foreign), 0))
			s := share(t, st, numbered(0, 2*time.Hour))
			require.Equal(t, "token-1", mustToken(t, s).Value(), "fetched without the store")
			raw, _, err := st.Get(t.Context(), testKey)
			require.NoError(t, err)
			require.Equal(t, foreign, string(raw), "what is not ours is not overwritten")
		})
	}
	synctest.Test(t, func(t *testing.T) {
		st := memory()
		require.NoError(t, st.Set(t.Context(), testKey, []byte(record(2, "stored", later)), 0))
		require.Equal(t, "stored", mustToken(t, share(t, st, numbered(0, 2*time.Hour))).Value())
	})
}

func TestSharedWithoutExpiryIsHandedThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for want, src := range map[string]token.Source{"x": token.Static("x"), "": token.None()} {
			st, began := memory(), time.Now()
			tok := mustToken(t, share(t, st, src))
			require.Zero(t, time.Since(began))
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
		shared, err := token.Shared(st, token.SourceFunc(fetch.Token), token.SharedConfig{Key: token.Key("wx1", "", token.JSAPITicket)})
		require.NoError(t, err)
		tickets := token.Reuse(shared, token.ReuseConfig{})
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
			cache := token.Reuse(shareWith(t, st, src, token.SharedConfig{Lease: 2 * time.Second}), token.ReuseConfig{})
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
