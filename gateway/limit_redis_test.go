//go:build unix

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
)

// overRedis runs a test in a bubble, with clients of one Redis. No time passes there while
// a limiter waits for Redis, so that it never gives up, however busy the machine is.
func overRedis(t *testing.T, test func(t *testing.T, newClient func() *redis.Client)) {
	t.Helper()
	t.Parallel()
	addr := servertest.Redis(t).Addr // outside of the bubble, whose time passes while nobody waits for Redis
	synctest.Test(t, func(t *testing.T) {
		test(t, func() *redis.Client {
			client := redis.NewClient(&redis.Options{
				Addr: addr, ContextTimeoutEnabled: true,
				PoolSize: 64, // no call waits for a connection: the timers of such waits are shared by all bubbles
			})
			t.Cleanup(func() { require.NoError(t, client.Close()) })
			return client
		})
	})
}

// Several instances over one Redis keep one limit.
func TestRedisLimiterAcrossInstances(t *testing.T) {
	overRedis(t, func(t *testing.T, newClient func() *redis.Client) {
		limit := gateway.Limit{Path: "/*", Calls: 60, Per: 24 * time.Hour}
		var taken atomic.Int64
		var wg sync.WaitGroup
		for range 3 {
			l := gateway.NewRedisLimiter(newClient(), gateway.RedisLimiterConfig{})
			for range 2 {
				wg.Go(func() {
					for range 40 {
						if l.Take(t.Context(), bucket(limit)) == nil {
							taken.Add(1)
						}
					}
				})
			}
		}
		wg.Wait()
		require.Equal(t, int64(60), taken.Load())
	})
}

// Redis keeps a bucket until it is full again.
func TestRedisLimiterKeepsBuckets(t *testing.T) {
	overRedis(t, func(t *testing.T, newClient func() *redis.Client) {
		client, log := newClient(), new(testlog.Buffer)
		l := gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{Logger: slog.New(slog.NewTextHandler(log, nil))})
		for _, per := range []time.Duration{time.Hour, 10 * time.Minute} {
			require.NoError(t, client.FlushAll(t.Context()).Err())
			require.NoError(t, l.Take(t.Context(), bucket(gateway.Limit{Path: "/*", Calls: 1, Per: per})))
			keys := client.Keys(t.Context(), "wechat:limit:*").Val()
			require.Len(t, keys, 1)
			require.InDelta(t, per, client.PTTL(t.Context(), keys[0]).Val(), float64(time.Minute))
		}
		require.NoError(t, l.Take(t.Context(), bucket(gateway.Limit{Path: "/*", Calls: 100_000, Per: time.Second})))
		require.Empty(t, log.String(), "a bucket that is full in less than a millisecond")
	})
}

// While Redis is down each instance counts by itself, and callers do not wait for it.
func TestRedisLimiterInAnOutage(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	defer client.Close()
	var l *gateway.RedisLimiter
	var limit gateway.Limit
	take := func() bool {
		err := l.Take(t.Context(), bucket(limit))
		var over *gateway.LimitError
		require.True(t, err == nil || errors.As(err, &over), err)
		return err == nil
	}
	for round := 0; ; round++ { // again if a busy machine was too slow, and the limiter counted by itself
		var log testlog.Buffer
		l = gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		limit = gateway.Limit{Path: fmt.Sprint("/", round), Calls: 2, Per: time.Hour}
		require.True(t, take())
		if log.String() == "" {
			break
		}
	}
	server.Kill()
	require.True(t, take())
	require.True(t, take())
	require.False(t, take(), "the limit holds within the instance")
	server.Restart()
	require.Eventually(t, take, 20*time.Second, 50*time.Millisecond, "Redis counts again, and has forgotten")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Take(ctx, bucket(limit)), context.Canceled)
}

// All or none holds in Redis too, over limits of different size.
func TestRedisLimiterTakesAllOrNone(t *testing.T) {
	overRedis(t, func(t *testing.T, newClient func() *redis.Client) {
		client := newClient()
		l := gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{})
		wide, narrow := gateway.Limit{Path: "/*", Calls: 3, Per: time.Hour}, gateway.Limit{Path: "/a", Calls: 1, Per: time.Hour}
		require.NoError(t, l.Take(t.Context(), bucket(wide, narrow)))
		for range 5 {
			var over *gateway.LimitError
			require.ErrorAs(t, l.Take(t.Context(), bucket(wide, narrow)), &over)
			require.Equal(t, narrow, over.Limit)
			require.InDelta(t, time.Hour, over.Wait, float64(time.Minute))
		}
		require.NoError(t, l.Take(t.Context(), bucket(wide)))
		require.NoError(t, l.Take(t.Context(), bucket(wide)))
		var over *gateway.LimitError
		require.ErrorAs(t, l.Take(t.Context(), bucket(wide, narrow)), &over)
		require.Equal(t, narrow, over.Limit, "the longest wait counts")
		require.ErrorAs(t, l.Take(t.Context(), bucket(wide)), &over)
		require.InDelta(t, 20*time.Minute, over.Wait, float64(time.Minute))

		keys, err := client.Keys(t.Context(), "*").Result()
		require.NoError(t, err)
		require.Len(t, keys, 2)
		for _, key := range keys {
			require.Regexp(t, `^wechat:limit:\{[0-9a-f]{16}\}:shop\|`, key, "one slot of a cluster")
			ttl, err := client.PTTL(t.Context(), key).Result()
			require.NoError(t, err)
			require.Positive(t, ttl)
			require.LessOrEqual(t, ttl, time.Hour)
		}
		fast := gateway.Limit{Path: "/fast", Calls: 7_000_000, Per: time.Second, Burst: 1}
		require.NoError(t, l.Take(t.Context(), bucket(fast)), "less than a microsecond a call")
	})
}
