package dedup

import (
	"context"
	"runtime/debug"
	"time"
)

// run is the handling of one message. Everything in it is guarded by the mutex of
// its shard.
type run struct {
	shard    *shard
	shared   bool     // other processes may get a delivery of the message
	followed bool     // another process had the message first
	name     string   // of the first delivery
	lapsed   bool     // another process has taken the message over
	outcome  *outcome // what will be kept of it; nil for nothing
	sender   *sender  // until its next message may begin; nil for none
	work     Work
	values   context.Context // the first delivery's
	ctx      *workContext    // the work's, or that of the late sending

	phase   phase
	verdict Verdict // 0 while open; Reply can still become Success while nobody has taken the answer
	answer  Content
	more    bool    // the answer is a Part
	reached bool    // a delivery wrote the answer
	givenUp bool    // ended while its goroutine goes on
	waiters *waiter // deliveries that wait for the verdict
	waiting int     // deliveries that have not left yet
	writing int     // deliveries that have the answer and have not called Wrote

	first    time.Time // first sight
	last     time.Time // latest delivery
	answered time.Time // when the answer was ready
	due      time.Time // when something is to happen next
	timer    *time.Timer
	claim    *claim // the run's place in the shared store, if there is one

	next       *run // in the sender's queue
	prev, succ *run // among the live

	runContext workContext // what ctx points to while the work runs
}

// phase is where a run stands.
type phase uint8

const (
	claiming  phase = iota // asks the store whose message it is
	following              // waits for the process whose message it is
	queued                 // waits for the sender's earlier message
	starting               // may work
	working                // Work.Run
	recording              // records the answer in the store
	ready                  // the answer waits for a delivery that writes it
	sending                // Work.Late
	ended
)

// keepReady keeps an answer that no delivery has written until no further one can arrive.
func (e *Engine) keepReady(r *run, now time.Time) {
	until := r.first.Add(Uncollected)
	if e.closing.Load() || e.live.Load()-e.running.Load() > e.maxRunning {
		until = now
	}
	e.arm(r, now, until)
}

// wrote records whether a delivery wrote its answer.
func (e *Engine) wrote(r *run, err error) {
	s := r.shard
	s.mu.Lock()
	r.writing--
	if err == nil && !r.reached {
		r.reached = true
		switch {
		case r.phase == ready && r.more:
			r.phase = sending
			e.running.Add(1)
			go e.sendRest(r)
		case r.phase == ready:
			e.end(r, r.answered)
		}
	}
	missed, claimed := r.missed(), r.claim != nil
	if missed && !claimed {
		e.keepReady(r, time.Now())
	}
	s.mu.Unlock()
	if missed && claimed {
		e.putBack(r)
	}
}

// missed reports whether there is an answer that no delivery has written, is writing or
// waits for.
func (r *run) missed() bool { return r.phase == ready && !r.reached && r.waiting+r.writing == 0 }

// arm sets the one timer of r; what it means when it fires depends on the phase.
func (e *Engine) arm(r *run, now, due time.Time) {
	r.due = due
	wait := max(due.Sub(now), 0)
	if r.timer == nil {
		r.timer = time.AfterFunc(wait, func() { e.tick(r) })
	} else {
		r.timer.Reset(wait)
	}
}

// tick is called when r's time may have come, by its timer or by a delivery's.
func (e *Engine) tick(r *run) {
	s := r.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Before(r.due) {
		return // a stale timer: r has been given more time
	}
	switch r.phase {
	case queued, starting, working:
		if r.verdict == 0 {
			e.tooLate(r, now)
		} else if r.phase == working && !now.Before(r.ctx.limit) {
			s.stats.TimedOut++
			e.giveUp(r, ErrWorkTimeout)
		}
	case ready:
		if r.waiting+r.writing == 0 {
			e.uncollected(r, now)
		}
	case sending:
		e.giveUp(r, ErrLateTimeout)
	}
}

// tooLate is called at the deadline. From now on every delivery gets "success", or what
// [Work.Interim] returns. It unlocks the shard while it records that in the store.
func (e *Engine) tooLate(r *run, now time.Time) {
	r.shard.stats.Late++
	if r.answer = r.work.Interim(r.waiting > 0); r.answer != nil {
		r.decide(Reply)
	} else {
		r.decide(Success)
	}
	if r.phase == working {
		e.arm(r, now, r.ctx.limit)
	}
	if r.claim != nil {
		e.recordLate(r)
	}
}

// uncollected sends an answer late that no delivery has written, unless another process
// has given it out.
func (e *Engine) uncollected(r *run, now time.Time) {
	e.running.Add(1)
	r.verdict = Success
	givenOut := false
	if c := r.claim; c != nil {
		r.phase = recording
		r.shard.mu.Unlock()
		givenOut = e.claims.wasGiven(c)
		r.shard.mu.Lock()
		if r.givenUp {
			e.done()
			return
		}
		if givenOut && !r.more {
			e.end(r, now)
			e.done()
			return
		}
	}
	r.reached = givenOut
	r.shard.stats.Late++
	e.sendLate(r, now)
}

// sendRest sends the rest of an answer whose first part was written.
func (e *Engine) sendRest(r *run) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if r.givenUp {
		e.done()
		return
	}
	e.sendLate(r, time.Now())
}

// sendLate calls [Work.Late] and ends the run. It unlocks the shard during the call.
func (e *Engine) sendLate(r *run, now time.Time) {
	r.phase = sending
	if r.verdict == Success { // else repeats get the part, or the interim answer
		r.answer = nil
	}
	work, reached := r.work, r.reached
	ctx := &workContext{values: r.values, limit: now.Add(LateTimeout)}
	r.ctx = ctx
	e.arm(r, now, ctx.limit)
	r.shard.mu.Unlock()
	returned := false
	defer func() {
		if !returned {
			lost(ctx, work, &PanicError{Value: recover(), Stack: debug.Stack()})
		}
		r.shard.mu.Lock()
		ctx.cancel(nil)
		if !r.givenUp {
			e.end(r, time.Now())
		}
		e.done()
	}()
	work.Late(ctx, reached)
	returned = true
}

// giveUp ends a run whose goroutine has not returned in time. [Work.Lost] returns before
// the sender's next message begins. It unlocks the shard during that call.
func (e *Engine) giveUp(r *run, reason error) {
	work, values := r.work, r.values
	r.givenUp = true
	r.decide(Success)
	r.ctx.cancel(reason)
	e.running.Add(1) // Shutdown waits for Lost
	e.retire(r, time.Now())
	r.shard.mu.Unlock()
	lost(values, work, reason)
	r.shard.mu.Lock()
	e.startNext(r)
	e.done()
}

// end ends a run and lets the sender's next message begin.
func (e *Engine) end(r *run, now time.Time) {
	e.startNext(r)
	e.retire(r, now)
}

// retire keeps the outcome for repeats, and nothing else of the run.
func (e *Engine) retire(r *run, now time.Time) {
	r.phase = ended
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer, r.work, r.values, r.ctx, r.claim = nil, nil, nil, nil, nil // a stopped timer may hold r for a while
	r.shard.live.remove(r)
	r.shard.keep(r, now)
	e.live.Add(-1)
	e.checkIdle()
}

// done is called when a run no longer works.
func (e *Engine) done() {
	e.running.Add(-1)
	e.checkIdle()
}

// lost calls [Work.Lost] with the reason. A panic there is dropped.
func lost(values context.Context, w Work, reason error) {
	defer func() { _ = recover() }()
	w.Lost(context.WithoutCancel(values), reason)
}
