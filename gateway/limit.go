package gateway

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// Limit bounds how often a business calls the paths of a pattern, for all its accounts
// together: Calls in Per, and at most Burst at once.
//
// For the [TokenServer] the path is the part after the app id, such as "/access_token"
// or "/jsapi_ticket/invalidate". Its two endpoints in the platform's form have the
// paths "/cgi-bin/token" and "/cgi-bin/stable_token".
type Limit struct {
	Path  string        // a path or a pattern, as in [Business].Allow; case is ignored
	Calls int           // at least 1
	Per   time.Duration // at least 1 second
	Burst int           // 0 means Calls
}

func (l Limit) check() error {
	if l.Calls < 1 || l.Per < time.Second || l.Burst < 0 {
		return fmt.Errorf("limit of %s: calls must be at least 1, per at least 1s, burst not negative", l.Path)
	}
	return nil
}

func (l Limit) burst() int {
	if l.Burst > 0 {
		return l.Burst
	}
	return l.Calls
}

// spacing returns the time after which one more call is allowed.
func (l Limit) spacing() time.Duration { return max(l.Per/time.Duration(l.Calls), 1) }

// depth returns the time in which an empty bucket fills.
func (l Limit) depth() time.Duration { return l.spacing() * time.Duration(l.burst()) }

// String returns the limit, such as "/cgi-bin/user/* 100/1m0s burst 100".
func (l Limit) String() string {
	return fmt.Sprintf("%s %d/%v burst %d", l.Path, l.Calls, l.Per, l.burst())
}

// Bucket counts the calls of a business under one limit.
type Bucket struct {
	Business string // its name
	Key      string // unique to the business and the limit
	Limit    Limit
}

// Limiter counts calls. It is safe for concurrent use.
type Limiter interface {
	// Take removes one call from every bucket, or from none. The error is a
	// [LimitError] if a bucket is empty; any other error means that the calls could not
	// be counted.
	Take(ctx context.Context, buckets []Bucket) error
}

// LimitError tells which limit refuses a call. No bucket has changed.
type LimitError struct {
	Limit Limit
	Wait  time.Duration // time until the call can succeed, more than zero
}

// Error implements error.
func (e *LimitError) Error() string { return "over the limit " + e.Limit.String() }

// takeAll removes one call from the bucket of every limit of the business that matches
// the path.
func (b *business) takeAll(ctx context.Context, limiter Limiter, path string) (err error) {
	buckets := b.buckets(path)
	if len(buckets) == 0 {
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("gateway: the limiter panicked: %w", secret.Panic(r))
		}
	}()
	return limiter.Take(ctx, buckets)
}

// retryAfter formats a pause for the Retry-After header, in whole seconds.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(wait.Seconds()))))
}
