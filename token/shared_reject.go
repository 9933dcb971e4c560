package token

import (
	"context"
	"fmt"
	"slices"
)

// Invalidate implements Invalidator.
func (s *shared) Invalidate(ctx context.Context, stale Token) error {
	s.mu.Lock()
	current := s.good.token().Same(stale)
	if current {
		s.good = record{}
	}
	if current || s.reported == (Token{}) { // a late report does not hide the one before
		s.reported = stale
	}
	s.mu.Unlock()
	err := s.mark(ctx, stale)
	if err != nil {
		s.mu.Lock()
		s.unmarked = append(s.unmarked[max(0, len(s.unmarked)-maxUnmarked+1):], stale)
		s.mu.Unlock()
	}
	return err
}

// mark notes in the store that stale was rejected, if it is the one stored.
func (s *shared) mark(ctx context.Context, stale Token) error {
	for {
		at, err := s.read(ctx)
		if err != nil {
			return fmt.Errorf("token: marking the rejected token: %w", err)
		}
		if !at.rec.good() || !at.rec.token().Same(stale) {
			return nil // it is not the one in use
		}
		dead := at.rec
		dead.Seq++
		dead.Rejected = true
		if done, err := s.replace(ctx, at, dead); done || err != nil {
			return err
		}
	}
}

// answers reports whether tok is the token that was reported. With the answer to
// that, which follows, the matter is closed.
func (s *shared) answers(tok Token) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.reported.Same(tok) {
		return false
	}
	s.reported = Token{}
	return true
}

// readMarked reads the record. If its token was reported while the store could not
// be told, the store is told first.
func (s *shared) readMarked(ctx context.Context) (reading, error) {
	at, err := s.read(ctx)
	if err != nil || !at.rec.good() {
		return at, err
	}
	tok := at.rec.token()
	s.mu.Lock()
	known := tok.Same(s.reported) || slices.ContainsFunc(s.unmarked, tok.Same)
	s.mu.Unlock()
	if !known {
		return at, nil
	}
	if err := s.mark(ctx, tok); err != nil {
		return reading{}, err
	}
	s.mu.Lock()
	s.unmarked = slices.DeleteFunc(s.unmarked, tok.Same)
	s.mu.Unlock()
	return s.read(ctx)
}
