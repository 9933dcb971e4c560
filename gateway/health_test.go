package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestHealth(t *testing.T) {
	s := set(t, nil)
	require.NoError(t, s.platform.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = []string{"203.0.113.9"} }))
	h := gateway.NewHealth(s.dir)
	ask := func(method, path string) (int, string) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code, w.Body.String()
	}
	code, _ := ask(http.MethodGet, "/healthz")
	require.Equal(t, 200, code)
	code, body := ask(http.MethodGet, "/readyz")
	require.Equal(t, 200, code, "the other account works")
	require.Contains(t, body, `"errcode":40164`)
	require.Contains(t, body, otherApp)

	require.NoError(t, s.dir.Set(accounts()[:1], nil))
	code, _ = ask(http.MethodGet, "/readyz")
	require.Equal(t, 503, code)
	require.NoError(t, s.dir.Set(nil, nil))
	code, _ = ask(http.MethodGet, "/readyz")
	require.Equal(t, 200, code)
	h.Drain()
	code, _ = ask(http.MethodGet, "/readyz")
	require.Equal(t, 503, code)
	code, _ = ask(http.MethodGet, "/healthz")
	require.Equal(t, 200, code)
	code, _ = ask(http.MethodPost, "/healthz")
	require.Equal(t, 405, code)
	code, _ = ask(http.MethodGet, "/metrics")
	require.Equal(t, 404, code)
}

// A load balancer gets its answer soon, although an account waits for a token.
func TestReadyWithoutAnswerOfThePlatform(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := token.SourceFunc(func(ctx context.Context) (token.Token, error) {
			<-ctx.Done()
			return token.Token{}, ctx.Err()
		})
		dir := gateway.NewDirectory(gateway.Config{})
		ready := func() int {
			w, began := httptest.NewRecorder(), time.Now()
			gateway.NewHealth(dir).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
			require.Equal(t, 2*time.Second, time.Since(began))
			require.Contains(t, w.Body.String(), "context deadline exceeded")
			return w.Code
		}
		require.NoError(t, dir.Set([]gateway.Account{{AppID: "wx1", TokenSource: hanging}}, nil))
		require.Equal(t, http.StatusServiceUnavailable, ready())
		require.NoError(t, dir.Set([]gateway.Account{{AppID: "wx1", TokenSource: hanging}, {AppID: "wx2", TokenSource: token.Static("t")}}, nil))
		require.Equal(t, http.StatusOK, ready())
		time.Sleep(time.Minute) // the fetch ends
	})
}
