package broadcast_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

var errDead = errors.New("the process is dead")

// life counts the steps of a process, which are the operations of its store and its
// requests, and ends it before or after one of them.
type life struct {
	mu     sync.Mutex
	steps  int
	last   int  // the step at which it ends; negative: never
	inside bool // the step takes effect, but its answer is lost
}

// step runs do, unless the process is dead, and reports whether its result may be used.
func (l *life) step(do func()) (alive bool) {
	l.mu.Lock()
	n := l.steps
	l.steps++
	l.mu.Unlock()
	switch {
	case l.last < 0 || n < l.last:
		do()
		return true
	case n == l.last && l.inside:
		do()
	}
	return false
}

func (l *life) dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last >= 0 && l.steps > l.last
}

// mortal is a store and a transport that end with a process.
type mortal struct {
	*life
	store.Store
	http.RoundTripper
}

func (m mortal) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if !m.step(func() { resp, err = m.RoundTripper.RoundTrip(r) }) {
		if resp != nil {
			_ = resp.Body.Close()
		}
		return nil, errDead
	}
	return resp, err
}

func (m mortal) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if !m.step(func() { value, found, err = m.Store.Get(ctx, key) }) {
		return nil, false, errDead
	}
	return value, found, err
}

func (m mortal) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	if !m.step(func() { stored, err = m.Store.SetIfAbsent(ctx, key, value, ttl) }) {
		return false, errDead
	}
	return stored, err
}

func (m mortal) CompareAndSwap(ctx context.Context, key string, old, value []byte, ttl time.Duration) (swapped bool, err error) {
	if !m.step(func() { swapped, err = m.Store.CompareAndSwap(ctx, key, old, value, ttl) }) {
		return false, errDead
	}
	return swapped, err
}

func (m mortal) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	if !m.step(func() { deleted, err = m.Store.CompareAndDelete(ctx, key, old) }) {
		return false, errDead
	}
	return deleted, err
}

// runMortal is one process that sends to the receivers of x. What it reports after its
// death does not count.
func (x *world) runMortal(l *life, c broadcast.Config, seen *results) error {
	client := x.p.Client()
	m := mortal{life: l, Store: x.disk, RoundTripper: client.Transport}
	client.Transport = m
	oa := x.client(func(o *officialaccount.Config) { o.HTTPClient = client })
	c.Name, c.Store, c.GiveUp = "kill", m, -1
	if x.repeat {
		c.RepeatWithin = 9 * time.Minute
	}
	var err error
	c.Ledger, err = broadcast.NewLedger(broadcast.LedgerConfig{Account: "wx1", Store: m})
	require.NoError(x.t, err)
	c.OnResult = func(r broadcast.Result) {
		if !l.dead() {
			seen.add(r)
		}
	}
	_, err = broadcast.Run(x.t.Context(), c, broadcast.Each(slices.Values(x.receivers)), x.sender(oa))
	return err
}

// Wherever a process is killed, before a step and after it, the next one goes on: no
// receiver gets two messages, and each has one or is named ambiguous. If a send may be
// repeated, each has one.
func TestKilledAtEveryStep(t *testing.T) {
	for _, repeat := range []bool{false, true} {
		for _, concurrency := range []int{1, 3} {
			for _, inside := range []bool{false, true} {
				t.Run(fmt.Sprintf("repeat %t, %d at a time, step done %t", repeat, concurrency, inside), func(t *testing.T) {
					t.Parallel()
					for last := 0; killedAt(t, &life{last: last, inside: inside}, concurrency, repeat); last++ {
						if t.Failed() {
							t.Fatalf("killed at step %d", last)
						}
					}
				})
			}
		}
	}
}

// killedAt kills a process as l says and runs the broadcast to its end. It reports whether
// the process came so far.
func killedAt(t *testing.T, l *life, concurrency int, repeat bool) (killed bool) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 6)
		x.repeat = repeat
		err := x.runMortal(l, broadcast.Config{Concurrency: concurrency}, &results{})
		if killed = l.steps > l.last; !killed {
			require.NoError(t, err)
			require.Greater(t, l.last, 6*6, "the store and the platform are asked six times for each receiver")
		}
		x.checkResumed(concurrency)
	})
	return killed
}

// checkResumed runs the broadcast again, in the reverse order, and looks at what each
// receiver got.
func (x *world) checkResumed(concurrency int) {
	slices.Reverse(x.receivers)
	var seen results
	require.NoError(x.t, x.runMortal(&life{last: -1}, broadcast.Config{Concurrency: concurrency}, &seen))
	ambiguous := 0
	for _, openID := range x.receivers {
		r := seen.one(x.t, openID)
		switch got := x.received(openID); r.Outcome {
		case broadcast.Sent:
			require.Equal(x.t, 1, got, openID)
			require.NotEmpty(x.t, r.MsgID)
			require.NoError(x.t, r.Err)
		case broadcast.Ambiguous:
			ambiguous++
			require.LessOrEqual(x.t, got, 1, openID)
			require.Error(x.t, r.Err)
		default:
			require.Fail(x.t, "unexpected outcome", "%s: %s: %v", openID, r.Outcome, r.Err)
		}
	}
	require.LessOrEqual(x.t, ambiguous, concurrency, "only what was under way")
	if x.repeat {
		require.Zero(x.t, ambiguous)
	}

	var third results
	require.NoError(x.t, x.runMortal(&life{last: -1}, broadcast.Config{}, &third))
	for _, openID := range x.receivers {
		before, now := seen.one(x.t, openID), third.one(x.t, openID)
		require.True(x.t, now.Earlier)
		require.Equal(x.t, before.Outcome, now.Outcome, "a result is final")
		require.Equal(x.t, before.MsgID, now.MsgID)
		require.LessOrEqual(x.t, x.received(openID), 1)
	}
	x.checkLedger(&seen)
}

// checkLedger records an event for each message, which must all match.
func (x *world) checkLedger(seen *results) {
	var d deliveries
	ledger := newLedger(x.t, x.disk, &d)
	for _, openID := range x.receivers {
		if r := seen.one(x.t, openID); r.Outcome == broadcast.Sent {
			require.NoError(x.t, ledger.Record(x.t.Context(), r.MsgID, true, "success"))
			require.Len(x.t, d.all[openID], 1)
		}
	}
}

// Each process is killed after a few steps. In the end everybody has one message or is
// named, however often that happens.
func TestKilledAgainAndAgain(t *testing.T) {
	for steps := 5; steps < 12; steps++ {
		synctest.Test(t, func(t *testing.T) {
			x := newWorld(t, 20)
			for lives := 0; ; lives++ {
				l := &life{last: steps + lives}
				if x.runMortal(l, broadcast.Config{Concurrency: 2}, &results{}) == nil {
					break
				}
				time.Sleep(time.Minute)
			}
			var seen results
			require.NoError(t, x.runMortal(&life{last: -1}, broadcast.Config{}, &seen))
			for _, openID := range x.receivers {
				if seen.one(t, openID).Outcome == broadcast.Sent {
					require.Equal(t, 1, x.received(openID))
				} else {
					require.Equal(t, broadcast.Ambiguous, seen.one(t, openID).Outcome)
					require.LessOrEqual(t, x.received(openID), 1)
				}
			}
		})
	}
}
