package broadcast

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// The defaults of [Config].
const (
	defaultConcurrency = 8
	defaultTimeout     = 30 * time.Second
	defaultGiveUp      = 25 * time.Hour
	defaultKeep        = 30 * 24 * time.Hour
	defaultInterval    = time.Second
)

const (
	lease         = 15 * time.Second // of the lock of a run
	briefAttempts = 5                // for a receiver to whom another send is in progress
)

// Config describes a broadcast. The zero value is useful: nothing is stored, and
// nothing resumes after a crash.
type Config struct {
	// Name names the broadcast in Store, such as "moving-2026". Calls of Run with one name
	// are one broadcast. It has at most 64 bytes and no colon. Required with Store.
	Name string

	// Store keeps a record of each receiver, so that Run can go on after a crash. It should
	// be durable. If nil, nothing is kept: a receiver that occurs twice gets two messages,
	// and a second call of Run sends to everybody again.
	Store store.Store

	// Keep is how long a record is kept. 0 means 30 days. A receiver whose record has expired
	// gets the message again if Run is called again.
	Keep time.Duration

	// Ledger matches delivery events with the results of this broadcast. It may be nil.
	// It needs Store and Name, so that no result is lost in a crash.
	Ledger *Ledger

	// Concurrency is the maximum number of sends at a time. 0 means 8.
	Concurrency int

	// Rate is the maximum number of sends a second, evenly spaced. 0 means no limit.
	Rate float64

	// Timeout is how long one call of the send function may take. 0 means 30 s.
	Timeout time.Duration

	// RepeatWithin is how long after the first send to a receiver another send does no
	// harm. During that time a receiver whose message may have been sent is tried
	// again, even after a crash. 0 means that it is not tried again.
	//
	// The platform sends one message for calls with the same ClientMsgID within ten
	// minutes (template messages and subscription notices), so 9 minutes are right for a
	// send function that sets one from the name and the receiver. A send function that
	// only reads may have any duration.
	RepeatWithin time.Duration

	// GiveUp is how long Run waits while no send succeeds, because of a quota or of a
	// platform that cannot be reached. Then it returns the last error. 0 means 25 hours,
	// which is longer than a daily quota lasts. A negative value never waits.
	GiveUp time.Duration

	// OnResult receives one result for each receiver. OnProgress receives the state of
	// the run every Interval and at its end. Only one of these calls runs at a time,
	// and sends wait for it, so they should be quick. They may be nil.
	OnResult   func(Result)
	OnProgress func(Progress)

	// Interval is the time between two calls of OnProgress. 0 means 1 s.
	Interval time.Duration

	// Logger receives the beginning, the end and the pauses of a run, its progress once a
	// minute, and each receiver that is ambiguous, also one that an earlier run left so.
	// If nil, nothing is logged.
	Logger *slog.Logger
}

// Progress is the state of a run.
type Progress struct {
	Done       int             // receivers with a result
	Earlier    int             // of these, those with a result of an earlier run
	Duplicates int             // receivers that occurred before; they have no second result
	Outcomes   map[Outcome]int // Done by outcome
	Elapsed    time.Duration   // since Run was called

	// PausedUntil is the end of a pause of all sends, and Cause the error that began it.
	// They are zero if sends go on.
	PausedUntil time.Time
	Cause       error
}

// Run calls the function send for each receiver. send returns the id of the sent
// message, or "" if the platform returned none. The receivers are keys, such as
// openids. If the sequence yields an error, the run ends with it.
//
// Run returns when each receiver has a result. It returns an error together with the
// progress when ctx ends, when the platform refuses something that concerns all
// receivers, when Store fails, or after Config.GiveUp. Before that it finishes the
// sends that have begun. Call Run again to continue.
//
// The context of send does not end with ctx, but after Config.Timeout.
//
// If send or a callback of c panics, Run finishes the other sends that have begun and
// panics with the same value. It does the same for runtime.Goexit, such as that of
// FailNow in a test. The receiver has no result; with a Store a later run reports it as
// Ambiguous.
func Run(ctx context.Context, c Config, receivers iter.Seq2[string, error], send func(ctx context.Context, receiver string) (msgID string, err error)) (*Progress, error) {
	return RunFunc(ctx, c, receivers, func(receiver string) string { return receiver }, send)
}

// RunFunc is [Run] for receivers of any type. The function key returns the key of a
// receiver, which has at most 400 bytes and is the same in each run.
func RunFunc[R any](ctx context.Context, c Config, receivers iter.Seq2[R, error], key func(R) string, send func(ctx context.Context, receiver R) (msgID string, err error)) (*Progress, error) {
	return start(ctx, c, func(yield func(job, error) bool) {
		for receiver, err := range receivers {
			if err != nil {
				yield(job{}, fmt.Errorf("broadcast: the receivers: %w", err))
				return
			}
			j := job{key(receiver), func(ctx context.Context) (string, error) { return send(ctx, receiver) }}
			if !yield(j, nil) {
				return
			}
		}
	})
}

// Each returns the values of a sequence that cannot fail as receivers, such as
// Each(slices.Values(openIDs)).
func Each[R any](receivers iter.Seq[R]) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for receiver := range receivers {
			if !yield(receiver, nil) {
				return
			}
		}
	}
}

// job is one receiver and its send.
type job struct {
	receiver string
	send     func(context.Context) (string, error)
}

// run is a call of Run.
type run struct {
	Config
	checkpoint
	gate  *gate
	pace  pace
	began time.Time
	ctx   context.Context // ends when no further send may begin
	abort context.CancelCauseFunc

	mu       sync.Mutex // also held during callbacks
	progress Progress
	crash    *crash
}

func (c Config) withDefaults() (Config, error) {
	if c.Store != nil || c.Name != "" {
		if err := checkName("Config.Name", c.Name); err != nil {
			return c, err
		}
	}
	switch {
	case c.Ledger != nil && c.Store == nil:
		return c, errors.New("broadcast: Config.Ledger needs Config.Store")
	case c.Keep < 0 || c.Timeout < 0 || c.RepeatWithin < 0 || c.Interval < 0:
		return c, errors.New("broadcast: Config.Keep, Timeout, RepeatWithin and Interval must not be negative")
	case c.Concurrency < 0 || !(c.Rate >= 0):
		return c, errors.New("broadcast: Config.Concurrency and Rate must not be negative")
	}
	set(&c.Keep, defaultKeep)
	set(&c.Timeout, defaultTimeout)
	set(&c.GiveUp, defaultGiveUp)
	set(&c.Interval, defaultInterval)
	set(&c.Concurrency, defaultConcurrency)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func set[T comparable](field *T, value T) {
	if zero := *new(T); *field == zero {
		*field = value
	}
}

func start(ctx context.Context, c Config, jobs iter.Seq2[job, error]) (*Progress, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	r := &run{
		Config:     c,
		checkpoint: checkpoint{store: c.Store, prefix: keyPrefix(c.Name), keep: c.Keep, run: rand.Text()},
		gate:       newGate(c.GiveUp),
		began:      time.Now(),
		progress:   Progress{Outcomes: map[Outcome]int{}},
	}
	if c.Rate > 0 {
		r.pace.gap = time.Duration(float64(time.Second) / c.Rate)
	}
	running, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	r.abort = abort
	working, unlock, err := r.lock(running)
	if err != nil {
		return r.snapshot(), err
	}
	defer r.raise()
	defer unlock()
	r.Logger.InfoContext(ctx, "broadcast: begins", "name", c.Name)
	func() {
		defer r.tell(ctx)() // also if the reader of the receivers panics
		err = r.work(working, jobs)
	}()
	if c.OnProgress != nil {
		r.locked(func() { c.OnProgress(*r.snapshotLocked()) })
	}
	p := r.snapshot()
	switch {
	case err != nil && ctx.Err() != nil: // the caller stops it
		r.Logger.WarnContext(ctx, "broadcast: stopped", append(p.attrs(c.Name), slog.Any("error", err))...)
	case err != nil:
		r.Logger.ErrorContext(ctx, "broadcast: ends early", append(p.attrs(c.Name), slog.Any("error", err))...)
	default:
		r.Logger.InfoContext(ctx, "broadcast: ends", p.attrs(c.Name)...)
	}
	return p, err
}

// lock waits until no other run has the name, and holds the name until unlock is called.
// The returned context ends with ctx and when the name is lost.
func (r *run) lock(ctx context.Context) (working context.Context, unlock func(), err error) {
	if r.store == nil {
		return ctx, func() {}, nil
	}
	key := r.prefix + "lock"
	held, acquired, err := store.TryAcquire(ctx, r.store, key, lease)
	if err == nil && !acquired {
		r.Logger.InfoContext(ctx, "broadcast: waits for another run, or at most 15 s for the end of the lease of one that was killed", "name", r.Name)
		held, err = store.Acquire(ctx, r.store, key, lease)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("broadcast: %w", err)
	}
	working, cancel := held.Context(ctx)
	var renewing sync.WaitGroup
	r.goCatch(&renewing, func() {
		ticker := time.NewTicker(lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-working.Done():
				return
			case <-ticker.C:
				one, cancel := context.WithTimeout(working, lease/3)
				if err := held.Renew(one); err != nil { // the lease goes on to its end
					r.Logger.WarnContext(ctx, "broadcast: renewing the lock failed", "name", r.Name, "error", err)
				}
				cancel()
			}
		}
	})
	return working, func() {
		cancel()
		renewing.Wait()
		one, cancel := context.WithTimeout(context.WithoutCancel(ctx), lease/3)
		defer cancel()
		_ = held.Release(one) // or the lease ends
	}, nil
}

// work passes the receivers to the workers and returns the first error.
func (r *run) work(ctx context.Context, jobs iter.Seq2[job, error]) (err error) {
	var stop context.CancelCauseFunc
	r.ctx, stop = context.WithCancelCause(ctx)
	defer stop(nil)
	var once sync.Once
	fail := func(e error) {
		once.Do(func() { err = e; stop(e) })
	}
	queue := make(chan job)
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(queue)
	for range r.Concurrency {
		r.goCatch(&workers, func() {
			for j := range queue {
				if err := r.handle(j); err != nil {
					fail(err)
				}
			}
		})
	}
	for j, err := range jobs {
		if err != nil {
			fail(err)
			break
		}
		if len(j.receiver) > maxReceiver {
			fail(fmt.Errorf("broadcast: the key of a receiver has %d bytes, at most %d are allowed", len(j.receiver), maxReceiver))
			break
		}
		select {
		case queue <- j:
			continue
		case <-r.ctx.Done():
			fail(context.Cause(r.ctx))
		}
		break
	}
	return err
}

// handle brings one receiver to a result. An error ends the run.
func (r *run) handle(j job) error {
	var claim *record // nil: nothing can have been sent
	var last error    // why the claim is open
	for attempt := 1; ; attempt++ {
		var known *record
		if claim == nil {
			n, done, err := r.known(j.receiver)
			if done || err != nil {
				return err
			}
			known = n
		}
		probe, err := r.pass()
		if err != nil {
			return r.abandon(j.receiver, claim, last, err)
		}
		if claim != nil && !r.repeatable(claim) {
			r.gate.leave(probe)
			return r.finish(j.receiver, claim, Ambiguous, "", last)
		}
		opened := claim != nil
		if known != nil && (known.Outcome == "" || known.Outcome == Ambiguous) {
			opened, last = true, ErrInterrupted
		}
		if claim == nil {
			claim, err = r.claim(r.ctx, j.receiver, known)
			if err != nil {
				r.gate.leave(probe)
				if claim = nil; errors.Is(err, errTaken) {
					continue
				}
				return fmt.Errorf("broadcast: store: %w", err)
			}
		}
		msgID, err := r.call(j)
		v := judge(err)
		if v.brief && attempt >= briefAttempts {
			v = verdict{outcome: Failed}
		}
		if stopped := r.pauseAll(probe, v, err); stopped != nil {
			switch {
			case v.outcome == Ambiguous && r.RepeatWithin == 0:
				return errors.Join(stopped, r.finish(j.receiver, claim, Ambiguous, "", err))
			case v.outcome == Ambiguous:
				return r.abandon(j.receiver, claim, err, stopped)
			case opened:
				return r.abandon(j.receiver, claim, last, stopped)
			}
			return errors.Join(stopped, r.release(r.ctx, j.receiver, claim))
		}
		switch {
		case v.outcome == Ambiguous && r.RepeatWithin > 0:
			last = err
		case v.outcome != "":
			return r.finish(j.receiver, claim, v.outcome, msgID, err)
		case opened: // an earlier send may have been carried out
		default:
			if err := r.release(r.ctx, j.receiver, claim); err != nil {
				return fmt.Errorf("broadcast: store: %w", err)
			}
			claim = nil
		}
		if v.brief {
			_ = busyPause.Wait(r.ctx, attempt)
		}
	}
}

// known reports the result that a receiver has already. It returns a record that a claim
// may replace.
func (r *run) known(receiver string) (n *record, done bool, err error) {
	n, err = r.read(r.ctx, receiver)
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("broadcast: store: %w", err)
	case n == nil:
		return nil, false, nil
	case r.mine(n):
		r.locked(func() { r.progress.Duplicates++ })
		return nil, true, nil
	case n.Outcome == Failed || n.Outcome == Skipped:
		return n, false, nil
	case (n.Outcome == "" || n.Outcome == Ambiguous) && r.repeatable(n):
		return n, false, nil
	}
	if n.Outcome == "" {
		closed := n.finish(Ambiguous, "", ErrInterrupted)
		switch err := r.write(r.ctx, receiver, n, &closed); {
		case errors.Is(err, errTaken): // a run that lost the lock has stored its result
			return r.known(receiver)
		case err != nil:
			return nil, false, fmt.Errorf("broadcast: store: %w", err)
		}
		n = &closed
	}
	result := n.result(receiver)
	return nil, true, r.report(result)
}

// repeatable reports whether a send that may have been carried out may be repeated.
func (r *run) repeatable(n *record) bool { return time.Since(n.Began) < r.RepeatWithin }

// pass waits until the next send may begin.
func (r *run) pass() (probe bool, err error) {
	for {
		if probe, err = r.gate.pass(r.ctx); err != nil {
			return false, err
		}
		if err := r.pace.wait(r.ctx); err != nil {
			r.gate.leave(probe)
			return false, err
		}
		if probe || r.gate.isOpen() {
			return probe, nil
		}
	}
}

func (r *run) call(j job) (msgID string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), r.Timeout)
	defer cancel()
	return j.send(ctx)
}

// pauseAll opens the gate or begins a pause. An error ends the run.
func (r *run) pauseAll(probe bool, v verdict, cause error) error {
	if v.stop {
		r.gate.leave(probe)
		return fmt.Errorf("broadcast: refused for all receivers: %w", cause)
	}
	if v.pause == nil {
		if r.gate.open(probe) {
			r.Logger.InfoContext(r.ctx, "broadcast: goes on", "name", r.Name)
		}
		return nil
	}
	pause, err := r.gate.shut(probe, *v.pause, cause)
	if pause > 0 && err == nil {
		r.Logger.WarnContext(r.ctx, "broadcast: pauses", "name", r.Name, "pause", pause.Round(time.Millisecond).String(), "error", cause)
	}
	return err
}

// finish stores and reports the result of a claim.
func (r *run) finish(receiver string, claim *record, outcome Outcome, msgID string, err error) error {
	done := claim.finish(outcome, msgID, err)
	failure := r.write(r.ctx, receiver, claim, &done)
	reported := r.report(Result{Receiver: receiver, Outcome: outcome, MsgID: msgID, Code: done.Code, Err: err, Time: done.Time})
	if failure != nil {
		return fmt.Errorf("broadcast: the result of a receiver was not stored, so a later run reports it as ambiguous: %w", failure)
	}
	return reported
}

// abandon leaves a receiver when the run ends. What may have been sent stays open in the
// store, so that a later run may repeat it; without a store it is ambiguous now.
func (r *run) abandon(receiver string, claim *record, last, err error) error {
	if claim != nil && r.store == nil {
		return errors.Join(err, r.finish(receiver, claim, Ambiguous, "", last))
	}
	return err
}

// report counts a result and passes it to the log, the callback and the ledger.
func (r *run) report(result Result) error {
	if result.Outcome == Ambiguous {
		r.Logger.WarnContext(r.ctx, "broadcast: the message may have been sent", "name", r.Name, "receiver", result.Receiver, "earlier", result.Earlier, "error", result.Err)
	}
	r.locked(func() {
		r.progress.Done++
		r.progress.Outcomes[result.Outcome]++
		if result.Earlier {
			r.progress.Earlier++
		}
		if r.OnResult != nil {
			r.OnResult(result)
		}
	})
	if r.Ledger == nil || result.Outcome != Sent || result.MsgID == "" {
		return nil
	}
	if err := r.Ledger.sent(r.ctx, r.Name, result); err != nil {
		return fmt.Errorf("broadcast: ledger: %w", err)
	}
	return nil
}

func (r *run) locked(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do()
}

func (r *run) snapshot() (p *Progress) {
	r.locked(func() { p = r.snapshotLocked() })
	return p
}

func (r *run) snapshotLocked() *Progress {
	p := r.progress
	p.Outcomes = maps.Clone(p.Outcomes)
	p.Elapsed = time.Since(r.began)
	p.PausedUntil, p.Cause = r.gate.pause()
	return &p
}

func (p *Progress) attrs(name string) []any {
	var outcomes []any
	for _, o := range []Outcome{Sent, NotFollower, Refused, UnknownReceiver, WindowClosed, Skipped, Failed, Ambiguous} {
		if n := p.Outcomes[o]; n > 0 {
			outcomes = append(outcomes, string(o), n)
		}
	}
	return []any{
		slog.String("name", name), slog.Int("done", p.Done), slog.Int("earlier", p.Earlier),
		slog.Group("outcomes", outcomes...), slog.String("took", p.Elapsed.Round(time.Millisecond).String()),
	}
}

// tell reports the progress until stop is called.
func (r *run) tell(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	var telling sync.WaitGroup
	r.goCatch(&telling, func() {
		calls, lines := time.NewTicker(r.Interval), time.NewTicker(time.Minute)
		defer calls.Stop()
		defer lines.Stop()
		for {
			select {
			case <-done:
				return
			case <-calls.C:
				if r.OnProgress != nil {
					r.locked(func() { r.OnProgress(*r.snapshotLocked()) })
				}
			case <-lines.C:
				r.Logger.InfoContext(ctx, "broadcast: goes on", r.snapshot().attrs(r.Name)...)
			}
		}
	})
	return func() { close(done); telling.Wait() }
}

// crash is a panic, or a call of runtime.Goexit, in a function of the caller or in the
// store.
type crash struct{ value any } // nil for Goexit

var errCrash = errors.New("broadcast: a function of the caller panicked or called runtime.Goexit")

// goCatch runs f in a goroutine of the group. A crash in it ends the run, and raise
// repeats it in the goroutine of Run, whose caller can recover from it.
func (r *run) goCatch(group *sync.WaitGroup, f func()) {
	group.Go(func() {
		returned := false
		defer func() {
			if returned {
				return
			}
			c := &crash{recover()}
			if c.value != nil {
				r.Logger.Error("broadcast: panic", "name", r.Name, "panic", c.value, "stack", string(debug.Stack()))
			}
			r.locked(func() {
				if r.crash == nil {
					r.crash = c
				}
			})
			r.abort(errCrash)
		}()
		f()
		returned = true
	})
}

// raise repeats a crash.
func (r *run) raise() {
	switch c := r.crash; {
	case c == nil:
	case c.value == nil:
		runtime.Goexit()
	default:
		panic(c.value)
	}
}
