package dedup_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
)

// bubble runs a test on the fake clock.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestRepeatsJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := &job{name: "hello", takes: 3 * time.Second, note: note}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				v, body := deliver(e, "k", w)
				if v != dedup.Reply || body != "hello" {
					t.Errorf("verdict %v, body %q", v, body)
				}
			})
		}
		wg.Wait()
		v, body := deliver(e, "k", w) // and long after
		require.Equal(t, dedup.Reply, v)
		require.Equal(t, "hello", body)
		require.Equal(t, 1, note.count("run"))
		require.EqualValues(t, 20, e.Stats().Duplicates)
		require.EqualValues(t, 1, e.Stats().Messages)
		shutdown(t, e)
	})
}

func TestOutcomeIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := &job{name: "hello", note: note}
		deliver(e, "k", w)
		time.Sleep(dedup.Keep - time.Second)
		deliver(e, "k", w)
		require.Equal(t, 1, note.count("run"))
		require.Equal(t, 1, e.Stats().Kept)
		time.Sleep(time.Second)
		deliver(e, "k", w)
		require.Equal(t, 2, note.count("run"))
		require.Equal(t, 1, e.Stats().Kept)
		shutdown(t, e)
	})
}

func TestKeptIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, big := dedup.New(dedup.Config{}), dedup.Bytes(make([]byte, 1<<20))
		for i := range 240 {
			deliver(e, fmt.Sprint(i), quick{answer: big})
		}
		require.LessOrEqual(t, e.Stats().Kept, 130+16)
		v, _ := deliver(e, "239", nil)
		require.Equal(t, dedup.Reply, v, "the newest stay")
		shutdown(t, e)
	})
}

func TestNoKeyNoRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		for range 3 {
			v, _ := deliver(e, "", &job{name: "hello", note: note})
			require.Equal(t, dedup.Reply, v)
		}
		require.Equal(t, 3, note.count("run"))
		require.Zero(t, e.Stats().Kept)
		shutdown(t, e)
	})
}

func TestNoAnswerIsSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := &job{name: "quiet", note: note, run: func(context.Context) dedup.Content { return nil }}
		for range 2 {
			v, _ := deliver(e, "k", w)
			require.Equal(t, dedup.Success, v)
		}
		require.Equal(t, []string{"run quiet"}, note.all())
		shutdown(t, e)
	})
}

type ctxKey struct{}

func TestContextOfTheWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{WorkTimeout: 20 * time.Second}), newNotes()
		ctx, hangUp := context.WithCancel(context.WithValue(t.Context(), ctxKey{}, "trace"))
		begin := time.Now()
		check := func(ctx context.Context, limit time.Duration) {
			if ctx.Value(ctxKey{}) != "trace" {
				t.Error("the values of the delivery are gone")
			}
			if d, ok := ctx.Deadline(); !ok || d.Sub(begin) != limit {
				t.Errorf("deadline %v after %v", ok, d.Sub(begin))
			}
			if ctx.Err() != nil {
				t.Error("ended with the delivery")
			}
		}
		w := &job{name: "answer", note: note,
			run: func(ctx context.Context) dedup.Content {
				time.Sleep(8 * time.Second)
				check(ctx, 20*time.Second)
				return dedup.Bytes("answer")
			},
			late: func(ctx context.Context) { check(ctx, 8*time.Second+dedup.LateTimeout) },
		}
		time.AfterFunc(time.Second, hangUp)
		a := e.Deliver(ctx, dedup.Message{Key: "k", Work: w})
		require.Equal(t, dedup.Dropped, a.Verdict)
		shutdown(t, e)
		require.Equal(t, []string{"run answer", "late answer"}, note.all())
	})
}

func TestOrderPerSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		for i := range 5 { // each takes longer than the deadline
			for _, sender := range []string{"a", "b", ""} {
				name := fmt.Sprint(sender, i)
				go e.Deliver(t.Context(), dedup.Message{Key: name, Sender: sender, Work: &job{name: name, takes: 7 * time.Second, note: note}})
				synctest.Wait()
			}
		}
		// Those without a sender wait for nobody.
		require.Equal(t, []string{"run a0", "run b0", "run 0", "run 1", "run 2", "run 3", "run 4"}, note.all())
		require.Equal(t, 15, e.Stats().Running)
		begin := time.Now()
		shutdown(t, e)
		require.Equal(t, 5*7*time.Second, time.Since(begin))
		var ofA []string
		for _, l := range note.all() {
			if strings.Contains(l, " a") {
				ofA = append(ofA, l)
			}
		}
		require.Equal(t, []string{"run a0", "late a0", "run a1", "late a1", "run a2", "late a2",
			"run a3", "late a3", "run a4", "late a4"}, ofA)
	})
}

func TestGivenUpWorkPassesItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		release := make(chan struct{})
		stuck := &job{name: "stuck", note: note, run: func(ctx context.Context) dedup.Content {
			<-ctx.Done()
			if !errors.Is(context.Cause(ctx), dedup.ErrWorkTimeout) {
				t.Errorf("cause %v", context.Cause(ctx))
			}
			<-release
			return dedup.Bytes("far too late")
		}}
		go e.Deliver(t.Context(), dedup.Message{Key: "1", Sender: "u", Work: stuck})
		synctest.Wait()
		v, _ := deliverFor(e, 5*time.Second, dedup.Message{Key: "2", Sender: "u", Work: &job{name: "next", note: note}})
		require.Equal(t, dedup.Success, v)
		time.Sleep(2 * time.Minute)
		require.Equal(t, []string{"run stuck", "lost stuck: " + dedup.ErrWorkTimeout.Error(), "run next", "late next"}, note.all())
		require.Equal(t, 1, e.Stats().Running, "its goroutine counts until it ends")
		require.EqualValues(t, 1, e.Stats().TimedOut)
		close(release)
		synctest.Wait()
		require.Len(t, note.all(), 4, "what it returns then goes nowhere")
		shutdown(t, e)
	})
}

// The time of work that waited for its turn begins with its turn, and ends too.
func TestWorkThatBeginsLateIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{WorkTimeout: 20 * time.Second}), newNotes()
		go e.Deliver(t.Context(), dedup.Message{Key: "1", Sender: "u", Work: &job{name: "first", takes: 10 * time.Second, note: note}})
		synctest.Wait()
		begin := time.Now()
		stuck := &job{name: "stuck", note: note, run: func(ctx context.Context) dedup.Content {
			<-ctx.Done()
			return nil
		}}
		v, _ := deliverFor(e, 5*time.Second, dedup.Message{Key: "2", Sender: "u", Work: stuck})
		require.Equal(t, dedup.Success, v)
		shutdown(t, e)
		require.Equal(t, 30*time.Second, time.Since(begin))
		require.Equal(t, 1, note.count("lost stuck: "+dedup.ErrWorkTimeout.Error()))
	})
}

// An answer that a delivery is writing when the time of all deliveries is over is not
// sent late, unless the write fails.
func TestWriteOverTheEnd(t *testing.T) {
	for err, late := range map[error]int{nil: 0, errors.New("broken pipe"): 1} {
		synctest.Test(t, func(t *testing.T) {
			e, note := dedup.New(dedup.Config{}), newNotes()
			m := dedup.Message{Key: "k", Work: &job{name: "x", takes: 3 * time.Second, note: note}}
			v, _ := deliverFor(e, 2*time.Second, m)
			require.Equal(t, dedup.Dropped, v)
			time.Sleep(dedup.Uncollected - 2*time.Second - time.Millisecond)
			a := e.Deliver(t.Context(), m)
			require.Equal(t, dedup.Reply, a.Verdict)
			time.Sleep(time.Second)
			a.Wrote(err)
			time.Sleep(time.Minute)
			require.Equal(t, late, note.count("late"), "%v", err)
			shutdown(t, e)
		})
	}
}

func TestLateSendingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		release := make(chan struct{})
		w := &job{name: "x", takes: 5 * time.Second, note: note, late: func(context.Context) { <-release }}
		v, _ := deliver(e, "k", w)
		require.Equal(t, dedup.Success, v)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run x", "late x", "lost x: " + dedup.ErrLateTimeout.Error()}, note.all())
		close(release)
		shutdown(t, e)
	})
}

func TestPanicAndGoexit(t *testing.T) {
	ends := map[string]func(){
		"lost x: the work panicked: boom":        func() { panic("boom") },
		"lost x: the work called runtime.Goexit": runtime.Goexit,
	}
	for want, end := range ends {
		bubble(t, want+" in Run", func(t *testing.T) {
			e, note := dedup.New(dedup.Config{}), newNotes()
			w := &job{name: "x", note: note, run: func(context.Context) dedup.Content { end(); return nil }}
			for range 2 {
				v, _ := deliverFor(e, 5*time.Second, dedup.Message{Key: "k", Sender: "u", Work: w})
				require.Equal(t, dedup.Success, v)
			}
			require.Equal(t, []string{"run x", want}, note.all())
			v, _ := deliverFor(e, 5*time.Second, dedup.Message{Key: "2", Sender: "u", Work: &job{name: "next", note: note}})
			require.Equal(t, dedup.Reply, v, "the sender's turn goes on")
			shutdown(t, e)
		})
		bubble(t, want+" in Late", func(t *testing.T) {
			e, note := dedup.New(dedup.Config{}), newNotes()
			w := &job{name: "x", takes: 6 * time.Second, note: note, late: func(context.Context) { end() }}
			v, _ := deliverFor(e, 5*time.Second, dedup.Message{Key: "k", Sender: "u", Work: w})
			require.Equal(t, dedup.Success, v)
			shutdown(t, e)
			require.Equal(t, []string{"run x", "late x", want}, note.all())
		})
		bubble(t, want+" in Late of an answer nobody took", func(t *testing.T) {
			e, note := dedup.New(dedup.Config{}), newNotes()
			w := &job{name: "x", takes: 2 * time.Second, note: note, late: func(context.Context) { end() }}
			v, _ := deliverFor(e, time.Second, dedup.Message{Key: "k", Sender: "u", Work: w})
			require.Equal(t, dedup.Dropped, v)
			time.Sleep(time.Minute)
			require.Equal(t, []string{"run x", "late x", want}, note.all())
			shutdown(t, e)
		})
	}
}

// rude is a Work whose every method panics.
type rude struct{}

func (rude) Begin() bool                       { return true }
func (rude) Bind() (dedup.Use, error)          { panic("bind") }
func (rude) Run(context.Context) dedup.Content { panic("run") }
func (rude) Late(context.Context, bool)        { panic("late") }
func (rude) Interim(bool) dedup.Content        { return nil }
func (rude) Lost(context.Context, error)       { panic("lost") }

func TestPanicInLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := dedup.New(dedup.Config{})
		v, _ := deliver(e, "k", rude{})
		require.Equal(t, dedup.Success, v)
		shutdown(t, e)
	})
}

// TestUncollected: an answer that is ready in time while nobody waits goes out
// late once no delivery can come for it.
func TestUncollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		begin := time.Now()
		var sent time.Duration
		w := &job{name: "x", takes: 2 * time.Second, note: note, late: func(context.Context) { sent = time.Since(begin) }}
		v, _ := deliverFor(e, time.Second, dedup.Message{Key: "k", Work: w})
		require.Equal(t, dedup.Dropped, v)
		time.Sleep(dedup.Uncollected)
		synctest.Wait()
		require.Equal(t, dedup.Uncollected, sent)
		require.EqualValues(t, 1, e.Stats().Late)
		v, kept := deliver(e, "k", w)
		require.Equal(t, dedup.Success, v)
		require.Empty(t, kept, "the answer is not kept")
		shutdown(t, e)
		require.Equal(t, []string{"run x", "late x"}, note.all())
	})
}

// TestUncollectedIsBounded: no more answers wait for a delivery than messages may run.
func TestUncollectedIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{MaxRunning: 2}), newNotes()
		for i := range 5 {
			a := e.Deliver(t.Context(), dedup.Message{Key: fmt.Sprint(i), Work: &job{name: fmt.Sprint(i), note: note}})
			a.Wrote(context.Canceled)
		}
		synctest.Wait()
		require.Equal(t, 3, note.count("late"))
		time.Sleep(dedup.Uncollected)
		synctest.Wait()
		require.Equal(t, 5, note.count("late"))
		shutdown(t, e)
	})
}

// TestWriteFailed: an answer that could not be written waits for the repeat.
func TestWriteFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := &job{name: "x", note: note}
		for range 2 {
			a := e.Deliver(t.Context(), dedup.Message{Key: "k", Work: w})
			require.Equal(t, dedup.Reply, a.Verdict)
			a.Wrote(context.Canceled)
		}
		v, _ := deliver(e, "k", w)
		require.Equal(t, dedup.Reply, v)
		time.Sleep(time.Minute)
		require.Equal(t, []string{"run x"}, note.all())

		a := e.Deliver(t.Context(), dedup.Message{Key: "2", Work: w})
		a.Wrote(context.Canceled)
		time.Sleep(time.Minute)
		require.Equal(t, 1, note.count("late"), "nobody came")
		shutdown(t, e)
	})
}

func TestMaxRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{MaxRunning: 2}), newNotes()
		slow := func(key string) dedup.Verdict {
			v, _ := deliver(e, key, &job{name: key, takes: 10 * time.Second, note: note})
			return v
		}
		require.Equal(t, dedup.Success, slow("1"))
		require.Equal(t, dedup.Success, slow("2"))
		require.Equal(t, dedup.Busy, slow("3"))
		require.Equal(t, dedup.Success, slow("1"), "a repeat costs nothing")
		require.EqualValues(t, 1, e.Stats().Busy)
		time.Sleep(10 * time.Second)
		require.Equal(t, dedup.Success, slow("3"))
		shutdown(t, e)
		require.Equal(t, 3, note.count("late"))
	})
}

func TestShutdown(t *testing.T) {
	soon := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		t.Cleanup(cancel)
		return ctx
	}
	bubble(t, "nothing runs", func(t *testing.T) {
		e := dedup.New(dedup.Config{})
		require.NoError(t, e.Shutdown(soon(t)))
		require.NoError(t, e.Shutdown(soon(t)))
		v, _ := deliver(e, "k", nil)
		require.Equal(t, dedup.Busy, v)
	})
	bubble(t, "waits, and answers repeats", func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		w := &job{name: "x", takes: 2 * time.Second, note: note}
		var wg sync.WaitGroup
		wg.Go(func() {
			v, _ := deliver(e, "k", w)
			if v != dedup.Reply {
				t.Errorf("verdict %v", v)
			}
		})
		synctest.Wait()
		wg.Go(func() { shutdown(t, e) })
		synctest.Wait()
		v, _ := deliver(e, "k", w)
		require.Equal(t, dedup.Reply, v)
		wg.Wait()
	})
	bubble(t, "an uncollected answer goes out at once", func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		deliverFor(e, time.Second, dedup.Message{Key: "k", Work: &job{name: "x", takes: 2 * time.Second, note: note}})
		time.Sleep(2 * time.Second)
		begin := time.Now()
		shutdown(t, e)
		require.Zero(t, time.Since(begin))
		require.Equal(t, []string{"run x", "late x"}, note.all())
	})
	bubble(t, "so does one whose write fails", func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		a := e.Deliver(t.Context(), dedup.Message{Key: "k", Work: &job{name: "x", note: note}})
		time.AfterFunc(time.Second, func() { a.Wrote(context.Canceled) })
		begin := time.Now()
		shutdown(t, e)
		require.Equal(t, time.Second, time.Since(begin))
		require.Equal(t, []string{"run x", "late x"}, note.all())
	})
	bubble(t, "cancels when its time is up", func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		verdicts := make(chan dedup.Verdict, 3)
		send := func(key string) {
			w := &job{name: key, note: note, run: func(ctx context.Context) dedup.Content {
				<-ctx.Done()
				note.add("canceled: " + context.Cause(ctx).Error())
				return nil
			}}
			v, _ := deliverFor(e, 20*time.Second, dedup.Message{Key: key, Sender: "u", Work: w})
			verdicts <- v
		}
		go send("answered") // success at 4.5 s
		time.Sleep(time.Second)
		go send("queued") // success at 5.5 s
		time.Sleep(7 * time.Second)
		go send("open") // asked to come again
		synctest.Wait()
		err := e.Shutdown(soon(t))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "3 messages")
		synctest.Wait()
		require.Equal(t, dedup.Success, <-verdicts)
		require.Equal(t, dedup.Success, <-verdicts)
		require.Equal(t, dedup.Busy, <-verdicts)
		require.ElementsMatch(t, []string{"run answered", "canceled: " + dedup.ErrShutdown.Error(),
			"lost answered: " + dedup.ErrShutdown.Error(), "lost queued: " + dedup.ErrShutdown.Error()}, note.all())
		require.Zero(t, e.Stats().Running)
		shutdown(t, e) // again: nothing is left
	})
	bubble(t, "cancels a late sending", func(t *testing.T) {
		e, note := dedup.New(dedup.Config{}), newNotes()
		deliver(e, "k", &job{name: "x", takes: 5 * time.Second, note: note, late: func(ctx context.Context) { <-ctx.Done() }})
		time.Sleep(time.Second)
		require.Error(t, e.Shutdown(soon(t)))
		synctest.Wait()
		require.Equal(t, []string{"run x", "late x", "lost x: " + dedup.ErrShutdown.Error()}, note.all())
	})
}

func TestHoldDropsAfterSixSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := dedup.New(dedup.Config{Hold: true}), newNotes()
		w := &job{name: "x", takes: 13 * time.Second, note: note}
		begin := time.Now()
		// This peer would wait for a minute.
		v, _ := deliverFor(e, time.Minute, dedup.Message{Key: "k", Work: w})
		require.Equal(t, dedup.Dropped, v)
		require.Equal(t, dedup.HoldFor, time.Since(begin))
		time.Sleep(9*time.Second - dedup.HoldFor)
		v, _ = deliverFor(e, time.Minute, dedup.Message{Key: "k", Work: w})
		require.Equal(t, dedup.Reply, v)
		require.Equal(t, 13*time.Second, time.Since(begin))
		shutdown(t, e)
	})
}

func TestConfig(t *testing.T) {
	for _, c := range []dedup.Config{
		{Deadline: -1}, {WorkTimeout: -1}, {WorkTimeout: time.Second}, {MaxRunning: -1}, {Hold: true, WorkTimeout: 10 * time.Second},
	} {
		require.Panics(t, func() { dedup.New(c) })
	}
}
