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
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
)

// Several instances over one Redis keep one limit.
func TestRedisLimiterAcrossInstances(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	for round := range 10 {
		var log testlog.Buffer // a line says that Redis was too slow, so that the instances counted by themselves
		limit := gateway.Limit{Path: fmt.Sprint("/", round), Calls: 60, Per: 24 * time.Hour}
		var taken atomic.Int64
		var wg sync.WaitGroup
		for range 3 {
			client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
			defer client.Close()
			l := gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{Logger: slog.New(slog.NewTextHandler(&log, nil))})
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
		if log.String() == "" {
			require.Equal(t, int64(60), taken.Load())
			return
		}
	}
	t.Fatal("Redis was too slow in every round")
}

// Redis keeps a bucket until it is full again.
func TestRedisLimiterKeepsBuckets(t *testing.T) {
	t.Parallel()
	client := redis.NewClient(&redis.Options{Addr: servertest.Redis(t).Addr, ContextTimeoutEnabled: true})
	defer client.Close()
	l := gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{Logger: slog.New(slog.DiscardHandler)})
	var keys []string
	for round := 0; len(keys) == 0; round++ { // again if Redis was too slow
		require.Less(t, round, 10)
		require.NoError(t, l.Take(t.Context(), bucket(gateway.Limit{Path: fmt.Sprint("/", round), Calls: 1, Per: time.Hour})))
		keys = client.Keys(t.Context(), "wechat:limit:*").Val()
	}
	require.InDelta(t, time.Hour, client.PTTL(t.Context(), keys[0]).Val(), float64(time.Minute))
}

// While Redis is down each instance counts by itself, and callers do not wait for it.
func TestRedisLimiterInAnOutage(t *testing.T) {
	t.Parallel()
	server := servertest.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	defer client.Close()
	l := gateway.NewRedisLimiter(client, gateway.RedisLimiterConfig{})
	limit := gateway.Limit{Path: "/*", Calls: 2, Per: time.Hour}
	take := func() bool {
		err := l.Take(t.Context(), bucket(limit))
		var over *gateway.LimitError
		require.True(t, err == nil || errors.As(err, &over), err)
		return err == nil
	}
	require.True(t, take())
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
	t.Parallel()
	server := servertest.Redis(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
	defer client.Close()
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
}
