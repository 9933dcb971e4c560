package gateway

import (
	"context"
	"maps"
	"sync"
	"time"
)

// LocalLimiter counts in this process. The zero value is ready to use.
type LocalLimiter struct {
	mu    sync.Mutex
	full  map[string]time.Time // when each bucket is full again; absent if it is full now
	sweep int                  // size at which full buckets are deleted
}

// Take implements [Limiter]. The error is always a [LimitError].
func (l *LocalLimiter) Take(_ context.Context, buckets []Bucket) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	for _, b := range buckets {
		if wait := l.filled(b.Key, now).Add(b.Limit.spacing()).Sub(now) - b.Limit.depth(); wait > 0 {
			return &LimitError{b.Limit, wait}
		}
	}
	for _, b := range buckets {
		l.set(b.Key, l.filled(b.Key, now).Add(b.Limit.spacing()), now)
	}
	return nil
}

// filled returns when the bucket is full again, or now if it is full.
func (l *LocalLimiter) filled(key string, now time.Time) time.Time {
	if at := l.full[key]; at.After(now) {
		return at
	}
	return now
}

// set stores when the bucket is full again. Buckets of limits that are no longer
// configured are deleted when they are full.
func (l *LocalLimiter) set(key string, at, now time.Time) {
	if l.full == nil {
		l.full, l.sweep = map[string]time.Time{}, 64
	}
	if len(l.full) >= l.sweep {
		maps.DeleteFunc(l.full, func(_ string, at time.Time) bool { return !at.After(now) })
		l.sweep = 2*len(l.full) + 64
	}
	l.full[key] = at
}
