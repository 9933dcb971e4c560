//go:build unix

package gateway_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/store/redisstore/redistest"
)

// Several instances over one Redis keep one limit.
func TestRedisLimiterAcrossInstances(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	limit := gateway.Limit{Path: "/*", Calls: 200, Per: time.Second, Burst: 20}
	var taken atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range 3 {
		client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true})
		defer client.Close()
		l := gateway.NewRedisLimiter(client, nil)
		for range 2 {
			wg.Go(func() {
				for time.Since(began) < 2*time.Second {
					if wait, err := l.Take(t.Context(), "shop", limit); err == nil && wait == 0 {
						taken.Add(1)
					}
					time.Sleep(time.Millisecond)
				}
			})
		}
	}
	wg.Wait()
	most := 20 + 200*time.Since(began).Seconds()
	require.LessOrEqual(t, float64(taken.Load()), most*1.05)
	require.Greater(t, taken.Load(), int64(200))
}

// While Redis is away each instance counts for itself, and nobody waits for it.
func TestRedisLimiterInAnOutage(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	client := redis.NewClient(&redis.Options{Addr: server.Addr, ContextTimeoutEnabled: true, MaxRetries: -1})
	defer client.Close()
	l := gateway.NewRedisLimiter(client, nil)
	limit := gateway.Limit{Path: "/*", Calls: 2, Per: time.Hour}
	take := func() bool {
		wait, err := l.Take(t.Context(), "shop", limit)
		require.NoError(t, err)
		return wait == 0
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
	_, err := l.Take(ctx, "shop", limit)
	require.ErrorIs(t, err, context.Canceled)
}
