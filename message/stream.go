package message

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
)

// runText receives a text and returns its first piece for the deliveries, and the error,
// which it has reported.
func (j *job) runText(ctx context.Context, s StreamReply) (dedup.Content, error) {
	t := &longText{first: j.first, last: time.Now(), written: make(chan time.Time, 1), sending: make(chan struct{}, 1)}
	if j.h.kept != nil {
		t.hint = j.h.kept.hint()
	}
	if err := checkReply(j.message, TextReply("a text")); err != nil {
		j.h.report(ctx, &HandlingError{Message: j.message, Err: err})
		return nil, err
	}
	if j.h.lateReply != nil && j.h.kept == nil {
		t.onAlarm = func() { j.sendDue(ctx, t) }
	}
	j.text.Store(t)
	if j.late.Load() {
		t.isLate()
	}
	stopped, err := j.receiveText(ctx, t, s)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx) // the run was given up, which is reported already
	}
	piece, more, empty := t.end()
	if err == nil && empty {
		err = fmt.Errorf("%w: the text is empty", ErrReply)
	}
	if err != nil {
		e := &HandlingError{Message: j.message, Err: err}
		if stopped {
			e.Reply = j.reply()
			j.h.lateFailed.Add(1)
		}
		j.h.report(ctx, e)
	}
	c := newContent(j.message, TextReply(piece))
	switch {
	case empty || stopped:
		return nil, err
	case more:
		return &part{c, t}, err
	}
	return &c, err
}

// receiveText receives the pieces of a stream, and sends late the messages that are due
// before its end. It reports stopped if the error is that of LateReply.
func (j *job) receiveText(ctx context.Context, t *longText, s StreamReply) (stopped bool, err error) {
	defer func() {
		if failed := t.stopAlarm(); failed != nil {
			stopped, err = true, failed
		}
	}()
	defer recovered(&err) // runs first
	if s == nil {
		return false, fmt.Errorf("%w: the stream is nil", ErrReply)
	}
	for piece, err := range s {
		if err != nil {
			return false, err
		}
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		if err := t.add(piece); err != nil {
			return false, err
		}
		if err := j.sendDue(ctx, t); err != nil {
			return false, err
		}
	}
	return false, nil
}

// sendDue sends the pieces that are due before the end of the text. The goroutine that
// receives the text calls it after each piece, and the alarm calls it while no piece
// arrives.
func (j *job) sendDue(ctx context.Context, t *longText) error {
	t.sending <- struct{}{}
	defer func() { <-t.sending }()
	for t.failed == nil && ctx.Err() == nil && t.isDue(time.Now()) {
		before := t.sent
		if t.failed = j.sendPiece(ctx, t, false); t.sent == before {
			break // only the start of a character has arrived
		}
	}
	return t.failed
}

// sendPiece sends the next piece late. If LateReply fails, panics or calls
// runtime.Goexit, the piece stays in the rest, and t.failed is the error.
func (j *job) sendPiece(ctx context.Context, t *longText, last bool) (err error) {
	if err := t.await(ctx); err != nil {
		return err
	}
	if err := j.afterInterim(ctx); err != nil {
		return err
	}
	piece := t.nextPiece(last)
	if piece == "" {
		return nil
	}
	returned := false
	defer func() {
		if !returned {
			err = &PanicError{Value: recover(), Stack: debug.Stack()}
		}
		if err == nil {
			t.went()
			return
		}
		t.restore()
		t.failed = err
	}()
	err = j.sendLate(ctx, TextReply(piece))
	returned = true
	return err
}

// lateText sends what is left of a text. It reports false if nothing was sent.
func (j *job) lateText(ctx context.Context, t *longText, reached bool) (sent bool, err error) {
	t.reach(reached)
	if err := t.await(ctx); err != nil {
		return false, err
	}
	rest := t.unsent()
	switch {
	case rest == "":
		return t.sent > 0, nil
	case j.h.lateReply == nil:
		return false, ErrNoLateReply
	case j.h.kept != nil:
		return true, j.sendLate(ctx, LongTextReply(rest))
	}
	for t.sent < maxLate && t.unsent() != "" {
		if err := j.sendPiece(ctx, t, true); err != nil {
			return true, err
		}
	}
	if n := len(t.unsent()); n > 0 {
		j.h.log.LogAttrs(ctx, slog.LevelWarn, "long text cut: the limit of messages after a message of the user is reached", slog.Int("unsent_bytes", n))
		return true, fmt.Errorf("%w: %d bytes of the text are left after %d messages", ErrReply, n, maxLate)
	}
	return true, nil
}
