package dedup

import (
	"errors"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
)

// claim claims the message of r for this process, or follows the process that has claimed
// it. At the same time it records the signature of the message in the store. A shutdown
// may end r while claim runs, so work is not read from it.
func (e *Engine) claim(r *run, work Work) {
	c := newClaim(r)
	bound := make(chan Use, 1)
	go func() {
		use := Fresh
		defer func() {
			_ = recover() // the message is handled anyway
			bound <- use
		}()
		if u, err := work.Bind(); err == nil {
			use = u
		}
	}()
	won, err := e.claims.acquire(c)
	use := <-bound
	c.spent = use == Spent
	switch {
	case use == Foreign:
		if won {
			e.claims.release(c)
		}
		e.drop(r, Forbidden)
	case err == nil && !won:
		r.shard.mu.Lock()
		if r.givenUp {
			e.done()
		} else {
			r.phase, r.followed, r.name = following, true, ""
			go e.follow(r, c)
		}
		r.shard.mu.Unlock()
	default:
		e.own(r, c, err)
	}
}

// drop ends a run that this process must not handle, and remembers nothing of it.
func (e *Engine) drop(r *run, v Verdict) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if !r.givenUp {
		e.forget(r, v)
	}
	e.done()
}

// forget ends a run and remembers nothing of it. The caller holds the mutex.
func (e *Engine) forget(r *run, v Verdict) {
	r.decide(v)
	r.verdict = v
	e.end(r, time.Now())
}

// own runs r, whose claim this process has, unless its signature may not start a run. With
// an error it is not known whether the claim was stored; the renewal stores it again.
func (e *Engine) own(r *run, c *claim, err error) {
	s := r.shard
	s.mu.Lock()
	if r.givenUp {
		e.done()
		s.mu.Unlock()
		e.claims.release(c)
		return
	}
	if c.spent || !r.work.Begin() {
		r.decide(Success)
		e.end(r, time.Now())
		e.done()
		s.mu.Unlock()
		e.claims.record(c, closed, nil)
		return
	}
	defer s.mu.Unlock()
	if !errors.Is(err, guard.ErrDown) {
		r.claim = c
		e.claims.keepAlive(c)
	}
	now := time.Now()
	e.arm(r, now, r.first.Add(e.deadline))
	if e.enqueue(r) {
		go e.do(r, now)
	}
}

// recordOutcome stores the outcome of r's work, unless the deadline has done so.
func (e *Engine) recordOutcome(r *run, answer Content) {
	s := r.shard
	s.mu.Lock()
	c := r.claim
	if c == nil || r.givenUp || r.verdict != 0 {
		s.mu.Unlock()
		return
	}
	r.phase = recording
	s.mu.Unlock()
	to, stored := closed, []byte(nil)
	if answer != nil {
		to, stored = done, answer.Append(nil)
	}
	owned := e.claims.record(c, to, stored)
	s.mu.Lock()
	r.lapsed = !owned
	s.mu.Unlock()
}

// recordLate stores that the outcome of r is late, with the answer of the deadline. The
// caller holds the mutex of the shard, which recordLate releases during the call of the
// store.
func (e *Engine) recordLate(r *run) {
	var stored []byte
	if _, part := r.answer.(Part); !part && r.answer != nil {
		stored = r.answer.Append(nil)
	}
	c := r.claim
	r.shard.mu.Unlock()
	owned := e.claims.record(c, closed, stored)
	r.shard.mu.Lock()
	r.lapsed = !owned
}
