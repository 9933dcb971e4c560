package token_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/token"
)

// In a synctest bubble a goroutine that is left over fails the test by itself.

func TestReuseAsksOnceInALife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(50*time.Millisecond, 2*time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		for range 100 {
			require.Equal(t, "token-1", mustToken(t, cache).Value())
			time.Sleep(time.Minute)
		}
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestReuseColdHerdFetchesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(50*time.Millisecond, 2*time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		began := time.Now()
		for _, got := range together(1000, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
			require.Equal(t, outcome{value: "token-1"}, got)
		}
		require.EqualValues(t, 1, src.calls.Load())
		require.Equal(t, 50*time.Millisecond, time.Since(began), "in the fake time of the bubble")
	})
}

func TestReuseNeverWrapsItself(t *testing.T) {
	cache := token.Reuse(token.Static("x"), token.ReuseConfig{})
	require.Same(t, cache, token.Reuse(cache, token.ReuseConfig{}))
	require.Same(t, cache, token.Reuse(token.Reuse(cache, token.ReuseConfig{Timeout: time.Second}), token.ReuseConfig{}))
}

func TestReuseFirstCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(50*time.Millisecond, 2*time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		first, leave := context.WithCancel(t.Context())
		var firstErr error
		go func() { _, firstErr = cache.Token(first) }()
		synctest.Wait()
		var left atomic.Int64
		got := together(100, func(i int) (token.Token, error) {
			if i == 0 {
				time.Sleep(10 * time.Millisecond)
				leave()
				synctest.Wait()
				left.Store(src.calls.Load())
			}
			return cache.Token(t.Context())
		})
		require.ErrorIs(t, firstErr, context.Canceled)
		require.EqualValues(t, 1, left.Load(), "the fetch goes on without the first caller")
		for _, o := range got {
			require.Equal(t, outcome{value: "token-1"}, o)
		}
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestReuseWaitersLeaveByTheirOwnContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := token.Reuse(numbered(time.Second, 2*time.Hour), token.ReuseConfig{})
		began := time.Now()
		got := together(10, func(i int) (token.Token, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*200*time.Millisecond+time.Millisecond)
			defer cancel()
			tok, err := cache.Token(ctx)
			if err != nil {
				require.Equal(t, time.Duration(i+1)*200*time.Millisecond+time.Millisecond, time.Since(began))
			}
			return tok, err
		})
		for i, o := range got {
			if i < 4 {
				require.ErrorIs(t, o.err, context.DeadlineExceeded, i)
			} else {
				require.Equal(t, "token-1", o.value, i)
			}
		}
	})
}

func TestReuseFetchHasNothingOfTheCallersContextButValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		var value any
		var deadline time.Time
		cache := token.Reuse(token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			value = ctx.Value(key{})
			deadline, _ = ctx.Deadline()
			return token.New("x", time.Now().Add(time.Hour)), nil
		}), token.ReuseConfig{Timeout: 7 * time.Second})
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "trace"), time.Hour)
		defer cancel()
		_, err := cache.Token(ctx)
		require.NoError(t, err)
		require.Equal(t, "trace", value)
		require.Equal(t, 7*time.Second, time.Until(deadline))
	})
}

func TestReuseCanceledCallerStartsNothing(t *testing.T) {
	src := numbered(0, time.Hour)
	cache := token.Reuse(src, token.ReuseConfig{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := cache.Token(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = cache.Replace(ctx, token.New("x", time.Time{}))
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, src.calls.Load())
}

func TestReuseRefreshesEarlyAndInTheBackground(t *testing.T) {
	for _, c := range []struct {
		life          time.Duration
		first, latest time.Duration // when the refresh begins, counted from the fetch
	}{
		{2 * time.Hour, 2*time.Hour - 5*time.Minute, 2*time.Hour - 4*time.Minute},
		{50 * time.Minute, 45 * time.Minute, 46 * time.Minute},
		{10 * time.Minute, 9 * time.Minute, 9*time.Minute + 12*time.Second},
		{10 * time.Second, 9 * time.Second, 9*time.Second + 200*time.Millisecond},
	} {
		t.Run(c.life.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := numbered(10*time.Millisecond, c.life)
				cache := token.Reuse(src, token.ReuseConfig{})
				mustToken(t, cache)

				time.Sleep(c.first - time.Nanosecond)
				mustToken(t, cache)
				synctest.Wait()
				require.EqualValues(t, 1, src.calls.Load(), "not before its time")

				time.Sleep(c.latest - c.first + time.Nanosecond)
				began := time.Now()
				require.Equal(t, "token-1", mustToken(t, cache).Value(), "the valid token is used in between")
				require.Zero(t, time.Since(began), "and nobody waits")
				synctest.Wait()
				require.EqualValues(t, 2, src.calls.Load())

				time.Sleep(10 * time.Millisecond)
				synctest.Wait()
				require.Equal(t, "token-2", mustToken(t, cache).Value())
			})
		})
	}
}

func TestReuseSpreadsEarlyRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		moments := map[time.Duration]bool{}
		for range 30 {
			src := numbered(0, time.Hour)
			cache := token.Reuse(src, token.ReuseConfig{})
			mustToken(t, cache)
			began := time.Now()
			time.Sleep(50 * time.Minute)
			for src.calls.Load() == 1 {
				time.Sleep(time.Second)
				mustToken(t, cache)
				synctest.Wait()
			}
			moments[time.Since(began)] = true
		}
		require.Greater(t, len(moments), 5, "thirty processes must not refresh in one second")
	})
}

func TestReuseOneEarlyRefreshForAHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(50*time.Millisecond, time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		mustToken(t, cache)
		time.Sleep(59 * time.Minute)
		for _, got := range together(1000, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
			require.Equal(t, outcome{value: "token-1"}, got)
		}
		time.Sleep(time.Second)
		require.EqualValues(t, 2, src.calls.Load())
	})
}

func TestReuseSameTokenIsNotAskedForAgainAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := time.Now().Add(time.Hour)
		src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.New("same", end), nil }}
		cache := token.Reuse(src, token.ReuseConfig{})
		mustToken(t, cache)
		time.Sleep(56 * time.Minute) // within the last five, whatever the jitter
		mustToken(t, cache)
		synctest.Wait()
		require.EqualValues(t, 2, src.calls.Load())
		for range 29 {
			time.Sleep(time.Second)
			mustToken(t, cache)
			synctest.Wait()
			require.EqualValues(t, 2, src.calls.Load())
		}
		time.Sleep(time.Second)
		mustToken(t, cache)
		synctest.Wait()
		require.EqualValues(t, 3, src.calls.Load(), "after 30 seconds it is asked again")
	})
}

func TestReuseFailedEarlyRefreshKeepsTheToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if n == 1 {
				return token.New("good", time.Now().Add(time.Hour)), nil
			}
			return token.Token{}, errDown
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		mustToken(t, cache)
		end := time.Now().Add(time.Hour)
		for time.Now().Before(end) {
			require.Equal(t, "good", mustToken(t, cache).Value())
			time.Sleep(100 * time.Millisecond)
		}
		require.Greater(t, src.calls.Load(), int64(5), "it was tried")
		require.Less(t, src.calls.Load(), int64(20), "and not all the time")
		_, err := cache.Token(t.Context())
		require.ErrorIs(t, err, errDown, "an ended token is not served")
	})
}

const (
	maxPause          = time.Minute // after a failed fetch
	maxFetchesPerHour = 130         // of a source that always fails
)

var errDown = errors.New("endpoint down")

// TestReuseOutage takes the endpoint away for an hour, under four calls a second.
func TestReuseOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		var failed int64
		src := &counting{}
		src.fn = func(_ context.Context, n int64) (token.Token, error) {
			if down.Load() {
				failed++
				return token.Token{}, errDown
			}
			return token.New(fmt.Sprintf("token-%d", n), time.Now().Add(30*time.Minute)), nil
		}
		cache := token.Reuse(src, token.ReuseConfig{})
		old := mustToken(t, cache)
		down.Store(true)
		began := time.Now()
		for time.Since(began) < time.Hour {
			tok, err := cache.Token(t.Context())
			if time.Now().Before(old.Expiry()) {
				require.NoError(t, err)
				require.Equal(t, old.Value(), tok.Value(), "the old token is served while it lives")
			} else {
				require.ErrorIs(t, err, errDown)
			}
			time.Sleep(250 * time.Millisecond)
			synctest.Wait()
		}
		require.LessOrEqual(t, failed, int64(maxFetchesPerHour))
		require.Greater(t, failed, int64(30))

		down.Store(false)
		began = time.Now()
		for {
			if _, err := cache.Token(t.Context()); err == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		require.LessOrEqual(t, time.Since(began), maxPause+50*time.Millisecond, "recovery is prompt")
	})
}

// TestReuseColdOutage is the bound when there has never been a token.
func TestReuseColdOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.Token{}, errDown }}
		cache := token.Reuse(src, token.ReuseConfig{})
		for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(250 * time.Millisecond) {
			_, err := cache.Token(t.Context())
			require.ErrorIs(t, err, errDown)
		}
		require.LessOrEqual(t, src.calls.Load(), int64(maxFetchesPerHour))
		require.Greater(t, src.calls.Load(), int64(60))
	})
}

// A failure that sent no request, such as a missing verify ticket, begins no pause.
func TestReuseFailureThatSentNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if n < 10 {
				return token.Token{}, fmt.Errorf("source: %w", backoff.Immediate(errDown))
			}
			return token.New("token", time.Now().Add(time.Hour)), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		for range 9 {
			_, err := cache.Token(t.Context())
			require.ErrorIs(t, err, errDown)
		}
		mustToken(t, cache)
	})
}

func TestReuseFailureIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(ctx context.Context, n int64) (token.Token, error) {
			return token.Token{}, errors.Join(errDown, wait(ctx, 50*time.Millisecond))
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		for _, got := range together(1000, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
			require.ErrorIs(t, got.err, errDown)
		}
		for range 100 { // in the pause nobody waits, nobody asks
			_, err := cache.Token(t.Context())
			require.ErrorIs(t, err, errDown)
		}
		require.EqualValues(t, 1, src.calls.Load())
	})
}

func TestReuseBadSources(t *testing.T) {
	for _, c := range []struct {
		name string
		fn   func(context.Context) (token.Token, error)
		want error
	}{
		{"panic", func(context.Context) (token.Token, error) { panic("boom") }, token.ErrPanic},
		{"panic nil", func(context.Context) (token.Token, error) { panic(nil) }, token.ErrPanic},
		{"panic error", func(context.Context) (token.Token, error) { panic(errDown) }, token.ErrPanic},
		{"goexit", func(context.Context) (token.Token, error) {
			runtime.Goexit()
			return token.Token{}, nil
		}, token.ErrPanic},
		{"expired", func(context.Context) (token.Token, error) { return token.New("x", time.Now().Add(-time.Second)), nil }, token.ErrExpired},
		{"expires now", func(context.Context) (token.Token, error) { return token.New("x", time.Now()), nil }, token.ErrExpired},
		{"empty", func(context.Context) (token.Token, error) { return token.New("", time.Now().Add(time.Hour)), nil }, token.ErrEmpty},
		{"zero", func(context.Context) (token.Token, error) { return token.Token{}, nil }, token.ErrEmpty},
		{"hangs till ctx", func(ctx context.Context) (token.Token, error) {
			<-ctx.Done()
			return token.Token{}, ctx.Err()
		}, context.DeadlineExceeded},
		{"still rejected", func(context.Context) (token.Token, error) {
			return token.New("", time.Time{}), token.ErrStillRejected
		}, token.ErrStillRejected},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cache := token.Reuse(token.SourceFunc(c.fn), token.ReuseConfig{})
				for _, got := range together(100, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
					require.ErrorIs(t, got.err, c.want)
					require.Empty(t, got.value)
				}
			})
		})
	}
}

func TestReuseRecoversFromAPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := token.Reuse(&counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if n == 1 {
				panic("once")
			}
			return token.New("good", time.Now().Add(time.Hour)), nil
		}}, token.ReuseConfig{})
		_, err := cache.Token(t.Context())
		require.ErrorIs(t, err, token.ErrPanic)
		require.EqualError(t, err, "token: the source panicked or ended its goroutine: a value of type string")
		time.Sleep(time.Second)
		require.Equal(t, "good", mustToken(t, cache).Value())
	})
}

// TestReusePanicShowsNoToken: the value of a panic may contain the token, so the error
// shows its type, or the text of an error of the runtime. The log has the stack.
func TestReusePanicShowsNoToken(t *testing.T) {
	type answer struct{ Token string }
	for _, c := range []struct {
		name, text string
		fn         func()
	}{
		{"text", "a value of type string", func() { panic("no expiry: secret-1") }},
		{"struct", "a value of type *token_test.answer", func() { panic(&answer{"secret-1"}) }},
		{"error", "a value of type *errors.errorString", func() { panic(errors.New("secret-1")) }},
		{"runtime error", "runtime error: index out of range [1] with length 0", func() { _ = []int{}[len("1")] }},
		{"nil", "panic called with nil argument", func() { panic(nil) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				cache := token.Reuse(token.SourceFunc(func(context.Context) (token.Token, error) {
					c.fn()
					return token.Token{}, nil
				}), token.ReuseConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
				_, err := cache.Token(t.Context())
				require.ErrorIs(t, err, token.ErrPanic)
				require.EqualError(t, err, token.ErrPanic.Error()+": "+c.text)
				_, isRuntime := errors.AsType[runtime.Error](err)
				require.Equal(t, c.name == "runtime error" || c.name == "nil", isRuntime)
				synctest.Wait()
				require.Regexp(t, `token: fetch failed".* stack=".*TestReusePanicShowsNoToken`, log.String())
				require.NotContains(t, log.String()+fmt.Sprintf("%v %+v %#v", err, err, err), "secret-")
			})
		})
	}
}

// TestReuseSourceThatIgnoresItsContext hangs beyond every timeout. The waiters get
// an error, no more than a few fetches hang, and what they bring at last is ignored.
func TestReuseSourceThatIgnoresItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		src := &counting{fn: func(context.Context, int64) (token.Token, error) {
			<-release
			return token.New("late", time.Now().Add(time.Hour)), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{Timeout: 10 * time.Second})
		began := time.Now()
		for _, got := range together(100, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
			require.ErrorIs(t, got.err, token.ErrTimeout)
		}
		require.LessOrEqual(t, time.Since(began), 11*time.Second)
		for range 100 {
			time.Sleep(time.Minute)
			_, err := cache.Token(t.Context())
			require.ErrorIs(t, err, token.ErrTimeout)
		}
		require.LessOrEqual(t, src.calls.Load(), int64(4))

		close(release)
		synctest.Wait()
		calls := src.calls.Load()
		time.Sleep(time.Minute)
		require.Equal(t, "late", mustToken(t, cache).Value())
		require.Equal(t, calls+1, src.calls.Load(), "asked again")
	})
}

// TestReuseHungEarlyRefreshes has every early refresh hang for ever: the token
// is still used until it expires.
func TestReuseHungEarlyRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if n > 1 {
				<-release
			}
			return token.New(fmt.Sprintf("token-%d", n), time.Now().Add(2*time.Hour)), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{Timeout: time.Second})
		first := mustToken(t, cache)
		for time.Until(first.Expiry()) > time.Second {
			require.True(t, mustToken(t, cache).Same(first))
			time.Sleep(time.Second)
		}
		require.LessOrEqual(t, src.calls.Load(), int64(1+4))
		close(release)
		synctest.Wait()
		time.Sleep(time.Minute)
		require.False(t, mustToken(t, cache).Same(first))
	})
}

func TestReuseWithoutExpiryAsksEveryTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			return token.New(fmt.Sprintf("token-%d", n), time.Time{}), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		for n := 1; n <= 5; n++ {
			require.Equal(t, fmt.Sprintf("token-%d", n), mustToken(t, cache).Value())
		}
	})
}

func TestReuseKeepsStaticAndNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, src := range []token.Source{token.Static("x"), token.None()} {
			inner, err := src.Token(t.Context())
			require.NoError(t, err)
			counted := &counting{fn: func(ctx context.Context, _ int64) (token.Token, error) { return inner, nil }}
			cache := token.Reuse(counted, token.ReuseConfig{})
			for range 10 {
				require.Equal(t, inner, mustToken(t, cache))
				time.Sleep(24 * time.Hour)
			}
			require.EqualValues(t, 1, counted.calls.Load())
		}
	})
}

func TestReuseWithoutSource(t *testing.T) {
	_, err := token.Reuse(nil, token.ReuseConfig{}).Token(t.Context())
	require.ErrorContains(t, err, "needs a source")
}

func TestReuseOnRefreshAndLogger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		seen := new(recorder)
		src := &counting{fn: func(ctx context.Context, n int64) (token.Token, error) {
			if err := wait(ctx, 20*time.Millisecond); err != nil || n == 2 {
				return token.Token{}, errDown
			}
			return token.New(fmt.Sprintf("secret-%d", n), time.Now().Add(time.Hour)), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{OnRefresh: seen.observe, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		first := mustToken(t, cache)
		time.Sleep(59 * time.Minute)
		mustToken(t, cache) // an early refresh, which fails
		time.Sleep(2 * time.Second)
		mustToken(t, cache) // and another, which does not
		time.Sleep(time.Second)
		_, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.NoError(t, err)
		time.Sleep(2 * time.Hour)
		mustToken(t, cache)

		synctest.Wait()
		got := seen.all()
		require.Len(t, got, 5)
		var reasons []token.Reason
		for _, r := range got {
			reasons = append(reasons, r.Reason)
			require.Equal(t, 20*time.Millisecond, r.Duration)
			require.False(t, r.Same)
		}
		require.Equal(t, []token.Reason{token.Cold, token.Early, token.Early, token.Rejected, token.Expired}, reasons)
		require.Equal(t, first.Expiry(), got[0].Expiry)
		require.NoError(t, got[0].Err)
		require.ErrorIs(t, got[1].Err, errDown)
		require.True(t, got[1].Expiry.IsZero())
		require.Contains(t, log.String(), "endpoint down")
		require.Contains(t, log.String(), "reason=early")
		require.NotContains(t, log.String()+fmt.Sprintf("%+v", got), "secret-")
	})
}

func TestReuseOnRefreshMayPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		cache := token.Reuse(numbered(0, time.Hour), token.ReuseConfig{OnRefresh: func(context.Context, token.Refresh) { panic("observer's fault") }, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		require.Equal(t, "token-1", mustToken(t, cache).Value())
		synctest.Wait()
		require.Regexp(t, `panic="observer's fault" stack=".*TestReuseOnRefreshMayPanic`, log.String())
	})
}

func TestReuseZeroConfigIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cache := token.Reuse(token.SourceFunc(func(context.Context) (token.Token, error) { return token.Token{}, errDown }), token.ReuseConfig{Logger: nil, OnRefresh: nil, Timeout: 0})
		_, err := cache.Token(t.Context())
		require.ErrorIs(t, err, errDown)
	})
}

// TestReuseUnderLoad has readers, reporters and leavers at once; the race detector
// watches.
func TestReuseUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := numbered(5*time.Millisecond, 2*time.Second)
		cache := token.Reuse(src, token.ReuseConfig{})
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				for n := range 50 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+(i+n)%20)*time.Millisecond)
					tok, err := cache.Token(ctx)
					switch {
					case err != nil:
						require.ErrorIs(t, err, context.DeadlineExceeded)
					case !time.Now().Before(tok.Expiry()):
						t.Error("an expired token was served")
					case (i+n)%37 == 0:
						next, err := cache.Replace(t.Context(), tok)
						if err != nil {
							require.ErrorIs(t, err, token.ErrStillRejected)
						}
						require.NotEqual(t, tok.Value(), next.Value())
					}
					cancel()
					time.Sleep(time.Duration(1+(i*7+n)%40) * time.Millisecond)
				}
			})
		}
		wg.Wait()
	})
}

// TestReuseHerdAroundAnInstantFetch has callers look before a fetch ends and ask
// after it has ended.
func TestReuseHerdAroundAnInstantFetch(t *testing.T) {
	for range 300 {
		src := numbered(0, time.Hour)
		cache := token.Reuse(src, token.ReuseConfig{})
		for _, got := range together(50, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
			require.Equal(t, outcome{value: "token-1"}, got)
		}
		require.EqualValues(t, 1, src.calls.Load())
	}
}

func TestReuseSuccessEndsTheSeriesOfFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if down.Load() {
				return token.Token{}, errDown
			}
			return token.New(fmt.Sprintf("token-%d", n), time.Now().Add(time.Minute)), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		for range 3 {
			down.Store(true)
			for range 3600 {
				_, err := cache.Token(t.Context())
				require.ErrorIs(t, err, errDown)
				time.Sleep(100 * time.Millisecond)
			}
			down.Store(false)
			time.Sleep(maxPause)
			mustToken(t, cache)
			time.Sleep(time.Minute)
			down.Store(true)
			_, err := cache.Token(t.Context())
			require.ErrorIs(t, err, errDown)
			down.Store(false)
			time.Sleep(time.Second)
			mustToken(t, cache) // the first pause is short again
			time.Sleep(time.Minute)
		}
	})
}
