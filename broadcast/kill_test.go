package broadcast_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/internal/killtest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// runMortal is one process that sends to the receivers of x. What it reports after its
// death does not count.
func (x *world) runMortal(l *killtest.Life, c broadcast.Config, seen *results) error {
	oa := x.client(func(o *officialaccount.Config) { o.HTTPClient = l.Client(x.p.Client()) })
	c.Name, c.Store, c.GiveUp = "kill", l.Store(x.disk), -1
	if x.repeat {
		c.RepeatWithin = 9 * time.Minute
	}
	var err error
	c.Ledger, err = broadcast.NewLedger(broadcast.LedgerConfig{Account: "wx1", Store: c.Store})
	require.NoError(x.t, err)
	c.OnResult = func(r broadcast.Result) {
		if !l.Dead() {
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
					for last := 0; killedAt(t, &killtest.Life{Last: last, Inside: inside}, concurrency, repeat); last++ {
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
func killedAt(t *testing.T, l *killtest.Life, concurrency int, repeat bool) (killed bool) {
	synctest.Test(t, func(t *testing.T) {
		x := newWorld(t, 6)
		x.repeat = repeat
		err := x.runMortal(l, broadcast.Config{Concurrency: concurrency}, &results{})
		if killed = l.Dead(); !killed {
			require.NoError(t, err)
			require.Greater(t, l.Last, 6*6, "the store and the platform are asked six times for each receiver")
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
	require.NoError(x.t, x.runMortal(killtest.Forever(), broadcast.Config{Concurrency: concurrency}, &seen))
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
	require.NoError(x.t, x.runMortal(killtest.Forever(), broadcast.Config{}, &third))
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
				l := &killtest.Life{Last: steps + lives}
				if x.runMortal(l, broadcast.Config{Concurrency: 2}, &results{}) == nil {
					break
				}
				time.Sleep(time.Minute)
			}
			var seen results
			require.NoError(t, x.runMortal(killtest.Forever(), broadcast.Config{}, &seen))
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

// A receiver that a killed run left open is in the log of each later run.
func TestKilledLogsAmbiguous(t *testing.T) {
	found := 0
	for last := range 12 {
		synctest.Test(t, func(t *testing.T) {
			x := newWorld(t, 1)
			_ = x.runMortal(&killtest.Life{Last: last}, broadcast.Config{}, &results{})
			for range 2 {
				var log bytes.Buffer
				var seen results
				c := broadcast.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}
				require.NoError(t, x.runMortal(killtest.Forever(), c, &seen))
				r := seen.one(t, x.receivers[0])
				if r.Outcome != broadcast.Ambiguous {
					require.NotContains(t, log.String(), "may have been sent")
					continue
				}
				found++
				require.ErrorIs(t, r.Err, broadcast.ErrInterrupted)
				require.Contains(t, log.String(), `level=WARN msg="broadcast: the message may have been sent" name=kill receiver=`+r.Receiver+` earlier=true error="broadcast: an earlier run ended during the send"`)
			}
		})
	}
	require.NotZero(t, found)
}
