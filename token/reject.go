package token

import (
	"context"
	"time"
)

// rejection is what is known about the token that the platform rejected last.
type rejection struct {
	tok      Token         // the zero Token when there is none
	pending  bool          // no fetch has come to an end about it yet
	passed   bool          // the source has been told
	withhold bool          // reported by Invalidate: nobody is to get it
	insisted int           // how often in a row the source gave it nevertheless
	until    time.Duration // so long the source is not asked about it once more
}

// Invalidate implements [Invalidator]. If stale is still the token in use, it is
// dropped and the source is told. Should the source then give it once more, the
// next callers of Token get [ErrStillRejected], for a pause that grows if that
// repeats; afterwards the source is believed. [Cache.Replace] is kinder to others.
func (c *Cache) Invalidate(ctx context.Context, stale Token) error {
	c.mu.Lock()
	dropped := c.reject(stale, true)
	c.mu.Unlock()
	if !dropped {
		return nil
	}
	return c.passOn(ctx)
}

// Replace returns a token other than stale, which the platform has rejected: the
// one that is in use by now, or a new one. If the source, asked anew, gives stale
// twice more, the error is [ErrStillRejected]; only callers of Replace get it,
// everyone else goes on with what the source gives.
//
// It is what a client calls before it repeats a call that the platform answered
// with 40001, 40014 or 42001.
func (c *Cache) Replace(ctx context.Context, stale Token) (Token, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	c.mu.Lock()
	if e := c.good(); e != nil && !e.tok.Same(stale) {
		c.mu.Unlock()
		return e.tok, nil
	}
	if c.rejection.insisted > 0 && c.rejection.tok.Same(stale) && c.now() < c.rejection.until {
		c.mu.Unlock()
		return Token{}, ErrStillRejected
	}
	c.reject(stale, false)
	f, err := c.join(ctx)
	c.mu.Unlock()
	if err != nil {
		return Token{}, err
	}
	tok, err := f.wait(ctx)
	if err == nil && tok.Same(stale) {
		return Token{}, f.insisted()
	}
	return tok, err
}

// reject drops stale if it is in use, or was when the cache last held anything,
// and reports whether so. The caller holds mu.
func (c *Cache) reject(stale Token, withhold bool) bool {
	if stale.Value() == "" || c.last != (Token{}) && !c.last.Same(stale) {
		return false
	}
	if e := c.kept.Load(); e != nil && e.tok.Same(stale) {
		c.keep(nil)
	}
	if r := &c.rejection; r.tok.Same(stale) {
		r.withhold = withhold || r.pending && r.withhold
		r.passed = r.passed && r.pending
		r.pending = true
		return true
	}
	c.rejection = rejection{tok: stale, pending: true, withhold: withhold}
	return true
}

// passOn tells the source of a rejection that it has not heard of.
func (c *Cache) passOn(ctx context.Context) error {
	c.mu.Lock()
	r := c.rejection
	c.mu.Unlock()
	inv, ok := c.src.(Invalidator)
	if !ok || !r.pending || r.passed {
		return nil
	}
	if err := inv.Invalidate(ctx, r.tok); err != nil {
		return err
	}
	c.mu.Lock()
	if c.rejection.tok == r.tok {
		c.rejection.passed = true
	}
	c.mu.Unlock()
	return nil
}

// insist takes in that the source still gives the rejected token.
func (c *Cache) insist(f *flight) {
	c.rejection.insisted++
	c.rejection.until = c.now() + pause(c.rejection.insisted)
	c.rejection.pending = false // after the pause the source is believed
	if c.rejection.withhold {
		c.failure, c.retryAt = f.err, c.rejection.until
		return
	}
	f.still, f.err = f.err, nil
	c.adopt(f.tok)
}
