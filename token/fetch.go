package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// grace is how long after its ctx has ended a source may take to return.
const grace = time.Second

// flight is one fetch and those who wait for it. tok and err are read after done.
type flight struct {
	why   Reason
	began time.Duration
	done  chan struct{}
	tok   Token
	err   error
	still error // why tok, which the platform rejected, came all the same; else nil
}

func (f *flight) wait(ctx context.Context) (Token, error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	if f.err != nil {
		return Token{}, f.err
	}
	return f.tok, nil
}

// insisted is the error for those who reported the token that f brought.
func (f *flight) insisted() error {
	if f.still != nil {
		return f.still
	}
	return ErrStillRejected
}

// run carries out f. A source that does not return in time is abandoned.
func (c *Cache) run(ctx context.Context, f *flight) {
	fetching, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	watch := time.AfterFunc(c.timeout+grace, func() { c.end(ctx, f, Token{}, ErrTimeout, true) })
	defer watch.Stop()

	tok, err := Token{}, ErrPanic // unless ask returns
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrPanic, r)
		}
		c.end(ctx, f, tok, err, false)
	}()
	tok, err = c.ask(fetching)
}

// ask gets a token from the source: once, or twice if the first is one that the
// platform has rejected. With [ErrStillRejected] it returns that token.
func (c *Cache) ask(ctx context.Context) (Token, error) {
	for again := false; ; again = true {
		passErr := c.passOn(ctx) // a source that cannot hear of it may still give another
		tok, err := ask(ctx, c.src)
		switch {
		case err != nil && !insists(tok, err):
			return Token{}, errors.Join(err, passErr)
		case !c.isRejected(tok):
			return tok, nil
		case err != nil:
			return tok, err
		case again || errors.Is(passErr, ErrStillRejected):
			return tok, errors.Join(ErrStillRejected, passErr)
		}
	}
}

// ask asks src once for a token that is fit for use.
func ask(ctx context.Context, src Source) (Token, error) {
	tok, err := src.Token(ctx)
	if err != nil {
		return tok, err
	}
	return tok, tok.fault()
}

// insists reports whether a source gave tok although it was rejected.
func insists(tok Token, err error) bool {
	return errors.Is(err, ErrStillRejected) && tok.fault() == nil
}

func (c *Cache) isRejected(tok Token) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rejection.pending && c.rejection.tok.Same(tok)
}

// end settles f with its outcome, wakes those who wait and tells the observer. An
// abandoned fetch ends here twice: when it is given up, and when its source
// returns after all; what it brings then is ignored.
func (c *Cache) end(ctx context.Context, f *flight, tok Token, err error, abandon bool) {
	c.mu.Lock()
	if c.flight != f {
		if !abandon {
			c.hung--
		}
		c.mu.Unlock()
		return
	}
	if abandon {
		c.hung++
	}
	report := Refresh{Reason: f.why, Duration: c.now() - f.began, Err: err, Same: err == nil && tok.Same(c.last)}
	f.tok, f.err = tok, err
	c.settle(f)
	c.mu.Unlock()

	if err == nil {
		report.Expiry = tok.Expiry()
	} else {
		c.log.LogAttrs(ctx, slog.LevelWarn, "token: fetch failed",
			slog.String("reason", string(f.why)), slog.Duration("took", report.Duration), slog.Any("error", err))
	}
	c.tell(ctx, report)
}

// tell calls the observer, whose panic is logged and goes no further.
func (c *Cache) tell(ctx context.Context, r Refresh) {
	if c.observe == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			c.log.ErrorContext(ctx, "token: observer panicked", "panic", p)
		}
	}()
	c.observe(ctx, r)
}

// early is how long before its end a token with that life left is refreshed.
func early(left time.Duration) time.Duration {
	window := min(left/10, MaxEarly)
	return window - jitter(window/5)
}

// pause is how long to wait after so many failures in a row.
func pause(fails int) time.Duration {
	p := min(MinPause<<min(fails-1, 10), MaxPause)
	return p + jitter(p/5)
}

// jitter is a random duration below d.
func jitter(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}
