package dedup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/guard"
)

// The moments of a run, counted from the first sight of its message.
const (
	// DefaultDeadline leaves half a second of the platform's five for the way back.
	DefaultDeadline = 4500 * time.Millisecond
	// HoldDeadline replaces it where deliveries are held: the last of three
	// deliveries begins at ten seconds and is cut at fifteen.
	HoldDeadline = 14 * time.Second
	// Uncollected is when the last delivery is certainly over: an answer that
	// nobody has taken by then is sent late.
	Uncollected = 15 * time.Second
)

// Other spans of time.
const (
	// DefaultWorkTimeout bounds the work of one message.
	DefaultWorkTimeout = time.Minute
	// HoldFor bounds the wait of one delivery that must not be answered yet; the
	// platform has left after five seconds.
	HoldFor = 6 * time.Second
	// Keep is how long an outcome is kept for repeats.
	Keep = time.Minute
	// LateTimeout bounds the sending of one late answer.
	LateTimeout = 30 * time.Second
)

// Defaults of the bounds on messages that run or wait.
const (
	DefaultMaxRunning   = 10_000
	DefaultMaxPerSender = 100
)

// Reasons for which [Work.Lost] is called, in addition to a [*PanicError].
var (
	// ErrWorkTimeout: the work did not end within Config.WorkTimeout.
	ErrWorkTimeout = errors.New("the work did not end in time and was given up")
	// ErrLateTimeout: the late answer was not sent within [LateTimeout].
	ErrLateTimeout = errors.New("the late answer was not sent in time and was given up")
	// ErrShutdown: [Engine.Shutdown] ran out of time before the work ended.
	ErrShutdown = errors.New("the work was canceled by the shutdown")
	// ErrUncollected: an answer of another process could not be delivered.
	ErrUncollected = errors.New("the reply of another process could not be delivered")
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

// Config sets up an [Engine]. The zero value is one process with every default.
type Config struct {
	Deadline     time.Duration // default DefaultDeadline; without effect with Hold
	WorkTimeout  time.Duration // default DefaultWorkTimeout; never below the deadline
	MaxRunning   int           // default DefaultMaxRunning
	MaxPerSender int           // default DefaultMaxPerSender
	Unordered    bool          // messages of one sender run side by side
	Hold         bool          // let deliveries wait for the answer over the platform's repeats
	Store        *guard.Store  // shared by the processes behind one address; nil for one process
	Logger       *slog.Logger  // if nil, nothing is logged
}

// Message is one delivery of a message.
type Message struct {
	// Deliveries with the same Key are one message. With an empty key each delivery is
	// a message of its own.
	Key string
	// Sender orders messages: those of one sender run one after the other, unless
	// Config.Unordered. Messages without a sender have no order and no bound.
	Sender string
	// Work handles the message; only that of the first delivery is used.
	Work Work
	// Name is what Answer.Name says to further deliveries of the message, here and in
	// other processes; at most MaxName bytes.
	Name string
}

// MaxName is the longest name of a delivery.
const MaxName = 255

// Content is an answer for the platform. It does not change: it may be appended
// more than once, and concurrently.
type Content interface {
	Append(dst []byte) []byte
	Size() int // about how many bytes are kept with it
}

// Part is a Content that is the first part of an answer. Once a delivery has written
// it, [Work.Late] sends the rest.
type Part interface {
	Content
	Part()
}

// Bytes is a [Content] that has been written out.
type Bytes []byte

// Append appends b.
func (b Bytes) Append(dst []byte) []byte { return append(dst, b...) }

// Size is the number of bytes.
func (b Bytes) Size() int { return len(b) }

// Work is the work for one message. One of its methods is called at a time, and none
// after Lost, except that a Run or a Late which outlives its bounds may still be
// running when Lost is called; its result is dropped. Interim may be called at any
// time.
type Work interface {
	// Begin reports whether the message may be run: false if the signature that it
	// came with has started a run before. It is called once, when this process has
	// the message and knows no outcome; Run follows a true.
	Begin() bool

	// Bind records in the shared store to which message the signature belongs. It
	// is called only with Config.Store, concurrently with the claim.
	Bind() (Use, error)

	// Run handles the message and returns the answer for the platform, nil for
	// none. It is called once at most. The context carries the values of the
	// first delivery's, but ends only with the work's own bounds.
	Run(ctx context.Context) Content

	// Interim is called once, at the deadline, and returns what the deliveries are
	// answered instead of the bare acknowledgement, nil for nothing. If no delivery
	// waits, it does not return a Part. A Part is for the deliveries to this process
	// only. The engine is locked during the call, so it must be quick.
	Interim(waits bool) Content

	// Late sends the answer of Run in another way, since the deliveries were answered
	// without it, or the rest of an answer after its Part. reached reports that a delivery wrote the Part, or
	// what Interim returned. It is called once at most, after Run.
	Late(ctx context.Context, reached bool)

	// Lost receives the reason why the message was given up. The context has the
	// values of the first delivery's and does not end. The sender's next message
	// begins after Lost has returned.
	Lost(ctx context.Context, reason error)
}

// Use is how a signature was used before.
type Use uint8

// The uses of a signature.
const (
	Fresh   Use = iota // not at all, or by the same message a moment ago
	Spent              // by the same message, so long ago that its outcome may be forgotten
	Foreign            // by another message
)

// Verdict is how a delivery is answered.
type Verdict uint8

// The verdicts.
const (
	// Success is the bare acknowledgement: there is no answer, or it comes late.
	Success Verdict = iota + 1
	// Reply is the answer itself; [Answer.Wrote] must follow.
	Reply
	// Dropped means that there is no answer: the peer is gone, or has to repeat the
	// delivery.
	Dropped
	// Busy is a refusal that asks for a repeat: too many messages, or a shutdown.
	Busy
	// TooMany is a refusal that asks for a repeat: too many messages of this sender.
	TooMany
	// Forbidden: in another process the signature came with another message.
	Forbidden
)

// Answer is what [Engine.Deliver] returns for a delivery.
type Answer struct {
	Verdict Verdict
	Content Content // of a Reply
	First   bool    // of TooMany: the first since the sender had nothing that ran
	Repeat  bool    // the message was delivered before, here or to another process
	Name    string  // of a Repeat: the name of the first delivery, if it is known

	engine *Engine
	run    *run
}

// Wrote must be called once for a Reply, with nil when it was written and the peer
// was still there, else with what went wrong. A reply that was written may still
// not have arrived: it stays for repeats.
func (a Answer) Wrote(err error) {
	if a.run != nil {
		a.engine.wrote(a.run, err)
	}
}

// Engine runs messages once. It has no goroutine of its own.
type Engine struct {
	deadline     time.Duration
	workTimeout  time.Duration
	maxRunning   int64
	maxPerSender int
	unordered    bool
	hold         bool
	claims       *claims // nil for one process

	seed    maphash.Seed
	shards  [shards]shard
	senders [shards]senders
	waiters sync.Pool // of *waiter; per engine, since a test's fake clock keeps them

	live    atomic.Int64  // runs that have not ended
	running atomic.Int64  // runs that work, wait for their turn, or send late
	closing atomic.Bool   // Shutdown has begun
	stopped atomic.Bool   // Shutdown has run out of time
	idle    chan struct{} // receives when something may have become idle after closing
}

// shards is the number of parts that each have a mutex of their own. Two cores gain
// from the second part on; sixteen serve machines of any size.
const shards = 16

// New returns an engine. It panics on a configuration that cannot work, since its
// callers check theirs.
func New(c Config) *Engine {
	e := &Engine{
		deadline:     cmp.Or(c.Deadline, DefaultDeadline),
		workTimeout:  cmp.Or(c.WorkTimeout, DefaultWorkTimeout),
		maxRunning:   int64(cmp.Or(c.MaxRunning, DefaultMaxRunning)),
		maxPerSender: cmp.Or(c.MaxPerSender, DefaultMaxPerSender),
		unordered:    c.Unordered,
		hold:         c.Hold,
		seed:         maphash.MakeSeed(),
		idle:         make(chan struct{}, 1),
	}
	if e.hold {
		e.deadline = HoldDeadline
	}
	if e.deadline < 0 || e.workTimeout < e.deadline || e.maxRunning < 0 || e.maxPerSender < 0 {
		panic("dedup: wrong bounds")
	}
	for i := range e.shards {
		e.shards[i].index = make(map[string]*outcome)
		e.senders[i].bySender = make(map[string]*sender)
	}
	if c.Store != nil {
		logger := c.Logger
		if logger == nil {
			logger = slog.New(slog.DiscardHandler)
		}
		e.claims = &claims{store: c.Store, logger: logger}
	}
	return e
}
