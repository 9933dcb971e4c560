package token_test

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

var errStore = errors.New("store down")

// faulty is a store that fails while it is down. A hook runs before each write.
type faulty struct {
	store.Store
	mu   sync.Mutex
	down bool
	hook func(op, key string)
}

func (f *faulty) set(down bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = down
}

func (f *faulty) before(ctx context.Context, op, key string) error {
	f.mu.Lock()
	down, hook := f.down, f.hook
	f.mu.Unlock()
	if hook != nil {
		hook(op, key)
	}
	if down {
		return errStore
	}
	return ctx.Err()
}

func (f *faulty) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := f.before(ctx, "get", key); err != nil {
		return nil, false, err
	}
	return f.Store.Get(ctx, key)
}

func (f *faulty) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := f.before(ctx, "set", key); err != nil {
		return err
	}
	return f.Store.Set(ctx, key, value, ttl)
}

func (f *faulty) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if err := f.before(ctx, "setifabsent", key); err != nil {
		return false, err
	}
	return f.Store.SetIfAbsent(ctx, key, value, ttl)
}

func (f *faulty) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	if err := f.before(ctx, "swap", key); err != nil {
		return false, err
	}
	return f.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (f *faulty) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	if err := f.before(ctx, "compareanddelete", key); err != nil {
		return false, err
	}
	return f.Store.CompareAndDelete(ctx, key, old)
}

func (f *faulty) Delete(ctx context.Context, key string) error {
	if err := f.before(ctx, "delete", key); err != nil {
		return err
	}
	return f.Store.Delete(ctx, key)
}
