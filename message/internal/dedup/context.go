package dedup

import (
	"context"
	"sync"
	"time"
)

// workContext is the context of work that outlives its delivery: the values of the
// delivery's context, a limit and a cancellation of its own. The run has a timer for
// the limit, and what can be canceled is made only when it is asked for, as most
// handlers end long before they need it.
type workContext struct {
	values context.Context
	limit  time.Time

	mu       sync.Mutex
	inner    context.Context
	stop     context.CancelCauseFunc
	canceled bool
}

// Deadline returns when the work will be canceled.
func (c *workContext) Deadline() (time.Time, bool) { return c.limit, true }

// Done returns a channel that is closed when the work is canceled.
func (c *workContext) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.make()
	return c.inner.Done()
}

// Err returns context.Canceled once the work is canceled.
func (c *workContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.canceled {
		return context.Canceled
	}
	return nil
}

// Value asks the inner context where there is one, so that contexts derived from
// this one, and context.Cause, find it.
func (c *workContext) Value(key any) any {
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	if inner == nil {
		inner = context.WithoutCancel(c.values)
	}
	return inner.Value(key)
}

// make makes what can be canceled.
func (c *workContext) make() {
	if c.inner == nil {
		c.inner, c.stop = context.WithCancelCause(context.WithoutCancel(c.values))
		if c.canceled {
			c.stop(nil)
		}
	}
}

// cancel ends the context, for a reason or because the work is done.
func (c *workContext) cancel(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cause != nil {
		c.make()
	}
	c.canceled = true
	if c.stop != nil {
		c.stop(cause)
	}
}
