package once

import (
	"context"
	"fmt"
	"time"
)

// Shutdown refuses new messages, sends the answers that wait for a delivery, and
// waits for all work to end. When ctx ends first, it cancels the work, calls
// [Work.Lost] for every message that has been answered "success" and is not done,
// leaves the others to be delivered again, and returns an error. Work that heeds
// its context ends soon after.
func (e *Engine) Shutdown(ctx context.Context) error {
	idle := e.close()
	if idle == nil {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	if n := e.cancelAll(); n > 0 {
		return fmt.Errorf("%d messages were still at work: %w", n, ctx.Err())
	}
	return nil
}

// close refuses new messages and returns a channel that is closed when nothing
// is at work any more, or nil when nothing is.
func (e *Engine) close() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closing = true
	now := time.Now()
	for r := e.live.first; r != nil; r = r.succ {
		if r.phase == held && r.waiting+r.writing == 0 {
			e.arm(r, now, now)
		}
	}
	if e.isIdle() {
		return nil
	}
	if e.idle == nil {
		e.idle = make(chan struct{})
	}
	return e.idle
}

func (e *Engine) isIdle() bool { return e.running == 0 && e.live.n == 0 }

// checkIdle wakes Shutdown.
func (e *Engine) checkIdle() {
	if e.idle != nil && e.isIdle() {
		close(e.idle)
		e.idle = nil
	}
}

// cancelAll ends all that has not ended, and returns how much that was.
func (e *Engine) cancelAll() int {
	e.mu.Lock()
	e.cancelled = true
	now := time.Now()
	var unanswered []*ticket
	var broken []func()
	var leaving []*run
	runs := e.live.all()
	for _, r := range runs {
		switch {
		case r.verdict == 0:
			e.decide(r, Busy) // the platform brings it again
			if r.early != nil {
				leaving = append(leaving, r)
			}
			if r.ticket != nil {
				unanswered = append(unanswered, r.ticket)
			}
		case r.phase == held && r.waiting+r.writing > 0: // on its way out
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
	for _, r := range leaving {
		e.leave(r)
	}
	e.mu.Unlock()
	for _, tell := range broken {
		tell()
	}
	if len(unanswered) > 0 {
		e.shared.release(unanswered)
	}
	return len(runs)
}
