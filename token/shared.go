package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// How [Shared] spends its requests and its time.
const (
	// DefaultLease is how long a process may take to fetch the token for all.
	DefaultLease = 20 * time.Second

	// DirectPause is how long a process whose store fails waits before it asks the
	// source past the store once more.
	DirectPause = time.Minute

	storeTimeout = 3 * time.Second        // of one operation of the store
	lastLook     = 250 * time.Millisecond // the longest pause between two looks at it
	maxUnmarked  = 8
)

// shared is what Shared returns.
type shared struct {
	store store.Store
	src   Source
	id    Identity
	keyOf func(Identity) string
	key   string
	lease time.Duration
	log   *slog.Logger

	direct chan struct{} // held by the one who asks past the store

	mu       sync.Mutex
	good     record    // the last good token, for when the store fails
	reported Token     // reported by Invalidate, and not replaced yet
	unmarked []Token   // reported while the store could not be told, the newest last
	directAt time.Time // when the source was last asked past the store
}

// Shared makes all processes that use st have one token. Whoever finds it missing
// or near its end takes a lock with a lease, looks again, asks src within half the
// lease and stores the answer, provided that the store still holds what was read
// under the lock: a process that was paused in between never overwrites a newer
// token but takes it. All others go on with the stored token or, without one, wait.
//
// The result is an [Invalidator]: a token reported to it is marked as rejected in
// the store, for all processes, if it is still the one stored.
//
// A store that cannot answer is not taken for an empty one. While it fails the
// last good token is served; when that has ended or was rejected src is asked
// directly, once in [DirectPause].
//
// The token lies in the store as plain text; store.Sealed encrypts it. Tokens
// without an expiry cannot be shared and are handed through. The clocks of the
// machines should agree to within seconds.
func Shared(st store.Store, src Source, opts ...SharedOption) (Source, error) {
	if c, ok := src.(*Cache); ok {
		src = c.src // what is kept in this process must not hide what is stored
	}
	s := &shared{
		store: st, src: src, keyOf: Identity.Key, lease: DefaultLease,
		log: slog.New(slog.DiscardHandler), direct: make(chan struct{}, 1),
	}
	if i, ok := src.(Identified); ok {
		s.id = i.Identity()
	}
	for _, o := range opts {
		o.shared(s)
	}
	switch {
	case st == nil:
		return nil, errors.New("token: Shared needs a store")
	case src == nil:
		return nil, errors.New("token: Shared needs a source")
	case s.lease < 2*time.Second:
		return nil, fmt.Errorf("token: a lease of %v is too short, 2s at least", s.lease)
	case s.id == (Identity{}):
		return nil, errors.New("token: the source does not say whose token it gives: use WithIdentity")
	}
	if s.key = s.keyOf(s.id); s.key == "" {
		return nil, errors.New("token: WithKey made an empty key")
	}
	return s, nil
}

// Identity says what the shared token is for.
func (s *shared) Identity() Identity { return s.id }

// Format names the key and nothing of the token.
func (s *shared) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "token.Shared(%q)", s.key) }

// Token implements Source.
func (s *shared) Token(ctx context.Context) (Token, error) {
	for wait := lastLook / 8; ; wait = min(2*wait, lastLook) {
		at, err := s.readMarked(ctx)
		if err != nil {
			return s.pastStore(ctx, err)
		}
		if at.rec.good() && !at.rec.due() {
			return s.use(at.rec), nil
		}
		lock, ok, err := s.tryLock(ctx)
		switch {
		case ok:
			tok, done, err := s.refresh(ctx, lock)
			if done {
				return tok, err
			}
		case at.rec.good():
			return s.use(at.rec), nil // somebody else refreshes it, or nobody can
		case err != nil:
			return s.pastStore(ctx, err)
		}
		if err := sleep(ctx, wait/2+rand.N(wait/2)); err != nil {
			return Token{}, err
		}
	}
}

// refresh fetches the token under lock. It is not done when the store holds
// something else by now that is of no use.
func (s *shared) refresh(ctx context.Context, lock *store.Lock) (tok Token, done bool, err error) {
	defer s.release(ctx, lock)
	held, cancel := lock.Context(ctx)
	defer cancel()
	at, err := s.read(held)
	switch {
	case err != nil && held.Err() != nil && ctx.Err() == nil:
		return Token{}, false, nil // the lease has ended: begin anew
	case err != nil:
		tok, err = s.pastStore(ctx, err)
		return tok, true, err
	case at.rec.good() && !at.rec.due():
		return s.use(at.rec), true, nil
	}
	tok, err = s.fetch(held, at.rec)
	switch {
	case err != nil && held.Err() != nil && ctx.Err() == nil:
		return s.takeStored(ctx)
	case err != nil && !insists(tok, err):
		return s.keepOld(ctx, at, err)
	}
	if tok.Expiry().IsZero() {
		return tok, true, err
	}
	return s.publish(ctx, at, tok, err)
}

// fetch asks the source, which learns first of the token that was rejected. When
// it gives that token again it is asked once more, and then believed; err is
// ErrStillRejected if it was this process that reported the token.
func (s *shared) fetch(ctx context.Context, old record) (Token, error) {
	ctx, cancel := context.WithTimeout(ctx, s.lease/2)
	defer cancel()
	if !old.Rejected {
		return ask(ctx, s.src)
	}
	if inv, ok := s.src.(Invalidator); ok {
		if err := inv.Invalidate(ctx, old.token()); err != nil {
			s.log.WarnContext(ctx, "token: source did not take the rejection", "key", s.key, "error", err)
		}
	}
	tok, err := ask(ctx, s.src)
	if err == nil && tok.Same(old.token()) {
		tok, err = ask(ctx, s.src)
	}
	switch {
	case err != nil && !insists(tok, err):
		return Token{}, err
	case !s.answers(tok):
		return tok, nil
	case err == nil:
		err = ErrStillRejected
	}
	return tok, err
}

// publish stores tok in the place of what was read at. Who comes too late takes
// what is stored.
func (s *shared) publish(ctx context.Context, at reading, tok Token, still error) (Token, bool, error) {
	rec := newRecord(tok, at.rec)
	stored, err := s.replace(ctx, at, rec)
	switch {
	case err != nil:
		s.log.WarnContext(ctx, "token: new token not stored", "key", s.key, "error", err)
	case !stored:
		return s.takeStored(ctx)
	}
	return s.use(rec), true, still
}

// takeStored returns the token that another process stored first.
func (s *shared) takeStored(ctx context.Context) (Token, bool, error) {
	at, err := s.read(ctx)
	if err != nil || !at.rec.good() {
		return Token{}, false, nil // the caller looks again
	}
	return s.use(at.rec), true, nil
}

// keepOld goes on after a failed fetch with the token that was read at, if it is
// good, or with one that another process has stored since.
func (s *shared) keepOld(ctx context.Context, at reading, err error) (Token, bool, error) {
	if !at.rec.good() {
		if tok, done, _ := s.takeStored(ctx); done {
			return tok, true, nil
		}
		return Token{}, true, err
	}
	s.log.WarnContext(ctx, "token: early refresh failed", "key", s.key, "error", err)
	asked := at.rec
	asked.Seq++
	asked.Asked = time.Now().UnixMilli() // others need not try for a while
	if _, err := s.replace(ctx, at, asked); err != nil {
		s.log.WarnContext(ctx, "token: failed refresh not noted", "key", s.key, "error", err)
	}
	return s.use(at.rec), true, nil
}

// use remembers rec for when the store fails, and returns its token.
func (s *shared) use(rec record) Token {
	tok := rec.token()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good = rec
	if !tok.Same(s.reported) {
		s.reported = Token{}
	}
	return tok
}

// sleep waits for d, or returns the error of ctx if that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
