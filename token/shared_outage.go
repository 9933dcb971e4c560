package token

import (
	"context"
	"fmt"
	"time"
)

// pastStore serves this process while the store fails with storeErr.
func (s *shared) pastStore(ctx context.Context, storeErr error) (Token, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	select {
	case s.direct <- struct{}{}:
		defer func() { <-s.direct }()
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	s.log.WarnContext(ctx, "token: store failed", "key", s.key, "error", storeErr)

	s.mu.Lock()
	old, wait := s.good, time.Until(s.directAt.Add(DirectPause))
	fresh := old.good() && !old.due()
	if !fresh && wait <= 0 {
		s.directAt = time.Now()
	}
	s.mu.Unlock()

	if !fresh && wait <= 0 {
		tok, err := s.fetchDirect(ctx)
		if err == nil || insists(tok, err) || !old.good() {
			return tok, err
		}
	}
	if old.good() {
		return old.token(), nil
	}
	return Token{}, fmt.Errorf("token: store failed, source is asked again in %v: %w", wait.Round(time.Second), storeErr)
}

// fetchDirect asks the source for this process alone.
func (s *shared) fetchDirect(ctx context.Context) (Token, error) {
	s.mu.Lock()
	old := record{}
	if stale := s.reported.Value(); stale != "" {
		old = record{Value: stale, Rejected: true}
	}
	s.mu.Unlock()
	tok, err := s.fetch(ctx, old)
	if !tok.Expiry().IsZero() {
		s.use(newRecord(tok, record{}))
	}
	return tok, err
}
