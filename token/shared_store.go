package token

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// reading is what the store held at some moment; raw is nil for nothing.
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

// replace stores rec if the store still holds what was read at.
func (s *shared) replace(ctx context.Context, at reading, rec record) (bool, error) {
	ttl := time.Until(rec.expiry())
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

func (s *shared) tryLock(ctx context.Context) (*store.Lock, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return store.TryAcquire(ctx, s.store, s.key+":lock", s.lease)
}

func (s *shared) release(ctx context.Context, lock *store.Lock) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := lock.Release(ctx); err != nil {
		s.log.WarnContext(ctx, "token: lock not released", "key", s.key, "error", err)
	}
}
