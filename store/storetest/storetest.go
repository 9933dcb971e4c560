// Package storetest tests implementations of [store.Store].
//
// A backend's test is three lines:
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store { return mystore.New(…) })
//	}
//
// Run it with the race detector, against the real server that production uses. A store
// that needs no server can be tested without waiting: see [RunInBubble].
package storetest

import (
	"context"
	"crypto/rand"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// Run checks every rule of [store.Store], and that [store.Lock] works with it.
//
// It calls newStore once for each of about twelve subtests, one after the other.
// newStore may return the same store again, or one with other content: the tests use
// random keys that begin with "storetest:". It may use t.Cleanup to close what it
// opens.
//
// Run needs about a second of real time, since it waits for entries to expire. A
// backend may count time in milliseconds and answer slowly. It must keep an entry until
// its expiry, and must not return it later than a second after that.
func Run(t *testing.T, newStore func(t *testing.T) store.Store) {
	run(t, newStore, func(t *testing.T, check func(*testing.T)) { check(t) })
}

// RunInBubble is like [Run] with each subtest in a bubble of [synctest], whose waits take
// no real time. newStore is called in the bubble, to which the store must belong. The
// store must not use a server: it would count the life of the entries in real time.
func RunInBubble(t *testing.T, newStore func(t *testing.T) store.Store) {
	run(t, newStore, synctest.Test)
}

// run has within run the check of each subtest.
func run(t *testing.T, newStore func(t *testing.T) store.Store, within func(*testing.T, func(*testing.T))) {
	for _, part := range []struct {
		name  string
		check func(*subject)
	}{
		{"Miss", checkMiss},
		{"Replace", checkReplace},
		{"Delete", checkDelete},
		{"SetIfAbsent", checkSetIfAbsent},
		{"CompareAndSwap", checkCompareAndSwap},
		{"CompareAndDelete", checkCompareAndDelete},
		{"EmptyValue", checkEmptyValue},
		{"BinaryValue", checkBinaryValue},
		{"BigValue", checkBigValue},
		{"ExactKeys", checkExactKeys},
		{"ManyKeys", checkManyKeys},
		{"OwnSlices", checkOwnSlices},
		{"NegativeTTL", checkNegativeTTL},
		{"Expiry", checkExpiry},
		{"Context", checkContext},
		{"OneWinner", checkOneWinner},
		{"NoLostUpdate", checkNoLostUpdate},
		{"Lock", checkLock},
	} {
		t.Run(part.name, func(t *testing.T) {
			within(t, func(t *testing.T) {
				part.check(&subject{
					T:      t,
					store:  newStore(t),
					ctx:    t.Context(),
					prefix: "storetest:" + rand.Text() + ":",
				})
			})
		})
	}
}

// subject is a store under test. Its methods fail the test if the store returns an
// error or an unexpected result.
type subject struct {
	*testing.T
	store  store.Store
	ctx    context.Context
	prefix string
}

// key returns a key that only this subtest uses.
func (s *subject) key(name string) string { return s.prefix + name }

func (s *subject) set(key, value string, ttl time.Duration) {
	s.Helper()
	if err := s.store.Set(s.ctx, key, []byte(value), ttl); err != nil {
		s.Fatalf("Set(%s, %s, %v): %v", s.showKey(key), show(value), ttl, err)
	}
}

func (s *subject) remove(key string) {
	s.Helper()
	if err := s.store.Delete(s.ctx, key); err != nil {
		s.Fatalf("Delete(%s): %v", s.showKey(key), err)
	}
}

func (s *subject) wantValue(key, want string) {
	s.Helper()
	value, found, err := s.store.Get(s.ctx, key)
	if err != nil {
		s.Fatalf("Get(%s): %v", s.showKey(key), err)
	}
	if !found {
		s.Fatalf("Get(%s): found nothing, want %s", s.showKey(key), show(want))
	}
	if string(value) != want {
		s.Fatalf("Get(%s): found %s, want %s", s.showKey(key), show(string(value)), show(want))
	}
}

func (s *subject) wantNothing(key string) {
	s.Helper()
	value, found, err := s.store.Get(s.ctx, key)
	if err != nil {
		s.Fatalf("Get(%s): %v; a miss must not be an error", s.showKey(key), err)
	}
	if found || len(value) > 0 {
		s.Fatalf("Get(%s): %s, found %t; want nothing", s.showKey(key), show(string(value)), found)
	}
}

func (s *subject) setIfAbsent(key, value string, ttl time.Duration, want bool) {
	s.Helper()
	stored, err := s.store.SetIfAbsent(s.ctx, key, []byte(value), ttl)
	if err != nil {
		s.Fatalf("SetIfAbsent(%s, %s, %v): %v", s.showKey(key), show(value), ttl, err)
	}
	if stored != want {
		s.Fatalf("SetIfAbsent(%s, %s, %v): stored %t, want %t", s.showKey(key), show(value), ttl, stored, want)
	}
}

func (s *subject) swap(key, old, new string, ttl time.Duration, want bool) {
	s.Helper()
	swapped, err := s.store.CompareAndSwap(s.ctx, key, []byte(old), []byte(new), ttl)
	if err != nil {
		s.Fatalf("CompareAndSwap(%s, %s, %s, %v): %v", s.showKey(key), show(old), show(new), ttl, err)
	}
	if swapped != want {
		s.Fatalf("CompareAndSwap(%s, %s, %s, %v): swapped %t, want %t", s.showKey(key), show(old), show(new), ttl, swapped, want)
	}
}

func (s *subject) compareAndDelete(key, old string, want bool) {
	s.Helper()
	deleted, err := s.store.CompareAndDelete(s.ctx, key, []byte(old))
	if err != nil {
		s.Fatalf("CompareAndDelete(%s, %s): %v", s.showKey(key), show(old), err)
	}
	if deleted != want {
		s.Fatalf("CompareAndDelete(%s, %s): deleted %t, want %t", s.showKey(key), show(old), deleted, want)
	}
}
