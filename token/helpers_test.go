package token_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

func memory() store.Store { return store.NewMemory() }

// counting counts the calls of a source and numbers them from 1.
type counting struct {
	calls atomic.Int64
	fn    func(ctx context.Context, n int64) (token.Token, error)
}

func (c *counting) Token(ctx context.Context) (token.Token, error) {
	return c.fn(ctx, c.calls.Add(1))
}

// numbered returns token-1, token-2 and so on, each valid for life, after a delay.
func numbered(delay, life time.Duration) *counting {
	return &counting{fn: func(ctx context.Context, n int64) (token.Token, error) {
		if err := wait(ctx, delay); err != nil {
			return token.Token{}, err
		}
		return token.New(fmt.Sprintf("token-%d", n), time.Now().Add(life)), nil
	}}
}

func wait(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// told is a source that remembers which tokens were reported as rejected.
type told struct {
	*counting
	mu    sync.Mutex
	stale []string
	err   error // what Invalidate returns
}

func (s *told) Invalidate(_ context.Context, stale token.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stale = append(s.stale, stale.Value())
	return s.err
}

func (s *told) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.stale...)
}

// outcome is what one caller of Token got.
type outcome struct {
	value string
	err   error
}

// together calls fn n times concurrently and returns the outcomes.
func together(n int, fn func(i int) (token.Token, error)) []outcome {
	got := make([]outcome, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			tok, err := fn(i)
			got[i] = outcome{tok.Value(), err}
		})
	}
	wg.Wait()
	return got
}

// recorder keeps what an observer receives.
type recorder struct {
	mu   sync.Mutex
	seen []token.Refresh
}

func (r *recorder) observe(_ context.Context, x token.Refresh) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, x)
}

func (r *recorder) all() []token.Refresh {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]token.Refresh(nil), r.seen...)
}

func mustToken(t *testing.T, s token.Source) token.Token {
	t.Helper()
	tok, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return tok
}
