package once

import (
	"context"
	"runtime/debug"
	"time"
)

// run is the handling of one message. Everything in it is guarded by the
// engine's mutex; sender and ready never change.
type run struct {
	outcome *outcome // what will be kept of it; nil for nothing
	sender  string
	ready   chan struct{} // closed when verdict is set
	work    Work
	values  context.Context // the first delivery's
	ctx     *workContext    // the work's

	phase   phase
	verdict Verdict // 0 while open; Reply can still become Success while nobody has taken the answer
	answer  []byte
	reached bool // a delivery wrote the answer
	givenUp bool // ended while its goroutine goes on
	waiting int  // deliveries that wait for ready
	writing int  // deliveries that have the answer and have not called Wrote

	first    time.Time // first sight
	last     time.Time // latest delivery
	limit    time.Time // when the work is given up
	answered time.Time // when the answer was there
	due      time.Time // what the timer is set to
	timer    *time.Timer
	ticket   *ticket // the run's place in the shared store, if there is one

	next       *run // in the sender's turn
	prev, succ *run // among the live
}

// phase is where a run stands.
type phase uint8

const (
	claiming  phase = iota // asks the store whose message it is
	following              // waits for the process whose message it is
	queued                 // waits for the sender's earlier message
	starting               // its goroutine has been started
	working                // Work.Run
	settling               // records the answer in the store
	held                   // the answer waits for a delivery that takes it
	sending                // Work.Late
	ended
)

// enqueue lets r work as soon as it is the sender's turn.
func (e *Engine) enqueue(r *run, now time.Time) {
	e.arm(r, now, r.first.Add(e.deadline))
	if r.sender != "" {
		tail := e.tails[r.sender]
		e.tails[r.sender] = r
		if tail != nil {
			tail.next = r
			r.phase = queued
			return
		}
	}
	r.phase = starting
	go e.do(r, now)
}

// do is the goroutine of a run.
func (e *Engine) do(r *run, now time.Time) {
	growStack(0)
	work, ctx := e.start(r, now)
	if work == nil {
		return
	}
	var answer []byte
	returned := false
	defer func() {
		if !returned {
			answer = nil
			lost(ctx, work, &PanicError{Value: recover(), Stack: debug.Stack()})
		}
		e.finish(r, answer)
	}()
	answer = work.Run(ctx)
	returned = true
}

// start gives r its context and its time; no work, if a shutdown was faster.
func (e *Engine) start(r *run, now time.Time) (Work, context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.givenUp {
		e.done()
		return nil, nil
	}
	r.phase = working
	r.limit = now.Add(e.workTimeout)
	if r.verdict != 0 { // late before it began
		e.arm(r, now, r.limit)
	}
	r.ctx = newContext(r.values, r.limit)
	return r.work, r.ctx
}

// growStack makes a new goroutine's stack as large as most handlers need, at once
// and while there is next to nothing on it to be copied. Growing by steps costs
// half a microsecond more.
//
//go:noinline
func growStack(n int) byte {
	if n == 0 {
		return 0
	}
	var room [6 << 10]byte
	for i := range n {
		room[i] = growStack(i)
	}
	return room[n-1]
}

// finish takes the answer of a run's work, nil for none.
func (e *Engine) finish(r *run, answer []byte) {
	owned := e.settle(r, answer)
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.givenUp {
		e.done()
		return
	}
	r.ctx.cancel(nil)
	now := time.Now()
	switch {
	case answer == nil, !owned && r.waiting == 0 && r.verdict == 0:
		e.decide(r, Success)
		e.end(r, now)
		e.done()
	case r.verdict != 0:
		e.sendLate(r, answer, now)
	default:
		e.hand(r, answer, now)
		e.turn(r)
		e.done()
	}
}

// hand gives the answer to the deliveries that wait, or keeps it for the next one.
func (e *Engine) hand(r *run, answer []byte, now time.Time) {
	r.answer = answer
	r.phase = held
	if r.timer != nil {
		r.timer.Stop()
	}
	r.answered, r.due = now, r.first.Add(Uncollected)
	e.decide(r, Reply)
	if r.waiting == 0 {
		e.holdOn(r, now)
	}
}

// holdOn keeps an answer that no delivery has taken until none can come any more.
func (e *Engine) holdOn(r *run, now time.Time) {
	until := r.first.Add(Uncollected)
	if e.closing || e.live.n-e.running > e.maxRunning {
		until = now
	}
	e.arm(r, now, until)
}

// wrote notes what became of an answer that a delivery took.
func (e *Engine) wrote(r *run, err error) {
	e.mu.Lock()
	r.writing--
	if err == nil && !r.reached {
		r.reached = true
		if r.phase == held {
			e.end(r, r.answered)
		}
	}
	missed, shared := r.missed(), r.ticket != nil
	if missed && !shared {
		e.holdOn(r, time.Now())
	}
	e.mu.Unlock()
	if missed && shared {
		e.putBack(r)
	}
}

// missed reports that there is an answer, and that nobody has it or waits for it.
func (r *run) missed() bool { return r.phase == held && !r.reached && r.waiting+r.writing == 0 }

// decide sets the outcome, once, and lets the deliveries go.
func (e *Engine) decide(r *run, v Verdict) {
	if r.verdict == 0 {
		r.verdict = v
		close(r.ready)
	}
}

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

// tick is what happens when r's time has come.
func (e *Engine) tick(r *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if now.Before(r.due) {
		return // set anew while this tick was on its way
	}
	switch r.phase {
	case queued, starting, working:
		if r.verdict == 0 {
			e.tooLate(r, now)
		} else if r.phase == working {
			e.stats.TimedOut++
			e.giveUp(r, ErrWorkTimeout, now)
		}
	case held:
		if r.waiting+r.writing == 0 {
			e.uncollected(r, now)
		}
	case sending:
		e.giveUp(r, ErrLateTimeout, now)
	}
}

// tooLate is the deadline: every delivery gets "success" from now on.
func (e *Engine) tooLate(r *run, now time.Time) {
	e.stats.Late++
	e.decide(r, Success)
	if r.phase == working {
		e.arm(r, now, r.limit)
	}
	if t := r.ticket; t != nil {
		e.mu.Unlock()
		e.shared.settle(t, closed, nil)
		e.mu.Lock()
	}
}

// uncollected sends an answer that no delivery has taken, unless another
// process has handed it out.
func (e *Engine) uncollected(r *run, now time.Time) {
	e.running++
	r.verdict = Success
	if t := r.ticket; t != nil {
		r.phase = settling
		e.mu.Unlock()
		taken := e.shared.taken(t)
		e.mu.Lock()
		if r.givenUp {
			e.done()
			return
		}
		if taken {
			e.end(r, now)
			e.done()
			return
		}
	}
	e.stats.Late++
	e.sendLate(r, r.answer, now)
}

// sendLate sends the answer by the other way and ends the run. It unlocks the
// engine while it does.
func (e *Engine) sendLate(r *run, answer []byte, now time.Time) {
	r.phase = sending
	r.answer = nil
	work := r.work
	ctx := newContext(r.values, now.Add(LateTimeout))
	r.ctx = ctx
	e.arm(r, now, now.Add(LateTimeout))
	e.mu.Unlock()
	returned := false
	defer func() {
		if !returned {
			lost(ctx, work, &PanicError{Value: recover(), Stack: debug.Stack()})
		}
		e.mu.Lock()
		ctx.cancel(nil)
		if !r.givenUp {
			e.end(r, time.Now())
		}
		e.done()
	}()
	work.Late(ctx)
	returned = true
}

// giveUp ends a run whose goroutine does not end. It unlocks the engine while it
// says so.
func (e *Engine) giveUp(r *run, reason error, now time.Time) {
	work, values := r.work, r.values
	r.givenUp = true
	e.decide(r, Success)
	r.ctx.cancel(reason)
	e.end(r, now)
	e.tell(values, work, reason)
}

// tell says that a message came to nothing, unlocks the engine while it does, and
// has Shutdown wait for it.
func (e *Engine) tell(values context.Context, work Work, reason error) {
	e.running++
	e.mu.Unlock()
	lost(values, work, reason)
	e.mu.Lock()
	e.done()
}

// end lets the sender's next message work and keeps the outcome for repeats.
func (e *Engine) end(r *run, now time.Time) {
	e.turn(r)
	r.phase = ended
	if r.timer != nil {
		r.timer.Stop()
	}
	r.timer, r.work, r.values, r.ctx, r.ticket = nil, nil, nil, nil, nil // a stopped timer may hold r for a while
	e.live.remove(r)
	e.keep(r, now)
	e.checkIdle()
}

// turn passes the sender's turn on, if r still has it.
func (e *Engine) turn(r *run) {
	next := r.next
	r.next = nil
	switch {
	case next != nil && !e.cancelled:
		next.phase = starting
		go e.do(next, time.Now())
	case next == nil && r.sender != "" && e.tails[r.sender] == r:
		delete(e.tails, r.sender)
	}
}

// done counts a run off that no longer works.
func (e *Engine) done() {
	e.running--
	e.checkIdle()
}

// lost tells the work why it came to nothing; a panic of its own is the end of that.
func lost(values context.Context, w Work, reason error) {
	defer func() { _ = recover() }()
	w.Lost(context.WithoutCancel(values), reason)
}
