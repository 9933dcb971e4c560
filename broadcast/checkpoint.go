package broadcast

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/store"
)

// The limits of names, so that keys fit every store.
const (
	maxName     = 64  // bytes of a Config.Name or a LedgerConfig.Account
	maxReceiver = 400 // bytes of a receiver's key
)

// keyPrefix is the beginning of every key of a broadcast or a ledger in its store.
func keyPrefix(name string) string { return "broadcast:" + name + ":" }

func checkName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("broadcast: %s is empty", what)
	case len(name) > maxName || strings.Contains(name, ":"):
		return fmt.Errorf("broadcast: %s %q must have at most %d bytes and no colon", what, name, maxName)
	}
	return nil
}

// record is what the store keeps of a receiver: a claim, which has no outcome, before the
// send, and the result after it.
type record struct {
	Claim   string       `json:"claim"`             // run and number of the claim
	Began   time.Time    `json:"began"`             // first send that may have been carried out
	Outcome Outcome      `json:"outcome,omitempty"` // empty: a claim
	Time    time.Time    `json:"time,omitzero"`     // of the outcome
	MsgID   string       `json:"msgid,omitempty"`
	Code    errcode.Code `json:"code,omitempty"`
	Op      string       `json:"op,omitempty"`
	RID     string       `json:"rid,omitempty"`
	Error   string       `json:"error,omitempty"`

	raw []byte // as the store has it
}

const maxErrorText = 500 // bytes of an error's text in a record

// finish makes the result of a claim.
func (n record) finish(outcome Outcome, msgID string, err error) record {
	n.Outcome, n.MsgID, n.Time = outcome, msgID, time.Now()
	var refusal *errcode.Error
	switch {
	case errors.As(err, &refusal):
		n.Code, n.Op, n.RID, n.Error = refusal.Code, refusal.Op, refusal.RID, refusal.Message
	case err != nil:
		n.Error = err.Error()
	}
	n.Error = n.Error[:min(len(n.Error), maxErrorText)]
	return n
}

// result is the result of an earlier run.
func (n record) result(receiver string) Result {
	r := Result{Receiver: receiver, Outcome: n.Outcome, MsgID: n.MsgID, Code: n.Code, Time: n.Time, Earlier: true}
	switch {
	case n.Code != 0:
		r.Err = &errcode.Error{Code: n.Code, Message: n.Error, RID: n.RID, Op: n.Op}
	case n.Error == ErrInterrupted.Error():
		r.Err = ErrInterrupted
	case n.Error != "":
		r.Err = errors.New(n.Error)
	}
	return r
}

// checkpoint keeps the records of one run. Without a store it keeps nothing.
type checkpoint struct {
	store  store.Store
	prefix string
	keep   time.Duration
	run    string // id of this run
	claims atomic.Uint64
}

// errTaken reports a record that somebody else changed.
var errTaken = errors.New("another run has changed the record of the receiver")

// storing spaces the attempts of a store operation.
var storing = backoff.Policy{First: 100 * time.Millisecond, Max: 2 * time.Second}

// conflicts has the pauses after an entry that another process wrote at the same time.
var conflicts = backoff.Policy{First: 10 * time.Millisecond, Max: 250 * time.Millisecond}

const storeAttempts = 5

// try repeats an operation of the store a few times. It goes on after the end of ctx,
// which must not make a result that is known unknown.
func try(ctx context.Context, do func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	for attempt := 1; ; attempt++ {
		one, cancel := context.WithTimeout(ctx, 10*time.Second)
		err := do(one)
		cancel()
		if err == nil || errors.Is(err, errTaken) || attempt == storeAttempts {
			return err
		}
		_ = storing.Wait(ctx, attempt)
	}
}

func (c *checkpoint) key(receiver string) string { return c.prefix + "r:" + receiver }

// mine reports whether this run made n.
func (c *checkpoint) mine(n *record) bool { return strings.HasPrefix(n.Claim, c.run+"/") }

// read returns the record of a receiver, or nil.
func (c *checkpoint) read(ctx context.Context, receiver string) (n *record, err error) {
	if c.store == nil {
		return nil, nil
	}
	err = try(ctx, func(ctx context.Context) error {
		raw, found, err := c.store.Get(ctx, c.key(receiver))
		if err != nil || !found {
			n = nil
			return err
		}
		n = &record{raw: raw}
		if err := json.Unmarshal(raw, n); err != nil {
			return fmt.Errorf("the record of a receiver is not readable: %w", err)
		}
		return nil
	})
	return n, err
}

// claim writes a claim in place of old, which may be nil. It returns errTaken if the record
// is not old any more. The claim keeps the time of an old one that is still open.
func (c *checkpoint) claim(ctx context.Context, receiver string, old *record) (*record, error) {
	n := &record{Claim: fmt.Sprintf("%s/%d", c.run, c.claims.Add(1)), Began: time.Now()}
	if old != nil && (old.Outcome == "" || old.Outcome == Ambiguous) {
		n.Began = old.Began
	}
	if err := c.write(ctx, receiver, old, n); err != nil {
		return nil, err
	}
	return n, nil
}

// write replaces old, which may be nil, by n. A write whose answer was lost is looked up.
func (c *checkpoint) write(ctx context.Context, receiver string, old, n *record) error {
	if c.store == nil {
		return nil
	}
	raw, err := json.Marshal(n)
	if err != nil {
		return err
	}
	n.raw = raw
	key := c.key(receiver)
	return try(ctx, func(ctx context.Context) (err error) {
		var written bool
		if old == nil {
			written, err = c.store.SetIfAbsent(ctx, key, raw, c.keep)
		} else {
			written, err = c.store.CompareAndSwap(ctx, key, old.raw, raw, c.keep)
		}
		if err != nil || written {
			return err
		}
		now, found, err := c.store.Get(ctx, key)
		if err == nil && !(found && bytes.Equal(now, raw)) {
			err = errTaken
		}
		return err
	})
}

// release removes a claim under which nothing was sent.
func (c *checkpoint) release(ctx context.Context, receiver string, claim *record) error {
	if c.store == nil {
		return nil
	}
	return try(ctx, func(ctx context.Context) error {
		_, err := c.store.CompareAndDelete(ctx, c.key(receiver), claim.raw)
		return err
	})
}
