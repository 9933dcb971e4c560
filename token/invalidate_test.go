package token_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
)

func TestInvalidateDropsOnlyThatToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &told{counting: numbered(0, time.Hour)}
		cache := token.Reuse(src, token.ReuseConfig{})
		first := mustToken(t, cache)
		require.NoError(t, cache.Invalidate(t.Context(), token.New("another", time.Time{})))
		require.NoError(t, cache.Invalidate(t.Context(), token.Token{}))
		require.Equal(t, first, mustToken(t, cache))

		require.NoError(t, cache.Invalidate(t.Context(), first))
		second := mustToken(t, cache)
		require.Equal(t, "token-2", second.Value())
		require.NoError(t, cache.Invalidate(t.Context(), first), "a late report about the first")
		require.Equal(t, second, mustToken(t, cache))
		require.Equal(t, []string{"token-1"}, src.heard(), "the source is told once, of that token alone")
	})
}

func TestReplaceHerdFetchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &told{counting: numbered(50*time.Millisecond, 2*time.Hour)}
		cache := token.Reuse(src, token.ReuseConfig{})
		stale := mustToken(t, cache)
		got := together(1000, func(i int) (token.Token, error) {
			time.Sleep(time.Duration(i%200) * time.Millisecond) // before, during and after the fetch
			return cache.Replace(t.Context(), stale)
		})
		for _, o := range got {
			require.Equal(t, outcome{value: "token-2"}, o)
		}
		require.EqualValues(t, 2, src.calls.Load())
		require.Equal(t, []string{"token-1"}, src.heard())
	})
}

func TestInvalidateHerdFetchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(50*time.Millisecond, 2*time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		stale := mustToken(t, cache)
		got := together(1000, func(i int) (token.Token, error) {
			time.Sleep(time.Duration(i%200) * time.Millisecond)
			if err := cache.Invalidate(t.Context(), stale); err != nil {
				return token.Token{}, err
			}
			return cache.Token(t.Context())
		})
		for _, o := range got {
			require.Equal(t, outcome{value: "token-2"}, o)
		}
		require.EqualValues(t, 2, src.calls.Load())
	})
}

// unchanging always returns the same value.
func unchanging(delay time.Duration) *told {
	return &told{counting: &counting{fn: func(ctx context.Context, _ int64) (token.Token, error) {
		return token.New("stuck", time.Now().Add(2*time.Hour)), wait(ctx, delay)
	}}}
}

func TestReplaceNeverGivesTheStaleTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := unchanging(10 * time.Millisecond)
		cache := token.Reuse(src, token.ReuseConfig{})
		stale := mustToken(t, cache)
		for _, got := range together(100, func(int) (token.Token, error) { return cache.Replace(t.Context(), stale) }) {
			require.ErrorIs(t, got.err, token.ErrStillRejected)
			require.Empty(t, got.value)
		}
		require.EqualValues(t, 2, src.calls.Load(), "once at first and once for all reports")
		require.Equal(t, "stuck", mustToken(t, cache).Value(), "callers that have not reported it go on with it")
		require.EqualValues(t, 2, src.calls.Load())
	})
}

// TestReplaceIsBounded has a call that is always rejected, though the token is good.
func TestReplaceIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := unchanging(0)
		cache := token.Reuse(src, token.ReuseConfig{})
		stale := mustToken(t, cache)
		for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(500 * time.Millisecond) {
			_, err := cache.Replace(t.Context(), stale)
			require.ErrorIs(t, err, token.ErrStillRejected)
			require.Equal(t, "stuck", mustToken(t, cache).Value(), "everyone else is served all the time")
		}
		require.LessOrEqual(t, src.calls.Load(), int64(1+maxReplacementsPerHour+int(time.Hour/(30*time.Second))))
	})
}

func TestInvalidateSaysThatTheSourceHasNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := unchanging(10 * time.Millisecond)
		cache := token.Reuse(src, token.ReuseConfig{})
		stale := mustToken(t, cache)
		got := together(100, func(int) (token.Token, error) { return token.Token{}, cache.Invalidate(t.Context(), stale) })
		for _, o := range got {
			require.ErrorIs(t, o.err, token.ErrStillRejected)
		}
		require.EqualValues(t, 2, src.calls.Load())
		require.Equal(t, []string{"stuck"}, src.heard())
		require.Equal(t, "stuck", mustToken(t, cache).Value(), "callers that have not reported it go on with it")
	})
}

// maxReplacementsPerHour bounds the fetches for an account whose calls are all
// rejected.
const maxReplacementsPerHour = 40

// pauseBetween returns the time until Replace asks the source again.
func pauseBetween(t *testing.T, cache *token.Cache, calls func() int64) time.Duration {
	before, began := calls(), time.Now()
	for calls() == before {
		tok := mustToken(t, cache)
		if _, err := cache.Replace(t.Context(), tok); err != nil {
			require.ErrorIs(t, err, token.ErrStillRejected)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(began)
}

func TestReplaceOrdinaryRenewalIsImmediate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(0, 2*time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		for n := range 20 { // a token that lasts is an ordinary one
			require.Less(t, pauseBetween(t, cache, src.calls.Load), time.Second, n)
			time.Sleep(15 * time.Minute)
		}
	})
}

func TestReplacePauseGrowsAndEnds(t *testing.T) {
	for name, src := range map[string]func() *told{
		"fresh tokens": func() *told { return &told{counting: numbered(0, 2*time.Hour)} },
		"one token":    func() *told { return unchanging(0) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := src()
				cache := token.Reuse(src, token.ReuseConfig{})
				require.Less(t, pauseBetween(t, cache, src.calls.Load), 100*time.Millisecond, "the first renewal is immediate")
				require.Less(t, pauseBetween(t, cache, src.calls.Load), 100*time.Millisecond, "and so is the second")
				upper := time.Second
				for range 12 {
					p := pauseBetween(t, cache, src.calls.Load)
					require.GreaterOrEqual(t, p, upper/2-100*time.Millisecond)
					require.LessOrEqual(t, p, upper+100*time.Millisecond)
					upper = min(2*upper, 4*time.Minute)
				}
				time.Sleep(15 * time.Minute)
				require.Less(t, pauseBetween(t, cache, src.calls.Load), 100*time.Millisecond, "the series has ended")
			})
		})
	}
}

// TestReplaceEveryTokenRejected has an API that rejects every token, however fresh.
func TestReplaceEveryTokenRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(5*time.Millisecond, 2*time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		var calls, refused int
		for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(time.Second) {
			together(3, func(int) (token.Token, error) { // three calls a second, each with one replay
				tok, err := cache.Token(t.Context())
				require.NoError(t, err, "Token goes on")
				return cache.Replace(t.Context(), tok)
			})
			_, err := cache.Replace(t.Context(), mustToken(t, cache))
			calls++
			if err != nil {
				require.ErrorIs(t, err, token.ErrStillRejected)
				refused++
			}
		}
		require.LessOrEqual(t, src.calls.Load(), int64(1+maxReplacementsPerHour))
		require.Greater(t, src.calls.Load(), int64(10), "it is tried")
		require.Greater(t, refused, calls/2)
	})
}

// TestReplaceDuringAnEarlyRefresh reports the token while a fetch is under way that
// began before the report and brings the very same token.
func TestReplaceDuringAnEarlyRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(time.Hour)
		src := &told{}
		src.counting = &counting{fn: func(ctx context.Context, n int64) (token.Token, error) {
			value := "old"
			if len(src.heard()) > 0 {
				value = "new"
			}
			return token.New(value, end), wait(ctx, time.Second)
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		old := mustToken(t, cache)
		time.Sleep(58 * time.Minute)
		mustToken(t, cache) // the early refresh begins
		synctest.Wait()
		require.EqualValues(t, 2, src.calls.Load())
		fresh, err := cache.Replace(t.Context(), old)
		require.NoError(t, err)
		require.Equal(t, "new", fresh.Value())
		require.EqualValues(t, 3, src.calls.Load())
	})
}

func TestReplaceWithFailingSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		src := &told{counting: &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if down.Load() {
				return token.Token{}, errDown
			}
			return token.New(fmt.Sprintf("token-%d", n), time.Now().Add(time.Hour)), nil
		}}}
		cache := token.Reuse(src, token.ReuseConfig{})
		stale := mustToken(t, cache)
		down.Store(true)
		_, err := cache.Replace(t.Context(), stale)
		require.ErrorIs(t, err, errDown)
		_, err = cache.Token(t.Context())
		require.ErrorIs(t, err, errDown, "the rejected token does not come back")
		down.Store(false)
		time.Sleep(time.Second)
		require.Equal(t, "token-3", mustToken(t, cache).Value())
	})
}

func TestReplaceWhenTheSourceCannotHearOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		deaf := errors.New("deaf")
		src := &told{counting: numbered(0, time.Hour), err: deaf}
		cache := token.Reuse(src, token.ReuseConfig{})
		fresh, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.NoError(t, err, "it returned another token")
		require.Equal(t, "token-2", fresh.Value())

		stuck := unchanging(0)
		stuck.err = deaf
		cache = token.Reuse(stuck, token.ReuseConfig{})
		_, err = cache.Replace(t.Context(), mustToken(t, cache))
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.ErrorIs(t, err, deaf, "why the source could not do better")
	})
}

func TestReplaceInThePauseAfterAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.Token{}, errDown }}
		cache := token.Reuse(src, token.ReuseConfig{})
		for range 10 {
			_, err := cache.Replace(t.Context(), token.New("of yesterday", time.Time{}))
			require.ErrorIs(t, err, errDown)
		}
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestReplaceStaticIsStillRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := token.Reuse(token.Static("x"), token.ReuseConfig{})
		_, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.Equal(t, "x", mustToken(t, cache).Value())
	})
}

func TestReplaceUnknownToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// A cache that is new may be asked to replace a token of its predecessor.
		src := &told{counting: numbered(0, time.Hour)}
		cache := token.Reuse(src, token.ReuseConfig{})
		fresh, err := cache.Replace(t.Context(), token.New("of yesterday", time.Time{}))
		require.NoError(t, err)
		require.Equal(t, "token-1", fresh.Value())
		require.Equal(t, []string{"of yesterday"}, src.heard())

		again, err := cache.Replace(t.Context(), token.Token{})
		require.NoError(t, err)
		require.Equal(t, fresh, again)
	})
}

func TestReplaceWaitersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := token.Reuse(numbered(time.Second, time.Hour), token.ReuseConfig{})
		stale := mustToken(t, cache)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := cache.Replace(ctx, stale)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, "token-2", mustToken(t, cache).Value())
	})
}

// TestReplaceSourcePanicsInInvalidate has the report itself end the goroutine.
func TestReplaceSourcePanicsInInvalidate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := token.Reuse(explosive{numbered(0, time.Hour)}, token.ReuseConfig{})
		_, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.ErrorIs(t, err, token.ErrPanic)
	})
}

type explosive struct{ *counting }

func (explosive) Invalidate(context.Context, token.Token) error { panic("in Invalidate") }

// TestReplaceCallerLeavesDuringAnEarlyRefresh reports the token and leaves, while a
// fetch that began before brings the very same token.
func TestReplaceCallerLeavesDuringAnEarlyRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(time.Hour)
		src := &told{}
		src.counting = &counting{fn: func(ctx context.Context, n int64) (token.Token, error) {
			value := "old"
			if len(src.heard()) > 0 {
				value = "new"
			}
			return token.New(value, end), wait(ctx, time.Second)
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		old := mustToken(t, cache)
		time.Sleep(58 * time.Minute)
		mustToken(t, cache) // the early refresh begins
		synctest.Wait()
		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		_, err := cache.Replace(ctx, old)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(2 * time.Second)
		require.Equal(t, "new", mustToken(t, cache).Value(), "the report is not forgotten")
	})
}

func TestReplacePauseIsOnlyForTheTokenInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(0, time.Minute)
		cache := token.Reuse(src, token.ReuseConfig{})
		first := mustToken(t, cache)
		for range 12 {
			pauseBetween(t, cache, src.calls.Load)
		}
		_, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.ErrorIs(t, err, token.ErrStillRejected, "a pause of some minutes has begun")
		time.Sleep(61 * time.Second)
		fresh, err := cache.Replace(t.Context(), first)
		require.NoError(t, err, "the token in use has expired, and was not rejected")
		require.NotEqual(t, first.Value(), fresh.Value())
	})
}

// TestReplaceSeriesEndsWithTheLife rejects a token, the next one after some time, and
// the one after that at once.
func TestReplaceSeriesEndsWithTheLife(t *testing.T) {
	for _, c := range []struct {
		life, lasts time.Duration
		ends        bool
	}{
		{10 * time.Second, 1100 * time.Millisecond, true},
		{10 * time.Second, 900 * time.Millisecond, false},
		{time.Minute, 6100 * time.Millisecond, true},
		{time.Minute, 5900 * time.Millisecond, false},
		{2 * time.Hour, 10*time.Minute + time.Second, true},
		{2 * time.Hour, 10*time.Minute - time.Second, false},
		{0, 10*time.Minute + time.Second, true}, // the expiry is unknown
		{0, 10*time.Minute - time.Second, false},
	} {
		for kind, newCache := range map[string]func(src token.Source) *token.Cache{
			"process": func(src token.Source) *token.Cache { return token.Reuse(src, token.ReuseConfig{}) },
			"shared":  func(src token.Source) *token.Cache { return token.Reuse(share(t, memory(), src), token.ReuseConfig{}) },
		} {
			if kind == "shared" && c.life == 0 {
				continue // returned without being shared
			}
			t.Run(fmt.Sprintf("%s %v %v", kind, c.life, c.lasts), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
						expiry := time.Time{}
						if c.life > 0 {
							expiry = time.Now().Add(c.life)
						}
						return token.New(fmt.Sprintf("token-%d", n), expiry), nil
					}}
					cache := newCache(src)
					replace := func(stale token.Token) (token.Token, error) { return cache.Replace(t.Context(), stale) }
					second, err := replace(mustToken(t, cache))
					require.NoError(t, err)
					time.Sleep(c.lasts)
					third, err := replace(second)
					require.NoError(t, err)
					_, err = replace(third)
					if c.ends {
						require.NoError(t, err, "the second in a row")
					} else {
						require.ErrorIs(t, err, token.ErrStillRejected, "the third in a row")
					}
				})
			})
		}
	}
}
