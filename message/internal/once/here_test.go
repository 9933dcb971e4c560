package once_test

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message/internal/once"
)

// TestWorkHere: the work takes the goroutine of its delivery, which comes back when
// both the work and the early answer are over.
func TestWorkHere(t *testing.T) {
	for name, c := range map[string]struct {
		takes, answering time.Duration
		want             once.Verdict
		returns          time.Duration
		done             []string
	}{
		"in time":              {2 * time.Second, 0, once.Reply, 2 * time.Second, []string{"run x"}},
		"late":                 {8 * time.Second, 0, once.Answered, 8 * time.Second, []string{"run x", "late x"}},
		"the answer is slower": {8 * time.Second, 6 * time.Second, once.Answered, 10500 * time.Millisecond, []string{"run x", "late x"}},
	} {
		bubble(t, name, func(t *testing.T) {
			e, note := once.New(once.Config{}), newNotes()
			var answered atomic.Int64 // when
			early := answerFunc(func(v once.Verdict) {
				if v != once.Success {
					t.Errorf("early verdict %v", v)
				}
				answered.Store(int64(time.Since(note.begin)))
				time.Sleep(c.answering)
			})
			a := e.Deliver(t.Context(), once.Message{Key: "k", Work: &job{name: "x", takes: c.takes, note: note}, Early: early})
			require.Equal(t, c.want, a.Verdict)
			require.Equal(t, c.returns, time.Since(note.begin))
			if a.Verdict == once.Reply {
				a.Wrote(nil)
				require.Zero(t, answered.Load())
			} else {
				require.Equal(t, once.DefaultDeadline, time.Duration(answered.Load()))
			}
			shutdown(t, e)
			require.Equal(t, c.done, note.all())
		})
	}
}

// TestNotHere: what has to wait for something else than the work gives its
// goroutine back at the deadline.
func TestNotHere(t *testing.T) {
	never := answerFunc(func(once.Verdict) { t.Error("answered early") })
	for name, config := range map[string]once.Config{"hold": {Hold: true}, "store": {Store: downStore{}}} {
		bubble(t, name, func(t *testing.T) {
			e, note := once.New(config), newNotes()
			a := e.Deliver(t.Context(), once.Message{Key: "k", Work: &job{name: "x", takes: 7 * time.Second, note: note}, Early: never})
			require.NotEqual(t, once.Answered, a.Verdict)
			require.Less(t, time.Since(note.begin), 7*time.Second)
			shutdown(t, e)
		})
	}
	bubble(t, "queue", func(t *testing.T) {
		e, note := once.New(once.Config{}), newNotes()
		go e.Deliver(t.Context(), once.Message{Key: "1", Sender: "u", Work: &job{name: "1", takes: 7 * time.Second, note: note}})
		synctest.Wait()
		a := e.Deliver(t.Context(), once.Message{Key: "2", Sender: "u", Work: &job{name: "2", note: note}, Early: never})
		require.Equal(t, once.Success, a.Verdict)
		require.Equal(t, once.DefaultDeadline, time.Since(note.begin))
		shutdown(t, e)
		require.Equal(t, []string{"run 1", "late 1", "run 2", "late 2"}, note.all())
	})
}

// TestShutdownOfWorkHere: a delivery whose work is cancelled before the deadline is
// told to come again, at once.
func TestShutdownOfWorkHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, note := once.New(once.Config{}), newNotes()
		early := make(earlyAnswer, 1)
		returned := make(chan once.Answer, 1)
		stubborn := &job{name: "x", note: note, run: func(context.Context) once.Content {
			time.Sleep(3 * time.Second) // whatever the context says
			return once.Bytes("answer")
		}}
		go func() { returned <- e.Deliver(t.Context(), once.Message{Key: "k", Work: stubborn, Early: early}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorContains(t, e.Shutdown(ctx), "1 messages were still at work")
		require.Equal(t, once.Busy, <-early)
		require.Equal(t, time.Second, time.Since(note.begin))
		require.Equal(t, once.Answered, (<-returned).Verdict)
		require.Equal(t, 3*time.Second, time.Since(note.begin))
		require.Equal(t, []string{"run x"}, note.all(), "the platform brings it again")
	})
}

// TestGoexitHere: the delivery whose goroutine is gone is answered.
func TestGoexitHere(t *testing.T) {
	for name, takes := range map[string]time.Duration{"in time": time.Second, "late": 6 * time.Second} {
		bubble(t, name, func(t *testing.T) {
			e, note := once.New(once.Config{}), newNotes()
			early := make(earlyAnswer, 1)
			w := &job{name: "x", note: note, run: func(context.Context) once.Content {
				time.Sleep(takes)
				runtime.Goexit()
				return nil
			}}
			go e.Deliver(t.Context(), once.Message{Key: "k", Work: w, Early: early})
			require.Equal(t, once.Success, <-early)
			require.Equal(t, min(takes, once.DefaultDeadline), time.Since(note.begin))
			shutdown(t, e)
			require.Equal(t, 1, note.count("lost"))
		})
	}
}

type answerFunc func(once.Verdict)

func (f answerFunc) Answer(v once.Verdict) { f(v) }
