package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

const (
	// grace is how long a source may run after its ctx has ended.
	grace = time.Second

	// maxRunning is how many calls of a source may run at once. There is more than one
	// only if the source ignores its ctx and an earlier call was abandoned.
	maxRunning = 4

	// maxRetries is how many times the first fetch of a series of failures is retried
	// while the callers wait. Later fetches are not retried, so that an outage costs two
	// more requests and not three times as many.
	maxRetries = 2
)

// retryPauses sets the pauses before these retries, together at most 1.2 seconds.
var retryPauses = backoff.Policy{First: 400 * time.Millisecond, Max: time.Second}

// fetched is the outcome of a fetch.
type fetched struct {
	tok   Token
	still error // ErrStillRejected, if tok is the token that the fetch was to replace
}

// begin starts a fetch, or joins the one in progress.
func (c *Cache) begin(ctx context.Context, early bool) <-chan singleflight.Result {
	ctx = context.WithoutCancel(ctx)
	return c.fetches.DoChan("", func() (any, error) { return c.fetch(ctx, early) })
}

// wait waits for the fetch in progress, or for a new one.
func (c *Cache) wait(ctx context.Context) (fetched, error) {
	select {
	case <-ctx.Done():
		return fetched{}, ctx.Err()
	case result := <-c.begin(ctx, false):
		got, _ := result.Val.(fetched)
		return got, result.Err
	}
}

// fetch asks the source for a token and uses it.
func (c *Cache) fetch(ctx context.Context, early bool) (fetched, error) {
	c.mu.Lock()
	if !early {
		// Another fetch may have ended since the caller checked.
		if e := c.valid(); e != nil {
			c.mu.Unlock()
			return fetched{tok: e.tok}, nil
		}
		if c.failure != nil && c.now() < c.retryAt {
			c.mu.Unlock()
			return fetched{}, c.failure
		}
	}
	report, stale, began := Refresh{Reason: c.reason(early)}, c.rejected, c.now()
	retries := 0
	if !early && c.failed == 0 {
		retries = maxRetries
	}
	c.mu.Unlock()

	got, err := c.ask(ctx, stale, retries)

	c.mu.Lock()
	report.Duration, report.Err = c.now()-began, err
	if err != nil {
		c.fail(err)
	} else {
		report.Expiry, report.Same = got.tok.Expiry(), got.tok.Same(c.last)
		c.adopt(got.tok, stale)
	}
	c.mu.Unlock()
	go c.report(ctx, report) // callers do not wait for an observer
	return got, err
}

// reason returns why a fetch is made. The caller holds mu.
func (c *Cache) reason(early bool) Reason {
	switch {
	case early:
		return Early
	case c.rejected != Token{}:
		return Rejected
	case c.last == Token{}:
		return Cold
	case c.last.Expiry().IsZero():
		return Uncached
	}
	return Expired
}

// ask calls the source within the time of a fetch, and again up to retries times after
// a transient failure. It runs the source in a separate goroutine, so that a panic, a
// runtime.Goexit or a source that does not return cannot harm the callers.
func (c *Cache) ask(ctx context.Context, stale Token, retries int) (fetched, error) {
	c.mu.Lock()
	if c.running == maxRunning {
		c.mu.Unlock()
		return fetched{}, ErrTimeout
	}
	c.running++
	c.mu.Unlock()

	type answer struct {
		fetched
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		a := answer{err: ErrPanic} // unless replace returns
		defer func() {
			if r := recover(); r != nil {
				a.err = fmt.Errorf("%w: %w", ErrPanic, secret.Panic(r))
			}
			c.mu.Lock()
			c.running--
			c.mu.Unlock()
			answers <- a
		}()
		a.fetched, a.err = replace(ctx, c.src, stale, retries)
	}()
	overdue := time.NewTimer(c.timeout + grace)
	defer overdue.Stop()
	select {
	case a := <-answers:
		return a.fetched, a.err
	case <-overdue.C:
		return fetched{}, ErrTimeout
	}
}

// replace asks src for a token. Before that it reports stale as rejected, unless stale
// is the zero Token. Only the request for a token is retried, never the report.
func replace(ctx context.Context, src Source, stale Token, retries int) (fetched, error) {
	var invalidateErr error
	if inv, ok := src.(Invalidator); ok && stale != (Token{}) {
		invalidateErr = inv.Invalidate(ctx, stale)
	}
	tok, err := usable(src.Token(ctx))
	for n := 1; n <= retries && transient(err) && retryPauses.Wait(ctx, n) == nil; n++ {
		tok, err = usable(src.Token(ctx))
	}
	switch {
	case err != nil:
		return fetched{}, errors.Join(err, invalidateErr)
	case !tok.Same(stale):
		return fetched{tok: tok}, nil
	case errors.Is(invalidateErr, ErrStillRejected):
		return fetched{tok, invalidateErr}, nil
	}
	return fetched{tok, errors.Join(ErrStillRejected, invalidateErr)}, nil
}

// transient reports whether another request may succeed at once: the connection failed,
// or the answer was HTTP 5xx or errcode -1 (系统繁忙). A timeout is not transient, since
// the caller has waited long enough.
func transient(err error) bool {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return false
	}
	var transport *errcode.TransportError
	var server unavailable
	return errors.As(err, &transport) || errors.As(err, &server) || wire.Unavailable(err)
}

// usable returns tok, or an error if the source that returned it broke its contract.
func usable(tok Token, err error) (Token, error) {
	if err == nil {
		err = tok.check()
	}
	if err != nil {
		return Token{}, err
	}
	return tok, nil
}

// report logs a failed fetch and calls the observer. A panic of the observer is
// logged.
func (c *Cache) report(ctx context.Context, r Refresh) {
	if r.Err != nil {
		level := slog.LevelError
		if r.Reason == Early { // the token in use is still valid
			level = slog.LevelWarn
		}
		attrs := []slog.Attr{slog.String("reason", string(r.Reason)), slog.String("took", r.Duration.String())}
		c.log.LogAttrs(ctx, level, "token: fetch failed", append(attrs, secret.Attrs(r.Err)...)...)
	}
	if c.observe == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			c.log.ErrorContext(ctx, "token: OnRefresh panicked", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.observe(ctx, r)
}
