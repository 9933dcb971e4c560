package token_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Callers wait while a fetch that failed for a moment is retried.
func TestReuseRetriesATransientFailure(t *testing.T) {
	for _, fault := range []wechattest.Fault{
		wechattest.Errcode(-1), wechattest.HTTPStatus(502), wechattest.CutBefore(), wechattest.CutAfter(), wechattest.CutInside(),
	} {
		for kind := range constructors {
			t.Run(fault.String()+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					p := wechattest.New(t, wechattest.Config{})
					p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Times: 2, Fault: fault})
					seen := &recorder{}
					cache := token.Reuse(against(t, p, kind), token.ReuseConfig{OnRefresh: seen.observe})
					for _, got := range together(100, func(int) (token.Token, error) { return cache.Token(t.Context()) }) {
						require.NoError(t, got.err)
					}
					requireAccepted(t, p, mustToken(t, cache))
					require.Equal(t, 3, p.TokenRequests())
					synctest.Wait()
					require.Len(t, seen.all(), 1)
				})
			})
		}
	}
}

// The token after a rejected one is waited for too.
func TestReplaceRetriesATransientFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		cache := token.Reuse(against(t, p, "stable"), token.ReuseConfig{})
		stale := mustToken(t, cache)
		p.RevokeTokens()
		p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Times: 1, Fault: wechattest.HTTPStatus(503)})
		fresh, err := cache.Replace(t.Context(), stale)
		require.NoError(t, err)
		requireAccepted(t, p, fresh)
	})
}

// A platform that is down gets two requests more than one for each pause.
func TestReuseRetriesOnceInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		remove := p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Fault: wechattest.HTTPStatus(502)})
		seen := &recorder{}
		cache := token.Reuse(against(t, p, "stable"), token.ReuseConfig{OnRefresh: seen.observe})
		for began := time.Now(); time.Since(began) < time.Hour; time.Sleep(250 * time.Millisecond) {
			_, err := cache.Token(t.Context())
			require.ErrorContains(t, err, "502")
		}
		synctest.Wait()
		require.LessOrEqual(t, p.TokenRequests(), maxFetchesPerHour+2)
		require.Equal(t, p.TokenRequests(), len(seen.all())+2)

		remove()
		time.Sleep(maxPause)
		mustToken(t, cache)
	})
}

// What another request would not change is asked once, and so is a platform that lets
// the caller wait.
func TestReuseDoesNotRetry(t *testing.T) {
	for _, fault := range []wechattest.Fault{
		wechattest.Errcode(40125), wechattest.Errcode(40164), wechattest.Errcode(45009), wechattest.HTTPStatus(404),
		wechattest.Truncated(), wechattest.Hang(),
	} {
		t.Run(fault.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := wechattest.New(t, wechattest.Config{})
				p.Inject(wechattest.Rule{Path: "/cgi-bin/*", Fault: fault})
				began := time.Now()
				_, err := token.Reuse(against(t, p, "stable"), token.ReuseConfig{}).Token(t.Context())
				require.Error(t, err)
				require.LessOrEqual(t, p.TokenRequests(), 1) // one without an answer does not count
				require.LessOrEqual(t, time.Since(began), 10*time.Second)
			})
		})
	}
}

// A forced refresh that failed is not repeated: it may have ended the token of others.
func TestReuseForcesOnceIfTheForcedRefreshFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		forcedRequests := 0
		transport := roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if bytes.Contains(body, []byte(`"force_refresh":true`)) {
				forcedRequests++
				return nil, errors.New("connection reset")
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			return p.Client().Transport.RoundTrip(r)
		})
		cache := token.Reuse(against(t, p, "stable", allowForce, func(c *token.StableConfig) {
			c.HTTPClient = &http.Client{Transport: transport}
		}), token.ReuseConfig{})
		_, err := cache.Replace(t.Context(), mustToken(t, cache))
		require.ErrorIs(t, err, token.ErrStillRejected)
		require.Equal(t, 1, forcedRequests)
	})
}

// A token server that restarts is asked again.
func TestReuseRetriesTheTokenServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		src := remote(t, "https://tokens.example.com/wx1", carriedBy(&http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				w := httptest.NewRecorder()
				switch requests++; requests {
				case 1:
					return nil, errors.New("connection refused")
				case 2:
					w.WriteHeader(http.StatusServiceUnavailable)
				default:
					_, _ = w.WriteString(`{"token":"T","expires_in":7200}`)
				}
				return w.Result(), nil
			}),
		}))
		require.Equal(t, "T", mustToken(t, token.Reuse(src, token.ReuseConfig{})).Value())
		require.Equal(t, 3, requests)
	})
}
