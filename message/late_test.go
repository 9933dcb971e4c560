package message_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
)

// loseFirst returns a wrapper of processes in which the answer to the first delivery
// arrives when the platform has given up.
func loseFirst() func(http.Handler) http.Handler {
	var seen atomic.Int64
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if seen.Add(1) > 1 {
				h.ServeHTTP(w, r)
				return
			}
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			time.Sleep(time.Second)
			w.Write(answer.Body.Bytes())
		})
	}
}

// TestInterimComesFirst: a reply that is ready just after the deadline does not overtake the
// reply of Config.Interim, also if the platform's repeat has to bring that one.
func TestInterimComesFirst(t *testing.T) {
	long := message.LongTextReply(strings.Repeat("这是一句话。", 200))
	for name, reply := range map[string]message.Reply{
		"text":      message.TextReply("done"),
		"long text": long,
		"stream":    streamOf(100*time.Millisecond, "done", "."),
		"big piece": streamOf(0, string(long)),
	} {
		for _, lost := range []bool{false, true} {
			for _, processes := range []int{1, 2} {
				t.Run(fmt.Sprintf("%s/lost %t/%d processes", name, lost, processes), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						c := longBotConfig{interim: "…", processes: processes, handler: after(4600*time.Millisecond, reply)}
						if lost {
							c.around = loseFirst()
						}
						if processes > 1 {
							c.shared = store.NewMemory()
						}
						b := newLongBot(t, c)
						require.Equal(t, "…", b.say("?"))
						time.Sleep(time.Minute)
						seen := b.seen()
						require.Equal(t, "…", seen[0])
						require.NotContains(t, seen[1:], "…")
						require.Greater(t, len(seen), 1)
						require.Empty(t, b.losses())
					})
				})
			}
		}
	}
}

// TestKeptReplyDoesNotWait: a reply that is kept until the user asks cannot overtake.
func TestKeptReplyDoesNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLongBot(t, longBotConfig{kept: true, interim: "…", handler: after(4600*time.Millisecond, message.TextReply("done"))})
		begin := time.Now()
		require.Equal(t, "…", b.say("?"))
		require.Equal(t, "done", b.say("继续"))
		require.Equal(t, 4600*time.Millisecond, time.Since(begin))
	})
}

// TestInterimPauseEnds: a shutdown that runs out of time ends the pause, and reports the
// reply.
func TestInterimPauseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLongBot(t, longBotConfig{interim: "…", handler: after(4600*time.Millisecond, message.TextReply("done"))})
		require.Equal(t, "…", b.say("?"))
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, b.handlers[0].Shutdown(ctx), context.DeadlineExceeded)
		synctest.Wait()
		require.Equal(t, []string{"…"}, b.seen())
		b.mu.Lock()
		defer b.mu.Unlock()
		require.Len(t, b.lost, 1)
		require.ErrorIs(t, b.lost[0], message.ErrShutdown)
		require.Equal(t, message.TextReply("done"), b.lost[0].Reply)
	})
}
