package dedup

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
	"github.com/seed-f21aa8d8/wechat/store"
)

// Processes that share a store share the outcome of each message under one key. The
// first to see it claims the key with a lease and renews the lease while it works;
// it alone decides the outcome and records it there. The others look there at
// growing intervals (follow.go), and take the message over when the lease lapses.
//
//	running ── answer ready ──▶ done ◀──▶ given     (another process gives out the answer)
//	   │                         └── no delivery ──┐
//	   └── deadline, or no answer ────────────────▶ closed: "success" for every delivery
//
// So a process that dies before the deadline makes another one run the message
// again, at least once. A message that a process still handles after it has answered
// "success" is lost if the process dies.
//
// If the store fails, messages are handled without it, and only this process
// recognizes their repeats.
const (
	lease      = 6 * time.Second
	renewEvery = 2 * time.Second
)

// keyPrefix leads every key in the store; a hash of the message's key follows, of
// one length whatever the key holds.
const keyPrefix = "wechat:once:"

// state is what is recorded of a message.
type state byte

const (
	running state = 'r'
	done    state = 'd'
	given   state = 'g'
	closed  state = 'c'
)

var errUnreadable = errors.New("the value under the message's key in the store is not a record of a message")

// record is a stored value.
type record struct {
	state   state
	owner   [16]byte // who wrote it
	first   time.Time
	renewal uint32 // how often the lease was renewed, by which others see that the owner is alive
	name    string // of the delivery that the owner runs the message for
	answer  []byte
}

const recordHead = 1 + 16 + 8 + 4 + 1

func (r record) encode() []byte {
	b := make([]byte, 0, recordHead+len(r.name)+len(r.answer))
	b = append(b, byte(r.state))
	b = append(b, r.owner[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(r.first.UnixMilli()))
	b = binary.BigEndian.AppendUint32(b, r.renewal)
	b = append(append(b, byte(len(r.name))), r.name...)
	return append(b, r.answer...)
}

func decode(b []byte) (record, error) {
	if len(b) < recordHead || len(b) < recordHead+int(b[recordHead-1]) {
		return record{}, errUnreadable
	}
	r := record{
		state:   state(b[0]),
		first:   time.UnixMilli(int64(binary.BigEndian.Uint64(b[17:]))),
		renewal: binary.BigEndian.Uint32(b[25:]),
		name:    string(b[recordHead : recordHead+int(b[recordHead-1])]),
		answer:  b[recordHead+int(b[recordHead-1]):],
	}
	copy(r.owner[:], b[1:])
	switch r.state {
	case running, done, given, closed:
		return r, nil
	}
	return record{}, errUnreadable
}

// claim is one process's share in the record of one message.
type claim struct {
	key      string
	busy     chan struct{} // one store call at a time: a lock that is known to testing/synctest
	record   record        // what this process last wrote
	theirs   *record       // what another process wrote, whose answer this one gives out
	spent    bool          // the signature of the message is too old to start a run
	finished bool          // must not be renewed again
	renewal  *time.Timer
}

// newClaim returns the claim of r, whose message has a key.
func newClaim(r *run) *claim {
	sum := sha256.Sum256([]byte(r.outcome.key))
	c := &claim{key: keyPrefix + hex.EncodeToString(sum[:]), busy: make(chan struct{}, 1)}
	c.record = record{state: running, first: r.first, name: r.name}
	rand.Read(c.record.owner[:])
	return c
}

func (c *claim) lock()   { c.busy <- struct{}{} }
func (c *claim) unlock() { <-c.busy }

// finish ends the renewal.
func (c *claim) finish() {
	c.finished = true
	if c.renewal != nil {
		c.renewal.Stop()
	}
}

// claims is the store as the engine uses it.
type claims struct {
	store  *guard.Store
	logger *slog.Logger
}

// acquire claims the message, and reports whether this process has the claim.
func (s *claims) acquire(c *claim) (won bool, err error) {
	c.lock()
	defer c.unlock()
	return s.add(c, c.record, lease)
}

// add stores rec, unless the store has a record of the message. The caller must hold the
// lock of c.
func (s *claims) add(c *claim, rec record, ttl time.Duration) (added bool, err error) {
	err = s.store.Call(func(ctx context.Context, st store.Store) error {
		added, err = st.SetIfAbsent(ctx, c.key, rec.encode(), ttl)
		return err
	})
	return added && err == nil, err
}

// look returns the record in the store.
func (s *claims) look(c *claim) (rec record, found bool, err error) {
	err = s.store.Call(func(ctx context.Context, st store.Store) error {
		var b []byte
		b, found, err = st.Get(ctx, c.key)
		if err == nil && found {
			rec, err = decode(b)
		}
		return err
	})
	return rec, found, err
}

// swap replaces one record by another, which is then the claim's. The caller holds
// the claim's lock.
func (s *claims) swap(c *claim, old, new record, ttl time.Duration) (swapped bool, err error) {
	err = s.store.Call(func(ctx context.Context, st store.Store) error {
		swapped, err = st.CompareAndSwap(ctx, c.key, old.encode(), new.encode(), ttl)
		return err
	})
	if err == nil && swapped {
		c.record = new
	}
	return swapped && err == nil, err
}

// change changes the state of the claim's own record.
func (s *claims) change(c *claim, to state) (swapped bool, err error) {
	c.lock()
	defer c.unlock()
	rec := c.record
	rec.state = to
	return s.swap(c, c.record, rec, Keep)
}

// markGiven marks the answer of another process as given out by this one.
func (s *claims) markGiven(c *claim, theirs record) (swapped bool, err error) {
	c.lock()
	defer c.unlock()
	c.theirs = &theirs
	return s.swap(c, theirs, record{state: given, owner: c.record.owner, first: theirs.first, name: theirs.name, answer: theirs.answer}, Keep)
}

// putBack undoes markGiven, or offers an answer of this process to the others.
func (s *claims) putBack(c *claim) (swapped bool, err error) {
	if c.theirs == nil {
		return s.change(c, done)
	}
	c.lock()
	defer c.unlock()
	return s.swap(c, c.record, *c.theirs, Keep)
}

// record ends this process's claim with an outcome. It reports false when another
// process has come in between, after a pause longer than the lease.
func (s *claims) record(c *claim, to state, answer []byte) bool {
	c.lock()
	defer c.unlock()
	c.finish()
	outcome := c.record
	outcome.state, outcome.answer = to, answer
	swapped, err := s.swap(c, c.record, outcome, Keep)
	if err == nil && !swapped { // the lease has lapsed; perhaps no other process has claimed the message
		swapped, err = s.add(c, outcome, Keep)
	}
	if err == nil && !swapped {
		s.logger.Warn("wechat: another process took over a message that this process was still handling")
		return false
	}
	c.record = outcome
	return true
}

// wasGiven reports whether another process has given out the answer of c. If not, it
// closes the record, so that none will.
func (s *claims) wasGiven(c *claim) bool {
	if swapped, err := s.change(c, closed); err != nil || swapped {
		return false
	}
	_, found, err := s.look(c)
	return err == nil && found
}

// keepAlive renews the claim until it is finished. If the store has lost the claim,
// keepAlive claims the message again.
func (s *claims) keepAlive(c *claim) {
	c.lock()
	defer c.unlock()
	if c.finished {
		return
	}
	c.renewal = time.AfterFunc(renewEvery, func() {
		c.lock()
		defer c.unlock()
		if c.finished {
			return
		}
		renewed := c.record
		renewed.renewal++
		if swapped, err := s.swap(c, c.record, renewed, lease); err == nil && !swapped {
			_, _ = s.add(c, c.record, lease)
		}
		c.renewal.Reset(renewEvery)
	})
}

// release gives up claims, so that another process may run the messages at once.
func (s *claims) release(all ...*claim) {
	end := time.Now().Add(500 * time.Millisecond)
	for _, c := range all {
		c.lock()
		c.finish()
		if time.Now().Before(end) { // otherwise the lease lapses
			_ = s.store.Call(func(ctx context.Context, st store.Store) error {
				_, err := st.CompareAndDelete(ctx, c.key, c.record.encode())
				return err
			})
		}
		c.unlock()
	}
}
