package dedup

import (
	"context"
	"runtime"
	"runtime/debug"
	"time"
)

// The way of a message: Deliver joins or creates its run, do runs its work in another
// goroutine, finish decides the outcome, and Deliver returns it. The other files have
// what else can happen.

// Deliver receives one delivery and returns when it can be answered. Its context is
// the delivery's: when that ends, the peer is gone.
func (e *Engine) Deliver(ctx context.Context, m Message) Answer {
	s := e.shardOf(m.Key)
	r, w, a := e.joinOrCreate(ctx, s, m)
	switch {
	case r == nil:
		return a
	case r.shared && !a.Repeat:
		e.claim(r, m.Work)
	case w.starts:
		go e.do(r, r.first) // without the lock, since it may have to wake a core
	}
	e.await(ctx, r, w)
	return e.answer(r, w, a.Repeat)
}

// waiter is a delivery that waits.
type waiter struct {
	signal   chan struct{} // receives once when the outcome is decided
	timer    *time.Timer
	next     *waiter
	signaled bool
	starts   bool      // starts the work
	until    time.Time // when it stops waiting
}

// joinOrCreate joins the run of a message, or creates one. The run is nil when the
// delivery can be answered at once.
func (e *Engine) joinOrCreate(ctx context.Context, s *shard, m Message) (*run, *waiter, Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.expire(now)
	if m.Key != "" {
		if o := s.index[m.Key]; o != nil {
			s.stats.Duplicates++
			if o.run == nil {
				return nil, nil, Answer{Verdict: o.verdict, Content: o.answer, Repeat: true, Name: o.name}
			}
			o.run.last = now
			return o.run, e.join(o.run, now), Answer{Repeat: true}
		}
	}
	if e.closing.Load() || e.running.Load() >= e.maxRunning {
		s.stats.Busy++
		return nil, nil, Answer{Verdict: Busy}
	}
	sender, ok := e.enter(m.Sender)
	if !ok {
		s.stats.TooMany++
		return nil, nil, Answer{Verdict: TooMany, First: sender.full()}
	}
	shared := e.claims != nil && m.Key != ""
	if !shared && !m.Work.Begin() {
		sender.leave()
		s.stats.Duplicates++
		return nil, nil, Answer{Verdict: Success}
	}
	r := &run{shard: s, shared: shared, sender: sender, work: m.Work, name: m.Name, first: now, last: now, due: now.Add(e.deadline)}
	r.values = ctx
	s.stats.Messages++
	e.running.Add(1)
	e.live.Add(1)
	s.live.add(r)
	if m.Key != "" {
		r.outcome = &outcome{key: m.Key, run: r}
		s.index[m.Key] = r.outcome
	}
	w := e.join(r, now)
	w.starts = !shared && e.enqueue(r)
	return r, w, Answer{}
}

// join adds a delivery to those that wait for r.
func (e *Engine) join(r *run, now time.Time) *waiter {
	w, _ := e.waiters.Get().(*waiter)
	if w == nil {
		w = &waiter{signal: make(chan struct{}, 1)}
	}
	w.until = now.Add(HoldFor)
	if !r.shared && r.due.Before(w.until) { // a shared run has a timer of its own
		w.until = r.due
	}
	r.waiting++
	if r.verdict != 0 {
		w.wake()
	} else {
		w.next, r.waiters = r.waiters, w
	}
	return w
}

// wake tells a delivery that the outcome is decided.
func (w *waiter) wake() {
	w.signaled = true
	w.signal <- struct{}{}
}

// await waits until the delivery can be answered, its peer is gone, or it has
// waited long enough.
func (e *Engine) await(ctx context.Context, r *run, w *waiter) {
	runtime.Gosched() // a quick handler is done by then: no timer, and a fifth off BenchmarkDeliver
	select {
	case <-w.signal:
		w.signaled = false
		return
	default:
	}
	wait := time.Until(w.until)
	if w.timer == nil {
		w.timer = time.NewTimer(wait)
	} else {
		w.timer.Reset(wait)
	}
	select {
	case <-w.signal:
		w.signaled = false
	case <-ctx.Done():
	case <-w.timer.C:
		e.tick(r)
	}
	w.timer.Stop()
}

// answer ends the wait of a delivery, and returns its answer.
func (e *Engine) answer(r *run, w *waiter, repeat bool) (a Answer) {
	s := r.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	r.leave(w)
	e.waiters.Put(w)
	switch r.verdict {
	case 0:
		a.Verdict = Dropped
		if r.waiting == 0 && r.timer == nil && !r.shared { // no delivery is left whose timer would call tick
			e.arm(r, time.Now(), r.due)
		}
	case Reply:
		r.writing++
		a = Answer{Verdict: Reply, Content: r.answer, engine: e, run: r}
	default:
		a.Verdict = r.verdict
	}
	if repeat || r.followed {
		a.Repeat, a.Name = true, r.name
	}
	return a
}

// leave removes a delivery from those that wait.
func (r *run) leave(w *waiter) {
	r.waiting--
	for p := &r.waiters; *p != nil; p = &(*p).next {
		if *p == w {
			*p = w.next
			break
		}
	}
	if w.signaled { // unless its signal was received already
		<-w.signal
	}
	*w = waiter{signal: w.signal, timer: w.timer}
}

// do does the work of r.
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

// start sets the context and the limit of r and returns its work, or nil if a shutdown has
// ended r.
func (e *Engine) start(r *run, now time.Time) (Work, context.Context) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if r.givenUp {
		e.done()
		return nil, nil
	}
	r.phase = working
	r.ctx = &r.runContext
	r.ctx.values, r.ctx.limit = r.values, now.Add(e.workTimeout)
	if r.verdict != 0 { // late before it began
		e.arm(r, now, r.ctx.limit)
	}
	return r.work, r.ctx
}

// finish decides the outcome of a run whose work has returned this answer, nil for none.
func (e *Engine) finish(r *run, answer Content) {
	if r.shared {
		e.recordOutcome(r, answer)
	}
	s := r.shard
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.givenUp {
		e.done()
		return
	}
	r.ctx.cancel(nil)
	now := time.Now()
	switch {
	case answer == nil, r.lapsed && r.waiting == 0: // the other process has an answer of its own
		r.decide(Success)
		e.end(r, now)
		e.done()
	case r.verdict != 0:
		e.sendLate(r, now)
	default:
		_, r.more = answer.(Part)
		e.offer(r, answer, now)
		if !r.more { // else the sender's next message waits for the rest
			e.startNext(r)
		}
		e.done()
	}
}

// offer answers the deliveries that wait, or keeps the answer for the next one.
func (e *Engine) offer(r *run, answer Content, now time.Time) {
	r.answer = answer
	r.phase = ready
	if r.timer != nil {
		r.timer.Stop()
	}
	r.answered, r.due = now, r.first.Add(Uncollected)
	r.decide(Reply)
	if r.waiting == 0 {
		e.keepReady(r, now)
	}
}

// decide sets the outcome, once, and lets the deliveries go.
func (r *run) decide(v Verdict) {
	if r.verdict != 0 {
		return
	}
	r.verdict = v
	for w := r.waiters; w != nil; {
		next := w.next // w is its delivery's again once it is woken
		w.next = nil
		w.wake()
		w = next
	}
	r.waiters = nil
}
