package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
)

// ErrLockLost means that a [Lock] is no longer held: its lease has expired, another
// holder has the lock, or it was released.
var ErrLockLost = errors.New("store: lock lost")

// polling sets the pauses between the attempts of Acquire.
var polling = backoff.Policy{First: 10 * time.Millisecond, Max: 250 * time.Millisecond}

// Lock is a lock that is held until its lease expires. [Acquire] and [TryAcquire]
// return one.
//
// The lease frees the lock of a dead process. It also means that a lock can be lost: a
// process that is paused for longer than its lease (by garbage collection, a migrated
// virtual machine, a closed laptop) does not notice at once that another process may
// hold the lock. So:
//
//   - Work under [Lock.Context], which ends with the lease.
//   - Choose a lease of at least twice the duration of the work, or call [Lock.Renew]
//     during the work.
//   - Write the result with CompareAndSwap against what was read under the lock. The
//     lock avoids doing work twice; only the comparison prevents an old result from
//     replacing a newer one.
//
// A Lock is safe for concurrent use. Only a timer runs in the background, until the
// lease expires.
type Lock struct {
	store Store
	key   string
	owner []byte // random, so that only its holder can renew or release
	lease time.Duration

	held context.Context // ends when the lock is lost or released
	lose context.CancelCauseFunc

	mu    sync.Mutex
	until time.Time
	timer *time.Timer
}

// TryAcquire acquires the lock named key in s for the duration lease, if it is free;
// acquired is false if it is held. It asks the store once.
//
// Locks share the keys of the store with everything else, so give them a prefix of
// their own. If TryAcquire returns an error, the store may still have recorded the
// lock; it is free again after the lease.
func TryAcquire(ctx context.Context, s Store, key string, lease time.Duration) (lock *Lock, acquired bool, err error) {
	if lease <= 0 {
		return nil, false, fmt.Errorf("store: lock %q: lease %v is not positive", key, lease)
	}
	owner := []byte(rand.Text())
	// The store counts the lease from some time during the call. Measuring from before
	// the call errs on the short side.
	until := time.Now().Add(lease)
	acquired, err = s.SetIfAbsent(ctx, key, owner, lease)
	if err != nil {
		return nil, false, fmt.Errorf("store: lock %q: %w", key, err)
	}
	if !acquired {
		return nil, false, nil
	}
	return newLock(s, key, owner, lease, until), true, nil
}

// Acquire acquires the lock named key in s for the duration lease, and waits while
// another holder has it. It asks the store again after at most 10 ms, then at growing
// random intervals of at most 250 ms. If ctx ends first, the error wraps the cause of
// ctx. If the store fails, Acquire returns its error at once.
func Acquire(ctx context.Context, s Store, key string, lease time.Duration) (*Lock, error) {
	for attempts := 1; ; attempts++ {
		lock, acquired, err := TryAcquire(ctx, s, key, lease)
		if err != nil || acquired {
			return lock, err
		}
		if err := polling.Wait(ctx, attempts); err != nil {
			return nil, fmt.Errorf("store: waiting for lock %q: %w", key, err)
		}
	}
}

func newLock(s Store, key string, owner []byte, lease time.Duration, until time.Time) *Lock {
	l := &Lock{store: s, key: key, owner: owner, lease: lease, until: until}
	l.held, l.lose = context.WithCancelCause(context.Background())
	l.mu.Lock() // the timer may fire at once, and needs to find itself
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(time.Until(until), l.expire)
	return l
}

// Until returns the time at which the lease expires.
func (l *Lock) Until() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until
}

// Context returns a copy of parent that is canceled, with [ErrLockLost] as its cause,
// when the lease expires, when [Lock.Renew] finds that another holder has the lock, or
// when the lock is released. Call cancel when the work is done.
func (l *Lock) Context(parent context.Context) (ctx context.Context, cancel context.CancelFunc) {
	ctx, cancelCause := context.WithCancelCause(parent)
	if err := l.alive(); err != nil {
		cancelCause(err)
	}
	stop := context.AfterFunc(l.held, func() { cancelCause(context.Cause(l.held)) })
	return ctx, func() {
		stop()
		cancelCause(context.Canceled)
	}
}

// Renew begins a new lease, as long as the first. It returns [ErrLockLost] if the
// lock is lost, which is final. After any other error the lock is held until the
// old lease ends, and Renew may be called again.
func (l *Lock) Renew(ctx context.Context) error {
	if err := l.alive(); err != nil {
		return err
	}
	until := time.Now().Add(l.lease)
	swapped, err := l.store.CompareAndSwap(ctx, l.key, l.owner, l.owner, l.lease)
	if err != nil {
		return fmt.Errorf("store: renewing lock %q: %w", l.key, err)
	}
	if !swapped {
		return l.lost()
	}
	return l.extend(until)
}

// Release frees the lock if it is still held. Otherwise it changes nothing and returns
// [ErrLockLost]: another holder may have had the lock before the work was done.
// Whatever Release returns, the lock is no longer held; after an error of the store it
// becomes free when the lease expires at the latest.
//
// Release with a context that outlives the work, such as one made by
// [context.WithoutCancel], so that canceled work frees its lock as well.
func (l *Lock) Release(ctx context.Context) error {
	lost := l.alive()
	l.lost() // first, so that no work continues after the lock is free
	deleted, err := l.store.CompareAndDelete(ctx, l.key, l.owner)
	switch {
	case err != nil:
		return fmt.Errorf("store: releasing lock %q: %w", l.key, err)
	case !deleted:
		return fmt.Errorf("%w: %q", ErrLockLost, l.key)
	}
	return lost
}

// alive returns ErrLockLost if the lock is known to be lost. The clock decides, since
// the timer may be late after a pause of the process.
func (l *Lock) alive() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !time.Now().Before(l.until) {
		return l.lost()
	}
	return context.Cause(l.held)
}

// expire is called by the timer. If the lease was renewed at the same moment, it does
// nothing.
func (l *Lock) expire() { _ = l.alive() }

// extend moves the end of the lease.
func (l *Lock) extend(until time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.until) { // with concurrent renewals the latest end counts
		l.until = until
	}
	if l.held.Err() == nil {
		l.timer.Reset(time.Until(l.until))
	}
	return context.Cause(l.held)
}

// lost marks the lock as lost and returns ErrLockLost.
func (l *Lock) lost() error {
	l.timer.Stop()
	l.lose(fmt.Errorf("%w: %q", ErrLockLost, l.key))
	return context.Cause(l.held)
}
