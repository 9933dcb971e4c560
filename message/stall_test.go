package message_test

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

	"github.com/seed-f21aa8d8/wechat/message"
)

// sender is a LateReplier that notes when each text was sent.
type sender struct {
	began time.Time
	send  func(n int) error // called for the nth text; may be nil

	mu    sync.Mutex
	sent  []string
	calls int
	lost  []*message.HandlingError
}

func (s *sender) LateReply(_ context.Context, _ message.Message, r message.Reply) error {
	s.mu.Lock()
	s.calls++
	n := s.calls
	s.mu.Unlock()
	if s.send != nil {
		if err := s.send(n); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, fmt.Sprintf("%v %v", time.Since(s.began), r))
	return nil
}

func (s *sender) onError(_ context.Context, e *message.HandlingError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = append(s.lost, e)
}

// TestStalledStream: a text that stalls is sent when it is due, and not only when its
// next piece arrives.
func TestStalledStream(t *testing.T) {
	type piece struct {
		after time.Duration
		text  string
	}
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		pieces []piece
		work   time.Duration
		send   func(n int) error
		inline string
		sent   []string
		left   string // reply of the one loss
		says   string // its error
	}{
		"after the deadline": {
			pieces: []piece{{6 * time.Second, "one。"}, {30 * time.Second, "two。"}},
			sent:   []string{"14.5s one。", "36s two。"},
		},
		"before the deadline": {
			pieces: []piece{{time.Second, "one。begun"}, {40 * time.Second, " and ended。"}},
			inline: "one。",
			sent:   []string{"14.5s begun", "41s  and ended。"},
		},
		"twice, then to the end": {
			pieces: []piece{{6 * time.Second, "1。"}, {10 * time.Second, "2。"}, {10 * time.Second, "3。"}, {20 * time.Second, "4。"}},
			sent:   []string{"14.5s 1。", "24.5s 2。", "46s 3。4。"},
		},
		"silent at first": {
			pieces: []piece{{20 * time.Second, "1。"}, {5 * time.Second, "2。"}, {20 * time.Second, "3。"}},
			sent:   []string{"20s 1。", "30s 2。", "45s 3。"},
		},
		"in the middle of a character": {
			pieces: []piece{{6 * time.Second, "\xe9\x95"}, {20 * time.Second, "\xbf。"}, {10 * time.Second, "end"}},
			sent:   []string{"26s 长。", "36s end"},
		},
		"only white space": {
			pieces: []piece{{6 * time.Second, " \n"}, {20 * time.Second, "a"}},
			sent:   []string{"26s a"},
		},
		"ends while the message is sent": {
			pieces: []piece{{6 * time.Second, "1。"}, {10 * time.Second, "2。"}},
			send:   func(int) error { time.Sleep(5 * time.Second); return nil },
			sent:   []string{"19.5s 1。", "24.5s 2。"},
		},
		"cannot be sent": {
			pieces: []piece{{6 * time.Second, "1。"}, {30 * time.Second, "2。"}, {time.Second, "3。"}},
			send:   func(int) error { return broken },
			left:   "1。2。", says: "broken",
		},
		"cannot be sent at first": {
			pieces: []piece{{6 * time.Second, "1。"}},
			send: func(n int) error {
				if n == 1 {
					return broken
				}
				return nil
			},
			left: "1。", says: "broken",
		},
		"panics": {
			pieces: []piece{{6 * time.Second, "1。"}, {30 * time.Second, "2。"}},
			send:   func(int) error { panic("broken") },
			left:   "1。2。", says: "panic: broken",
		},
		"exits": {
			pieces: []piece{{6 * time.Second, "1。"}, {30 * time.Second, "2。"}},
			send:   func(int) error { runtime.Goexit(); return nil },
			left:   "1。2。", says: "runtime.Goexit",
		},
		"given up before it is due": {
			pieces: []piece{{6 * time.Second, "1。"}, {30 * time.Second, "2。"}},
			work:   10 * time.Second,
			left:   "1。", says: message.ErrWorkTimeout.Error(),
		},
		"given up right after the answer": {
			pieces: []piece{{time.Second, "one。"}, {3800 * time.Millisecond, strings.Repeat("a", 2049)}, {30 * time.Second, "b"}},
			work:   5 * time.Second,
			inline: "one。",
			left:   strings.Repeat("a", 2049), says: message.ErrWorkTimeout.Error(),
		},
		"given up later": {
			pieces: []piece{{6 * time.Second, "1。"}, {30 * time.Second, "2。"}},
			work:   20 * time.Second,
			sent:   []string{"14.5s 1。"},
			says:   message.ErrWorkTimeout.Error(),
		},
		"full": {
			pieces: []piece{{6 * time.Second, strings.Repeat("a", 2049)}, {30 * time.Second, "b"}},
			sent:   []string{"6s " + strings.Repeat("a", 2048), "16s a", "36s b"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &sender{began: time.Now(), send: c.send}
				config := plainConfig()
				config.LateReply, config.OnError, config.WorkTimeout = s, s.onError, c.work
				h := newHandler(t, config)
				ended := false
				message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
					return message.StreamReply(func(yield func(string, error) bool) {
						for _, p := range c.pieces {
							time.Sleep(p.after)
							if !yield(p.text, nil) {
								break
							}
						}
						ended = true
					}), nil
				})
				body := serve(h, plainPlatform.send(textXML("?"))).Body.String()
				if c.inline != "" {
					body = decodeAnswer(t, []byte(body)).Content
				} else {
					c.inline = "success"
				}
				require.Equal(t, c.inline, body)
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				require.True(t, ended)
				require.Equal(t, c.sent, s.sent)
				if c.says == "" {
					require.Empty(t, s.lost)
					return
				}
				require.Len(t, s.lost, 1)
				require.Contains(t, s.lost[0].Error(), c.says)
				if c.left == "" {
					require.Nil(t, s.lost[0].Reply)
				} else {
					require.Equal(t, message.LongTextReply(c.left), s.lost[0].Reply)
				}
			})
		})
	}
}

// TestStalledStreamsEndWithTheHandler: Shutdown leaves no alarm that sends later.
func TestStalledStreamsEndWithTheHandler(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sender{began: time.Now()}
		config := plainConfig()
		config.LateReply, config.OnError = s, s.onError
		h := newHandler(t, config)
		message.On(h, func(ctx context.Context, _ *message.Text) (message.Reply, error) {
			return message.StreamReply(func(yield func(string, error) bool) {
				time.Sleep(6 * time.Second)
				yield("1。", nil)
				<-ctx.Done()
			}), nil
		})
		serve(h, plainPlatform.send(textXML("?")))
		time.Sleep(5 * time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Error(t, h.Shutdown(ctx))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Empty(t, s.sent)
		require.Len(t, s.lost, 1)
		require.ErrorIs(t, s.lost[0], message.ErrShutdown)
		require.Equal(t, message.LongTextReply("1。"), s.lost[0].Reply)
	})
}
