package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"golang.org/x/time/rate"
)

// Limit bounds how often a business calls the paths of a pattern, all its accounts
// together: Calls in Per, with up to Burst of them at once.
//
// For the [TokenServer] a path is what follows the app id, such as "/access_token"
// or "/jsapi_ticket/invalidate".
type Limit struct {
	Path  string        // as in [Business].Allow
	Calls int           // at least 1
	Per   time.Duration // at least 1 s
	Burst int           // 0 means Calls
}

func (l Limit) check() error {
	if l.Calls < 1 || l.Per < time.Second || l.Burst < 0 {
		return fmt.Errorf("limit of %s: it needs at least 1 call, a time of 1s or more and no negative burst", l.Path)
	}
	return nil
}

func (l Limit) burst() int {
	if l.Burst > 0 {
		return l.Burst
	}
	return l.Calls
}

// String names the limit, such as "/cgi-bin/user/* 100/1m0s burst 100".
func (l Limit) String() string {
	return fmt.Sprintf("%s %d/%v burst %d", l.Path, l.Calls, l.Per, l.burst())
}

// Limiter counts calls. It is safe for concurrent use.
type Limiter interface {
	// Take takes one call of limit from the bucket named key. wait is zero if the
	// call may be made, else how long to wait before it is tried again; such a call
	// takes nothing.
	Take(ctx context.Context, key string, limit Limit) (wait time.Duration, err error)
}

// LocalLimiter counts in this process. Its zero value is ready for use.
type LocalLimiter struct {
	buckets sync.Map // key → *rate.Limiter; as many as limits are configured
}

// Take implements [Limiter]; it never fails.
func (l *LocalLimiter) Take(_ context.Context, key string, limit Limit) (time.Duration, error) {
	b, ok := l.buckets.Load(key)
	if !ok {
		every := rate.Limit(float64(limit.Calls) / limit.Per.Seconds())
		b, _ = l.buckets.LoadOrStore(key, rate.NewLimiter(every, limit.burst()))
	}
	r := b.(*rate.Limiter).Reserve()
	if wait := r.Delay(); wait > 0 {
		r.Cancel()
		return wait, nil
	}
	return 0, nil
}

const (
	redisPatience = 500 * time.Millisecond // how long one call waits for Redis
	redisPause    = time.Second            // how long Redis is not asked after it failed
)

// RedisLimiter counts in Redis, for all instances together. While Redis cannot
// answer, each instance counts by itself, so that the sum may reach the limit times
// the number of instances; it asks Redis again every second.
type RedisLimiter struct {
	redis   *redis_rate.Limiter
	local   LocalLimiter
	log     *slog.Logger
	pauseTo atomic.Int64 // Unix nanoseconds
}

// NewRedisLimiter counts in the Redis of client, which stays yours, under keys that
// begin with "rate:wechat:". A nil log is silence.
func NewRedisLimiter(client redis.UniversalClient, log *slog.Logger) *RedisLimiter {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &RedisLimiter{redis: redis_rate.NewLimiter(client), log: log}
}

// Take implements [Limiter]; it fails only with ctx.
func (l *RedisLimiter) Take(ctx context.Context, key string, limit Limit) (time.Duration, error) {
	if time.Now().UnixNano() < l.pauseTo.Load() {
		return l.local.Take(ctx, key, limit)
	}
	asking, cancel := context.WithTimeoutCause(ctx, redisPatience, errRedisSlow)
	defer cancel()
	res, err := l.redis.Allow(asking, "wechat:"+key, redis_rate.Limit{Rate: limit.Calls, Burst: limit.burst(), Period: limit.Per})
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err != nil:
		l.pauseTo.Store(time.Now().Add(redisPause).UnixNano())
		l.log.WarnContext(ctx, "gateway: limits are counted by each instance for itself", "error", err)
		return l.local.Take(ctx, key, limit)
	case res.Allowed > 0:
		return 0, nil
	}
	return max(res.RetryAfter, time.Millisecond), nil
}

var errRedisSlow = errors.New("gateway: Redis did not answer in time")

// overLimit is a call that a limit refuses.
type overLimit struct {
	limit Limit
	wait  time.Duration
}

func (e *overLimit) Error() string { return "over the limit " + e.limit.String() }

// takeAll takes a call from every limit of the business that matches the path.
func (b *business) takeAll(ctx context.Context, limiter Limiter, path string) error {
	for _, l := range b.limits {
		if !l.pattern.matchesFold(path) {
			continue
		}
		wait, err := limiter.Take(ctx, l.key, l.Limit)
		if err != nil {
			return err
		}
		if wait > 0 {
			return &overLimit{l.Limit, wait}
		}
	}
	return nil
}
