package dedup

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
)

// How often another process's record is looked at.
const (
	firstLook = 20 * time.Millisecond
	nextLook  = 250 * time.Millisecond
)

// errNoClaim is the failure of a store that says "taken" of a key and then has
// nothing there, or a claim that nobody renews and that does not lapse.
var errNoClaim = errors.New("the store says that a message is claimed, and nobody holds the claim")

// claim asks whose message r is: this process's, or another's that it then follows.
// The signature that the message came with is noted at the same time. A shutdown may end
// r while claim runs, so work is not read from it.
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
	r.spent = use == Spent // nobody else looks at it before r is followed or owned
	switch {
	case use == Foreign:
		if won {
			e.claims.release([]*claim{c})
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

// drop ends a run that is not to be handled here, and of which nothing is remembered.
func (e *Engine) drop(r *run, v Verdict) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if !r.givenUp {
		e.forget(r, v)
	}
	e.done()
}

// forget ends a run of which nothing is remembered here; the caller holds the mutex.
func (e *Engine) forget(r *run, v Verdict) {
	r.decide(v)
	r.verdict = v
	e.end(r, time.Now())
}

// own makes r this process's to run, if it may be run at all. With an error the
// claim is doubtful, and the renewal tries again.
func (e *Engine) own(r *run, c *claim, err error) {
	s := r.shard
	s.mu.Lock()
	if r.givenUp {
		e.done()
		s.mu.Unlock()
		e.claims.release([]*claim{c})
		return
	}
	if r.spent || !r.work.Begin() {
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

// takeOver runs a message whose process has gone. The delivery that waits gets a
// whole deadline.
func (e *Engine) takeOver(r *run, c *claim, err error) {
	r.shard.mu.Lock()
	if !e.hold {
		r.first = r.last
	}
	r.shard.mu.Unlock()
	e.own(r, c, err)
}

// follow waits for the outcome of a message that another process runs.
func (e *Engine) follow(r *run, c *claim) {
	alive := time.Now()
	var before record
	missing := 0
	for pause := firstLook; ; pause = min(2*pause, nextLook) {
		rec, found, err := e.claims.look(c)
		if e.stopFollowing(r, rec) {
			return
		}
		switch {
		case errors.Is(err, errUnreadable):
			e.takeOver(r, c, err)
			return
		case err != nil:
			if time.Since(alive) > lease {
				e.takeOver(r, c, err)
				return
			}
		case !found:
			won, err := e.claims.acquire(c)
			if missing++; err == nil && !won && missing > 2 {
				e.claims.store.Failed(errNoClaim)
				e.takeOver(r, c, errNoClaim)
				return
			}
			if won {
				e.takeOver(r, c, nil)
				return
			}
		case rec.state == running:
			missing = 0
			if rec.owner != before.owner || rec.renewal != before.renewal {
				alive, before = time.Now(), rec
			}
			if time.Since(alive) > lease+renewEvery { // the store should have let it lapse
				e.claims.store.Failed(errNoClaim)
				e.takeOver(r, c, errNoClaim)
				return
			}
			e.sighted(r, c, rec.first)
		case rec.state == closed:
			e.adopt(r, rec)
			return
		case e.give(r, c, rec):
			return
		}
		time.Sleep(pause/2 + rand.N(pause))
	}
}

// stopFollowing reports whether a shutdown has come. It notes what rec says.
func (e *Engine) stopFollowing(r *run, rec record) bool {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if rec.name != "" {
		r.name = rec.name
	}
	if e.closing.Load() && !r.givenUp {
		e.forget(r, Busy) // its deliveries come again, elsewhere
		r.givenUp = true
	}
	if r.givenUp {
		e.done()
	}
	return r.givenUp
}

// sighted notes that another process saw the message earlier.
func (e *Engine) sighted(r *run, c *claim, first time.Time) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if first.Before(r.first) && r.first.Sub(first) < Keep {
		r.first = first
		c.record.first = first
	}
}

// adopt ends a followed run that needs no answer any more, except that of the deadline.
func (e *Engine) adopt(r *run, rec record) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if !r.givenUp {
		r.shard.stats.Shared++
		if len(rec.answer) > 0 {
			r.answer = Bytes(rec.answer)
			r.decide(Reply)
		} else {
			r.decide(Success)
		}
		e.end(r, time.Now())
	}
	e.done()
}

// give gives the answer of another process to the deliveries that wait here. It
// reports false when the record has changed since it was read.
func (e *Engine) give(r *run, c *claim, rec record) bool {
	s := r.shard
	s.mu.Lock()
	if r.waiting == 0 && !r.givenUp {
		e.forget(r, Busy) // the next delivery asks again
	}
	if r.phase == ended {
		e.done()
		s.mu.Unlock()
		return true
	}
	s.mu.Unlock()

	if swapped, err := e.claims.markGiven(c, rec); err != nil || !swapped {
		return false
	}

	s.mu.Lock()
	e.done()
	if r.givenUp {
		s.mu.Unlock()
		return true
	}
	s.stats.Shared++
	r.claim = c
	r.answer = Bytes(rec.answer)
	r.phase = ready
	r.answered = time.Now()
	r.decide(Reply)
	e.startNext(r)
	missed := r.waiting == 0
	s.mu.Unlock()
	if missed {
		e.putBack(r)
	}
	return true
}

// putBack offers an answer again that no delivery here has received after all.
func (e *Engine) putBack(r *run) {
	s := r.shard
	s.mu.Lock()
	c := r.claim
	if !r.missed() {
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()

	swapped, err := e.claims.putBack(c)

	s.mu.Lock()
	defer s.mu.Unlock()
	if !r.missed() {
		return
	}
	now := time.Now()
	switch {
	case c.theirs != nil:
		work, values := r.work, r.values
		e.running.Add(1) // until all is told
		first := r.first
		e.forget(r, Busy)
		if now.Sub(first) > Uncollected { // its process counts on us
			s.mu.Unlock()
			lost(values, work, ErrUncollected)
			s.mu.Lock()
		}
		e.done()
	case err == nil && !swapped: // another process hands it out
		e.end(r, now)
	default:
		e.keepReady(r, now)
	}
}

// record stores the outcome of r's work, unless the deadline has done so.
func (e *Engine) record(r *run, answer Content) {
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
