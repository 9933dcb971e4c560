package token

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

const (
	// maxEarly is the longest time before its expiry at which a token is refreshed. The
	// platform returns the same stable token until less than 5 minutes are left.
	maxEarly = 5 * time.Minute

	// samePause is the pause after a refresh that returned the known token.
	samePause = 30 * time.Second
)

// failures sets the pauses between the fetches of a failing source: at most 130 an
// hour, and with the retries of the first one 132 requests.
var failures = backoff.Policy{First: time.Second, Max: time.Minute}

// never is later than any moment in the life of a Cache.
const never = time.Duration(math.MaxInt64)

var errNoSource = errors.New("token: Reuse needs a source")

// ReuseConfig is the configuration of [Reuse]. Its zero value is useful.
type ReuseConfig struct {
	// Timeout bounds one fetch. If it is not positive, the bound is 45 seconds. A source
	// behind [Shared] may have to wait for the lease of another process, so keep it
	// above twice the lease.
	Timeout time.Duration

	// OnRefresh is called with every fetch after it has ended, in a goroutine of its own, for
	// metrics. ctx carries the values of the call that started the fetch, but not its
	// deadline. It may be nil.
	OnRefresh func(ctx context.Context, r Refresh)

	// Logger receives failed fetches. A failed early refresh is reported only here and
	// to OnRefresh. If nil, nothing is logged.
	Logger *slog.Logger
}

// Cache keeps the token of a Source. Make one with [Reuse].
//
// A valid token is read without a lock. It is refreshed in the background before it
// expires: when a tenth of its life is left, or 5 minutes if that is less. That time is
// shortened by a random amount of up to a fifth, so that several processes do not
// refresh at once. Callers use the old token until the refresh ends. If the refresh
// fails, the old token stays in use. One fetch runs at a time, on a context of its own
// with a timeout. A waiting caller leaves when its own ctx ends, and the others go on
// waiting. A Cache has no goroutine between fetches, unless OnRefresh or a source that
// ignores its ctx still runs.
//
// If there is no valid token and the fetch fails because of the connection, with HTTP
// 5xx or with errcode -1 (系统繁忙), the source is asked up to two more times, within about
// a second, and the callers wait. If that fails too, every waiting caller gets the
// error. Callers get the same error during a growing pause of at most a minute; the
// first caller after it asks the source once more. The upper bound for a source that
// stays down is 132 requests an hour.
type Cache struct {
	src     Source
	timeout time.Duration
	observe func(context.Context, Refresh)
	log     *slog.Logger

	start   time.Time             // the origin of the times below, which are time.Durations
	kept    atomic.Pointer[entry] // nil if there is no token to reuse
	fetches singleflight.Group    // one fetch at a time, so it has one key

	mu       sync.Mutex    // guards what follows, and writes to kept
	last     Token         // the newest token, kept or not
	life     time.Duration // of the newest token when it was fetched first, 0 if unknown
	failed   int           // fetches failed in a row
	failure  error         // error of the last failed fetch
	retryAt  time.Duration // the source is not asked before that time
	rejected Token         // reported, and not replaced yet
	repeated rejections
	running  int // calls of the source that have not returned
}

// entry is a token as readers see it.
type entry struct {
	tok  Token
	next time.Duration // no refresh before that time
	end  time.Duration // the token is valid until that time
}

// Reuse returns a Cache that fetches each token from src once and keeps it until it
// expires. If src is a Cache already, Reuse returns src and ignores cfg.
func Reuse(src Source, cfg ReuseConfig) *Cache {
	if c, ok := src.(*Cache); ok {
		return c
	}
	if src == nil {
		src = SourceFunc(func(context.Context) (Token, error) { return Token{}, errNoSource })
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 45 * time.Second
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Cache{src: src, timeout: cfg.Timeout, observe: cfg.OnRefresh, log: cfg.Logger, start: time.Now()}
}

// Token returns the valid token. If there is none, it waits for a fetch. It returns an
// error if the fetch fails, or if ctx ends first. A ctx that has already ended is an
// error only if there is no valid token, or if the token is due for a refresh.
func (c *Cache) Token(ctx context.Context) (Token, error) {
	if e := c.kept.Load(); e != nil && time.Since(c.start) < e.next {
		return e.tok, nil
	}
	return c.tokenOrFetch(ctx)
}

func (c *Cache) tokenOrFetch(ctx context.Context) (Token, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	c.mu.Lock()
	e := c.valid()
	due := e != nil && c.now() >= e.next
	if due {
		c.kept.Store(&entry{e.tok, e.end, e.end}) // no other caller refreshes it
	}
	c.mu.Unlock()
	if due {
		c.begin(ctx, true)
	}
	if e != nil {
		return e.tok, nil
	}
	got, err := c.wait(ctx)
	return got.tok, err
}

// Replace returns a token that differs from stale, which the platform has rejected: the
// token now in use, or a new one. If the source returns stale again, the error is
// [ErrStillRejected]. Only Replace returns this error; Token still returns what the
// source returned.
//
// If the platform also rejects the new token and the one after it, Replace returns
// ErrStillRejected until a pause has passed. The pause grows from a second up to 4
// minutes, and starts small again after a token that stays valid for more than a tenth
// of its life or 10 minutes, whichever is shorter.
//
// A client calls Replace before it repeats a call that the platform answered with
// 40001, 40014 or 42001.
func (c *Cache) Replace(ctx context.Context, stale Token) (Token, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Token{}, err
		}
		tok, err := c.reject(stale)
		if err != nil || tok != (Token{}) {
			return tok, err
		}
		got, err := c.wait(ctx)
		switch {
		case err != nil:
			return Token{}, err
		case !got.tok.Same(stale):
			return got.tok, nil
		case got.still != nil:
			return Token{}, got.still
		}
		// That fetch began before stale was reported.
	}
}

// Invalidate implements [Invalidator]. It is [Cache.Replace] without the new token.
func (c *Cache) Invalidate(ctx context.Context, stale Token) error {
	if stale.Value() == "" {
		return nil
	}
	_, err := c.Replace(ctx, stale)
	return err
}

// reject stops using stale. If another token has replaced it already, reject returns
// that one.
func (c *Cache) reject(stale Token) (Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.valid(); e != nil && !e.tok.Same(stale) {
		return e.tok, nil
	}
	if c.last.Same(stale) && c.repeated.pausing(time.Now()) {
		return Token{}, ErrStillRejected
	}
	c.kept.Store(nil)
	c.rejected = stale
	return Token{}, nil
}

// adopt begins to use tok, the result of a fetch that was to replace stale. The caller
// holds mu.
func (c *Cache) adopt(tok, stale Token) {
	same := tok.Same(c.last)
	if stale.Same(c.last) {
		c.repeated = c.repeated.next(time.Now(), c.life)
	}
	c.last, c.failed, c.failure = tok, 0, nil
	if !same {
		c.life = max(tok.left(), 0)
	}
	if tok.Same(c.rejected) && !stale.Same(c.rejected) {
		return // reported during this fetch: the next one replaces it
	}
	c.rejected = Token{}
	switch {
	case tok.content.fixed:
		c.kept.Store(&entry{tok, never, never})
	case tok.Expiry().IsZero():
		c.kept.Store(nil)
	default:
		end := c.now() + tok.left()
		next := end - early(c.life)
		if same {
			next = max(next, c.now()+samePause)
		}
		c.kept.Store(&entry{tok, min(max(next, c.now()), end), end})
	}
}

// fail records a failed fetch, so that the next one waits. A fetch that sent no request
// is not recorded. The caller holds mu.
func (c *Cache) fail(err error) {
	if backoff.IsImmediate(err) && c.valid() == nil {
		return
	}
	c.failed++
	c.failure, c.retryAt = err, c.now()+failures.Pause(c.failed)
	if e := c.valid(); e != nil {
		c.kept.Store(&entry{e.tok, min(c.retryAt, e.end), e.end})
	}
}

// valid returns the entry whose token is valid, or nil.
func (c *Cache) valid() *entry {
	if e := c.kept.Load(); e != nil && c.now() < e.end {
		return e
	}
	return nil
}

func (c *Cache) now() time.Duration { return time.Since(c.start) }

// early returns how long before its expiry a token with that life is refreshed.
func early(life time.Duration) time.Duration {
	window := min(life/10, maxEarly)
	return window - backoff.Jitter(window/5)
}

// Format implements fmt.Formatter. It writes only the name of the type.
func (c *Cache) Format(f fmt.State, _ rune) { io.WriteString(f, "token.Cache") }

// MarshalText implements encoding.TextMarshaler. It returns only the name of the type.
func (c *Cache) MarshalText() ([]byte, error) { return fmt.Append(nil, c), nil }
