package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
)

// Reasons why a message was not handled, or why a reply did not reach its user.
// [Config.OnError] receives them in a [HandlingError].
var (
	// ErrNoLateReply means that the reply was ready only after its deliveries were
	// answered, and that [Config.LateReply] is nil, so nothing could send it.
	ErrNoLateReply = errors.New("the reply came too late, and Config.LateReply is not set")

	// ErrWorkTimeout means that the handler did not return within [Config.WorkTimeout].
	// Its context has ended, and the sender's next message is handled.
	ErrWorkTimeout = dedup.ErrWorkTimeout

	// ErrLateTimeout means that [Config.LateReply] did not return within thirty seconds.
	ErrLateTimeout = dedup.ErrLateTimeout

	// ErrShutdown means that the context of [Handler.Shutdown] ended before the message
	// was handled. The message had been answered with success, so the platform does not
	// repeat it.
	ErrShutdown = dedup.ErrShutdown

	// ErrUncollected means that another process with the same [Config.Store] made the
	// reply, and that this process could not deliver it.
	ErrUncollected = dedup.ErrUncollected

	// ErrKeptExpired means that a reply in [KeptReplies] expired before the user asked
	// for it.
	ErrKeptExpired = errors.New("the kept reply has expired before the user asked for it")

	// ErrSenderBusy means that more than [Config.MaxPerSender] messages of one sender ran
	// or waited, and that the delivery was answered with 503. The platform repeats it, so
	// the message may still be handled.
	ErrSenderBusy = errors.New("too many messages of one sender are running or waiting")
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

// Bind notes in the shared store to which message the signature belongs.
func (j *job) Bind() (dedup.Use, error) {
	foreign, spent, err := gate.Bind(j.h.store, j.shared, time.Now())
	switch {
	case foreign:
		return dedup.Foreign, err
	case spent:
		return dedup.Spent, err
	}
	return dedup.Fresh, err
}

// Late sends the reply by the other way.
func (j *job) Late(ctx context.Context, reached bool) {
	err, sent := ErrNoLateReply, true
	switch t := j.text.Load(); {
	case t != nil:
		sent, err = j.lateText(ctx, t, reached)
	case j.h.lateReply != nil:
		err = j.sendLate(ctx, j.reply())
	}
	switch {
	case err == nil && !sent: // the answer to the delivery was all
	case err == nil:
		j.h.lateSent.Add(1)
	case ctx.Err() == nil: // else Lost was told why
		j.h.lateFailed.Add(1)
		j.h.report(ctx, &HandlingError{Message: j.message, Reply: j.reply(), Err: err})
	}
}

// Lost reports that nothing more will come of the message.
func (j *job) Lost(ctx context.Context, reason error) {
	var p *dedup.PanicError
	if errors.As(reason, &p) {
		reason = &PanicError{Value: p.Value, Stack: p.Stack}
	}
	j.handling.Load().finish(j.late.Load(), reason)
	reply := j.reply()
	if reply != nil {
		j.h.lateFailed.Add(1)
	}
	j.h.report(ctx, &HandlingError{Message: j.message, Reply: reply, Err: reason})
}

// turnAway reports a message for which its sender has no room. The log has a line
// for the first.
func (h *Handler) turnAway(ctx context.Context, m Message, first bool) {
	e := &HandlingError{Message: m, Err: ErrSenderBusy}
	if first {
		h.report(ctx, e)
		return
	}
	h.hook(ctx, e)
}

// report passes a failure to the log and to OnError.
func (h *Handler) report(ctx context.Context, e *HandlingError) {
	attrs := []slog.Attr{
		slog.String("type", nameOf(e.Message)),
		slog.String("sender", HeaderOf(e.Message).FromUserName),
		slog.String("msgid", HeaderOf(e.Message).MsgID),
		slog.String("error", e.Err.Error()),
	}
	if event := eventOf(e.Message); event != "" {
		attrs = append(attrs, slog.String("event", event))
	}
	var p *PanicError
	if errors.As(e.Err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.Stack)))
	}
	level := slog.LevelError
	if errors.Is(e.Err, ErrSenderBusy) { // the platform repeats it
		level = slog.LevelWarn
	}
	h.log.LogAttrs(ctx, level, "message not answered", attrs...)
	h.hook(ctx, e)
}

// hook calls OnError.
func (h *Handler) hook(ctx context.Context, e *HandlingError) {
	if h.onError == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			h.log.LogAttrs(ctx, slog.LevelError, "panic in OnError", slog.Any("panic", v))
		}
	}()
	h.onError(ctx, e)
}

// nameOf names the kind of a message for logs: its type.
func nameOf(m Message) string {
	if u, ok := m.(*Unknown); ok {
		return fmt.Sprintf("unknown message (MsgType %q, Event %q, InfoType %q)", u.MsgType, u.Event, u.InfoType)
	}
	return reflect.TypeOf(m).Elem().Name()
}

// Shutdown answers new messages with 503 and waits until every message is handled and
// every late reply sent. If ctx ends first, it cancels the functions that still run.
// Their messages are lost if they have been answered with success; [Config.OnError]
// receives each of them with [ErrShutdown]. The others are answered with 503, so that
// the platform repeats them. The error says how many messages there were.
//
// Call it after the Shutdown of the [http.Server].
func (h *Handler) Shutdown(ctx context.Context) error {
	if err := h.engine.Shutdown(ctx); err != nil {
		return fmt.Errorf("message: shutdown: %w", err)
	}
	return nil
}
