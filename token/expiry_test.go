package token_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
)

// farOff are expiries so far away that the time until them overflows a time.Duration.
var farOff = map[string]time.Time{
	"year 9999":  time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	"year 2400":  time.Date(2400, 1, 1, 0, 0, 0, 0, time.UTC),
	"1<<60":      time.Unix(1<<60, 0),
	"1<<62 + ns": time.Unix(1<<62, 999_999_999),
}

func TestReuseFarOffExpiry(t *testing.T) {
	for name, end := range farOff {
		synctest.Test(t, func(t *testing.T) {
			src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.New("x", end), nil }}
			cache := token.Reuse(src, token.ReuseConfig{})
			for range 100 {
				require.Equal(t, "x", mustToken(t, cache).Value(), name)
				time.Sleep(24 * time.Hour)
				synctest.Wait()
			}
			require.EqualValues(t, 1, src.calls.Load(), name)
		})
	}
}

func TestSharedFarOffExpiry(t *testing.T) {
	for name, end := range farOff {
		synctest.Test(t, func(t *testing.T) {
			st := memory()
			src := &counting{fn: func(context.Context, int64) (token.Token, error) { return token.New("x", end), nil }}
			a, b := share(t, st, src), share(t, st, src)
			for range 10 {
				require.Equal(t, "x", mustToken(t, a).Value(), name)
				require.Equal(t, "x", mustToken(t, b).Value(), name)
				time.Sleep(24 * time.Hour)
			}
			require.EqualValues(t, 1, src.calls.Load(), name)
			require.Equal(t, "x", stored(t, st).Token, name)
			require.NoError(t, a.Invalidate(t.Context(), token.New("x", end)), name)
			require.True(t, stored(t, st).Rejected.Current, name)
		})
	}
}

func TestLongPastExpiry(t *testing.T) {
	for _, end := range []time.Time{time.Unix(-1<<60, 0), time.Date(1, 1, 1, 0, 0, 0, 1, time.UTC), time.Unix(0, 0)} {
		src := token.SourceFunc(func(context.Context) (token.Token, error) { return token.New("x", end), nil })
		_, err := token.Reuse(src, token.ReuseConfig{}).Token(t.Context())
		require.ErrorIs(t, err, token.ErrExpired)
		_, err = share(t, memory(), src).Token(t.Context())
		require.ErrorIs(t, err, token.ErrExpired)
	}
}

// TestLifeCountsFromBeforeTheRequest has an answer that takes 9 seconds.
func TestLifeCountsFromBeforeTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(body string) *http.Client {
			return &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				time.Sleep(9 * time.Second)
				return answer(200, body), nil
			})}
		}
		sources := map[string]token.Source{
			"remote": remote(t, "https://tokens.example.com/wx1", carriedBy(slow(`{"token":"t","expires_in":7200}`))),
		}
		for kind, construct := range constructors {
			src, err := construct(token.StableConfig{AppID: "wx1", Secret: "s", HTTPClient: slow(`{"access_token":"t","expires_in":7200}`)})
			require.NoError(t, err)
			sources[kind] = src
		}
		for name, src := range sources {
			began := time.Now()
			require.Equal(t, began.Add(2*time.Hour), mustToken(t, src).Expiry(), name)
		}
	})
}

// TestRequestsEnd has a transport that answers when its context ends, and a caller
// and a client without any timeout.
func TestRequestsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})}
		sources := map[string]token.Source{"remote": remote(t, "https://tokens.example.com/wx1", carriedBy(hang))}
		for kind, construct := range constructors {
			src, err := construct(token.StableConfig{AppID: "wx1", Secret: "s", HTTPClient: hang})
			require.NoError(t, err)
			sources[kind] = src
		}
		for name, src := range sources {
			began := time.Now()
			_, err := src.Token(context.Background())
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
			require.Equal(t, 10*time.Second, time.Since(began), name)
		}
	})
}

// TestReuseTokenThatIsNearlyExpired has a source whose first token has a second left.
func TestReuseTokenThatIsNearlyExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := &counting{fn: func(_ context.Context, n int64) (token.Token, error) {
			if n == 1 {
				return token.New("old", time.Now().Add(time.Second)), nil
			}
			return token.New("new", time.Now().Add(time.Hour)), nil
		}}
		cache := token.Reuse(src, token.ReuseConfig{})
		require.Equal(t, "old", mustToken(t, cache).Value())
		time.Sleep(time.Second - time.Nanosecond)
		require.Equal(t, "old", mustToken(t, cache).Value(), "to its last moment")
		synctest.Wait()
		require.Equal(t, "new", mustToken(t, cache).Value(), "it was refreshed in between")

		src.calls.Store(0)
		cache = token.Reuse(src, token.ReuseConfig{})
		require.Equal(t, "old", mustToken(t, cache).Value())
		time.Sleep(time.Second)
		require.Equal(t, "new", mustToken(t, cache).Value(), "and not a moment longer")
	})
}

// TestSharedTokenThatIsNearlyExpired has a process start while the stored token has a
// minute left.
func TestSharedTokenThatIsNearlyExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st, src := memory(), numbered(0, 2*time.Hour)
		mustToken(t, share(t, st, src))
		time.Sleep(2*time.Hour - time.Minute)
		require.Equal(t, "token-2", mustToken(t, share(t, st, src)).Value(), "it fetches the next one first")
		require.Equal(t, "token-2", stored(t, st).Token)
	})
}
