package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
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
