package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
)

func TestLimit(t *testing.T) {
	s := set(t, func(_ *setting, _ *gateway.ProxyConfig, b []gateway.Business) {
		b[0].Limits = []gateway.Limit{{Path: "/cgi-bin/menu/*", Calls: 2, Per: time.Hour}}
	})
	for range 2 {
		resp, _ := s.get("/cgi-bin/menu/get", keyA)
		require.Equal(t, 200, resp.StatusCode)
	}
	resp, body := s.get("/cgi-bin/menu/get", keyA)
	require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
	require.Contains(t, body, "45011")
	require.Contains(t, body, "/cgi-bin/menu/* 2/1h0m0s")
	require.Regexp(t, `^1[78]\d\d$`, resp.Header.Get("Retry-After"), "the next call is due in half an hour")
	resp, _ = s.get("/cgi-bin/get_api_domain_ip", keyA)
	require.Equal(t, 200, resp.StatusCode, "other paths are not limited")
	require.Equal(t, 2, s.platform.Count("/cgi-bin/menu/get"))
}

func TestLocalLimiterOverTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l gateway.LocalLimiter
		limit := gateway.Limit{Path: "/*", Calls: 600, Per: time.Minute, Burst: 10}
		taken := 0
		for range 60_000 {
			if wait, err := l.Take(t.Context(), "k", limit); err == nil && wait == 0 {
				taken++
			}
			time.Sleep(time.Millisecond)
		}
		require.InDelta(t, 610, taken, 2)
	})
}

// A limiter of somebody's own may fail: the call is refused, not let through.
func TestLimiterFails(t *testing.T) {
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, b []gateway.Business) {
		cfg.Limiter = brokenLimiter{}
		b[0].Limits = []gateway.Limit{{Path: "/cgi-bin/menu/*", Calls: 1, Per: time.Hour}}
	})
	resp, body := s.get("/cgi-bin/menu/get", keyA)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Contains(t, body, gateway.LimiterFailed)
	require.Zero(t, s.platform.Count("/cgi-bin/menu/get"))
}

type brokenLimiter struct{}

func (brokenLimiter) Take(context.Context, string, gateway.Limit) (time.Duration, error) {
	return 0, errors.New("out of order")
}
