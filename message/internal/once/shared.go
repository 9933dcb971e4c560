package once

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// Processes that share a store share the outcome of each message under one key.
// The first to see it claims the key with a lease and renews the lease while it
// works; it alone decides the outcome and records it there. The others look
// there at growing intervals, and take the message over when the lease lapses.
//
//	running ── answer ready ──▶ done ◀──▶ given     (another process has taken the answer)
//	   │                         └── nobody came ──┐
//	   └── deadline, or no answer ────────────────▶ closed: "success" for every delivery
//
// So a process that dies before the deadline makes another one run the message
// again, at least once; what a process had in hand after it answered "success"
// is lost with it.
//
// A store that fails costs only what it adds: the message is handled, and its
// repeats are known to this process alone.
const (
	lease        = 6 * time.Second
	renewEvery   = 2 * time.Second
	storeTimeout = 500 * time.Millisecond
	firstLook    = 20 * time.Millisecond
	nextLook     = 250 * time.Millisecond

	slowFailure = 100 * time.Millisecond // a store that takes this long to fail
	respite     = time.Second            // is left alone for this long
	logEvery    = time.Minute
)

// keyPrefix leads every key in the store; a hash of the message's key follows,
// of one length whatever the key holds.
const keyPrefix = "wechat:once:"

// state is what is recorded of a message.
type state byte

const (
	running state = 'r'
	done    state = 'd'
	given   state = 'g'
	closed  state = 'c'
)

var (
	errDown       = errors.New("the store failed a moment ago")
	errUnreadable = errors.New("the store holds something else under the message's key")
)

// record is a stored value.
type record struct {
	state  state
	owner  [16]byte // who wrote it
	first  time.Time
	answer []byte
}

const recordHead = 1 + 16 + 8

func (r record) encode() []byte {
	b := make([]byte, 0, recordHead+len(r.answer))
	b = append(b, byte(r.state))
	b = append(b, r.owner[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.first.UnixMilli()))
	return append(b, r.answer...)
}

func decode(b []byte) (record, error) {
	if len(b) < recordHead {
		return record{}, errUnreadable
	}
	r := record{state: state(b[0]), first: time.UnixMilli(int64(binary.BigEndian.Uint64(b[17:])))}
	copy(r.owner[:], b[1:])
	r.answer = b[recordHead:]
	switch r.state {
	case running, done, given, closed:
		return r, nil
	}
	return record{}, errUnreadable
}

// ticket is one process's share in the record of one message.
type ticket struct {
	key     string
	busy    chan struct{} // one store call at a time: a lock that is known to testing/synctest
	record  record        // what this process last wrote
	theirs  *record       // what another process wrote, whose answer this one has taken
	settled bool          // not to be renewed any more
	renewal *time.Timer
}

// shared is the store as the engine uses it.
type shared struct {
	store    store.Store
	logger   *slog.Logger
	failures atomic.Uint64

	mu        sync.Mutex
	downUntil time.Time
	quietTill time.Time
}

func newShared(s store.Store, l *slog.Logger) *shared { return &shared{store: s, logger: l} }

// claim asks whose message r is: this process's, or another's that it then follows.
func (e *Engine) claim(r *run) {
	t := newTicket(r)
	won, err := e.shared.claim(t)
	if err == nil && !won {
		e.mu.Lock()
		defer e.mu.Unlock()
		if r.givenUp {
			e.done()
			return
		}
		r.phase = following
		go e.follow(r, t)
		return
	}
	e.own(r, t, err)
}

// own makes r this process's to run. With an error the claim is doubtful, and
// the renewal tries again.
func (e *Engine) own(r *run, t *ticket, err error) {
	e.mu.Lock()
	if r.givenUp {
		e.done()
		e.mu.Unlock()
		e.shared.release([]*ticket{t})
		return
	}
	defer e.mu.Unlock()
	if !errors.Is(err, errDown) {
		r.ticket = t
		e.shared.keepAlive(t)
	}
	if now := time.Now(); e.enqueue(r, now) {
		go e.do(r, now)
	}
}

// takeOver runs a message whose process has gone. The delivery that waits gets
// a whole deadline.
func (e *Engine) takeOver(r *run, t *ticket, err error) {
	e.mu.Lock()
	if !e.hold {
		r.first = r.last
	}
	e.mu.Unlock()
	e.own(r, t, err)
}

// follow waits for the outcome of a message that another process runs.
func (e *Engine) follow(r *run, t *ticket) {
	alive := time.Now()
	for pause := firstLook; ; pause = min(2*pause, nextLook) {
		rec, found, err := e.shared.look(t)
		if e.stopFollowing(r) {
			return
		}
		switch {
		case err != nil:
			if time.Since(alive) > lease {
				e.takeOver(r, t, err)
				return
			}
		case !found:
			won, err := e.shared.claim(t)
			if won {
				e.takeOver(r, t, err)
				return
			}
		case rec.state == running:
			alive = time.Now()
			e.sighted(r, t, rec.first)
		case rec.state == closed:
			e.adopt(r)
			return
		case e.take(r, t, rec):
			return
		}
		time.Sleep(pause/2 + mathrand.N(pause))
	}
}

// stopFollowing reports whether a shutdown has come.
func (e *Engine) stopFollowing(r *run) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing && !r.givenUp {
		e.drop(r) // its deliveries come again, elsewhere
		r.givenUp = true
	}
	if r.givenUp {
		e.done()
	}
	return r.givenUp
}

// sighted notes that another process saw the message earlier.
func (e *Engine) sighted(r *run, t *ticket, first time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if first.Before(r.first) && r.first.Sub(first) < Keep {
		r.first = first
		t.record.first = first
	}
}

// adopt ends a followed run that needs no answer any more.
func (e *Engine) adopt(r *run) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !r.givenUp {
		e.stats.Shared++
		e.decide(r, Success)
		e.end(r, time.Now())
	}
	e.done()
}

// take gives the answer of another process to the deliveries that wait here. It
// reports false when the record has changed meanwhile.
func (e *Engine) take(r *run, t *ticket, rec record) bool {
	e.mu.Lock()
	if r.waiting == 0 && !r.givenUp {
		e.drop(r) // the next delivery asks again
	}
	if r.phase == ended {
		e.done()
		e.mu.Unlock()
		return true
	}
	e.mu.Unlock()

	if swapped, err := e.shared.takeOut(t, rec); err != nil || !swapped {
		return false
	}

	e.mu.Lock()
	e.done()
	if r.givenUp {
		e.mu.Unlock()
		return true
	}
	e.stats.Shared++
	r.ticket = t
	r.answer = Bytes(rec.answer)
	r.phase = held
	r.answered = time.Now()
	e.decide(r, Reply)
	missed := r.waiting == 0
	e.mu.Unlock()
	if missed {
		e.putBack(r)
	}
	return true
}

// putBack offers an answer again that no delivery here has taken after all.
func (e *Engine) putBack(r *run) {
	e.mu.Lock()
	t := r.ticket
	if !r.missed() {
		e.mu.Unlock()
		return
	}
	e.mu.Unlock()

	swapped, err := e.shared.putBack(t)

	e.mu.Lock()
	defer e.mu.Unlock()
	if !r.missed() {
		return
	}
	now := time.Now()
	switch {
	case t.theirs != nil:
		work, values := r.work, r.values
		e.running++ // until all is told
		e.drop(r)
		if now.Sub(r.first) > Uncollected { // its process counts on us
			e.tell(values, work, ErrUncollected)
		}
		e.done()
	case err == nil && !swapped: // another process hands it out
		e.end(r, now)
	default:
		e.holdOn(r, now)
	}
}

// drop ends a run of which nothing is to be remembered here.
func (e *Engine) drop(r *run) {
	e.decide(r, Busy)
	r.verdict = Busy
	e.end(r, time.Now())
}

// settle records the outcome of r's work, and reports whether it was still this
// process's to decide.
func (e *Engine) settle(r *run, answer Content) bool {
	e.mu.Lock()
	t := r.ticket
	if t == nil || r.givenUp || r.verdict != 0 {
		e.mu.Unlock()
		return true
	}
	r.phase = settling
	e.mu.Unlock()
	if answer == nil {
		return e.shared.settle(t, closed, nil)
	}
	return e.shared.settle(t, done, answer.Append(nil))
}

func newTicket(r *run) *ticket {
	sum := sha256.Sum256([]byte(r.key()))
	t := &ticket{key: keyPrefix + hex.EncodeToString(sum[:]), busy: make(chan struct{}, 1)}
	t.record = record{state: running, first: r.first}
	rand.Read(t.record.owner[:])
	return t
}

// claim reports whether the message is now this process's.
func (s *shared) claim(t *ticket) (won bool, err error) {
	t.lock()
	defer t.unlock()
	err = s.call(func(ctx context.Context) error {
		won, err = s.store.SetIfAbsent(ctx, t.key, t.record.encode(), lease)
		return err
	})
	return won && err == nil, err
}

// look returns what is recorded.
func (s *shared) look(t *ticket) (rec record, found bool, err error) {
	err = s.call(func(ctx context.Context) error {
		var b []byte
		b, found, err = s.store.Get(ctx, t.key)
		if err == nil && found {
			rec, err = decode(b)
		}
		return err
	})
	return rec, found, err
}

// swap replaces one record by another, which is then the ticket's. The caller
// holds the ticket's lock.
func (s *shared) swap(t *ticket, old, new record, ttl time.Duration) (swapped bool, err error) {
	err = s.call(func(ctx context.Context) error {
		swapped, err = s.store.CompareAndSwap(ctx, t.key, old.encode(), new.encode(), ttl)
		return err
	})
	if err == nil && swapped {
		t.record = new
	}
	return swapped && err == nil, err
}

// change gives the ticket's own record another state.
func (s *shared) change(t *ticket, to state) (swapped bool, err error) {
	t.lock()
	defer t.unlock()
	rec := t.record
	rec.state = to
	return s.swap(t, t.record, rec, Keep)
}

// takeOut marks the answer of another process as given out by this one.
func (s *shared) takeOut(t *ticket, theirs record) (swapped bool, err error) {
	t.lock()
	defer t.unlock()
	t.theirs = &theirs
	return s.swap(t, theirs, record{state: given, owner: t.record.owner, first: theirs.first, answer: theirs.answer}, Keep)
}

// putBack undoes takeOut, or offers an answer of this process to the others.
func (s *shared) putBack(t *ticket) (swapped bool, err error) {
	if t.theirs == nil {
		return s.change(t, done)
	}
	t.lock()
	defer t.unlock()
	return s.swap(t, t.record, *t.theirs, Keep)
}

// settle ends this process's claim with an outcome. It reports false when
// another process has come in between, after a pause longer than the lease.
func (s *shared) settle(t *ticket, to state, answer []byte) bool {
	t.lock()
	defer t.unlock()
	t.settle()
	outcome := t.record
	outcome.state, outcome.answer = to, answer
	swapped, err := s.swap(t, t.record, outcome, Keep)
	if err == nil && !swapped { // lapsed, and nobody there?
		err = s.call(func(ctx context.Context) error {
			swapped, err = s.store.SetIfAbsent(ctx, t.key, outcome.encode(), Keep)
			return err
		})
	}
	if err == nil && !swapped {
		s.logger.Warn("wechat: another process took a message over while this one still worked on it")
		return false
	}
	t.record = outcome
	return true
}

// taken reports whether another process has handed out the answer of t, and
// otherwise takes it back.
func (s *shared) taken(t *ticket) bool {
	if swapped, err := s.change(t, closed); err != nil || swapped {
		return false
	}
	_, found, err := s.look(t)
	return err == nil && found
}

// keepAlive renews the claim until it is settled. It claims anew what a store
// has forgotten.
func (s *shared) keepAlive(t *ticket) {
	t.lock()
	defer t.unlock()
	if t.settled {
		return
	}
	t.renewal = time.AfterFunc(renewEvery, func() {
		t.lock()
		defer t.unlock()
		if t.settled {
			return
		}
		if swapped, err := s.swap(t, t.record, t.record, lease); err == nil && !swapped {
			_ = s.call(func(ctx context.Context) error {
				_, err := s.store.SetIfAbsent(ctx, t.key, t.record.encode(), lease)
				return err
			})
		}
		t.renewal.Reset(renewEvery)
	})
}

func (t *ticket) lock()   { t.busy <- struct{}{} }
func (t *ticket) unlock() { <-t.busy }

// settle ends the renewal.
func (t *ticket) settle() {
	t.settled = true
	if t.renewal != nil {
		t.renewal.Stop()
	}
}

// release gives up claims, so that another process may run the messages at once.
func (s *shared) release(tickets []*ticket) {
	end := time.Now().Add(storeTimeout)
	for _, t := range tickets {
		t.lock()
		t.settle()
		if time.Now().Before(end) { // else the lease lapses
			_ = s.call(func(ctx context.Context) error {
				_, err := s.store.CompareAndDelete(ctx, t.key, t.record.encode())
				return err
			})
		}
		t.unlock()
	}
}

// call runs one call of the store, bounds it, and notes a failure.
func (s *shared) call(f func(context.Context) error) (err error) {
	begin := time.Now()
	if s.isDown(begin) {
		return errDown
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the store panicked: %v", p)
		}
		if err != nil {
			s.failed(err, begin)
		}
	}()
	return f(ctx)
}

func (s *shared) isDown(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.downUntil)
}

// failed logs a failure, at intervals.
func (s *shared) failed(err error, begin time.Time) {
	s.failures.Add(1)
	s.mu.Lock()
	now := time.Now()
	if now.Sub(begin) > slowFailure {
		s.downUntil = now.Add(respite)
	}
	loud := now.After(s.quietTill)
	if loud {
		s.quietTill = now.Add(logEvery)
	}
	s.mu.Unlock()
	if loud {
		s.logger.Error("wechat: the shared store failed; repeats of a message are known to this process alone", "error", err)
	}
}
