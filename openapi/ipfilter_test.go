package openapi_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/openapi"
	"github.com/seed-f21aa8d8/wechat/token"
)

const platformIPs = `{"ip_list": ["203.0.113.7", "101.226.103.0/25", "2001:db8::/64"]}`

// from answers a request that comes from remote, over the given hops.
func from(h http.Handler, remote string, hops ...string) int {
	r := httptest.NewRequest("POST", "/wechat", nil)
	r.RemoteAddr = remote
	for _, hop := range hops {
		r.Header.Add("X-Forwarded-For", hop)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

func ok(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

func TestIPFilter(t *testing.T) {
	p := apitest.New(t, apitest.JSON(platformIPs))
	var log bytes.Buffer
	h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for remote, want := range map[string]int{
		"203.0.113.7:1234":          200,
		"101.226.103.127:1":         200,
		"[::ffff:203.0.113.7]:1234": 200,
		"[2001:db8::9]:80":          200,
		"101.226.103.128:1":         403,
		"198.51.100.1:1":            403,
		"[2001:db8:1::9]:80":        403,
		"@":                         403,
		"":                          403,
	} {
		require.Equal(t, want, from(h, remote), remote)
	}
	require.Equal(t, 403, from(h, "198.51.100.1:1", "203.0.113.7"), "nobody's header counts without a trusted proxy")
	require.Len(t, p.Calls(), 1)
	require.Equal(t, 1, strings.Count(log.String(), "callback refused"), "in one second")
}

// Refusals have one line a second, which counts those without.
func TestIPFilterLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(platformIPs))
		var log bytes.Buffer
		h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		for range 3 {
			require.Equal(t, 403, from(h, "198.51.100.1:1"))
		}
		time.Sleep(time.Second)
		require.Equal(t, 403, from(h, "198.51.100.2:1"))
		lines := slices.Collect(strings.Lines(log.String()))
		require.Len(t, lines, 2)
		require.Contains(t, lines[0], "level=WARN")
		require.Contains(t, lines[0], "caller=198.51.100.1 reason=foreign_caller")
		require.NotContains(t, lines[0], "suppressed")
		require.Contains(t, lines[1], "suppressed=2")
	})
}

func TestIPFilterBehindProxies(t *testing.T) {
	p := apitest.New(t, apitest.JSON(platformIPs))
	h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	for _, c := range []struct {
		remote string
		hops   []string
		want   int
	}{
		{"10.0.0.1:1", []string{"203.0.113.7"}, 200},
		{"10.0.0.1:1", []string{"203.0.113.7, 10.0.0.2"}, 200},
		{"10.0.0.1:1", []string{"198.51.100.1", "203.0.113.7:4711"}, 200},
		{"10.0.0.1:1", []string{"203.0.113.7, 198.51.100.1"}, 403}, // what the caller wrote itself
		{"10.0.0.1:1", nil, 403},
		{"10.0.0.1:1", []string{"unknown"}, 403},
		{"10.0.0.1:1", []string{"10.0.0.2"}, 403},
		{"203.0.113.7:1", nil, 200},
		{"198.51.100.1:1", []string{"203.0.113.7"}, 403},
	} {
		require.Equal(t, c.want, from(h, c.remote, c.hops...), "%s %v", c.remote, c.hops)
	}
}

// The list is refreshed daily in the background. Requests do not wait for it.
func TestIPFilterRefreshes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(platformIPs), apitest.JSON(`{"ip_list": ["192.0.2.1"]}`))
		h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.DiscardHandler)})
		require.Equal(t, 200, from(h, "203.0.113.7:1"))
		time.Sleep(24*time.Hour + time.Second)
		require.Equal(t, 200, from(h, "203.0.113.7:1"), "the old list goes on")
		synctest.Wait()
		require.Len(t, p.Calls(), 2)
		require.Equal(t, 403, from(h, "203.0.113.7:1"))
		require.Equal(t, 200, from(h, "192.0.2.1:1"))
		require.Len(t, p.Calls(), 2)
	})
}

// A new address of the platform is accepted after ten minutes at most.
func TestIPFilterLooksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(platformIPs), apitest.JSON(`{"ip_list": ["192.0.2.1"]}`))
		h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.DiscardHandler)})
		require.Equal(t, 403, from(h, "192.0.2.1:1"))
		require.Equal(t, 403, from(h, "192.0.2.1:1"))
		require.Len(t, p.Calls(), 1)
		time.Sleep(10*time.Minute + time.Second)
		require.Equal(t, 200, from(h, "192.0.2.1:1"))
		require.Len(t, p.Calls(), 2)
	})
}

func TestIPFilterWithoutAList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(`{"errcode": 48001, "errmsg": "api unauthorized"}`), apitest.JSON(platformIPs),
			apitest.JSON(`{"errcode": 48001, "errmsg": "api unauthorized"}`))
		h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.DiscardHandler)})
		for range 50 {
			require.Equal(t, 503, from(h, "203.0.113.7:1"))
		}
		require.Len(t, p.Calls(), 1, "a failure is not repeated at once")
		time.Sleep(time.Minute + time.Second)
		require.Equal(t, 200, from(h, "203.0.113.7:1"))
		time.Sleep(25 * time.Hour)
		require.Equal(t, 200, from(h, "203.0.113.7:1"), "a list that cannot be renewed goes on")
		synctest.Wait()
		require.Equal(t, 200, from(h, "203.0.113.7:1"))
	})
}

func TestIPFilterFetchesOnceForAll(t *testing.T) {
	p := apitest.New(t, apitest.JSON(platformIPs))
	h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.DiscardHandler)})
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if code := from(h, "203.0.113.7:1"); code != 200 {
				t.Errorf("status %d", code)
			}
		})
	}
	wg.Wait()
	require.Len(t, p.Calls(), 1)
}

// Entries that are not addresses are skipped, with one warning. A list without any
// address is a failure.
func TestIPFilterSkipsWhatIsNoAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(`{"ip_list": ["", "203.0.113.7", "a.example"]}`))
		var log bytes.Buffer
		h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		require.Equal(t, 200, from(h, "203.0.113.7:1"))
		time.Sleep(24*time.Hour + time.Second)
		require.Equal(t, 200, from(h, "203.0.113.7:1"))
		synctest.Wait()
		require.Len(t, p.Calls(), 2)
		require.Equal(t, 1, bytes.Count(log.Bytes(), []byte("are skipped")))
		require.Contains(t, log.String(), "a.example")
	})
	p := apitest.New(t, apitest.JSON(`{"ip_list": [""]}`))
	h := openapi.New(p.Client()).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.DiscardHandler)})
	require.Equal(t, 503, from(h, "203.0.113.7:1"))
}

func ExampleService_IPFilter() {
	platform := apitest.Example(apitest.JSON(platformIPs))
	bot := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "success") }) // a message.Handler
	filtered := openapi.New(platform.Client()).IPFilter(bot, openapi.IPFilterConfig{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, // the load balancer
	})

	for _, caller := range []string{"203.0.113.7", "198.51.100.66"} {
		r := httptest.NewRequestWithContext(context.Background(), "POST", "/wechat", nil)
		r.RemoteAddr = "10.0.0.1:40000"
		r.Header.Set("X-Forwarded-For", caller)
		w := httptest.NewRecorder()
		filtered.ServeHTTP(w, r)
		fmt.Println(caller, w.Code)
	}
	// Output:
	// 203.0.113.7 200
	// 198.51.100.66 403
}

// panicking is a limiter with a bug.
type panicking struct{}

func (panicking) Wait(context.Context, string) error { panic("a bug of the limiter") }

func TestIPFilterSurvivesAPanic(t *testing.T) {
	oa, err := officialaccount.New(officialaccount.Config{TokenSource: token.Static("x"), Limiter: panicking{}})
	require.NoError(t, err)
	var log bytes.Buffer
	h := openapi.New(oa).IPFilter(http.HandlerFunc(ok), openapi.IPFilterConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.Equal(t, 503, from(h, "203.0.113.7:1"))
	require.Contains(t, log.String(), "a bug of the limiter")
}
