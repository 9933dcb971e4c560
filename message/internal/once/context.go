package once

import (
	"context"
	"time"
)

// workContext is the context of work that outlives its delivery: the values of
// the delivery's context, a limit and a cancellation of its own. The limit needs
// no timer here, as the run has one.
type workContext struct {
	context.Context
	limit time.Time
}

func newContext(values context.Context, limit time.Time) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(values))
	return &workContext{ctx, limit}, cancel
}

// Deadline returns when the work will be cancelled.
func (c *workContext) Deadline() (time.Time, bool) { return c.limit, true }
