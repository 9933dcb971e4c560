package message

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
)

// Observer observes what a [Handler] does, for metrics and tracing. Each method is
// called when an operation begins. The operation continues with the returned context,
// which must be derived from ctx. When the operation has ended, end is called once,
// unless it is nil. The message waits for these calls, so they should be quick. They
// must be safe for concurrent use. They receive no keys, tokens or signatures, but a
// Message contains the user's openid and text.
//
// An Observer may also be a [RepeatObserver].
type Observer interface {
	// ObserveDelivery is called for every request, before it is verified. The context
	// also reaches the handler, if the delivery is the first of its message.
	ObserveDelivery(ctx context.Context, d Delivery) (observed context.Context, end func(DeliveryResult))

	// ObserveHandling is called before the handler of a message runs, with middleware,
	// in its goroutine. ctx has the values of the first delivery's context.
	ObserveHandling(ctx context.Context, m Message) (observed context.Context, end func(HandlingResult))

	// ObserveLateReply is called before Config.LateReply receives a reply. ctx has the
	// values of the first delivery's context. For a part of a StreamReply that is sent
	// before its end, ctx has the values of the handler's context.
	ObserveLateReply(ctx context.Context, m Message) (observed context.Context, end func(LateResult))
}

// RepeatObserver is an [Observer] that connects the deliveries of one message.
type RepeatObserver interface {
	// NameDelivery returns a name for a delivery, of at most 255 bytes. ctx is the
	// context that ObserveDelivery returned. Later deliveries of the same message have
	// the name in DeliveryResult.First, in other processes too if they share
	// Config.Store.
	NameDelivery(ctx context.Context) string
}

// Delivery is a request that arrives.
type Delivery struct {
	Method string      // GET to verify the URL, POST for a message
	Header http.Header // of the request; anybody may have written it
}

// Outcome is how a delivery was answered, as a short word for metrics.
type Outcome string

// The outcomes of a delivery.
const (
	OutcomeReply      Outcome = "reply"       // with a reply to the user
	OutcomeSuccess    Outcome = "success"     // with success: there is no reply, or it comes late
	OutcomeVerified   Outcome = "verified"    // the URL was verified
	OutcomeRefused    Outcome = "refused"     // 403 and others, for a Reason
	OutcomeDropped    Outcome = "dropped"     // with 504 and no text: the peer is gone, or the platform has to repeat the message
	OutcomeBusy       Outcome = "busy"        // 503: MaxRunning, or a shutdown
	OutcomeSenderBusy Outcome = "sender_busy" // 503: MaxPerSender
	OutcomePanic      Outcome = "panic"       // a panic in Accept or in the ResponseWriter
)

// DeliveryResult describes how a delivery ended.
type DeliveryResult struct {
	Duration  time.Duration
	Outcome   Outcome
	Status    int     // HTTP status of the answer
	Reason    Reason  // of a refusal
	Encrypted bool    // the message came encrypted (安全模式)
	Message   Message // nil if the request was refused before it was read, or contains none
	Repeat    bool    // the message was delivered before, to this process or another
	First     string  // of a repeat: what NameDelivery returned for the first delivery, if known
}

// HandlingResult describes how the handling of a message ended.
type HandlingResult struct {
	Duration time.Duration
	Late     bool  // the deliveries were answered before the handler returned
	Err      error // as in [HandlingError]; nil for a success
}

// LateResult describes how the sending of a late reply ended.
type LateResult struct {
	Duration time.Duration
	Err      error // nil for a success
}

// JoinObservers returns an observer that calls all of observers, such as one for
// metrics and one for tracing. The first [RepeatObserver] among them names the
// deliveries.
func JoinObservers(observers ...Observer) Observer { return joined(observers) }

type joined []Observer

func (j joined) ObserveDelivery(ctx context.Context, d Delivery) (context.Context, func(DeliveryResult)) {
	return observeAll(ctx, j, func(ctx context.Context, o Observer) (context.Context, func(DeliveryResult)) {
		return o.ObserveDelivery(ctx, d)
	})
}

func (j joined) ObserveHandling(ctx context.Context, m Message) (context.Context, func(HandlingResult)) {
	return observeAll(ctx, j, func(ctx context.Context, o Observer) (context.Context, func(HandlingResult)) {
		return o.ObserveHandling(ctx, m)
	})
}

func (j joined) ObserveLateReply(ctx context.Context, m Message) (context.Context, func(LateResult)) {
	return observeAll(ctx, j, func(ctx context.Context, o Observer) (context.Context, func(LateResult)) {
		return o.ObserveLateReply(ctx, m)
	})
}

func (j joined) NameDelivery(ctx context.Context) string {
	for _, o := range j {
		if r, ok := o.(RepeatObserver); ok {
			return r.NameDelivery(ctx)
		}
	}
	return ""
}

// observeAll begins for all observers; the end reaches them in the opposite order.
func observeAll[R any](ctx context.Context, all joined, begin func(context.Context, Observer) (context.Context, func(R))) (context.Context, func(R)) {
	ends := make([]func(R), len(all))
	for i, o := range all {
		ctx, ends[i] = observe(ctx, o, begin)
	}
	return ctx, func(result R) {
		for _, end := range slices.Backward(ends) {
			end(result)
		}
	}
}

// observe begins for one observer; neither result is nil.
func observe[R any](ctx context.Context, o Observer, begin func(context.Context, Observer) (context.Context, func(R))) (context.Context, func(R)) {
	observed, end := begin(ctx, o)
	if observed == nil {
		observed = ctx
	}
	if end == nil {
		end = func(R) {}
	}
	return observed, end
}

// observed serves a request and reports it to the observer.
func (h *Handler) observed(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	ctx, end := observe(r.Context(), h.observer, func(ctx context.Context, o Observer) (context.Context, func(DeliveryResult)) {
		return o.ObserveDelivery(ctx, Delivery{Method: r.Method, Header: r.Header})
	})
	result := DeliveryResult{Outcome: OutcomePanic, Status: http.StatusInternalServerError}
	defer func() {
		result.Duration = time.Since(start)
		end(result)
	}()
	result = h.serve(w, r.WithContext(ctx))
}

// name returns the name of a delivery, which later deliveries of the message report.
func (h *Handler) name(ctx context.Context) string {
	r, ok := h.observer.(RepeatObserver)
	if !ok {
		return ""
	}
	name := r.NameDelivery(ctx)
	return name[:min(len(name), dedup.MaxName)]
}

// handling is the observed handling of a message. It ends once: when the handler
// returns, or is given up.
type handling struct {
	once  sync.Once
	start time.Time
	end   func(HandlingResult)
}

func (o *handling) finish(late bool, err error) {
	if o != nil {
		o.once.Do(func() { o.end(HandlingResult{time.Since(o.start), late, err}) })
	}
}

// handleObserved handles a message and reports it to the observer.
func (j *job) handleObserved(ctx context.Context) dedup.Content {
	ctx, end := observe(ctx, j.h.observer, func(ctx context.Context, o Observer) (context.Context, func(HandlingResult)) {
		return o.ObserveHandling(ctx, j.message)
	})
	o := &handling{start: time.Now(), end: end}
	j.handling.Store(o)
	content, err := j.handle(ctx)
	o.finish(j.late.Load(), err)
	return content
}

// sendLate passes a reply to Config.LateReply.
func (j *job) sendLate(ctx context.Context, r Reply) (err error) {
	if j.h.observer == nil {
		return j.h.lateReply.LateReply(ctx, j.message, r)
	}
	ctx, end := observe(ctx, j.h.observer, func(ctx context.Context, o Observer) (context.Context, func(LateResult)) {
		return o.ObserveLateReply(ctx, j.message)
	})
	start := time.Now()
	err = errLatePanicked
	defer func() { end(LateResult{time.Since(start), err}) }()
	err = j.h.lateReply.LateReply(ctx, j.message, r)
	return err
}
