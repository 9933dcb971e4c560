package message

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
)

// LateReplier sends replies that were ready only after their message had been answered,
// and the parts of a long text that follow the first. The Service of package
// customerservice is a LateReplier. [KeptReplies] is one for accounts that cannot send
// customer-service messages.
type LateReplier interface {
	// LateReply sends r to the user who wrote m. Its ctx ends after thirty seconds. An
	// error is passed to [Config.OnError], with the message and the reply. For a
	// [LongTextReply] or a [StreamReply], LateReply is called with up to five [TextReply]
	// values, one after the other.
	LateReply(ctx context.Context, m Message, r Reply) error
}

// Late sends the reply through Config.LateReply.
func (j *job) Late(ctx context.Context, reached bool) {
	err, sent := ErrNoLateReply, true
	switch t := j.text.Load(); {
	case t != nil:
		sent, err = j.lateText(ctx, t, reached)
	case j.h.lateReply != nil:
		if err = j.afterInterim(ctx); err == nil {
			err = j.sendLate(ctx, j.reply())
		}
	}
	switch {
	case err == nil && !sent: // the answer to the delivery had the whole reply
	case err == nil:
		j.h.lateSent.Add(1)
	case ctx.Err() == nil: // otherwise Lost has reported it
		j.h.lateFailed.Add(1)
		j.h.report(ctx, &HandlingError{Message: j.message, Reply: j.reply(), Err: err})
	}
}

// Lost reports a message whose handling or late reply was given up, and why.
func (j *job) Lost(ctx context.Context, reason error) {
	var p *dedup.PanicError
	if errors.As(reason, &p) {
		reason = &PanicError{Value: p.Value, Stack: p.Stack}
	}
	defer j.handling.Load().finish(j.late.Load(), reason) // last, in case that the observer panics
	reply := j.reply()
	if reply != nil {
		j.h.lateFailed.Add(1)
	}
	j.h.report(ctx, &HandlingError{Message: j.message, Reply: reply, Err: reason})
}

// interimReply returns the answer of Config.Interim to m, nil if there is none.
func (h *Handler) interimReply(ctx context.Context, m Message) (c dedup.Content) {
	var reply Reply
	err := func() (err error) {
		defer recovered(&err)
		reply, err = byValue(h.interim(m))
		return err
	}()
	if err == nil && reply != nil {
		err = checkReply(m, reply)
	}
	if err != nil {
		h.report(ctx, &HandlingError{Message: m, Reply: reply, Err: fmt.Errorf("Config.Interim: %w", err)})
		return nil
	}
	if reply == nil {
		return nil
	}
	answer := newContent(m, reply)
	return &answer
}

// Interim is the answer at the deadline: what has arrived of a text, or that of
// Config.Interim.
func (j *job) Interim(waits bool) dedup.Content {
	j.late.Store(true) // first, for a text that comes a moment later
	if t := j.text.Load(); t != nil {
		if piece := t.atDeadline(waits); piece != "" {
			return &part{newContent(j.message, TextReply(piece)), t}
		}
	}
	if j.interim != nil {
		now := time.Now()
		j.interimAt.Store(&now)
	}
	return j.interim
}

// afterInterim waits until the answer of Config.Interim has reached the user. If the first
// delivery's answer is lost, the platform repeats the message five seconds after it, which
// is half a second after the deadline, and the repeat gets the answer.
func (j *job) afterInterim(ctx context.Context) error {
	at := j.interimAt.Load()
	if at == nil || j.h.kept != nil { // a kept reply cannot overtake
		return nil
	}
	return backoff.Sleep(ctx, time.Until(at.Add(lateAfter)))
}
