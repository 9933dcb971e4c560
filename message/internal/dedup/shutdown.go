package dedup

import (
	"context"
	"fmt"
	"time"
)

// Shutdown refuses new messages, sends the answers that wait for a delivery, and
// waits for all work to end. When ctx ends first, it cancels the work, calls
// [Work.Lost] for every message that has been answered "success" and is not done,
// leaves the others to be delivered again, and returns an error. Work that
// obeys its context ends soon after.
func (e *Engine) Shutdown(ctx context.Context) error {
	e.close()
	for !e.isIdle() {
		select {
		case <-e.idle:
		case <-ctx.Done():
			if n := e.cancelAll(); n > 0 {
				return fmt.Errorf("%d messages were not finished: %w", n, ctx.Err())
			}
			return nil
		}
	}
	e.checkIdle() // another Shutdown may wait
	return nil
}

// close refuses new messages, and sends the answers that no delivery waits for.
func (e *Engine) close() {
	e.closing.Store(true)
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock() // after this no message of the shard is new
		now := time.Now()
		for r := s.live.first; r != nil; r = r.succ {
			if r.phase == ready && r.waiting+r.writing == 0 {
				e.arm(r, now, now)
			}
		}
		s.mu.Unlock()
	}
}

// isIdle reports whether nothing runs. A run counts as live until it has ended and
// as running until it does nothing any more, so the order of the two readings matters.
func (e *Engine) isIdle() bool { return e.live.Load() == 0 && e.running.Load() == 0 }

// checkIdle wakes Shutdown.
func (e *Engine) checkIdle() {
	if e.closing.Load() && e.isIdle() {
		select {
		case e.idle <- struct{}{}:
		default:
		}
	}
}

// cancelAll ends all runs that have not ended, and returns their number.
func (e *Engine) cancelAll() (n int) {
	e.stopped.Store(true)
	var unanswered []*claim
	var broken []func()
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock()
		now := time.Now()
		for _, r := range s.live.all() {
			n++
			switch {
			case r.verdict == 0:
				r.decide(Busy) // the platform delivers it again
				if r.claim != nil {
					unanswered = append(unanswered, r.claim)
				}
			case r.phase == ready && r.waiting+r.writing > 0: // is being written
			default:
				work, values := r.work, r.values
				broken = append(broken, func() { lost(values, work, ErrShutdown) })
			}
			if r.phase == queued {
				e.done()
			}
			if r.ctx != nil {
				r.ctx.cancel(ErrShutdown)
			}
			r.givenUp = true
			e.end(r, now)
		}
		s.mu.Unlock()
	}
	for _, tell := range broken {
		tell()
	}
	if len(unanswered) > 0 {
		e.claims.release(unanswered...)
	}
	return n
}
