package token_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
)

const remoteKey = "BEARER-key-0123456789"

// central is a token server of the documented protocol, for one account.
type central struct {
	mu    sync.Mutex
	n     int
	since time.Time // issue of the token in use; zero: at the first request
	stuck bool      // it has no other token
	asked []string
}

func (c *central) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		c.since = time.Now()
	}
	c.asked = append(c.asked, r.Method+" "+r.URL.RequestURI())
	say := func(status int, body string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
	if r.Header.Get("Authorization") != "Bearer "+remoteKey {
		say(401, `{"error":"unauthorized","message":"no or wrong key"}`)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /wx1/access_token", "GET /wx1/jsapi_ticket":
	case "POST /wx1/access_token/invalidate":
		var in struct{ Token string }
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Token == "" {
			say(400, `{"error":"bad_request"}`)
			return
		}
		if in.Token == c.current() && c.stuck {
			say(409, `{"error":"still_rejected","message":"the platform gives no other"}`)
			return
		}
		if in.Token == c.current() {
			c.n++
			c.since = time.Now()
		}
	default:
		say(404, `{"error":"not_found","message":"no such account or kind"}`)
		return
	}
	say(200, fmt.Sprintf(`{"token":%q,"expires_in":%d}`, c.current(), 7000-int(time.Since(c.since).Seconds())))
}

func (c *central) current() string { return fmt.Sprintf("central-%d", c.n) }

func (c *central) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.asked...)
}

func serve(t *testing.T, h http.Handler) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func remote(t *testing.T, url string, change ...func(*token.RemoteConfig)) token.Invalidator {
	t.Helper()
	cfg := token.RemoteConfig{URL: url, Key: remoteKey}
	for _, c := range change {
		c(&cfg)
	}
	src, err := token.Remote(cfg)
	require.NoError(t, err)
	return src
}

func carriedBy(c *http.Client) func(*token.RemoteConfig) {
	return func(cfg *token.RemoteConfig) { cfg.HTTPClient = c }
}

func TestRemote(t *testing.T) {
	c := &central{}
	src := remote(t, serve(t, c)+"/wx1/")
	began := time.Now()
	tok := mustToken(t, src)
	require.Equal(t, "central-0", tok.Value())
	require.False(t, tok.Expiry().Before(began.Add(7000*time.Second)))
	require.False(t, tok.Expiry().After(time.Now().Add(7000*time.Second)))

	require.NoError(t, src.Invalidate(t.Context(), token.New("old", time.Time{})))
	require.Equal(t, "central-0", mustToken(t, src).Value())
	require.NoError(t, src.Invalidate(t.Context(), tok))
	require.Equal(t, "central-1", mustToken(t, src).Value())
	c.mu.Lock()
	c.stuck = true
	c.mu.Unlock()
	require.ErrorIs(t, src.Invalidate(t.Context(), mustToken(t, src)), token.ErrStillRejected)
	require.ErrorIs(t, src.Invalidate(t.Context(), token.Token{}), token.ErrEmpty)
	require.Equal(t, []string{
		"GET /wx1/access_token",
		"POST /wx1/access_token/invalidate", "GET /wx1/access_token",
		"POST /wx1/access_token/invalidate", "GET /wx1/access_token",
		"GET /wx1/access_token", "POST /wx1/access_token/invalidate",
	}, c.requests(), "no token and no key in a URL")
}

// The server is in the bubble and takes 20 ms.
func TestRemoteConformance(t *testing.T) {
	tokentest.RunInBubble(t, func(t *testing.T) token.Source {
		c := &central{}
		return remote(t, "https://tokens.example.com/wx1", carriedBy(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				if err := wait(r.Context(), 20*time.Millisecond); err != nil {
					return nil, err
				}
				w := httptest.NewRecorder()
				c.ServeHTTP(w, r)
				return w.Result(), nil
			}),
		}))
	})
}

func TestRemoteUnderReuse(t *testing.T) {
	c := &central{}
	cache := token.Reuse(remote(t, serve(t, c)+"/wx1"), token.ReuseConfig{})
	stale := mustToken(t, cache)
	for _, got := range together(100, func(int) (token.Token, error) { return cache.Replace(t.Context(), stale) }) {
		require.Equal(t, outcome{value: "central-1"}, got)
	}
	require.Len(t, c.requests(), 3)

	c.mu.Lock()
	c.stuck = true
	c.mu.Unlock()
	_, err := cache.Replace(t.Context(), mustToken(t, cache))
	require.ErrorIs(t, err, token.ErrStillRejected)
	require.Equal(t, "central-1", mustToken(t, cache).Value())
	require.LessOrEqual(t, len(c.requests()), 5)
}

func TestRemoteKinds(t *testing.T) {
	c := &central{}
	require.Equal(t, "central-0", mustToken(t, remote(t, serve(t, c)+"/wx1", func(c *token.RemoteConfig) { c.Kind = token.JSAPITicket })).Value())
	require.Equal(t, []string{"GET /wx1/jsapi_ticket"}, c.requests())
}

func TestRemoteIsChecked(t *testing.T) {
	for _, c := range []struct {
		cfg  token.RemoteConfig
		want string // empty: allowed
	}{
		{token.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: "k1"}, ""},
		{token.RemoteConfig{URL: "https://tokens.example.com", Key: "k1"}, ""},
		{token.RemoteConfig{URL: "http://127.0.0.1:8080/wx1", Key: "k1"}, ""},
		{token.RemoteConfig{URL: "http://127.9.9.9/wx1", Key: "k1"}, ""},
		{token.RemoteConfig{URL: "http://[::1]:8080/wx1", Key: "k1"}, ""},
		{token.RemoteConfig{URL: "http://localhost/wx1", Key: "k1"}, ""},
		{token.RemoteConfig{URL: "http://tokens.example.com/wx1", Key: "k1"}, "https"},
		{token.RemoteConfig{URL: "http://10.0.0.1/wx1", Key: "k1"}, "https"},
		{token.RemoteConfig{URL: "http://localhost.example.com/wx1", Key: "k1"}, "https"},
		{token.RemoteConfig{URL: "http://127.0.0.1.example.com/wx1", Key: "k1"}, "https"},
		{token.RemoteConfig{URL: "http://tokens.example.com/wx1", Key: "k1", InsecurePlainHTTP: true}, ""},
		{token.RemoteConfig{URL: "ftp://tokens.example.com/wx1", Key: "k1"}, "URL"},
		{token.RemoteConfig{URL: "tokens.example.com/wx1", Key: "k1"}, "URL"},
		{token.RemoteConfig{Key: "k1"}, "URL"},
		{token.RemoteConfig{URL: "https://user:pass@tokens.example.com/wx1", Key: "k1"}, "more than"},
		{token.RemoteConfig{URL: "https://tokens.example.com/wx1?key=1", Key: "k1"}, "more than"},
		{token.RemoteConfig{URL: "https://tokens.example.com/wx1"}, "Key"},
		{token.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: "two words"}, "Key"},
		{token.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: "line\r\nX-Header: 1"}, "Key"},
		{token.RemoteConfig{URL: "https://tokens.example.com/wx1", Key: "k1", Kind: "a/b"}, "Kind"},
	} {
		_, err := token.Remote(c.cfg)
		if c.want == "" {
			require.NoError(t, err, c.cfg)
			continue
		}
		require.ErrorContains(t, err, c.want, c.cfg)
		if len(c.cfg.Key) > 2 {
			require.NotContains(t, err.Error(), c.cfg.Key)
		}
		require.NotContains(t, err.Error(), "pass@")
	}
}

func TestRemoteAnswers(t *testing.T) {
	const stale = "STALE-token-value"
	for _, c := range []struct {
		name, body string
		status     int
		want       error
	}{
		{"without life", `{"token":"good"}`, 200, nil},
		{"with life", `{"token":"good","expires_in":10,"more":[1]}`, 200, nil},
		{"expired", `{"token":"good","expires_in":0}`, 200, token.ErrExpired},
		{"empty", `{"token":"","expires_in":10}`, 200, token.ErrEmpty},
		{"other object", `{"access_token":"good","expires_in":10}`, 200, token.ErrEmpty},
		{"no JSON", `good`, 200, errAny},
		{"truncated", `{"token":"good","exp`, 200, errAny},
		{"error with 200", `{"error":"unavailable"}`, 200, errAny},
		{"unauthorized", `{"error":"unauthorized","message":"key ` + remoteKey + ` is unknown"}`, 401, errAny},
		{"echo", `{"error":"bad_request","message":"` + stale + `"}`, 400, errAny},
		{"not found", `404 page`, 404, errAny},
		{"control characters", `{"error":"x","message":"a\u0000\nb"}`, 500, errAny},
		{"conflict of another sort", `{"error":"conflict"}`, 409, errAny},
		{"still rejected", `{"error":"still_rejected"}`, 409, token.ErrStillRejected},
		{"refused by the platform", `{"error":"unavailable","errcode":40164,"errmsg":"invalid ip 1.2.3.4, not in whitelist"}`, 502, errcode.Code(40164)},
		{"redirect", ``, 302, errAny},
		{"too large", `{"token":"` + strings.Repeat("x", 70<<10) + `"}`, 200, errAny},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := remote(t, "https://tokens.example.com/wx1", carriedBy(&http.Client{
				Transport: roundTrip(func(*http.Request) (*http.Response, error) { return answer(c.status, c.body), nil }),
			}))
			tok, err := src.Token(t.Context())
			invErr := src.Invalidate(t.Context(), token.New(stale, time.Time{}))
			for _, text := range []string{remoteKey, stale, "\n", "\x00"} {
				require.NotContains(t, fmt.Sprintf("%v", invErr), text)
				if text != stale {
					require.NotContains(t, fmt.Sprintf("%v", err), text)
				}
			}
			if c.want == nil {
				require.NoError(t, err)
				require.Equal(t, "good", tok.Value())
				return
			}
			require.Error(t, err)
			require.Less(t, len(err.Error()), 500)
			if !errors.Is(c.want, errAny) {
				require.ErrorIs(t, err, c.want)
			} else {
				require.NotErrorIs(t, err, token.ErrStillRejected)
			}
		})
	}
}

func TestRemoteTransportErrorsHideTheKey(t *testing.T) {
	src := remote(t, "https://tokens.example.com/wx1", carriedBy(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("sending %v: %w", r.Header, errDown)
		}),
	}))
	_, err := src.Token(t.Context())
	require.ErrorContains(t, err, "endpoint down")
	require.NotContains(t, err.Error(), remoteKey)
}

func TestRemoteFollowsNoRedirect(t *testing.T) {
	var elsewhere []string
	other := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		elsewhere = append(elsewhere, r.Header.Get("Authorization"))
	}))
	src := remote(t, serve(t, http.RedirectHandler(other, http.StatusTemporaryRedirect))+"/wx1")
	_, err := src.Token(t.Context())
	require.ErrorContains(t, err, "307")
	require.Empty(t, elsewhere)
}

func TestRemoteObeysContext(t *testing.T) {
	url := serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := remote(t, url+"/wx1").Token(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = remote(t, url+"/wx1", carriedBy(&http.Client{Timeout: 20 * time.Millisecond})).Token(t.Context())
	require.ErrorIs(t, err, context.DeadlineExceeded, "the client's own timeout")
}
