package once

import (
	"context"
	"runtime/debug"
	"time"
)

// run is the handling of one message. Everything in it is guarded by the
// engine's mutex; sender never changes.
type run struct {
	outcome *outcome // what will be kept of it; nil for nothing
	sender  string
	ready   chan struct{} // closed when verdict is set; nil while nobody waits for it
	work    Work
	early   Early           // answers the delivery that does the work; nil if none does
	left    chan struct{}   // made when early is called, closed when it has returned
	values  context.Context // the first delivery's
	ctx     *workContext    // the work's

	phase   phase
	verdict Verdict // 0 while open; Reply can still become Success while nobody has taken the answer
	answer  Content
	reached bool // a delivery wrote the answer
	givenUp bool // ended while its goroutine goes on
	waiting int  // deliveries that wait for the verdict
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
	starting               // may work
	working                // Work.Run
	settling               // records the answer in the store
	held                   // the answer waits for a delivery that takes it
	sending                // Work.Late
	ended
)

// enqueue reports whether r may work now; else it is done when the sender's turn
// comes to it.
func (e *Engine) enqueue(r *run, now time.Time) bool {
	e.arm(r, now, r.first.Add(e.deadline))
	if r.sender != "" {
		tail := e.tails[r.sender]
		e.tails[r.sender] = r
		if tail != nil {
			tail.next = r
			r.phase = queued
			return false
		}
	}
	r.phase = starting
	return true
}

// workHere does the work of r in the goroutine of its delivery.
func (e *Engine) workHere(r *run, early Early) (a Answer) {
	returned := false
	defer func() {
		e.mu.Lock()
		r.early = nil // too late for it
		left := r.left
		e.mu.Unlock()
		if left != nil {
			<-left
			a = Answer{Verdict: Answered}
			return
		}
		a = e.part(r)
		if !returned { // runtime.Goexit takes this goroutine away
			early.Answer(a.Verdict)
		}
	}()
	e.do(r, r.first)
	returned = true
	return a
}

// leave answers the delivery that does the work of r, if one does, as the outcome
// is decided without it. It unlocks the engine while it does.
func (e *Engine) leave(r *run) {
	early := r.early
	if early == nil {
		return
	}
	r.early, r.left = nil, make(chan struct{})
	r.waiting--
	verdict := r.verdict
	e.mu.Unlock()
	early.Answer(verdict)
	e.mu.Lock()
	close(r.left)
}

// do does the work of r, in a goroutine of its own or that of a delivery.
func (e *Engine) do(r *run, now time.Time) {
	work, ctx := e.start(r, now)
	if work == nil {
		return
	}
	var answer Content
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

// finish takes the answer of a run's work, nil for none.
func (e *Engine) finish(r *run, answer Content) {
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
		e.sendLate(r, now)
	default:
		e.hand(r, answer, now)
		e.turn(r)
		e.done()
	}
}

// hand gives the answer to the deliveries that wait, or keeps it for the next one.
func (e *Engine) hand(r *run, answer Content, now time.Time) {
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
		if r.ready != nil {
			close(r.ready)
		}
	}
}

// decided returns a channel that is closed when r's outcome is decided.
func (e *Engine) decided(r *run) <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.ready == nil {
		r.ready = make(chan struct{})
		if r.verdict != 0 {
			close(r.ready)
		}
	}
	return r.ready
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
	e.leave(r)
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
	e.sendLate(r, now)
}

// sendLate has the work send its answer by the other way, and ends the run. It
// unlocks the engine while it does.
func (e *Engine) sendLate(r *run, now time.Time) {
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
