package officialaccount

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Retry bounds how often, and how fast, calls are repeated that failed by the
// connection, with HTTP 5xx or with errcode -1 (系统繁忙). Only a GET, a call marked
// [WithRetry], and a call of which nothing has left are repeated at all.
//
// The replay after a rejected token is no retry and costs none.
type Retry struct {
	// Attempts is how often a call is sent at most, the first time included;
	// 0 means 3, and 1 means that nothing is retried.
	Attempts int

	// Wait is the pause before the first retry; it doubles with every further one, up
	// to MaxWait, and each is shortened by a random part of up to a half. 0 means
	// 200 ms and 5 s.
	Wait, MaxWait time.Duration

	// Budget is how many retries all calls of the client together may make; ten calls
	// that succeed give one back. 0 means 50. It keeps a client from making an outage
	// worse.
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

// budget counts the retries that are left, in tenths.
type budget struct{ tenths atomic.Int64 }

func (b *budget) fill(retries int) { b.tenths.Store(10 * int64(retries)) }

// take takes one retry, if one is left.
func (b *budget) take() bool {
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

// refill gives back a tenth of a retry, unless the budget is full.
func (b *budget) refill(full int) {
	if left := b.tenths.Load(); left < 10*int64(full) {
		b.tenths.CompareAndSwap(left, left+1)
	}
}

// mayRetry reports whether the call that failed with err may be made again, and
// takes that from the budget.
func (s *state) mayRetry(ctx context.Context, k *call, err error, retries int) bool {
	return ctx.Err() == nil && retries+1 < s.retry.Attempts && k.repeatable(err) && s.budget.take()
}

// repeatable reports whether repeating the call is harmless and may help.
func (k *call) repeatable(err error) bool {
	if !k.Rewindable() {
		return false
	}
	var transport *errcode.TransportError
	if errors.As(err, &transport) {
		return k.idempotent || !transport.Sent
	}
	if !k.idempotent {
		return false
	}
	var answer *errcode.ResponseError
	if errors.As(err, &answer) {
		return answer.Status >= 500
	}
	var refusal *errcode.Error
	return errors.As(err, &refusal) && (refusal.Code == errcode.SystemBusy || refusal.Status >= 500)
}

// pause waits before the next retry, and reports whether there is time for it.
func (s *state) pause(ctx context.Context, retries int) bool {
	wait := min(s.retry.Wait<<min(retries, 20), s.retry.MaxWait)
	wait -= rand.N(wait/2 + 1)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
