package gateway

import (
	"context"
	"time"
)

// idle is how long a body may stall, in either direction.
const idle = 30 * time.Second

// watch cancels a call whose answer stalls.
type watch struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// moved restarts the timer: the platform has sent something.
func (w *watch) moved() {
	if w.timer == nil {
		w.timer = time.AfterFunc(idle, func() { w.cancel(errIdle) })
		return
	}
	w.timer.Reset(idle)
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// errIdle is the cause of a canceled call whose answer stalled.
var errIdle error = idleError{}

type idleError struct{}

func (idleError) Error() string { return "gateway: the answer stalled for " + idle.String() }

// Timeout marks the error as a timeout, as in package net.
func (idleError) Timeout() bool { return true }
