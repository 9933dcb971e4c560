package dedup

import (
	"errors"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

// looking has the pauses between the reads of another process's record.
var looking = backoff.Policy{First: 25 * time.Millisecond, Max: 300 * time.Millisecond}

// errNoClaim means that the store fails: it refuses a new record under a key and then has
// no record there, or it keeps a claim that no process renews.
var errNoClaim = errors.New("the store reports that a message is claimed, but no process holds the claim")

// takeOver runs a message whose process has died. The delivery that waits gets a whole
// deadline.
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
	for looks := 1; ; looks++ {
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
		time.Sleep(looking.Pause(looks))
	}
}

// stopFollowing reports whether a shutdown has begun. It also keeps the name in rec.
func (e *Engine) stopFollowing(r *run, rec record) bool {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if rec.name != "" {
		r.name = rec.name
	}
	if e.closing.Load() && !r.givenUp {
		e.forget(r, Busy) // the platform delivers it again, to another process
		r.givenUp = true
	}
	if r.givenUp {
		e.done()
	}
	return r.givenUp
}

// sighted counts the time of r from the first sight in another process, if that was
// earlier.
func (e *Engine) sighted(r *run, c *claim, first time.Time) {
	r.shard.mu.Lock()
	defer r.shard.mu.Unlock()
	if first.Before(r.first) && r.first.Sub(first) < Keep {
		r.first = first
		c.record.first = first
	}
}

// adopt ends a followed run that the other process has closed: its deliveries get success,
// or the answer that they got there at the deadline.
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

// give answers the deliveries that wait here with the answer of another process. It
// reports false if the record has changed since it was read.
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

// putBack offers an answer to other processes again, because no delivery here has
// received it.
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
		e.running.Add(1) // until Lost has returned
		first := r.first
		e.forget(r, Busy)
		if now.Sub(first) > Uncollected { // the process that made it will not send it late
			s.mu.Unlock()
			lost(values, work, ErrUncollected)
			s.mu.Lock()
		}
		e.done()
	case err == nil && !swapped: // another process has given it out
		e.end(r, now)
	default:
		e.keepReady(r, now)
	}
}
