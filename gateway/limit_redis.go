package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	redisPatience = 500 * time.Millisecond // the maximum time that one call waits for Redis
	redisPause    = time.Second            // the pause after a failure of Redis
)

// RedisLimiter counts in Redis, for all instances together. While Redis does not
// answer, each instance counts by itself, so the sum may reach the limit times the
// number of instances. Then one call per second tries Redis again.
type RedisLimiter struct {
	client redis.UniversalClient
	local  LocalLimiter
	log    *slog.Logger

	mu      sync.Mutex
	down    bool
	askAt   time.Time // when Redis may be asked again, while it is down
	probing bool      // a call is asking it
}

// RedisLimiterConfig configures [NewRedisLimiter]. The zero value is useful.
type RedisLimiterConfig struct {
	// Logger receives failures of Redis. If nil, slog.Default() is used.
	Logger *slog.Logger
}

// NewRedisLimiter returns a limiter that counts in the Redis of client, under keys that
// begin with "wechat:limit:". The caller closes client.
func NewRedisLimiter(client redis.UniversalClient, cfg RedisLimiterConfig) *RedisLimiter {
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	return &RedisLimiter{client: client, log: cfg.Logger}
}

// Take implements [Limiter]. It returns only a [LimitError] or the error of ctx.
func (l *RedisLimiter) Take(ctx context.Context, buckets []Bucket) error {
	ask, probe := l.mayAsk()
	if !ask {
		return l.local.Take(ctx, buckets)
	}
	asking, cancel := context.WithTimeoutCause(ctx, redisPatience, errRedisSlow)
	defer cancel()
	full, wait, err := l.take(asking, buckets)
	if ctx.Err() != nil {
		l.asked(probe, nil, true)
		return ctx.Err()
	}
	if l.asked(probe, err, false) {
		l.log.ErrorContext(ctx, "gateway: Redis failed; each instance counts limits by itself", "error", err)
	}
	switch {
	case err != nil:
		return l.local.Take(ctx, buckets)
	case wait > 0:
		return &LimitError{buckets[full].Limit, wait}
	}
	return nil
}

// mayAsk reports whether a call may use Redis. While Redis is down, only one call at a
// time may, the probe.
func (l *RedisLimiter) mayAsk() (ask, probe bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.down {
		return true, false
	}
	if l.probing || time.Now().Before(l.askAt) {
		return false, false
	}
	l.probing = true
	return true, true
}

// asked records the result of a call to Redis, and reports whether it was the first to
// fail. While Redis is down only the result of the probe counts. canceled means that
// the caller canceled the call.
func (l *RedisLimiter) asked(probe bool, err error, canceled bool) (failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if probe {
		l.probing = false
	}
	if canceled || l.down && !probe {
		return false
	}
	failed = err != nil && !l.down
	l.down = err != nil
	if l.down {
		l.askAt = time.Now().Add(redisPause)
	}
	return failed
}

// take asks Redis. full is the index of the bucket that makes the call wait.
func (l *RedisLimiter) take(ctx context.Context, buckets []Bucket) (full int, wait time.Duration, err error) {
	keys := make([]string, 0, len(buckets))
	args := make([]any, 0, 2*len(buckets))
	for _, b := range buckets {
		keys = append(keys, redisKey(b))
		args = append(args, microseconds(b.Limit.spacing()), microseconds(b.Limit.depth()))
	}
	out, err := takeScript.Run(ctx, l.client, keys, args...).Int64Slice()
	if err != nil {
		return 0, 0, err
	}
	if len(out) != 2 || out[0] < 0 || out[0] >= int64(len(buckets)) {
		return 0, 0, errors.New("gateway: unexpected answer of Redis")
	}
	return int(out[0]), time.Duration(out[1]) * time.Microsecond, nil
}

// redisKey returns the key of a bucket. All buckets of a business share a hash tag, so
// that Redis Cluster keeps them in one slot, as a script requires.
func redisKey(b Bucket) string {
	sum := sha256.Sum256([]byte(b.Business))
	return "wechat:limit:{" + hex.EncodeToString(sum[:8]) + "}:" + b.Key
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// takeScript removes one call from every bucket, or from none. A key holds the time at
// which its bucket is full again, in microseconds. The answer is the index of the
// bucket with the longest wait and that wait, which is 0 after a success.
var takeScript = redis.NewScript(`
redis.replicate_commands()
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local full, longest, at = 0, 0, {}
for i, key in ipairs(KEYS) do
	local spacing, depth = tonumber(ARGV[2*i-1]), tonumber(ARGV[2*i])
	at[i] = math.max(now, tonumber(redis.call("GET", key) or 0)) + spacing
	local wait = at[i] - depth - now
	if wait > longest then
		full, longest = i - 1, wait
	end
end
if longest > 0 then
	return {full, math.ceil(longest)}
end
for i, key in ipairs(KEYS) do
	redis.call("SET", key, string.format("%.3f", at[i]), "PX", math.ceil((at[i] - now) / 1000))
end
return {0, 0}
`)

var errRedisSlow = errors.New("gateway: Redis did not answer in time")
