//go:build unix

package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// child makes the test binary be the program.
const child = "WECHAT_GATEWAY_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// How fast the limited business may call, all instances together.
const (
	limitCalls = 40 // a second
	limitBurst = 10
)

// instance is a gateway in a process of its own.
type instance struct {
	t    *testing.T
	addr string
	file string
	log  *os.File
	cmd  *exec.Cmd
}

func (i *instance) start() {
	i.t.Helper()
	i.cmd = exec.Command(os.Args[0], "-config", i.file)
	i.cmd.Env = append(os.Environ(), child+"=1")
	i.cmd.Stdout, i.cmd.Stderr = i.log, i.log
	require.NoError(i.t, i.cmd.Start())
	require.Eventually(i.t, func() bool {
		conn, err := net.Dial("tcp", i.addr)
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}, 20*time.Second, 10*time.Millisecond)
}

// kill ends the process at once, as a crash would.
func (i *instance) kill() {
	if i.cmd != nil {
		_ = i.cmd.Process.Kill()
		_ = i.cmd.Wait()
		i.cmd = nil
	}
}

// load counts what callers see.
type load struct {
	instances []*instance
	client    *http.Client
	calls     atomic.Int64
	mu        sync.Mutex
	failed    []string
}

// get calls an instance, and another one if there is no answer, as a balancer does.
func (l *load) get(key, path string) (int, string) {
	first := rand.IntN(len(l.instances))
	for n := range l.instances {
		i := l.instances[(first+n)%len(l.instances)]
		req, err := http.NewRequest(http.MethodGet, "http://"+i.addr+path, nil)
		if err != nil {
			return 0, err.Error()
		}
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := l.client.Do(req)
		if err != nil {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err == nil {
			return resp.StatusCode, string(body)
		}
	}
	return 0, "no instance answers"
}

func (l *load) fail(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = append(l.failed, text)
}

// takeFailures returns the failures since the last time.
func (l *load) takeFailures() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	failed := l.failed
	l.failed = nil
	return failed
}

// TestSoak runs two instances in processes of their own over a real Redis, kills and
// restarts what they stand on, and looks at what callers see of it.
func TestSoak(t *testing.T) {
	if os.Getenv("WECHAT_SOAK") != "1" {
		t.Skip("a soak of half a minute with processes: WECHAT_SOAK=1")
	}
	redis := servertest.Redis(t)
	platform := wechattest.New(t, wechattest.Config{StrictTokens: true})
	srv := httptest.NewServer(platform)
	defer srv.Close()
	keys := map[string]string{"shop": gateway.NewKey(), "limited": gateway.NewKey()}
	t.Setenv("APP_SECRET", wechattest.DefaultSecret)
	t.Setenv("PASS_KEY", gateway.NewKey())
	t.Setenv("REDIS_URL", "redis://"+redis.Addr+"?max_retries=-1")
	l := &load{client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
	defer l.client.CloseIdleConnections()
	for n := range 2 {
		i := newInstance(t, n, srv.URL, keys)
		i.start()
		defer i.kill()
		l.instances = append(l.instances, i)
	}

	stop := make(chan struct{})
	var callers sync.WaitGroup
	defer func() { callers.Wait() }()
	for range 4 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(3 * time.Millisecond):
				}
				l.calls.Add(1)
				if status, body := l.get(keys["shop"], "/cgi-bin/get_api_domain_ip"); status != 200 || !strings.Contains(body, "ip_list") {
					l.fail(fmt.Sprintf("HTTP %d %s", status, body))
				}
			}
		})
	}
	defer close(stop)

	phase := func(name string, do func()) []string {
		before := l.calls.Load()
		tokens := platform.TokenRequests()
		do()
		failed := l.takeFailures()
		t.Logf("%-28s %5d calls, %3d failed, %d token requests", name, l.calls.Load()-before, len(failed), platform.TokenRequests()-tokens)
		return failed
	}
	none := func(name string, do func()) { t.Helper(); require.Empty(t, phase(name, do), name) }

	none("quiet", func() { time.Sleep(time.Second) })
	require.Equal(t, 1, platform.TokenRequests(), "two instances, one token")
	none("instance killed", func() { l.instances[0].kill(); time.Sleep(2 * time.Second) })
	none("instance back", func() { l.instances[0].start(); time.Sleep(time.Second) })
	require.Equal(t, 1, platform.TokenRequests(), "the instance that came back took the token from Redis")
	none("token revoked", func() { platform.RevokeTokens(); time.Sleep(2 * time.Second) })
	require.LessOrEqual(t, platform.TokenRequests(), 3)
	none("Redis restarted", func() { redis.Restart(); time.Sleep(2 * time.Second) })
	none("Redis down", func() { redis.Kill(); time.Sleep(3 * time.Second) })
	none("Redis back", func() { redis.Restart(); time.Sleep(2 * time.Second) })
	none("platform slow", func() {
		remove := platform.Inject(wechattest.Rule{Path: "/cgi-bin/get_api_domain_ip", Fault: wechattest.Latency(200 * time.Millisecond)})
		time.Sleep(2 * time.Second)
		remove()
	})
	down := phase("platform down", func() {
		remove := platform.Inject(wechattest.Rule{Fault: wechattest.CutBefore()})
		time.Sleep(time.Second)
		remove()
		time.Sleep(time.Second)
	})
	require.NotEmpty(t, down)
	for _, text := range down {
		require.Contains(t, text, "HTTP 502", "a failure of the platform is reported as one")
	}
	none("platform back", func() { time.Sleep(time.Second) })
	require.LessOrEqual(t, platform.TokenRequests(), 8, "tokens are fetched for a reason")
	oneToken(t, platform)
	none("limit across instances", func() { limitHolds(t, l, keys["limited"]) })
	for _, i := range l.instances {
		i.leaks(keys)
	}
}

// newInstance writes the configuration of an instance on a free port.
func newInstance(t *testing.T, n int, platform string, keys map[string]string) *instance {
	t.Helper()
	i := &instance{t: t, addr: servertest.FreeAddr(t), file: filepath.Join(t.TempDir(), "gateway.yaml")}
	var err error
	i.log, err = os.Create(filepath.Join(t.TempDir(), fmt.Sprintf("%d.log", n)))
	require.NoError(t, err)
	t.Cleanup(func() { i.log.Close() })
	hash := func(name string) string {
		h, err := gateway.HashKey(keys[name])
		require.NoError(t, err)
		return h.String()
	}
	require.NoError(t, os.WriteFile(i.file, fmt.Appendf(nil, `
listen: %q
platform: %q
hosts: [%q]
log: {level: warn}
pass_key: ${PASS_KEY}
redis: {url: "${REDIS_URL}"}
accounts: [{appid: %[4]s, secret: "${APP_SECRET}"}]
businesses:
  - {name: shop, keys: [%[5]q], accounts: [%[4]s], allow: ["/*"]}
  - name: limited
    keys: [%[6]q]
    accounts: [%[4]s]
    allow: ["/*"]
    limits: [{path: "/*", calls: %[7]d, per: 1s, burst: %[8]d}]
`, i.addr, platform, platform, wechattest.DefaultAppID, hash("shop"), hash("limited"), limitCalls, limitBurst), 0o600))
	return i
}

// oneToken looks whether tokens forked: once a token has been used, an older one is not used again.
func oneToken(t *testing.T, platform *wechattest.Platform) {
	t.Helper()
	order := map[string]int{}
	accepted, newest, back := 0, 0, 0
	for _, c := range platform.Calls("/cgi-bin/get_api_domain_ip") {
		tok := c.Query.Get("access_token")
		if order[tok] == 0 {
			order[tok] = len(order) + 1
		}
		if c.Code == 0 {
			accepted++
			if order[tok] < newest {
				back++
			}
			newest = max(newest, order[tok])
		}
	}
	require.Positive(t, accepted)
	require.Zero(t, back, "a token came back after a newer one had been in use")
	t.Logf("%d calls accepted, %d tokens", accepted, len(order))
}

// limitHolds calls far more often than the limit allows, through both instances: each call
// must be allowed or refused as one bucket for both would do. It repeats this if Redis was
// too slow, and the instances counted by themselves.
func limitHolds(t *testing.T, l *load, key string) {
	const long, rounds = 6 * time.Second, 10
	var full time.Time // when the bucket is surely full, at the begin of a round
	for round := 1; ; round++ {
		slow := l.slowRedis()
		calls := l.callLimited(key, long)
		allowed := slices.DeleteFunc(slices.Clone(calls), func(c limitedCall) bool { return !c.allowed })
		t.Logf("limit: %d allowed, %d refused", len(allowed), len(calls)-len(allowed))
		if l.slowRedis() == slow {
			require.Less(t, len(allowed), len(calls), "none was refused")
			for _, c := range calls {
				if c.allowed {
					require.True(t, mayBeAllowed(c, allowed), "allowed over the limit")
				} else {
					require.False(t, mustBeAllowed(c, allowed, full), "refused below the limit")
				}
			}
			return
		}
		require.Less(t, round, rounds, "Redis was too slow in every round")
		for _, i := range l.instances {
			i.kill() // so that it asks Redis again
			i.start()
		}
		full = time.Now().Add(limitDepth)
	}
}

// A bucket that is full allows limitBurst calls at once, and one more after each limitSpacing.
const (
	limitSpacing = time.Second / limitCalls
	limitDepth   = limitBurst * limitSpacing
	clockError   = 5 * time.Millisecond // between the clocks of Redis and of the test
)

// limitedCall was counted at some time between the two.
type limitedCall struct {
	sent, answered time.Time
	allowed        bool
}

// mayBeAllowed reports whether the bucket had room for a call, if those that were allowed
// before it were counted as early as possible.
func mayBeAllowed(c limitedCall, allowed []limitedCall) bool {
	var full time.Time
	for _, b := range sorted(allowed, func(b limitedCall) time.Time { return b.sent }) {
		if b.answered.Before(c.sent) {
			full = later(full, b.sent).Add(limitSpacing)
		}
	}
	return !full.Add(limitSpacing - limitDepth).After(c.answered.Add(clockError))
}

// mustBeAllowed reports whether the bucket had room for a call even if all that were
// allowed and may have been before it were, as late as possible. The bucket began as one
// that is full at a time.
func mustBeAllowed(c limitedCall, allowed []limitedCall, full time.Time) bool {
	counted := func(b limitedCall) time.Time {
		if b.answered.After(c.answered) {
			return c.answered
		}
		return b.answered
	}
	for _, b := range sorted(allowed, counted) {
		if !b.sent.After(c.answered) {
			full = later(full, counted(b)).Add(limitSpacing)
		}
	}
	return !full.Add(limitSpacing - limitDepth).After(c.sent.Add(-clockError))
}

func sorted(calls []limitedCall, by func(limitedCall) time.Time) []limitedCall {
	return slices.SortedFunc(slices.Values(calls), func(a, b limitedCall) int { return by(a).Compare(by(b)) })
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// slowRedis returns how often an instance has begun to count by itself.
func (l *load) slowRedis() (n int) {
	for _, i := range l.instances {
		text, err := os.ReadFile(i.log.Name())
		require.NoError(i.t, err)
		n += strings.Count(string(text), "each instance counts limits by itself")
	}
	return n
}

// callLimited calls for some time.
func (l *load) callLimited(key string, long time.Duration) (calls []limitedCall) {
	var mu sync.Mutex
	began := time.Now()
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			for time.Since(began) < long {
				c := limitedCall{sent: time.Now()}
				status, body := l.get(key, "/cgi-bin/menu/get")
				c.answered, c.allowed = time.Now(), status == http.StatusOK
				if !c.allowed && status != http.StatusTooManyRequests {
					l.fail(fmt.Sprintf("limited: HTTP %d %s", status, body))
				}
				mu.Lock()
				calls = append(calls, c)
				mu.Unlock()
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	callers.Wait()
	return calls
}

// leaks looks for credentials in the instance's log.
func (i *instance) leaks(keys map[string]string) {
	i.t.Helper()
	text, err := os.ReadFile(i.log.Name())
	require.NoError(i.t, err)
	for _, secret := range []string{keys["shop"], keys["limited"], wechattest.DefaultSecret, "access_token="} {
		require.NotContains(i.t, string(text), secret)
	}
}
