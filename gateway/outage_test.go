package gateway_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// fakeRedis answers the commands of a client in its place.
type fakeRedis struct {
	asked atomic.Int64
	do    func(ctx context.Context) error // nil error: the calls are taken
}

func (f *fakeRedis) DialHook(next redis.DialHook) redis.DialHook { return next }

func (f *fakeRedis) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (f *fakeRedis) ProcessHook(redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		f.asked.Add(1)
		if err := f.do(ctx); err != nil {
			cmd.SetErr(err)
			return err
		}
		cmd.(*redis.Cmd).SetVal([]any{int64(0), int64(0)})
		return nil
	}
}

func (f *fakeRedis) limiter(t *testing.T, log *testlog.Buffer) *gateway.RedisLimiter {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	client.AddHook(f)
	t.Cleanup(func() { _ = client.Close() })
	return gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{Logger: slog.New(slog.NewTextHandler(log, nil))})
}

// While Redis is down, one call a second asks it, and one at a time. The others do not
// wait.
func TestRedisLimiterProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testlog.Buffer
		f := &fakeRedis{do: func(context.Context) error { return errors.New("down") }}
		l := f.limiter(t, &log)
		limit := bucket(gateway.Limit{Path: "/*", Calls: 1_000_000, Per: time.Second})
		require.NoError(t, l.Take(t.Context(), limit))
		for range 100 {
			require.NoError(t, l.Take(t.Context(), limit))
		}
		require.EqualValues(t, 1, f.asked.Load(), "not asked on every call while it is down")

		f.do = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } // it hangs
		time.Sleep(time.Second)
		began := time.Now()
		var slow atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if err := l.Take(t.Context(), limit); err != nil {
					t.Error(err)
				}
				if time.Since(began) > 0 {
					slow.Add(1)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 2, f.asked.Load(), "one call at a time asks again")
		require.EqualValues(t, 1, slow.Load(), "the others do not wait for it")
		require.EqualValues(t, 500*time.Millisecond, time.Since(began)) //nolint:testifylint // types differ

		for range 100 {
			require.NoError(t, l.Take(t.Context(), limit))
			time.Sleep(100 * time.Millisecond)
		}
		require.LessOrEqual(t, f.asked.Load(), int64(12), "once a second")
		f.do = func(context.Context) error { return nil }
		time.Sleep(time.Second)
		before := f.asked.Load()
		for range 10 {
			require.NoError(t, l.Take(t.Context(), limit))
		}
		require.EqualValues(t, 10, f.asked.Load()-before, "it is up again")
		require.Equal(t, 1, countLines(log.String()), "an outage is one line: %s", log.String())
	})
}

func countLines(s string) (n int) {
	for _, c := range s {
		if c == '\n' {
			n++
		}
	}
	return n
}

// The end of a call that began before the outage says nothing about it: neither its
// failure nor its success moves the next probe.
func TestRedisLimiterLateAnswers(t *testing.T) {
	for _, late := range []error{nil, errors.New("late")} {
		synctest.Test(t, func(t *testing.T) {
			var log testlog.Buffer
			release := make(chan struct{})
			first := true
			f := &fakeRedis{}
			f.do = func(ctx context.Context) error {
				if first {
					first = false
					<-release
					return late
				}
				return errors.New("down")
			}
			l := f.limiter(t, &log)
			limit := bucket(gateway.Limit{Path: "/*", Calls: 1000, Per: time.Second})
			var wg sync.WaitGroup
			wg.Go(func() { _ = l.Take(t.Context(), limit) })
			synctest.Wait()
			require.NoError(t, l.Take(t.Context(), limit)) // Redis is down from now on
			time.Sleep(400 * time.Millisecond)
			close(release)
			wg.Wait()
			require.NoError(t, l.Take(t.Context(), limit))
			require.EqualValues(t, 2, f.asked.Load(), "still down")
			time.Sleep(600 * time.Millisecond)
			require.NoError(t, l.Take(t.Context(), limit))
			require.EqualValues(t, 3, f.asked.Load(), "asked a second after the failure")
		})
	}
}

// A probe whose caller leaves does not keep others from asking.
func TestRedisLimiterProbeLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log testlog.Buffer
		f := &fakeRedis{do: func(context.Context) error { return errors.New("down") }}
		l := f.limiter(t, &log)
		limit := bucket(gateway.Limit{Path: "/*", Calls: 1000, Per: time.Second})
		require.NoError(t, l.Take(t.Context(), limit))
		time.Sleep(time.Second)
		ctx, cancel := context.WithCancel(t.Context())
		f.do = func(ctx context.Context) error { cancel(); return ctx.Err() }
		require.ErrorIs(t, l.Take(ctx, limit), context.Canceled)
		require.EqualValues(t, 2, f.asked.Load())
		f.do = func(ctx context.Context) error { <-ctx.Done(); return context.Canceled }
		var wg sync.WaitGroup
		for range 10 { // Redis is down still, so one asks
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancel()
				_ = l.Take(ctx, limit)
			})
		}
		wg.Wait()
		require.EqualValues(t, 3, f.asked.Load())
		f.do = func(context.Context) error { return nil }
		require.NoError(t, l.Take(t.Context(), limit))
		require.EqualValues(t, 4, f.asked.Load())
		require.Equal(t, 1, countLines(log.String()), "an outage is one line: %s", log.String())
	})
}

// unreachable is the error of a connection that does not come about.
func unreachable() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}

// A host that was down is tried by one call when its pause is over. The other calls go
// to the next host at once.
func TestDownHostIsTriedByOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried atomic.Int64
		dead := true
		transport := transportFunc(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "one.example" {
				tried.Add(1)
				if dead {
					time.Sleep(3 * time.Second) // as a connection that times out
					return nil, unreachable()
				}
			}
			return &http.Response{StatusCode: 200, Body: http.NoBody, Header: http.Header{}}, nil
		})
		dir := gateway.NewDirectory(gateway.Config{})
		require.NoError(t, dir.Set(accounts(), twoBusinesses(t)))
		proxy, err := gateway.NewProxy(gateway.ProxyConfig{
			Directory: dir, Transport: transport, Hosts: []string{"https://one.example", "https://two.example"},
		})
		require.NoError(t, err)
		call := func() {
			r, _ := http.NewRequest(http.MethodGet, "/cgi-bin/user/get", nil)
			r.Header.Set("Authorization", "Bearer "+keyB)
			proxy.ServeHTTP(&discard{http.Header{}}, r)
		}
		together := func() time.Duration {
			began := time.Now()
			var wg sync.WaitGroup
			var total atomic.Int64
			for range 20 {
				wg.Go(func() { call(); total.Add(int64(time.Since(began))) })
			}
			wg.Wait()
			return time.Duration(total.Load())
		}
		call()
		require.EqualValues(t, 1, tried.Load())
		require.Zero(t, together(), "the host is tried last for a while")
		time.Sleep(30 * time.Second)
		require.Equal(t, 3*time.Second, together(), "one of twenty calls waits")
		require.EqualValues(t, 2, tried.Load())
		time.Sleep(31 * time.Second)
		dead = false
		together()
		before := tried.Load()
		together()
		require.EqualValues(t, 20, tried.Load()-before, "the host is preferred again")
	})
}

// A large body of which something was read is not sent to another host, whatever the
// transport says.
func TestStreamIsSentOnce(t *testing.T) {
	t.Parallel()
	s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
		cfg.Hosts = []string{"https://one.example", "https://two.example"}
		cfg.Transport = transportFunc(func(r *http.Request) (*http.Response, error) {
			_, _ = r.Body.Read(make([]byte, 10))
			return nil, unreachable()
		})
	})
	upload(t, s.proxy.URL+"/cgi-bin/media/upload?type=image", keyA, 2<<20)
	require.Equal(t, 1, s.lastCall().Attempts)
}

// The error or panic of a transport may show the URL with its credentials. Neither the
// caller nor the log sees them.
func TestTransportShowsTheURL(t *testing.T) {
	for _, fail := range []func(r *http.Request) error{
		func(r *http.Request) error { panic(r.URL.String()) },
		func(r *http.Request) error { return errors.New("cannot call " + r.URL.String()) },
		func(r *http.Request) error { return &net.OpError{Op: "dial", Err: errors.New(r.URL.String())} },
	} {
		s := set(t, func(_ *setting, cfg *gateway.ProxyConfig, _ []gateway.Business) {
			cfg.Transport = transportFunc(func(r *http.Request) (*http.Response, error) { return nil, fail(r) })
		})
		for _, path := range []string{"/cgi-bin/menu/get", "/sns/oauth2/access_token?code=c", "/sns/userinfo?access_token=OF-THE-USER"} {
			resp, body := s.get(path, keyA)
			require.Equal(t, http.StatusBadGateway, resp.StatusCode)
			require.Contains(t, body, gateway.Unreachable)
			for _, secret := range []string{wechattest.DefaultSecret, "OF-THE-USER", "access_token="} {
				require.NotContains(t, body+s.log.String(), secret)
			}
		}
	}
}

// A panic of a source of tokens is an error of the call.
func TestSourcePanics(t *testing.T) {
	s := set(t, nil)
	bad := token.SourceFunc(func(context.Context) (token.Token, error) { panic("a secret") })
	require.NoError(t, s.dir.Set([]gateway.Account{{AppID: otherApp, TokenSource: bad}}, twoBusinesses(t)[1:]))
	resp, body := s.get("/cgi-bin/user/get", keyB)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Contains(t, body, gateway.NoToken)
	require.NotContains(t, body+s.log.String(), "a secret")
	require.Contains(t, s.log.String(), "ended its goroutine: a value of type string")
}
