package wire

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// watch ends a stream in which nothing moves. A nil watch does nothing.
type watch struct {
	idle   time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// watch starts to watch over r, if it is a stream, and makes ctx end with it.
func (r *Request) watch(ctx *context.Context) *watch {
	if r.Idle <= 0 {
		return nil
	}
	w := &watch{idle: r.Idle}
	*ctx, w.cancel = context.WithCancelCause(*ctx)
	w.timer = time.AfterFunc(w.idle, func() {
		w.cancel(&errcode.IdleError{Idle: w.idle})
	})
	return w
}

// moved notes that something moves.
func (w *watch) moved() {
	if w != nil {
		w.timer.Reset(w.idle)
	}
}

// rest stops the clock until something is to move again.
func (w *watch) rest() {
	if w != nil {
		w.timer.Stop()
	}
}

// end ends the watch and its context.
func (w *watch) end() {
	if w != nil {
		w.timer.Stop()
		w.cancel(nil)
	}
}
