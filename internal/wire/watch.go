package wire

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// watch ends a stream without progress. A nil watch does nothing.
type watch struct {
	idle   time.Duration
	timer  *time.Timer
	cancel context.CancelCauseFunc
}

// watch starts a watch if r is a stream, and replaces *ctx by a context that ends with
// it.
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

// moved records progress.
func (w *watch) moved() {
	if w != nil {
		w.timer.Reset(w.idle)
	}
}

// rest stops the timer until data is expected again.
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
