package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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
		for range 6_000 {
			if l.Take(t.Context(), bucket(limit)) == nil {
				taken++
			}
			time.Sleep(10 * time.Millisecond)
		}
		require.InDelta(t, 610, taken, 2)

		time.Sleep(time.Hour)
		taken = 0
		for range 30 {
			if l.Take(t.Context(), bucket(limit)) == nil {
				taken++
			}
		}
		require.Equal(t, 10, taken, "a pause does not save up more calls than the burst")

		huge := gateway.Limit{Path: "/huge", Calls: 2_000_000_000, Per: time.Second, Burst: 1}
		require.NoError(t, l.Take(t.Context(), bucket(huge)))
		require.Error(t, l.Take(t.Context(), bucket(huge)), "a limit above one call a nanosecond is still one")
	})
}

// If a limiter fails or panics, the call is refused.
func TestLimiterFails(t *testing.T) {
	for _, panics := range []bool{false, true} {
		s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, b []gateway.Business) {
			cfg.Limiter = brokenLimiter{panics}
			b[0].Limits = []gateway.Limit{{Path: "/cgi-bin/menu/*", Calls: 1, Per: time.Hour}}
		})
		resp, body := s.get("/cgi-bin/menu/get", keyA)
		require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
		require.Contains(t, body, gateway.LimiterFailed)
		require.Zero(t, s.platform.Count("/cgi-bin/menu/get"))
		if panics {
			require.NotContains(t, s.log.String(), "out of order")
			require.Regexp(t, `error="gateway: the limiter panicked: a value of type string" stack=".*brokenLimiter`, s.log.String())
		}
	}
}

// A call that one limit refuses takes nothing from the others.
func TestRefusedCallTakesNothing(t *testing.T) {
	t.Parallel()
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, b []gateway.Business) {
		cfg.MaxBody = 1 << 20
		b[0].Limits = []gateway.Limit{
			{Path: "/*", Calls: 3, Per: time.Hour},
			{Path: "/cgi-bin/menu/*", Calls: 1, Per: time.Hour},
		}
	})
	status := func(path string) int { resp, _ := s.get(path, keyA); return resp.StatusCode }
	for range 5 {
		require.Equal(t, http.StatusForbidden, status("/cgi-bin/menu/delete"))
		require.Equal(t, http.StatusForbidden, status("/"+otherApp+"/cgi-bin/menu/get"))
		require.Equal(t, http.StatusBadRequest, status("/cgi-bin/menu/get?access_token=x"))
		resp, _ := s.request(http.MethodPost, s.proxy.URL+"/cgi-bin/user/get", keyA, strings.NewReader(strings.Repeat(" ", 2<<20)))
		require.Equal(t, http.StatusRequestEntityTooLarge, resp.StatusCode)
	}
	require.Equal(t, 200, status("/cgi-bin/menu/get"))
	for range 5 {
		require.Equal(t, http.StatusTooManyRequests, status("/cgi-bin/menu/get"))
	}
	require.Equal(t, 200, status("/cgi-bin/get_api_domain_ip"))
	require.Equal(t, 200, status("/cgi-bin/get_api_domain_ip"))
	require.Equal(t, http.StatusTooManyRequests, status("/cgi-bin/get_api_domain_ip"))
}

// Callers at the same time never get more than the limit together.
func TestLocalLimiterTogether(t *testing.T) {
	for range 20 {
		var l gateway.LocalLimiter
		buckets := bucket(gateway.Limit{Path: "/*", Calls: 100, Per: time.Hour}, gateway.Limit{Path: "/a", Calls: 50, Per: time.Hour})
		var taken atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					if l.Take(t.Context(), buckets) == nil {
						taken.Add(1)
					}
				}
			})
		}
		wg.Wait()
		require.Equal(t, int64(50), taken.Load())
		var over *gateway.LimitError
		require.ErrorAs(t, l.Take(t.Context(), buckets), &over)
		require.Equal(t, "/a", over.Limit.Path)
		require.Greater(t, over.Wait, time.Minute)
		for range 50 {
			require.NoError(t, l.Take(t.Context(), buckets[:1]), "the other limit still has 50 calls")
		}
		require.Error(t, l.Take(t.Context(), buckets[:1]))
	}
}

// Buckets of limits that are gone do not pile up.
func TestLocalLimiterForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l gateway.LocalLimiter
		before := heap()
		for i := range 20_000 {
			limit := gateway.Limit{Path: "/" + strconv.Itoa(i), Calls: 1, Per: time.Second}
			require.NoError(t, l.Take(t.Context(), bucket(limit)))
			time.Sleep(100 * time.Millisecond)
		}
		require.Less(t, heap(), before+1<<18)
		runtime.KeepAlive(&l)
	})
}

type brokenLimiter struct{ panics bool }

func (l brokenLimiter) Take(context.Context, []gateway.Bucket) error {
	if l.panics {
		panic("out of order")
	}
	return errors.New("out of order")
}

// bucket is the bucket of one limit.
func bucket(limits ...gateway.Limit) (out []gateway.Bucket) {
	for _, l := range limits {
		out = append(out, gateway.Bucket{Business: "shop", Key: "shop|" + l.String(), Limit: l})
	}
	return out
}
