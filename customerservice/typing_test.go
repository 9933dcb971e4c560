package customerservice_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/message"
)

// TestWhileTyping: the state is shown while the handler runs, and then no more,
// whatever becomes of the handler.
func TestWhileTyping(t *testing.T) {
	const on, off = `{"touser": "oLiLei", "command": "Typing"}`, `{"touser": "oLiLei", "command": "CancelTyping"}`
	event := &message.ClickEvent{EventHeader: message.EventHeader{Header: message.Header{FromUserName: "oLiLei", MsgType: "event"}}}
	stream := message.StreamReply(func(yield func(string, error) bool) {
		time.Sleep(5 * time.Second)
		yield("a", nil)
	})
	for name, c := range map[string]struct {
		m     message.Message
		takes time.Duration
		reply message.Reply
		fails string // error or panic
		want  []string
	}{
		"quick":      {m: question(), takes: 900 * time.Millisecond, reply: message.TextReply("a")},
		"slow":       {m: question(), takes: 5 * time.Second, reply: message.TextReply("a"), want: []string{on, off}},
		"very slow":  {m: question(), takes: 32 * time.Second, reply: message.TextReply("a"), want: []string{on, on, on, off}},
		"error":      {m: question(), takes: 2 * time.Second, fails: "error", want: []string{on, off}},
		"panic":      {m: question(), takes: 2 * time.Second, fails: "panic", want: []string{on, off}},
		"stream":     {m: question(), reply: stream, want: []string{on, off}},
		"by pointer": {m: question(), reply: &stream, want: []string{on, off}},
		"event":      {m: event, takes: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := apitest.New(t, apitest.JSON(`{"errcode": 45081, "errmsg": "already typing"}`))
				handle := customerservice.New(p.Client()).WhileTyping(func(context.Context, message.Message) (message.Reply, error) {
					time.Sleep(c.takes)
					switch c.fails {
					case "error":
						return nil, errors.New("as told")
					case "panic":
						panic("as told")
					}
					return c.reply, nil
				})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				begin := time.Now()
				func() {
					defer func() { _ = recover() }()
					reply, err := handle(ctx, c.m)
					require.Equal(t, c.fails == "error", err != nil)
					if s, ok := reply.(message.StreamReply); ok {
						var text string
						for piece, err := range s {
							require.NoError(t, err)
							text += piece
						}
						require.Equal(t, "a", text)
					}
				}()
				if c.takes > 0 {
					require.Equal(t, c.takes, time.Since(begin), "the calls delay nothing")
				}
				synctest.Wait()
				var got []string
				for _, call := range p.Calls() {
					require.Equal(t, "/cgi-bin/message/custom/typing", call.Path)
					got = append(got, call.Body)
				}
				require.Len(t, got, len(c.want), fmt.Sprint(got))
				for i := range got {
					require.JSONEq(t, c.want[i], got[i])
				}
			})
		})
	}
}
