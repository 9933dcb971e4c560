package officialaccount

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// Retry bounds the retries of calls that failed because of the connection, with HTTP
// 5xx or with errcode -1 (系统繁忙). Only a GET, a download, a call with [WithRetry], and
// a call of which nothing was sent are retried.
//
// The repeated call after a rejected token does not count as a retry. A failed fetch of
// the token is retried by [token.Cache], for calls of every kind, before anything is sent.
type Retry struct {
	// Attempts is the maximum number of requests of a call, including the first. 0
	// means 3, and 1 means no retries.
	Attempts int

	// Wait is the pause before the first retry. It doubles with each further one, up to
	// MaxWait. Each pause is shortened by a random amount of up to a half. 0 means 200 ms
	// and 5 s. A call is not retried if its deadline is earlier than the end of the
	// pause.
	Wait, MaxWait time.Duration

	// Budget is the maximum number of retries of all calls of the client together. Ten
	// successful calls add one retry to what is left of it. 0 means 50. The budget keeps
	// a client from making an outage worse.
	Budget int
}

func (r Retry) withDefaults() Retry {
	if r.Attempts <= 0 {
		r.Attempts = 3
	}
	if r.Wait <= 0 {
		r.Wait = 200 * time.Millisecond
	}
	if r.MaxWait <= 0 {
		r.MaxWait = max(5*time.Second, r.Wait)
	}
	if r.Budget <= 0 {
		r.Budget = 50
	}
	return r
}

// budget is the number of retries that are left, in tenths.
type budget struct{ tenths atomic.Int64 }

func (b *budget) fill(retries int) { b.tenths.Store(10 * int64(retries)) }

// spend subtracts one retry and returns true, if one is left.
func (b *budget) spend() bool {
	for {
		left := b.tenths.Load()
		if left < 10 {
			return false
		}
		if b.tenths.CompareAndSwap(left, left-10) {
			return true
		}
	}
}

// refill adds a tenth of a retry, unless the budget is full.
func (b *budget) refill(full int) {
	if left := b.tenths.Load(); left < 10*int64(full) {
		b.tenths.CompareAndSwap(left, left+1)
	}
}

// mayRetry reports whether the call that failed with err may be sent again, and spends
// one retry of the budget on it.
func (s *state) mayRetry(ctx context.Context, k *call, err error, retries int) bool {
	return ctx.Err() == nil && retries+1 < s.retry.Attempts && k.retryable(err) && s.budget.spend()
}

// retryable reports whether sending the call again is safe and may succeed.
func (k *call) retryable(err error) bool {
	if !k.Rewindable() {
		return false
	}
	var transport *errcode.TransportError
	if errors.As(err, &transport) {
		return k.idempotent || !transport.Sent
	}
	return k.idempotent && wire.Unavailable(err)
}

// pause waits before the next retry. It returns false at once if the deadline of ctx is
// earlier than the end of the pause, or when ctx ends.
func (s *state) pause(ctx context.Context, retries int) bool {
	wait := backoff.Policy{First: s.retry.Wait, Max: s.retry.MaxWait}.Pause(retries + 1)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	return backoff.Sleep(ctx, wait) == nil
}
