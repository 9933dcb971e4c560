package message

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
)

const (
	bodyTimeout = 5 * time.Second // to read a body; after that the platform has given up anyway
	shortAnswer = 2048            // bytes of an answer whose length net/http counts by itself
)

// Handler is the [http.Handler] for the callback URL of one account. It refuses
// requests that the platform has not signed, calls the functions registered with [On],
// and writes the answer in the platform's format. It is safe for concurrent use, and
// prints without its secrets.
//
// Each delivery is answered by the goroutine that serves it, through the
// [http.ResponseWriter] that it came with, so a Handler works behind any middleware.
type Handler struct {
	shown    string // what is printed of it
	gate     *gate.Gate
	cloud    bool
	log      *slog.Logger
	throttle throttle
	refused  refusals
	onError  func(context.Context, *HandlingError)
	observer Observer // nil for none

	engine     *dedup.Engine
	store      *guard.Store // shared with other processes; nil for none
	lateReply  LateReplier
	lateSent   atomic.Uint64
	lateFailed atomic.Uint64
	keyOf      func(Message) string // nil for the usual key
	accept     func(context.Context, Message) error
	interim    func(Message) Reply
	kept       keeper // lateReply, if that is one

	mu         sync.Mutex // guards what register changes
	routes     map[reflect.Type][]route
	middleware []func(HandlerFunc) HandlerFunc
	fallback   HandlerFunc

	started sync.Once
	chain   HandlerFunc // middleware around dispatch; set once h serves

	answers sync.Pool // of *answer
}

// NewHandler returns the handler of one account. It returns an error that says what is
// wrong if the configuration could not work, or could not work safely.
func NewHandler(c Config) (*Handler, error) {
	g, err := newGate(&c)
	if err != nil {
		return nil, err
	}
	log := c.logger()
	store := guard.New(c.Store, log)
	kept, _ := c.LateReply.(keeper)
	h := &Handler{
		shown:    c.describe("Handler"),
		gate:     g,
		cloud:    c.InsecureCloudHosting != 0,
		log:      log,
		onError:  c.OnError,
		observer: c.Observer,
		engine: dedup.New(dedup.Config{
			Deadline: c.Deadline, WorkTimeout: c.WorkTimeout, Hold: c.HoldForRetries,
			MaxRunning: c.MaxRunning, MaxPerSender: c.MaxPerSender, Unordered: c.Unordered,
			Store: store, Logger: log,
		}),
		store:     store,
		lateReply: c.LateReply,
		keyOf:     c.Key,
		accept:    c.Accept,
		interim:   c.Interim,
		kept:      kept,
		routes:    map[reflect.Type][]route{},
		answers:   sync.Pool{New: func() any { return new(answer) }},
	}
	if kept != nil {
		kept.reportTo(h.report)
	}
	return h, nil
}

// ServeHTTP answers the platform. GET verifies the URL when it is entered in the
// console; POST delivers a message. A refused peer receives only a status; the log
// contains the reason.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.started.Do(h.start)
	if h.observer == nil {
		h.serve(w, r)
		return
	}
	h.observed(w, r)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) DeliveryResult {
	switch r.Method {
	case http.MethodPost:
		return h.receive(w, r)
	case http.MethodGet:
		return h.verifyURL(w, r)
	}
	w.Header().Set("Allow", "GET, POST")
	w.WriteHeader(http.StatusMethodNotAllowed)
	return DeliveryResult{Outcome: OutcomeRefused, Status: http.StatusMethodNotAllowed, Reason: ReasonMethod}
}

// verifyURL answers the request with which the platform verifies the URL (验证服务器地址):
// with the text it sent, unchanged. That text may be anything, so its content type is
// text/plain.
func (h *Handler) verifyURL(w http.ResponseWriter, r *http.Request) DeliveryResult {
	echo, refused := h.gate.VerifyURL(r.URL.RawQuery, time.Now())
	if refused != nil {
		return h.refuse(w, r, refused, false, nil)
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	io.WriteString(w, echo)
	return DeliveryResult{Outcome: OutcomeVerified, Status: http.StatusOK}
}

// receive verifies and decodes a message and answers it.
func (h *Handler) receive(w http.ResponseWriter, r *http.Request) DeliveryResult {
	now := time.Now()
	setReadDeadline(w, now.Add(bodyTimeout))
	letter, refused := h.gate.Verify(r, now)
	if refused != nil {
		return h.refuse(w, r, refused, false, nil) // with the deadline still set: the rest of the body is not waited for
	}
	setReadDeadline(w, time.Time{}) // or the peer would seem to be gone in the middle of the work
	if letter.PathCheck {
		h.gate.Release(letter)
		writeSuccess(w)
		return DeliveryResult{Outcome: OutcomeVerified, Status: http.StatusOK}
	}
	m := decode(&letter.Tree)
	if h.accept != nil {
		if err := h.accept(r.Context(), m); err != nil {
			encrypted := letter.Envelope.Sealed
			h.gate.Release(letter)
			return h.refuse(w, r, gate.Unaccepted(err), encrypted, m)
		}
	}
	job := &job{h: h, message: m, used: letter.Used, first: now}
	if h.interim != nil {
		job.interim = h.interimReply(r.Context(), m)
	}
	key := h.key(m, letter)
	if h.store != nil {
		job.shared = h.gate.Share(letter, now)
	}
	if key == "" {
		if key = job.shared.Name(); key == "" {
			key = job.used.Name()
		}
	}
	envelope := letter.Envelope
	h.gate.Release(letter)
	return h.deliver(w, r, job, key, envelope)
}

// deliver runs the handler for a message, unless an earlier delivery did, and answers
// the delivery.
func (h *Handler) deliver(w http.ResponseWriter, r *http.Request, job *job, key string, envelope gate.Envelope) DeliveryResult {
	ctx := r.Context()
	if h.cloud {
		ctx = withCloudCall(ctx, r.Header)
	}
	m := dedup.Message{Key: key, Sender: HeaderOf(job.message).FromUserName, Work: job}
	if h.observer != nil {
		m.Name = h.name(ctx)
	}
	a := h.engine.Deliver(ctx, m)
	result := DeliveryResult{
		Outcome: OutcomeSuccess, Status: http.StatusOK,
		Encrypted: envelope.Sealed, Message: job.message, Repeat: a.Repeat, First: a.Name,
	}
	switch a.Verdict {
	case dedup.Reply:
		result.Outcome = OutcomeReply
		err := errWriterPanicked
		defer func() { a.Wrote(err) }()
		err = h.write(w, r, envelope, a.Content)
		if p, ok := a.Content.(*part); ok && err == nil {
			p.text.arrive()
		}
	case dedup.Dropped:
		result.Outcome, result.Status = OutcomeDropped, http.StatusGatewayTimeout
		w.WriteHeader(result.Status) // the peer is gone, or delivers the message again
	case dedup.Busy:
		result.Outcome, result.Status = OutcomeBusy, http.StatusServiceUnavailable
		w.WriteHeader(result.Status)
		h.logBusy(ctx)
	case dedup.TooMany:
		result.Outcome, result.Status = OutcomeSenderBusy, http.StatusServiceUnavailable
		e := &HandlingError{Message: job.message, Err: ErrSenderBusy}
		if a.First {
			h.report(ctx, e)
		} else {
			h.hook(ctx, e) // only the first is logged
		}
		w.WriteHeader(result.Status)
	case dedup.Forbidden:
		return h.refuse(w, r, gate.Replayed(), envelope.Sealed, job.message)
	default:
		writeSuccess(w)
	}
	return result
}

// job is the handling of one message.
type job struct {
	h       *Handler
	message Message
	used    gate.Used
	shared  gate.Shared
	first   time.Time     // when this delivery arrived
	interim dedup.Content // answer at the deadline; nil for success

	late      atomic.Bool               // the deadline has passed
	interimAt atomic.Pointer[time.Time] // when interim became the answer; nil if it did not
	text      atomic.Pointer[longText]  // what the handler returned, if it is a long text
	content   atomic.Pointer[content]   // what the handler returned, if it can be sent
	handling  atomic.Pointer[handling]  // nil without an observer
}

// reply returns the part of the handler's reply that has not reached the user, nil if
// there is no such part.
func (j *job) reply() Reply {
	if t := j.text.Load(); t != nil {
		if rest := t.unsent(); rest != "" {
			return LongTextReply(rest)
		}
		return nil
	}
	if c := j.content.Load(); c != nil {
		return c.reply
	}
	return nil
}

// Begin reports whether the signature of the message has not yet started a run.
func (j *job) Begin() bool { return j.h.gate.Begin(j.used) }

// Bind records in the shared store to which message the signature belongs.
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

// Run calls the handler and returns its reply, nil for none. The reply can be sent as
// it is; what went wrong has been reported.
func (j *job) Run(ctx context.Context) dedup.Content {
	if j.h.observer != nil {
		return j.handleObserved(ctx)
	}
	content, _ := j.handle(ctx)
	return content
}

// handle does the work of Run and also returns the error.
func (j *job) handle(ctx context.Context) (dedup.Content, error) {
	reply, err := j.h.run(ctx, j.message)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx) // the run was given up, which is reported already
	}
	return j.answer(ctx, reply, err)
}

// answer makes an answer of what the handler returned. It is a separate function so
// that the handler has more of a new goroutine's stack.
func (j *job) answer(ctx context.Context, reply Reply, err error) (dedup.Content, error) {
	h, m := j.h, j.message
	switch r := reply.(type) {
	case LongTextReply:
		return j.runText(ctx, r.stream())
	case StreamReply:
		return j.runText(ctx, r)
	}
	if err == nil && reply != nil {
		reply = h.fit(ctx, m, reply)
		err = checkReply(m, reply)
	}
	if err != nil {
		h.report(ctx, &HandlingError{Message: m, Reply: reply, Err: err})
		return nil, err
	}
	if reply == nil {
		return nil, nil
	}
	c := newContent(m, reply)
	j.content.Store(&c)
	return &c, nil
}

// run calls the middleware and the registered function. A panic becomes a *PanicError; a
// reply that is returned together with an error is dropped.
func (h *Handler) run(ctx context.Context, m Message) (reply Reply, err error) {
	defer recovered(&err)
	reply, err = h.chain(ctx, m)
	if err != nil {
		return nil, err
	}
	return byValue(reply)
}

// fit cuts a reply to what the platform shows.
func (h *Handler) fit(ctx context.Context, m Message, reply Reply) Reply {
	news, ok := reply.(NewsReply)
	if !ok || len(news) <= shownArticles(m) {
		return reply
	}
	h.log.LogAttrs(ctx, slog.LevelWarn, "news reply cut to what the platform shows",
		slog.String("type", nameOf(m)), slog.Int("articles", len(news)), slog.Int("shown", shownArticles(m)))
	return news[:shownArticles(m)]
}

// answer is the memory in which an answer is written.
type answer struct{ plain, sealed []byte }

// write sends a reply, sealed if the message was. The error is nil when it was written
// and the peer was still there.
func (h *Handler) write(w http.ResponseWriter, r *http.Request, envelope gate.Envelope, reply dedup.Content) error {
	const keep = 64 << 10
	a := h.answers.Get().(*answer)
	defer func() {
		if cap(a.plain)+cap(a.sealed) <= keep {
			h.answers.Put(a)
		}
	}()
	a.plain = reply.Append(a.plain[:0])
	body := a.plain
	if envelope.Sealed {
		a.sealed = h.gate.AppendSealed(a.sealed[:0], envelope, a.plain, time.Now())
		body = a.sealed
	}
	header := w.Header()
	header.Set("Content-Type", contentTypes[envelope.Format])
	if len(body) > shortAnswer {
		header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	if _, err := w.Write(body); err != nil {
		return err
	}
	return r.Context().Err()
}

var contentTypes = [...]string{XML: "application/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}

// writeSuccess tells the platform that the message arrived. It is never sealed.
func writeSuccess(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "success")
}

// setReadDeadline does what http.ResponseController does. It does nothing if the response
// has no deadlines, as in a test recorder.
func setReadDeadline(w http.ResponseWriter, t time.Time) {
	for w != nil {
		switch v := w.(type) {
		case interface{ SetReadDeadline(time.Time) error }:
			v.SetReadDeadline(t)
			return
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return
		}
	}
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

// Format implements fmt.Formatter. It hides the secrets.
func (h *Handler) Format(f fmt.State, _ rune) { io.WriteString(f, h.shown) }

// MarshalText implements encoding.TextMarshaler. It hides the secrets.
func (h *Handler) MarshalText() ([]byte, error) { return fmt.Append(nil, h), nil }
