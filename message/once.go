package message

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/once"
)

// Five seconds, once. The platform waits five seconds for an answer, then breaks
// the connection and delivers the same message again, three times in all, before
// it shows the user a failure. The engine in internal/once runs each message once
// and says what each delivery is to be answered; this file is between it and the
// rest of the package.

// Reasons for which a message came to nothing, or a reply did not reach its user.
// [Config.OnError] gets them in an [Error].
var (
	// ErrNoLateReply: the reply was ready after the deadline, or no delivery came
	// to take it, and there is no [Config.LateReply] to send it.
	ErrNoLateReply = errors.New("the reply came too late, and Config.LateReply is not set")

	// ErrWorkTimeout: the handler did not return within [Config.WorkTimeout]. Its
	// context has ended, and the sender's next message is handled.
	ErrWorkTimeout = once.ErrWorkTimeout

	// ErrLateTimeout: [Config.LateReply] did not return within thirty seconds.
	ErrLateTimeout = once.ErrLateTimeout

	// ErrShutdown: [Handler.Shutdown] ran out of time before the message, which had
	// been answered with success, was done.
	ErrShutdown = once.ErrShutdown

	// ErrUncollected: another process of those that share [Config.Store] made the
	// reply, and this one could not hand it out.
	ErrUncollected = once.ErrUncollected
)

// LateReplier sends a reply that was ready only after its message had been
// answered with success. The Service of package customerservice is one.
type LateReplier interface {
	// LateReply sends r to the user who wrote m, within thirty seconds. An error
	// goes to [Config.OnError], with message and reply.
	LateReply(ctx context.Context, m Message, r Reply) error
}

// Stats are counts since the handler was made, and what it does now.
type Stats struct {
	Running int // messages being handled, waiting for their turn, or having their reply sent late
	Kept    int // outcomes remembered for repeats

	Messages   uint64 // deliveries that were the first of their message
	Duplicates uint64 // deliveries of a message that this process knew already
	Shared     uint64 // messages that another process handled
	Late       uint64 // messages that were answered success, their reply to follow
	LateSent   uint64 // replies that LateReply sent
	LateFailed uint64 // replies that it could not send, or that there was no LateReply for
	Refused    uint64 // deliveries turned away with 503: too many messages, or a shutdown
	TimedOut   uint64 // messages whose handler took longer than WorkTimeout

	StoreFailures uint64 // calls of Config.Store that failed
}

// Stats returns the counts, for a metrics library to read.
func (h *Handler) Stats() Stats {
	s := h.engine.Stats()
	return Stats{
		Running: s.Running, Kept: s.Kept,
		Messages: s.Messages, Duplicates: s.Duplicates, Shared: s.Shared,
		Late: s.Late, LateSent: h.lateSent.Load(), LateFailed: h.lateFailed.Load(),
		Refused: s.Refused, TimedOut: s.TimedOut, StoreFailures: s.StoreFailures,
	}
}

// Shutdown turns new messages away with 503 and waits until every message is
// handled and every late reply sent. When ctx ends first, it cancels what is left:
// messages that were answered with success are lost, each with an [ErrShutdown] to
// [Config.OnError]; the others are turned away too, so that the platform repeats
// them. The error then says how many there were.
//
// Call it after the Shutdown of the [http.Server].
func (h *Handler) Shutdown(ctx context.Context) error {
	if err := h.engine.Shutdown(ctx); err != nil {
		return fmt.Errorf("message: shutdown: %w", err)
	}
	return nil
}

// checkOnce says what is wrong with the settings of this file.
func (c *Config) checkOnce() error {
	deadline := c.Deadline
	if deadline == 0 {
		deadline = once.DefaultDeadline
	}
	if c.HoldForRetries {
		deadline = once.HoldDeadline
	}
	switch {
	case c.Deadline < 0 || c.Deadline >= platformPatience:
		return fmt.Errorf("message: Config.Deadline of %v: the platform waits for %v", c.Deadline, platformPatience)
	case c.WorkTimeout < 0 || c.WorkTimeout > 0 && c.WorkTimeout < deadline:
		return fmt.Errorf("message: Config.WorkTimeout of %v is less than the %v that a message has anyway", c.WorkTimeout, deadline)
	case c.MaxRunning < 0:
		return fmt.Errorf("message: Config.MaxRunning of %d", c.MaxRunning)
	}
	return nil
}

const platformPatience = 5 * time.Second

func newEngine(c *Config, log *slog.Logger) *once.Engine {
	return once.New(once.Config{
		Deadline: c.Deadline, WorkTimeout: c.WorkTimeout, Hold: c.HoldForRetries,
		MaxRunning: c.MaxRunning, Store: c.Store, Logger: log,
	})
}

// deliver has the message of d handled, unless that was done, and answers the
// delivery.
func (h *Handler) deliver(w http.ResponseWriter, r *http.Request, d *delivery) {
	job := &work{h: h, message: d.message}
	m := once.Message{Key: h.key(d), Work: job}
	if answersEarly(w, r) {
		job.writer, m.Early = w, job
	}
	if !h.unordered {
		m.Sender = HeaderOf(d.message).FromUserName
	}
	answer := h.engine.Deliver(r.Context(), m)
	switch answer.Verdict {
	case once.Reply:
		answer.Wrote(h.write(w, r, d, answer.Content))
	case once.Answered:
	case once.Dropped:
		w.WriteHeader(http.StatusGatewayTimeout) // the peer is gone, or comes again
	case once.Busy:
		w.WriteHeader(http.StatusServiceUnavailable)
		h.logBusy(r.Context())
	default:
		writeSuccess(w)
	}
}

// logBusy tells the log that a message is turned away.
func (h *Handler) logBusy(ctx context.Context) {
	if h.throttle.allow("busy") {
		h.log.LogAttrs(ctx, slog.LevelWarn, "message turned away: too many are being handled, or the handler shuts down",
			slog.Int("running", h.engine.Stats().Running))
	}
}

// work is the handling of one message.
type work struct {
	h       *Handler
	message Message
	writer  http.ResponseWriter // of the delivery that can be answered early; else nil

	mu    sync.Mutex
	reply Reply // what the handler returned, if it can be sent
}

// Run calls the handler and returns its reply, nil for none.
func (w *work) Run(ctx context.Context) once.Content {
	reply := w.h.answer(ctx, w.message)
	if reply == nil {
		return nil
	}
	w.mu.Lock()
	w.reply = reply
	w.mu.Unlock()
	return newContent(w.message, reply)
}

// Late sends the reply by the other way.
func (w *work) Late(ctx context.Context) {
	err := ErrNoLateReply
	if w.h.lateReply != nil {
		err = w.h.lateReply.LateReply(ctx, w.message, w.reply)
	}
	switch {
	case err == nil:
		w.h.lateSent.Add(1)
	case ctx.Err() == nil: // else Lost was told why
		w.h.lateFailed.Add(1)
		w.h.report(ctx, &Error{Message: w.message, Reply: w.reply, Err: err})
	}
}

// Lost reports that nothing more will come of the message.
func (w *work) Lost(ctx context.Context, reason error) {
	var p *once.PanicError
	if errors.As(reason, &p) {
		reason = &PanicError{Value: p.Value, Stack: p.Stack}
	}
	w.mu.Lock()
	reply := w.reply
	w.mu.Unlock()
	if reply != nil {
		w.h.lateFailed.Add(1)
	}
	w.h.report(ctx, &Error{Message: w.message, Reply: reply, Err: reason})
}
