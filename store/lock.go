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

// ErrLockLost is the error of a [Lock] that its holder holds no longer: the lease
// ran out, somebody else has the lock, or it was released.
var ErrLockLost = errors.New("store: lock lost")

// polling spaces the attempts of Acquire.
var polling = backoff.Policy{First: 10 * time.Millisecond, Max: 250 * time.Millisecond}

// Lock is a lock that its holder has for the length of a lease. [Acquire] and
// [TryAcquire] return one.
//
// The lease makes a lock of a dead process free itself. It also means that a lock
// can be lost: a process that is paused beyond its lease (a long collection, a
// moved virtual machine, a laptop lid) wakes up believing that it is alone, and
// may go on believing until it looks at its clock. So:
//
//   - Work under [Lock.Context], which ends with the lease.
//   - Take a lease of at least twice the time that the work may take, or call
//     [Lock.Renew] while it goes on.
//   - Write the result with CompareAndSwap against what was read under the lock.
//     A lock saves doing work twice; only the comparison keeps an old result from
//     replacing a newer one.
//
// A Lock is safe for concurrent use. Nothing runs in the background but a timer,
// which ends with the lease.
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

// TryAcquire takes the lock named key in s for the time of lease, if it is free;
// acquired is false when somebody else has it. It asks the store once.
//
// Locks share the keys of the store with everything else, so give them a prefix
// of their own. If TryAcquire returns an error, the store may have recorded the
// lock all the same; it is free again when the lease has passed.
func TryAcquire(ctx context.Context, s Store, key string, lease time.Duration) (lock *Lock, acquired bool, err error) {
	if lease <= 0 {
		return nil, false, fmt.Errorf("store: lock %q: lease %v is not positive", key, lease)
	}
	owner := []byte(rand.Text())
	// The holder counts from before the call, the store from some time within it:
	// who measures so believes in a shorter lease than the store grants.
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

// Acquire takes the lock named key in s for the time of lease, and waits for it
// while another holder has it. It asks the store again after at most 10 ms, then at
// growing and partly random intervals of at most 250 ms. It returns the cause of ctx
// if ctx ends first, and the store's error at once if the store fails.
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

// Until returns the time up to which the holder may believe that it has the lock.
func (l *Lock) Until() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.until
}

// Context returns a copy of parent that is cancelled, with [ErrLockLost] as its
// cause, when the lease runs out without [Lock.Renew], when Renew finds the lock
// taken, or when the lock is released. Call cancel when the work is done.
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

// Release frees the lock if it is still held, and leaves the lock of another
// alone: then it returns [ErrLockLost], which tells the holder that it may not
// have been alone towards the end. Whatever Release returns, the holder does not
// hold the lock any more; after an error of the store the lock becomes free when
// the lease ends at the latest.
//
// Release with a context that outlives the work, such as one made by
// [context.WithoutCancel], so that cancelled work frees its lock as well.
func (l *Lock) Release(ctx context.Context) error {
	lost := l.alive()
	l.lost() // first: nobody may work under a lock that is being given away
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
	if until.After(l.until) { // of two renewals at once the later counts
		l.until = until
	}
	if l.held.Err() == nil {
		l.timer.Reset(time.Until(l.until))
	}
	return context.Cause(l.held)
}

// lost ends the lock for its holder and returns why.
func (l *Lock) lost() error {
	l.timer.Stop()
	l.lose(fmt.Errorf("%w: %q", ErrLockLost, l.key))
	return context.Cause(l.held)
}
