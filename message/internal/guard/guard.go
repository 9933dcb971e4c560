// Package guard calls a shared store within a message's five seconds: each call is
// bounded, a panic is an error, a store that is slow to fail is not asked again for
// a second, and the log has one line a minute.
package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
	"github.com/seed-f21aa8d8/wechat/store"
)

const (
	timeout     = 500 * time.Millisecond // of one call
	slowFailure = 100 * time.Millisecond // a call that takes this long to fail opens a pause
	pause       = time.Second            // in which the store is not asked
	logEvery    = time.Minute
)

// ErrDown is the error of a call in the pause after a slow failure.
var ErrDown = errors.New("the store failed a moment ago")

// Store calls a store. Make it with [New]. It is safe for concurrent use.
type Store struct {
	store    store.Store
	logger   *slog.Logger
	failures atomic.Uint64

	mu        sync.Mutex
	downUntil time.Time
	quietTill time.Time
}

// New returns a Store that calls s, or nil if s is nil.
func New(s store.Store, l *slog.Logger) *Store {
	if s == nil {
		return nil
	}
	return &Store{store: s, logger: l}
}

// Call calls f with the store.
func (g *Store) Call(f func(context.Context, store.Store) error) (err error) {
	begin := time.Now()
	if g.isDown(begin) {
		return ErrDown
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the store panicked: %w", secret.Panic(p))
		}
		if err != nil {
			g.failed(err, begin)
		}
	}()
	return f(ctx, g.store)
}

// Failed counts and logs an answer of the store that cannot be true.
func (g *Store) Failed(err error) { g.failed(err, time.Now()) }

// Failures is the number of calls that have failed.
func (g *Store) Failures() uint64 {
	if g == nil {
		return 0
	}
	return g.failures.Load()
}

func (g *Store) isDown(now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return now.Before(g.downUntil)
}

// failed logs a failure, at intervals.
func (g *Store) failed(err error, begin time.Time) {
	g.failures.Add(1)
	g.mu.Lock()
	now := time.Now()
	if now.Sub(begin) > slowFailure {
		g.downUntil = now.Add(pause)
	}
	loud := now.After(g.quietTill)
	if loud {
		g.quietTill = now.Add(logEvery)
	}
	g.mu.Unlock()
	if loud {
		g.logger.LogAttrs(context.Background(), slog.LevelError, "wechat: the shared store failed; until it works again, this process recognizes only its own repeats", secret.Attrs(err)...)
	}
}
