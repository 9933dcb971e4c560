package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"runtime/debug"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
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

var (
	errWriterPanicked = errors.New("the ResponseWriter panicked")
	errLatePanicked   = errors.New("LateReply panicked")
)

// HandlingError is what went wrong with one message.
type HandlingError struct {
	Message Message
	Reply   Reply // the reply that did not reach the user; nil if there was none
	Err     error // from the handler or LateReply, a [*PanicError], one that wraps [ErrReply], or an Err… of this package
}

// Error says what went wrong, and with which kind of message.
func (e *HandlingError) Error() string { return nameOf(e.Message) + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *HandlingError) Unwrap() error { return e.Err }

// PanicError is the error for a panic, or a call of [runtime.Goexit], in a handler, in
// middleware or in LateReply.
type PanicError struct {
	Value any    // that panic was called with; nil for Goexit
	Stack []byte // of the goroutine that panicked
}

// Error says what panic was called with.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "runtime.Goexit"
	}
	return fmt.Sprintf("panic: %v", e.Value)
}

// Unwrap returns Value when it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// recovered, when deferred, turns a panic into a *PanicError.
func recovered(err *error) {
	if v := recover(); v != nil {
		*err = &PanicError{Value: v, Stack: debug.Stack()}
	}
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
			h.log.LogAttrs(ctx, slog.LevelError, "panic in OnError", slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
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
