package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/store"
)

// reading is what a read of the store returned; raw is nil if the key was absent.
type reading struct {
	raw []byte
	rec record
}

// read reads the record.
func (s *shared) read(ctx context.Context) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	raw, found, err := s.store.Get(ctx, s.key)
	if err != nil || !found {
		return reading{}, err
	}
	rec, err := decodeRecord(raw)
	if err != nil {
		return reading{}, fmt.Errorf("%w under key %q", err, s.key)
	}
	return reading{raw, rec}, nil
}

// readMarked reads the record. If its token was rejected while the store failed, it
// is marked first.
func (s *shared) readMarked(ctx context.Context) (reading, error) {
	at, err := s.read(ctx)
	if err != nil {
		return at, err
	}
	s.mu.Lock()
	stale := s.unmarked
	s.mu.Unlock()
	if !at.rec.token().Same(stale) {
		return at, nil
	}
	err = s.mark(ctx, stale)
	if err != nil && !errors.Is(err, ErrStillRejected) {
		return reading{}, err
	}
	s.mu.Lock()
	s.unmarked = Token{}
	s.mu.Unlock()
	return s.read(ctx)
}

// write stores rec if the store still holds what was read as at. It goes on even if ctx
// ends: the token has been fetched, and the platform may have invalidated the old one.
func (s *shared) write(ctx context.Context, at reading, rec record) (bool, error) {
	ttl := time.Until(rec.Expiry)
	if ttl <= 0 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if at.raw == nil {
		return s.store.SetIfAbsent(ctx, s.key, rec.encode(), ttl)
	}
	return s.store.CompareAndSwap(ctx, s.key, at.raw, rec.encode(), ttl)
}

// tryLock takes the lock, or reports whether another process holds it.
func (s *shared) tryLock(ctx context.Context) (lock *store.Lock, held bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	key := s.key + ":lock"
	lock, acquired, err := store.TryAcquire(ctx, s.store, key, s.lease)
	if acquired || err != nil {
		return lock, false, err
	}
	_, held, err = s.store.Get(ctx, key)
	return nil, held, err
}

// release frees the lock even if ctx has ended, so that no other process waits.
func (s *shared) release(ctx context.Context, lock *store.Lock) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := lock.Release(ctx); err != nil {
		s.logError(ctx, slog.LevelWarn, "token: lock not released", err)
	}
}

// guarded is a store that returns panics as errors, in the operations that shared and
// its lock use.
type guarded struct{ store.Store }

// rescue, when deferred, turns a panic into an error.
func rescue(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the store panicked: %w", secret.Panic(r))
	}
}

func (g guarded) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	defer rescue(&err)
	return g.Store.Get(ctx, key)
}

func (g guarded) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	defer rescue(&err)
	return g.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (g guarded) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error) {
	defer rescue(&err)
	return g.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (g guarded) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	defer rescue(&err)
	return g.Store.CompareAndDelete(ctx, key, old)
}
