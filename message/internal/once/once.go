// Package once runs each message exactly as often as it should be run: once,
// however often the platform delivers it.
//
// The platform gives a bot five seconds, then cuts the connection and delivers
// the same message again, three times in all. [Engine.Deliver] takes every
// delivery. The first one starts a run; the others join it. A run has one
// outcome, decided once:
//
//   - inline: the answer is ready in time, and every delivery gets it;
//   - late: the deadline came first, every delivery gets "success", the work
//     goes on, and its answer goes out by [Work.Late].
//
// The clock of a run starts with the first sight of its message. Time decides,
// never the number of deliveries, as the platform promises neither how many
// there are nor how far apart.
//
//	0 s       first sight; the work starts, or waits for the sender's earlier message
//	4.5 s     deadline: "success", from now on the outcome is late
//	14 s      the deadline instead, with Config.Hold; until then a delivery
//	          waits 6 s at most and is then dropped without an answer
//	15 s      an answer that was ready in time but that no delivery took is sent late
//	60 s      after its start the work is given up (Config.WorkTimeout)
//	+60 s     an outcome is kept that long for repeats
//
// The work is done in the goroutine of the first delivery where that can be
// answered from another one, by [Early]; else in a goroutine of its own.
//
// With a [store.Store] the processes behind one address share all this: see
// shared.go.
//
// The package knows neither messages nor HTTP.
package once

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// The moments of a run, counted from the first sight of its message.
const (
	// DefaultDeadline leaves half a second of the platform's five for the way back.
	DefaultDeadline = 4500 * time.Millisecond
	// HoldDeadline replaces it where deliveries are held: the last of three
	// deliveries begins at ten seconds and is cut at fifteen.
	HoldDeadline = 14 * time.Second
	// Uncollected is when the last delivery is over for certain: an answer
	// that nobody has taken by then goes out late.
	Uncollected = 15 * time.Second
)

// Other spans of time.
const (
	// DefaultWorkTimeout bounds the work of one message.
	DefaultWorkTimeout = time.Minute
	// HoldFor bounds the wait of one delivery that must not be answered yet;
	// the platform has left after five seconds.
	HoldFor = 6 * time.Second
	// Keep is how long an outcome is kept for repeats.
	Keep = time.Minute
	// LateTimeout bounds the sending of one late answer.
	LateTimeout = 30 * time.Second
)

// What is kept for repeats is bounded; beyond it the oldest outcomes go first.
const (
	maxKept      = 1 << 17  // outcomes
	maxKeptBytes = 32 << 20 // their keys and answers
)

// DefaultMaxRunning bounds the messages that are at work or wait for it.
const DefaultMaxRunning = 10_000

// Reasons for which [Work.Lost] is called, beside a [*PanicError].
var (
	// ErrWorkTimeout says that the work did not end within Config.WorkTimeout.
	ErrWorkTimeout = errors.New("the work did not end in time and was given up")
	// ErrLateTimeout says that the late answer could not be sent within [LateTimeout].
	ErrLateTimeout = errors.New("the late answer was not sent in time and was given up")
	// ErrShutdown says that [Engine.Shutdown] ran out of time before the work ended.
	ErrShutdown = errors.New("the work was cancelled by the shutdown")
	// ErrUncollected says that an answer taken over from another process reached nobody.
	ErrUncollected = errors.New("no delivery took the answer of the other process")
)

// PanicError is a panic, or a call of runtime.Goexit, in the work.
type PanicError struct {
	Value any // nil for runtime.Goexit
	Stack []byte
}

// Error names the value only; the stack is a field.
func (e *PanicError) Error() string {
	if e.Value == nil {
		return "the work called runtime.Goexit"
	}
	return fmt.Sprintf("the work panicked: %v", e.Value)
}

// Config sets up an [Engine]. The zero value is ready to use: one process, and
// every default above.
type Config struct {
	Deadline    time.Duration // default DefaultDeadline; without effect with Hold
	WorkTimeout time.Duration // default DefaultWorkTimeout; never below the deadline
	MaxRunning  int           // default DefaultMaxRunning
	Hold        bool          // let deliveries wait for the answer over the platform's repeats
	Store       store.Store   // shared by the processes behind one address; nil for one process
	Logger      *slog.Logger  // told when the store fails, once a minute at most; nil is silent
}

// Message is one delivery of a message.
type Message struct {
	// Key makes two deliveries the same message. An empty key makes each
	// delivery a message of its own.
	Key string
	// Sender orders messages: those of one sender run one after the other.
	// An empty sender is nobody's turn to wait for.
	Sender string
	// Work handles the message; only that of the first delivery is used.
	Work Work
	// Early, where there is one, lets the work be done in the goroutine of
	// [Engine.Deliver], which costs far less than another one. Config.Hold and
	// Config.Store want another one all the same, and so does a message that has
	// to wait for its sender's earlier one.
	Early Early
}

// Early answers a delivery whose goroutine is at work.
type Early interface {
	// Answer answers the delivery with Success or Busy, from another goroutine and
	// once at most. Deliver returns [Answered] when the work has ended, but not
	// before Answer has returned.
	Answer(Verdict)
}

// Content is an answer for the platform. It does not change: it may be appended
// more than once, and at the same time.
type Content interface {
	Append(dst []byte) []byte
	Size() int // about how many bytes are kept with it
}

// Bytes is a [Content] that has been written out.
type Bytes []byte

// Append appends b.
func (b Bytes) Append(dst []byte) []byte { return append(dst, b...) }

// Size is the number of bytes.
func (b Bytes) Size() int { return len(b) }

// Work is what there is to do for one message. Of its methods one is called at
// a time, and none after Lost, except that a Run or a Late which outlives its
// bounds goes on beside Lost, and its result is dropped.
type Work interface {
	// Run handles the message and returns the answer for the platform, nil for
	// none. It is called once at most. The context carries the values of the
	// first delivery's, but ends only with the work's own bounds.
	Run(ctx context.Context) Content

	// Late sends the answer of Run by another way, as the deliveries went
	// without. It is called once at most, after Run.
	Late(ctx context.Context)

	// Lost says why nothing more will come of the message. The context has the
	// values of the first delivery's and does not end.
	Lost(ctx context.Context, reason error)
}

// Verdict is what a delivery is to be answered.
type Verdict uint8

// The verdicts.
const (
	// Success is the bare acknowledgement: there is no answer, or it comes late.
	Success Verdict = iota + 1
	// Reply is the answer itself; [Answer.Wrote] must follow.
	Reply
	// Dropped is no answer at all: the peer is gone, or must come again.
	Dropped
	// Busy is a refusal that asks for a repeat: too many messages, or a shutdown.
	Busy
	// Answered is nothing to be done any more: [Early] has answered.
	Answered
)

// Answer is what [Engine.Deliver] found for a delivery.
type Answer struct {
	Verdict Verdict
	Content Content // of a Reply

	engine *Engine
	run    *run
}

// Wrote must be called once for a Reply, with nil when it was written and the
// peer was still there, else with what went wrong. A reply that was written is
// not taken for one that arrived: it stays for repeats.
func (a Answer) Wrote(err error) {
	if a.run != nil {
		a.engine.wrote(a.run, err)
	}
}

// Engine runs messages once. It has no goroutine of its own.
type Engine struct {
	deadline    time.Duration
	workTimeout time.Duration
	maxRunning  int
	hold        bool
	logger      *slog.Logger
	shared      *shared // nil for one process

	mu        sync.Mutex
	index     map[string]*outcome // by key: still open, or kept for repeats
	tails     map[string]*run     // by sender: the last message in the sender's turn
	live      liveList            // not yet ended
	kept      keptQueue           // ended, the oldest first
	running   int                 // at work, waiting for it, or sending late
	closing   bool                // Shutdown has begun
	cancelled bool                // Shutdown has run out of time
	idle      chan struct{}       // closed once nothing runs any more; made by Shutdown
	stats     Stats
}

// New returns an engine. It panics on a configuration that cannot work, since
// its callers check theirs.
func New(c Config) *Engine {
	e := &Engine{
		deadline:    c.Deadline,
		workTimeout: c.WorkTimeout,
		maxRunning:  c.MaxRunning,
		hold:        c.Hold,
		logger:      c.Logger,
		index:       make(map[string]*outcome),
		tails:       make(map[string]*run),
	}
	if e.deadline == 0 {
		e.deadline = DefaultDeadline
	}
	if e.hold {
		e.deadline = HoldDeadline
	}
	if e.workTimeout == 0 {
		e.workTimeout = DefaultWorkTimeout
	}
	if e.maxRunning == 0 {
		e.maxRunning = DefaultMaxRunning
	}
	if e.logger == nil {
		e.logger = slog.New(slog.DiscardHandler)
	}
	if e.deadline < 0 || e.workTimeout < e.deadline || e.maxRunning < 0 {
		panic("once: wrong bounds")
	}
	if c.Store != nil {
		e.shared = newShared(c.Store, e.logger)
	}
	return e
}

// Deliver takes one delivery and returns when it is to be answered, or has been
// early. Its context is the delivery's: when that ends, the peer is gone.
func (e *Engine) Deliver(ctx context.Context, m Message) Answer {
	r, todo, a := e.admit(ctx, m)
	switch todo {
	case toAnswer:
		return a
	case toWork:
		return e.workHere(r, m.Early)
	case toClaim:
		e.claim(r)
	}
	e.await(ctx, r)
	return e.part(r)
}

// errand is what a delivery has to do.
type errand uint8

const (
	toAnswer errand = iota // the outcome is known, or there is no room
	toWait
	toClaim // the message for this process, and then to wait
	toWork
)

// admit finds the run of a message, or starts one.
func (e *Engine) admit(ctx context.Context, m Message) (r *run, todo errand, a Answer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	e.forget(now)
	if m.Key != "" {
		if o := e.index[m.Key]; o != nil {
			e.stats.Duplicates++
			if o.run == nil {
				return nil, toAnswer, Answer{Verdict: o.verdict, Content: o.answer}
			}
			o.run.last = now
			o.run.waiting++
			return o.run, toWait, Answer{}
		}
	}
	if e.closing || e.running >= e.maxRunning {
		e.stats.Refused++
		return nil, toAnswer, Answer{Verdict: Busy}
	}
	r = &run{sender: m.Sender, work: m.Work, values: ctx, first: now, last: now, waiting: 1}
	e.stats.Messages++
	e.running++
	e.live.add(r)
	if m.Key != "" {
		r.outcome = &outcome{key: m.Key, run: r}
		e.index[m.Key] = r.outcome
	}
	switch {
	case e.isShared(r):
		return r, toClaim, Answer{}
	case !e.enqueue(r, now):
	case m.Early != nil && !e.hold && e.shared == nil:
		r.early = m.Early
		return r, toWork, Answer{}
	default:
		go e.do(r, now)
	}
	return r, toWait, Answer{}
}

// isShared reports whether other processes can get a delivery of r.
func (e *Engine) isShared(r *run) bool { return e.shared != nil && r.outcome != nil }

// await waits until the delivery can be answered, its peer is gone, or it has
// waited long enough for a decision that is not this process's, or not yet, to take.
func (e *Engine) await(ctx context.Context, r *run) {
	var enough <-chan time.Time
	if e.hold || e.shared != nil {
		t := time.NewTimer(HoldFor)
		defer t.Stop()
		enough = t.C
	}
	select {
	case <-e.decided(r):
	case <-ctx.Done():
	case <-enough:
	}
}

// part lets a delivery go with what it is to be answered.
func (e *Engine) part(r *run) Answer {
	e.mu.Lock()
	defer e.mu.Unlock()
	r.waiting--
	switch r.verdict {
	case 0:
		return Answer{Verdict: Dropped}
	case Reply:
		r.writing++
		return Answer{Verdict: Reply, Content: r.answer, engine: e, run: r}
	}
	return Answer{Verdict: r.verdict}
}
