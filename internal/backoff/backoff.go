// Package backoff computes the pauses between repeated attempts. Each pause is about
// twice as long as the one before, up to a limit, and partly random, so that callers
// that failed together do not retry together.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// Policy describes a series of pauses. Both fields must be positive.
type Policy struct {
	First time.Duration // upper bound of the first pause; it doubles with each attempt
	Max   time.Duration // upper bound of every pause
}

// Pause returns the pause after the given number of consecutive attempts, at least 1.
// The upper half of the pause is random: it lies in [d/2, d], where d is First doubled
// attempts-1 times and at most Max.
func (p Policy) Pause(attempts int) time.Duration {
	d := p.First
	for ; attempts > 1 && d < p.Max; attempts-- {
		if d > p.Max/2 {
			d = p.Max
			break
		}
		d *= 2
	}
	d = min(d, p.Max)
	return d - Jitter(d/2)
}

// Wait sleeps for Pause(attempts). It returns the cause of ctx if ctx ends first.
func (p Policy) Wait(ctx context.Context, attempts int) error {
	return Sleep(ctx, p.Pause(attempts))
}

// Sleep waits for d. It returns the cause of ctx if ctx ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Jitter returns a random duration in [0, d]. It returns 0 if d is not positive.
func Jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(rand.Uint64N(uint64(d) + 1))
}
