package dedup_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/store"
)

// part is the first part of an answer.
type part struct{ dedup.Bytes }

func (part) Part() {}

// partial is work whose answer is a part.
func partial(name string, takes time.Duration, note *notes) *job {
	return &job{name: name, note: note, run: func(context.Context) dedup.Content {
		time.Sleep(takes)
		return part{dedup.Bytes("part of " + name)}
	}}
}

// The rest follows once the part is written, and before the sender's next message.
func TestPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := partial("1", time.Second, note)
		w.late = func(context.Context) { time.Sleep(3 * time.Second); note.add("sent") }
		go func() {
			time.Sleep(time.Millisecond)
			v, answer := deliverFor(e, 5*time.Second, dedup.Message{Key: "2", Sender: "s", Work: &job{name: "2", note: note}})
			assert.Equal(t, dedup.Reply, v)
			assert.Equal(t, "2", answer)
		}()
		v, answer := deliverFor(e, 5*time.Second, dedup.Message{Key: "1", Sender: "s", Work: w})
		require.Equal(t, dedup.Reply, v)
		require.Equal(t, "part of 1", answer)
		for range 2 { // while the rest is sent, and after it
			v, answer = deliver(e, "1", w)
			require.Equal(t, dedup.Reply, v)
			require.Equal(t, "part of 1", answer)
			time.Sleep(time.Minute)
		}
		require.Equal(t, []string{"run 1", "rest of 1", "sent", "run 2"}, note.all())
		require.Zero(t, e.Stats().Late)
		shutdown(t, e)
	})
}

// A part that no delivery takes, or whose write fails, is sent with the rest.
func TestPartUncollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{Hold: true}), newNotes()
		v, _ := deliverFor(e, 2*time.Second, dedup.Message{Key: "1", Work: partial("1", 3*time.Second, note)})
		require.Equal(t, dedup.Dropped, v)
		time.Sleep(2 * time.Second)
		a := e.Deliver(t.Context(), dedup.Message{Key: "1"})
		require.Equal(t, dedup.Reply, a.Verdict)
		a.Wrote(context.Canceled)
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"run 1"}, note.all())
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"run 1", "late 1"}, note.all())
		v, _ = deliver(e, "1", nil)
		require.Equal(t, dedup.Success, v)
		shutdown(t, e)
	})
}

// A part that another process hands out is not sent again.
func TestPartOfAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared, note := store.NewMemory(), newNotes()
		one, two := dedup.New(dedup.Config{Hold: true, Store: guarded(shared)}), dedup.New(dedup.Config{Hold: true, Store: guarded(shared)})
		v, _ := deliver(one, "1", partial("1", 7*time.Second, note))
		require.Equal(t, dedup.Dropped, v)
		v, answer := deliver(two, "1", partial("1", 7*time.Second, note))
		require.Equal(t, dedup.Reply, v)
		require.Equal(t, "part of 1", answer)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run 1", "rest of 1"}, note.all())
		shutdown(t, one, two)
	})
}

// The interim answer goes to every delivery from the deadline on, in other processes
// too; a part only to those of its process.
func TestInterim(t *testing.T) {
	for name, c := range map[string]struct {
		interim dedup.Content
		there   dedup.Verdict
	}{
		"whole": {dedup.Bytes("interim"), dedup.Reply},
		"part":  {part{dedup.Bytes("interim")}, dedup.Success},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				shared, note := store.NewMemory(), newNotes()
				one, two := dedup.New(dedup.Config{Store: guarded(shared)}), dedup.New(dedup.Config{Store: guarded(shared)})
				w := &job{name: "1", takes: 6 * time.Second, note: note, interim: func(waits bool) dedup.Content {
					require.True(t, waits)
					return c.interim
				}}
				for range 3 { // at the deadline, during the work, after it
					v, answer := deliver(one, "1", w)
					require.Equal(t, dedup.Reply, v)
					require.Equal(t, "interim", answer)
					time.Sleep(time.Second)
				}
				v, answer := deliver(two, "1", w)
				require.Equal(t, c.there, v)
				require.Equal(t, c.there == dedup.Reply, answer == "interim")
				time.Sleep(time.Minute)
				require.Equal(t, []string{"run 1", "rest of 1"}, note.all())
				require.EqualValues(t, 1, one.Stats().Late)
				shutdown(t, one, two)
			})
		})
	}
}

// Without a delivery that waits, the work knows it, and Late as well.
func TestInterimWithoutDelivery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := &job{name: "1", takes: 6 * time.Second, note: note, interim: func(waits bool) dedup.Content {
			require.False(t, waits)
			return nil
		}}
		v, _ := deliverFor(e, time.Second, dedup.Message{Key: "1", Work: w})
		require.Equal(t, dedup.Dropped, v)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run 1", "late 1"}, note.all())
		shutdown(t, e)
	})
}

// A shutdown that runs out of time reports the messages that were answered in part.
func TestShutdownDuringRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := partial("1", 0, note)
		release := make(chan struct{})
		w.late = func(context.Context) { <-release }
		v, _ := deliver(e, "1", w)
		require.Equal(t, dedup.Reply, v)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Error(t, e.Shutdown(ctx))
		require.Equal(t, []string{"run 1", "rest of 1", "lost 1: " + dedup.ErrShutdown.Error()}, note.all())
		close(release)
	})
}
