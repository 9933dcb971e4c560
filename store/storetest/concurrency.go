package storetest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

const (
	rounds  = 10
	workers = 8
)

// together runs f in several goroutines at once, waits for all, and returns the first
// error.
func together(f func(worker int) error) error {
	var done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, workers)
	for i := range workers {
		done.Go(func() {
			<-start
			errs[i] = f(i)
		})
	}
	close(start)
	done.Wait()
	return errors.Join(errs...)
}

// checkOneWinner makes the same call many times at once: exactly one may succeed.
func checkOneWinner(s *subject) {
	for round := range rounds {
		key := s.key(fmt.Sprint(round))
		s.oneWinner("SetIfAbsent of an absent key", func(worker int) (bool, error) {
			return s.store.SetIfAbsent(s.ctx, key, []byte(strconv.Itoa(worker)), time.Minute)
		})
		s.set(key, "old", time.Minute)
		s.oneWinner("CompareAndSwap", func(worker int) (bool, error) {
			return s.store.CompareAndSwap(s.ctx, key, []byte("old"), []byte(strconv.Itoa(worker)), time.Minute)
		})
		s.set(key, "old", time.Minute)
		s.oneWinner("CompareAndDelete", func(int) (bool, error) {
			return s.store.CompareAndDelete(s.ctx, key, []byte("old"))
		})
	}

	// With an expired entry that is still stored, exactly one must win too.
	for round := range rounds {
		s.set(s.key(fmt.Sprint("expired", round)), "old", time.Millisecond)
	}
	time.Sleep(grace)
	for round := range rounds {
		s.oneWinner("SetIfAbsent of an expired key", func(worker int) (bool, error) {
			return s.store.SetIfAbsent(s.ctx, s.key(fmt.Sprint("expired", round)), []byte(strconv.Itoa(worker)), time.Minute)
		})
	}
}

func (s *subject) oneWinner(what string, try func(worker int) (bool, error)) {
	s.Helper()
	var winners atomic.Int32
	err := together(func(worker int) error {
		won, err := try(worker)
		if won {
			winners.Add(1)
		}
		return err
	})
	if err != nil {
		s.Fatalf("%s, %d at once: %v", what, workers, err)
	}
	if n := winners.Load(); n != 1 {
		s.Fatalf("%s, %d at once: %d succeeded, want exactly one", what, workers, n)
	}
}

// checkNoLostUpdate increments one counter from several goroutines.
func checkNoLostUpdate(s *subject) {
	const each = 10
	key := s.key("counter")
	s.set(key, "0", 0)
	err := together(func(int) error {
		for range each {
			if err := s.increment(key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	s.wantValue(key, strconv.Itoa(workers*each))
}

// increment adds one by CompareAndSwap, and tries again until it succeeds.
func (s *subject) increment(key string) error {
	for {
		old, found, err := s.store.Get(s.ctx, key)
		if err != nil {
			return fmt.Errorf("reading the counter: %w", err)
		}
		if !found {
			return errors.New("the counter is missing")
		}
		n, err := strconv.Atoi(string(old))
		if err != nil {
			return fmt.Errorf("the counter holds %q", old)
		}
		swapped, err := s.store.CompareAndSwap(s.ctx, key, old, []byte(strconv.Itoa(n+1)), 0)
		if err != nil || swapped {
			return err
		}
	}
}

// checkLock uses store.Lock as its users do.
func checkLock(s *subject) {
	ctx, cancel := context.WithTimeout(s.ctx, 30*time.Second)
	defer cancel()
	key := s.key("lock")

	first, acquired, err := store.TryAcquire(ctx, s.store, key, time.Minute)
	if err != nil || !acquired {
		s.Fatalf("TryAcquire of a free lock: %t, %v", acquired, err)
	}
	if _, acquired, err := store.TryAcquire(ctx, s.store, key, time.Minute); err != nil || acquired {
		s.Fatalf("TryAcquire of a held lock: %t, %v", acquired, err)
	}
	if err := first.Renew(ctx); err != nil {
		s.Fatalf("Renew of a held lock: %v", err)
	}
	if err := first.Release(ctx); err != nil {
		s.Fatalf("Release of a held lock: %v", err)
	}
	s.wantNothing(key)

	abandoned, err := store.Acquire(ctx, s.store, key, shortTTL)
	if err != nil {
		s.Fatalf("Acquire of a free lock: %v", err)
	}
	next, err := store.Acquire(ctx, s.store, key, time.Minute) // waits for the lease to end
	if err != nil {
		s.Fatalf("Acquire of a lock whose lease has expired: %v", err)
	}
	if err := abandoned.Renew(ctx); !errors.Is(err, store.ErrLockLost) {
		s.Fatalf("Renew of a lost lock: %v, want %v", err, store.ErrLockLost)
	}
	if err := abandoned.Release(ctx); !errors.Is(err, store.ErrLockLost) {
		s.Fatalf("Release of a lost lock: %v, want %v", err, store.ErrLockLost)
	}
	if err := next.Release(ctx); err != nil {
		s.Fatalf("Release of a lock after its former holder's: %v", err)
	}

	err = together(func(int) error {
		lock, err := store.Acquire(ctx, s.store, key, time.Minute)
		if err != nil {
			return err
		}
		if err := s.unprotected(key + ":counter"); err != nil {
			return err
		}
		return lock.Release(ctx)
	})
	if err != nil {
		s.Fatal(err)
	}
	s.wantValue(key+":counter", strconv.Itoa(workers))
}

// unprotected adds one in a way that is safe only under a lock.
func (s *subject) unprotected(key string) error {
	old, _, err := s.store.Get(s.ctx, key)
	if err != nil {
		return err
	}
	time.Sleep(5 * time.Millisecond)  // time for another goroutine that wrongly holds the lock
	n, _ := strconv.Atoi(string(old)) // absent is zero
	return s.store.Set(s.ctx, key, []byte(strconv.Itoa(n+1)), 0)
}
