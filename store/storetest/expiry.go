package storetest

import (
	"math"
	"time"
)

const (
	shortTTL = 300 * time.Millisecond
	longTTL  = time.Hour
	finer    = 20 * time.Millisecond  // the coarsest unit that a backend may count in
	grace    = 200 * time.Millisecond // until an expired entry must be absent for a write
	tooLong  = time.Second            // until an expired entry must be absent for a read
)

// checkExpiry sets and removes ttls in every possible way, waits once, and then checks
// all keys.
func checkExpiry(s *subject) {
	// These must be absent for every method.
	gone := []string{"get", "set", "setIfAbsent", "swap", "delete", "remove"}
	for _, name := range gone {
		s.set(s.key(name), "v", shortTTL)
	}
	s.setIfAbsent(s.key("by SetIfAbsent"), "v", shortTTL, true)
	s.set(s.key("by CompareAndSwap"), "v", 0)
	s.swap(s.key("by CompareAndSwap"), "v", "w", shortTTL, true)
	s.set(s.key("by Set over never"), "v", 0)
	s.set(s.key("by Set over never"), "v", shortTTL)
	s.set(s.key("by swap over long"), "v", longTTL)
	s.swap(s.key("by swap over long"), "v", "v", shortTTL, true)
	s.set(s.key("tiny"), "v", 1) // a nanosecond is rounded up, not to "never"

	// These must still be present.
	s.set(s.key("long"), "v", longTTL)
	s.set(s.key("never"), "v", 0)
	s.set(s.key("longest"), "v", math.MaxInt64)
	s.set(s.key("made never by Set"), "v", shortTTL)
	s.set(s.key("made never by Set"), "v", 0)
	s.set(s.key("made long by Set"), "v", shortTTL)
	s.set(s.key("made long by Set"), "v", longTTL)
	s.setThenSwap(s.key("made never by swap"), "v", 0, true)
	s.setThenSwap(s.key("made long by swap"), "v", longTTL, true)
	stay := []string{
		"long", "never", "longest", "made never by Set", "made long by Set", "made never by swap", "made long by swap",
		"not shortened by SetIfAbsent", "not shortened by a failed swap",
	}
	s.set(s.key(stay[7]), "v", longTTL)
	s.setIfAbsent(s.key(stay[7]), "v", shortTTL, false)
	s.set(s.key(stay[8]), "v", 0)
	s.swap(s.key(stay[8]), "other", "v", shortTTL, false)

	// Calls that changed nothing must not have extended the life of these.
	s.setThenSetIfAbsent(s.key("SetIfAbsent in between"), longTTL)
	s.setThenSwap(s.key("failed swap in between"), "other", longTTL, false)

	s.watchExpiry(s.key("watched")) // the others were set before
	time.Sleep(grace)

	for _, name := range stay {
		s.wantValue(s.key(name), "v")
	}
	for _, name := range []string{
		"get", "by SetIfAbsent", "by CompareAndSwap", "by Set over never", "by swap over long", "tiny",
		"SetIfAbsent in between", "failed swap in between",
	} {
		s.wantNothing(s.key(name))
	}
	s.swap(s.key("swap"), "v", "w", 0, false)
	s.wantNothing(s.key("swap"))
	s.compareAndDelete(s.key("delete"), "v", false)
	s.remove(s.key("remove"))
	s.wantNothing(s.key("remove"))
	s.setIfAbsent(s.key("setIfAbsent"), "w", 0, true)
	s.wantValue(s.key("setIfAbsent"), "w")
	s.setIfAbsent(s.key("setIfAbsent"), "x", 0, false)
	s.set(s.key("set"), "w", 0)
	s.wantValue(s.key("set"), "w")
}

// setThenSwap sets key to "v" with a short ttl and swaps it before that ends.
func (s *subject) setThenSwap(key, old string, ttl time.Duration, want bool) {
	s.Helper()
	s.inTime("CompareAndSwap", want, func() (bool, error) {
		s.set(key, "v", shortTTL)
		return s.store.CompareAndSwap(s.ctx, key, []byte(old), []byte("v"), ttl)
	})
}

// setThenSetIfAbsent sets key with a short ttl and tries SetIfAbsent before that ends.
func (s *subject) setThenSetIfAbsent(key string, ttl time.Duration) {
	s.Helper()
	s.inTime("SetIfAbsent", false, func() (bool, error) {
		s.set(key, "v", shortTTL)
		return s.store.SetIfAbsent(s.ctx, key, []byte("w"), ttl)
	})
}

// inTime runs steps that must finish within shortTTL and checks their result. It
// repeats them if the machine was too slow.
func (s *subject) inTime(what string, want bool, steps func() (bool, error)) {
	s.Helper()
	for {
		start := time.Now()
		got, err := steps()
		if err != nil {
			s.Fatalf("%s: %v", what, err)
		}
		if got == want {
			return
		}
		if time.Since(start) < shortTTL-finer {
			s.Fatalf("%s of a key that is about to expire: %t, want %t", what, got, want)
		}
	}
}

// watchExpiry reads one key until it is absent. Its checks hold on a slow machine too:
// a read that returns before the expiry must find the entry, and a read that starts
// well after it must not.
func (s *subject) watchExpiry(key string) {
	s.Helper()
	before := time.Now()
	s.set(key, "v", shortTTL)
	after := time.Now()
	for {
		asked := time.Now()
		_, found, err := s.store.Get(s.ctx, key)
		if err != nil {
			s.Fatalf("Get: %v", err)
		}
		if !found {
			if early := shortTTL - time.Since(before); early > finer {
				s.Fatalf("an entry with a ttl of %v was missing %v too early", shortTTL, early)
			}
			return
		}
		if late := asked.Sub(after) - shortTTL; late > tooLong {
			s.Fatalf("an entry with a ttl of %v was still present %v after its expiry", shortTTL, late)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
