// Package tokentest tests implementations of [token.Source].
//
// The test of a source is three lines:
//
//	func TestSource(t *testing.T) {
//		tokentest.Run(t, func(t *testing.T) token.Source { return mysource.New(…) })
//	}
//
// Run it with the race detector. Let the source ask a fake platform, such as
// wechattest: each run makes several fetches. A source that needs no real network can be
// tested without waiting: see [RunInBubble].
package tokentest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-f21aa8d8/wechat/token"
)

const (
	// patience is how long a call may run.
	patience = 15 * time.Second

	// notice is how long a call may run after its context has ended.
	notice = time.Second

	// longest is more than the life of every credential of the platform. A later expiry
	// means a wrong unit.
	longest = 24 * time.Hour

	// tick is longer than the coarsest unit of an expiry, a second: an expiry that moves
	// with the clock has changed after it. drift is how much whole seconds and slow
	// answers may change the expiry of a good source.
	tick  = 1100 * time.Millisecond
	drift = 1500 * time.Millisecond
)

// Run checks every rule of [token.Source]. If the source is a [token.Invalidator], Run
// checks the rules of that too.
//
// It calls newSource once for each of its subtests, one after the other; each
// source must be able to return a token. newSource may use t.Cleanup to close what it
// opens. Run needs one to three seconds of real time.
func Run(t *testing.T, newSource func(t *testing.T) token.Source) {
	run(t, newSource, func(t *testing.T, check func(*testing.T)) { check(t) })
}

// RunInBubble is like [Run] with each subtest in a bubble of [synctest], whose waits take
// no real time. newSource is called in the bubble, and what it opens must belong to the
// bubble, such as a platform of wechattest and its Client. A goroutine that waits for the
// real network stops the clock of the bubble.
func RunInBubble(t *testing.T, newSource func(t *testing.T) token.Source) {
	run(t, newSource, synctest.Test)
}

// run has within run the check of each subtest.
func run(t *testing.T, newSource func(t *testing.T) token.Source, within func(*testing.T, func(*testing.T))) {
	for _, part := range []struct {
		name  string
		check func(*subject)
	}{
		{"Token", checkToken},
		{"Expiry", checkExpiry},
		{"Context", checkContext},
		{"Leavers", checkLeavers},
		{"Concurrency", checkConcurrency},
		{"Secrecy", checkSecrecy},
		{"Invalidate", checkInvalidate},
	} {
		t.Run(part.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				src := newSource(t)
				if src == nil {
					t.Fatal("newSource returned nil")
				}
				part.check(&subject{t, src})
			})
		})
	}
}

// subject is a source under test.
type subject struct {
	*testing.T
	src token.Source
}

// result is the result of a call.
type result struct {
	tok  token.Token
	err  error
	over time.Duration // running time after the end of ctx
}

// call runs fn with ctx. A panic, a Goexit or a call that does not return fails the
// test.
func (s *subject) call(ctx context.Context, name string, fn func(context.Context) (token.Token, error)) result {
	s.Helper()
	done := make(chan result, 1)
	go func() {
		r := result{err: errors.New("it ended its goroutine")}
		defer func() {
			if p := recover(); p != nil {
				s.Errorf("%s panicked: %v", name, p)
			} else if r.tok == (token.Token{}) && r.err != nil && r.err.Error() == "it ended its goroutine" {
				s.Errorf("%s ended its goroutine", name)
			}
			done <- r
		}()
		r.tok, r.err = fn(ctx)
	}()
	var ended time.Time
	limit := time.NewTimer(patience)
	defer limit.Stop()
	over := ctx.Done()
	for {
		select {
		case r := <-done:
			if !ended.IsZero() {
				r.over = time.Since(ended)
			}
			return r
		case <-over:
			ended, over = time.Now(), nil
			limit.Reset(3 * notice)
		case <-limit.C:
			if ended.IsZero() {
				s.Fatalf("%s has not returned within %v", name, patience)
			}
			s.Fatalf("%s has not returned %v after the end of its context", name, 3*notice)
		}
	}
}

func (s *subject) token(ctx context.Context) result {
	s.Helper()
	r := s.call(ctx, "Token", s.src.Token)
	if r.err != nil && r.tok != (token.Token{}) {
		s.Errorf("Token returned a token together with the error %q", r.err)
	}
	return r
}

// good returns a usable token.
func (s *subject) good() token.Token {
	s.Helper()
	r := s.token(s.Context())
	if r.err != nil {
		s.Fatalf("Token: %v", r.err)
	}
	s.fit(r.tok)
	return r.tok
}

// fit checks that tok is usable.
func (s *subject) fit(tok token.Token) {
	s.Helper()
	left := time.Until(tok.Expiry())
	switch {
	case tok == (token.Token{}):
		s.Errorf("Token returned the zero Token without an error")
	case tok.IsNone():
	case tok.Value() == "":
		s.Errorf("Token returned an empty value without an error")
	case strings.TrimSpace(tok.Value()) != tok.Value():
		s.Errorf("the token has white space around it")
	case tok.Expiry().IsZero():
	case left <= 0:
		s.Errorf("the token expired %v ago", -left)
	case left > longest:
		s.Errorf("the token expires in %v: is its life in the wrong unit?", left)
	}
}

func checkToken(s *subject) {
	for range 3 {
		s.good()
	}
}

// checkExpiry finds expiries that move with the clock: the same token must not expire
// later each time the source returns it.
func checkExpiry(s *subject) {
	first := s.good()
	if first.Expiry().IsZero() {
		return
	}
	time.Sleep(tick)
	second := s.good()
	if !first.Same(second) || second.Expiry().Equal(first.Expiry()) {
		return
	}
	time.Sleep(tick) // it moves with the clock, or is rounded
	third := s.good()
	if moved := third.Expiry().Sub(first.Expiry()); first.Same(third) && moved > drift {
		s.Errorf("after %v the same token expires %v later: its life is not counted from when it was issued", 2*tick, moved)
	}
}

func checkContext(s *subject) {
	ended, cancel := context.WithCancel(s.Context())
	cancel()
	s.prompt(s.token(ended), "after its context was canceled")

	late, cancel := context.WithDeadline(s.Context(), time.Now().Add(-time.Hour))
	defer cancel()
	s.prompt(s.token(late), "after its deadline")

	leaving, cancel := context.WithCancel(s.Context())
	time.AfterFunc(time.Millisecond, cancel)
	s.prompt(s.token(leaving), "after its context was canceled")
	s.good() // the source still works after a call that ended this way
}

// prompt checks a call whose context has ended: it may succeed, but must return soon.
func (s *subject) prompt(r result, when string) {
	s.Helper()
	if r.over > notice {
		s.Errorf("Token ran for %v %s", r.over, when)
	}
	if r.err == nil {
		s.fit(r.tok)
	} else if !errors.Is(r.err, context.Canceled) && !errors.Is(r.err, context.DeadlineExceeded) {
		s.Errorf("Token returned %q %s, which is not the error of the context", r.err, when)
	}
}

// checkLeavers cancels some callers while others wait for the same first token.
func checkLeavers(s *subject) {
	s.together(40, func(i int) {
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		if i%2 == 0 {
			time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
		}
		r := s.token(ctx)
		if i%2 == 1 && r.err != nil {
			s.Errorf("some callers were canceled, and another caller got: %v", r.err)
		}
	})
}

func checkConcurrency(s *subject) {
	s.together(32, func(int) {
		for range 10 {
			r := s.token(s.Context())
			if r.err != nil {
				s.Errorf("Token, called concurrently: %v", r.err)
				return
			}
			s.fit(r.tok)
		}
	})
}

func (s *subject) together(n int, fn func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { fn(i) })
	}
	wg.Wait()
}

// checkSecrecy prints the source, which must not show the token.
func checkSecrecy(s *subject) {
	tok := s.good()
	if len(tok.Value()) < 8 {
		return // such a short value may occur in any text by chance
	}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if strings.Contains(fmt.Sprintf(format, s.src), tok.Value()) {
			s.Errorf("the source, printed with %s, shows its token", format)
		}
	}
}

func checkInvalidate(s *subject) {
	inv, ok := s.src.(token.Invalidator)
	if !ok {
		s.Log("the source is not an Invalidator")
		return
	}
	first := s.good()
	s.invalidate(inv, token.New("tokentest-unknown", time.Time{}))
	if second := s.good(); !second.Same(first) && time.Until(first.Expiry()) > time.Minute {
		s.Errorf("Invalidate of another token has dropped the one in use")
	}
	s.checkReport(inv)
}

// checkReport invalidates the token in use, which Token must not return again.
func (s *subject) checkReport(inv token.Invalidator) {
	stale := s.good()
	reported := s.invalidate(inv, stale)
	r := s.token(s.Context())
	switch {
	case r.err != nil || reported != nil:
		if !errors.Is(r.err, token.ErrStillRejected) && !errors.Is(reported, token.ErrStillRejected) {
			s.Errorf("after Invalidate Token returned %v, which is not ErrStillRejected", errors.Join(reported, r.err))
		}
		return
	case r.tok.Same(stale):
		s.Errorf("Token returned the invalidated token")
		return
	}
	s.fit(r.tok)
	s.invalidate(inv, stale)
	if again := s.good(); !again.Same(r.tok) && time.Until(r.tok.Expiry()) > time.Minute {
		s.Errorf("a second Invalidate of the old token has dropped the new one")
	}
	s.leaveReport(inv, stale)
}

// leaveReport reports a token with a context that has ended.
func (s *subject) leaveReport(inv token.Invalidator, stale token.Token) {
	s.Helper()
	ended, cancel := context.WithCancel(s.Context())
	cancel()
	r := s.call(ended, "Invalidate", func(ctx context.Context) (token.Token, error) {
		return token.Token{}, inv.Invalidate(ctx, stale)
	})
	if r.over > notice {
		s.Errorf("Invalidate ran for %v after its context was canceled", r.over)
	}
	if r.err != nil && !errors.Is(r.err, context.Canceled) && !errors.Is(r.err, token.ErrStillRejected) {
		s.Errorf("Invalidate returned %q after its context was canceled, which is not the error of the context", r.err)
	}
}

func (s *subject) invalidate(inv token.Invalidator, stale token.Token) error {
	s.Helper()
	r := s.call(s.Context(), "Invalidate", func(ctx context.Context) (token.Token, error) {
		return token.Token{}, inv.Invalidate(ctx, stale)
	})
	if r.err != nil && !errors.Is(r.err, token.ErrStillRejected) {
		s.Errorf("Invalidate: %v", r.err)
	}
	return r.err
}
