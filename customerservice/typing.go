package customerservice

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
)

const (
	typingAfter   = time.Second      // a handler that is quicker is not worth two calls
	typingEvery   = 15 * time.Second // how long the platform shows it
	typingTimeout = 5 * time.Second  // of one call
)

// WhileTyping is middleware that shows the user that an answer is being written
// (客服输入状态: 对方正在输入). It begins when the handler of a user's message has run for a
// second, and ends when the handler returns, or at the end of its message.StreamReply:
//
//	h.Use(customerservice.New(oa).WhileTyping)
//
// The calls run concurrently with the handler and do not delay it. Their errors are
// ignored, since the answer does not depend on them.
//
// POST /cgi-bin/message/custom/typing (客服输入状态)
func (s *Service) WhileTyping(next message.HandlerFunc) message.HandlerFunc {
	return func(ctx context.Context, m message.Message) (message.Reply, error) {
		head := message.HeaderOf(m)
		if head.FromUserName == "" || head.MsgType == "event" {
			return next(ctx, m)
		}
		stop := s.showTyping(ctx, head.FromUserName)
		streams := false
		defer func() {
			if !streams {
				stop()
			}
		}()
		r, err := next(ctx, m)
		stream, ok := value(r).(message.StreamReply)
		if !ok || stream == nil || err != nil {
			return r, err
		}
		streams = true
		return message.StreamReply(func(yield func(string, error) bool) {
			defer stop()
			stream(yield)
		}), nil
	}
}

// showTyping shows the state until stop is called, which does not wait.
func (s *Service) showTyping(ctx context.Context, openID string) (stop func()) {
	ctx, stop = context.WithCancel(ctx)
	call := func(f func(context.Context, string) error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), typingTimeout)
		defer cancel()
		_ = f(ctx, openID)
	}
	go func() {
		shown := false
		for wait := typingAfter; ; wait = typingEvery {
			timer := time.NewTimer(wait)
			select {
			case <-timer.C:
				call(s.Typing)
				shown = true
			case <-ctx.Done():
				timer.Stop()
				if shown {
					call(s.CancelTyping)
				}
				return
			}
		}
	}()
	return stop
}
