package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// How [Reuse] spends its requests.
const (
	// MaxEarly is the longest time before its end at which a token is refreshed.
	// The platform hands out the same stable token until under 5 minutes are left.
	MaxEarly = 5 * time.Minute

	// SamePause is how long a refresh that brought the known token is not repeated.
	SamePause = 30 * time.Second

	// MinPause and MaxPause bound the pause after a failed fetch. It doubles with
	// every failure in a row, and up to a fifth is added at random.
	MinPause = 500 * time.Millisecond
	MaxPause = 30 * time.Second

	// MaxFetchesPerHour is a bound that follows: so often at most is a source asked
	// within an hour in which it always fails.
	MaxFetchesPerHour = 130
)

// maxHung is how many fetches may be abandoned because their source does not
// return; until one of them ends no other is begun.
const maxHung = 4

// forever is later than any moment that a Cache measures.
const forever = time.Duration(math.MaxInt64)

var errNoSource = errors.New("token: Reuse was given no source")

// Cache keeps the token of a Source. Make one with [Reuse].
//
// A token that is good is read without a lock. It is refreshed in the background
// when a tenth of its life is left, at most [MaxEarly] and up to a fifth of that
// later at random, while everyone goes on with it. One fetch runs at a time, with
// a timeout of its own; a caller who waits for it leaves when its own ctx ends,
// which disturbs nobody else. A failed early refresh costs nothing: the token
// stays. With no good token a failure goes to everyone who waits, and the source
// is not asked again before a pause. No goroutine outlives its fetch.
type Cache struct {
	src     Source
	timeout time.Duration
	observe Observer
	log     *slog.Logger

	start time.Time             // the origin of every time.Duration that is a moment below
	kept  atomic.Pointer[entry] // nil when there is no token to reuse

	mu        sync.Mutex    // guards what follows, and writes to kept
	flight    *flight       // the fetch under way, or nil
	hung      int           // fetches abandoned, whose source has not returned yet
	last      Token         // the newest that came, kept or not
	window    time.Duration // how long before its end that one is refreshed
	fails     int           // fetches failed in a row
	failure   error         // of the last of them
	retryAt   time.Duration
	rejection rejection
}

// entry is a token as readers see it.
type entry struct {
	tok  Token
	next time.Duration // until then nobody need look further
	end  time.Duration // until then the token is good
}

// Reuse keeps the tokens of src, so that it is asked once in the life of each. The
// result of Reuse is returned as it is, without the options.
func Reuse(src Source, opts ...ReuseOption) *Cache {
	if c, ok := src.(*Cache); ok {
		return c
	}
	if src == nil {
		src = SourceFunc(func(context.Context) (Token, error) { return Token{}, errNoSource })
	}
	c := &Cache{src: src, timeout: 45 * time.Second, log: slog.New(slog.DiscardHandler), start: time.Now()}
	for _, o := range opts {
		o.reuse(c)
	}
	return c
}

// Token returns the token in use, whatever the state of ctx, or waits for a fetch if
// there is none. Its error is that of ctx or that of the fetch.
func (c *Cache) Token(ctx context.Context) (Token, error) {
	if e := c.kept.Load(); e != nil && time.Since(c.start) < e.next {
		return e.tok, nil
	}
	return c.tokenOrWait(ctx)
}

func (c *Cache) tokenOrWait(ctx context.Context) (Token, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	c.mu.Lock()
	if e := c.good(); e != nil {
		if c.flight == nil && c.now() >= e.next {
			c.refreshEarly(ctx, e)
		}
		c.mu.Unlock()
		return e.tok, nil
	}
	f, err := c.join(ctx)
	c.mu.Unlock()
	if err != nil {
		return Token{}, err
	}
	return f.wait(ctx)
}

// Format names the type and shows nothing of the token.
func (c *Cache) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("token.Cache")) }

// join returns the fetch under way, or begins one. The caller holds mu.
func (c *Cache) join(ctx context.Context) (*flight, error) {
	if c.flight != nil {
		return c.flight, nil
	}
	if c.failure != nil && c.now() < c.retryAt {
		return nil, c.failure
	}
	if f := c.begin(ctx, c.reason()); f != nil {
		return f, nil
	}
	return nil, ErrTimeout
}

func (c *Cache) reason() Reason {
	switch {
	case c.rejection.pending:
		return Rejected
	case c.last == (Token{}):
		return Cold
	case c.last.Expiry().IsZero():
		return Unkept
	}
	return Expired
}

// begin starts a fetch, unless too many hang. The caller holds mu.
func (c *Cache) begin(ctx context.Context, why Reason) *flight {
	if c.hung >= maxHung {
		return nil
	}
	f := &flight{why: why, began: c.now(), done: make(chan struct{})}
	c.flight = f
	go c.run(context.WithoutCancel(ctx), f)
	return f
}

// refreshEarly begins a fetch while e is still good. The caller holds mu.
func (c *Cache) refreshEarly(ctx context.Context, e *entry) {
	next := e.end // until the fetch has ended nobody need look
	if c.begin(ctx, Early) == nil {
		next = min(c.now()+MaxPause, e.end)
	}
	c.keep(&entry{e.tok, next, e.end})
}

// settle takes in the outcome of f. The caller holds mu.
func (c *Cache) settle(f *flight) {
	c.flight = nil
	switch {
	case f.err == nil:
		c.adopt(f.tok)
	case errors.Is(f.err, ErrStillRejected) && f.tok.fault() == nil:
		c.insist(f)
	default:
		c.fail(f.err)
	}
	close(f.done)
}

// adopt begins to use tok.
func (c *Cache) adopt(tok Token) {
	same := tok.Same(c.last)
	c.last, c.fails, c.failure = tok, 0, nil
	if !tok.Same(c.rejection.tok) {
		c.rejection = rejection{}
	}
	now := c.now()
	switch {
	case tok.secret.fixed:
		c.keep(&entry{tok, forever, forever})
	case tok.Expiry().IsZero():
		c.keep(nil)
	default:
		left := time.Until(tok.Expiry())
		end, next := now+left, now+SamePause
		if !same {
			c.window, next = early(left), now
		}
		c.keep(&entry{tok, min(max(next, end-c.window), end), end})
	}
}

// fail remembers a failure and when to try again.
func (c *Cache) fail(err error) {
	c.fails++
	c.failure, c.retryAt = err, c.now()+pause(c.fails)
	if e := c.good(); e != nil {
		c.keep(&entry{e.tok, min(c.retryAt, e.end), e.end})
	}
}

// good returns the entry whose token is good, or nil.
func (c *Cache) good() *entry {
	if e := c.kept.Load(); e != nil && c.now() < e.end {
		return e
	}
	return nil
}

func (c *Cache) keep(e *entry) { c.kept.Store(e) }

func (c *Cache) now() time.Duration { return time.Since(c.start) }
