package storetest

import (
	"context"
	"time"
)

func checkSetIfAbsent(s *subject) {
	key := s.key("k")
	s.setIfAbsent(key, "first", time.Minute, true)
	s.setIfAbsent(key, "second", time.Minute, false)
	s.wantValue(key, "first")
	s.setIfAbsent(key, "first", time.Minute, false) // also with the value that is there
	s.wantValue(key, "first")
	s.compareAndDelete(key, "first", true)
	s.setIfAbsent(key, "third", 0, true)
	s.wantValue(key, "third")
}

func checkCompareAndSwap(s *subject) {
	key := s.key("k")
	s.set(key, "Value", 0)
	for _, wrong := range []string{"", "value", "Valu", "Value ", "Values", "Value\x00", "other"} {
		s.swap(key, wrong, "wrong", 0, false)
		s.wantValue(key, "Value")
	}
	s.swap(key, "Value", "next", 0, true)
	s.wantValue(key, "next")
	s.swap(key, "Value", "again", 0, false)

	// A swap for the same value also succeeds, any number of times: a lease is renewed
	// this way.
	for range 20 {
		s.swap(key, "next", "next", time.Minute, true)
	}
	s.wantValue(key, "next")
	s.remove(key)
	s.swap(key, "next", "new", 0, false)
	s.wantNothing(key)
}

func checkCompareAndDelete(s *subject) {
	key := s.key("k")
	s.set(key, "Value", 0)
	for _, wrong := range []string{"", "value", "Valu", "Value ", "Values", "Value\x00", "other"} {
		s.compareAndDelete(key, wrong, false)
		s.wantValue(key, "Value")
	}
	s.compareAndDelete(key, "Value", true)
	s.wantNothing(key)
	s.compareAndDelete(key, "Value", false)
}

// checkContext calls every method with a canceled context: each must return an error
// and change nothing.
func checkContext(s *subject) {
	held, absent := s.key("held"), s.key("absent")
	s.set(held, "v", 0)
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()

	wantError := func(method string, done bool, err error) {
		s.Helper()
		if err == nil || done {
			s.Errorf("%s with a canceled context: result %t, error %v; want an error", method, done, err)
		}
	}
	_, found, err := s.store.Get(ctx, held)
	wantError("Get", found, err)
	_, found, err = s.store.Get(ctx, absent)
	wantError("Get of an absent key", found, err)
	err = s.store.Set(ctx, held, []byte("w"), 0)
	wantError("Set", false, err)
	stored, err := s.store.SetIfAbsent(ctx, absent, []byte("w"), 0)
	wantError("SetIfAbsent", stored, err)
	swapped, err := s.store.CompareAndSwap(ctx, held, []byte("v"), []byte("w"), 0)
	wantError("CompareAndSwap", swapped, err)
	deleted, err := s.store.CompareAndDelete(ctx, held, []byte("v"))
	wantError("CompareAndDelete", deleted, err)
	err = s.store.Delete(ctx, held)
	wantError("Delete", false, err)

	s.wantValue(held, "v")
	s.wantNothing(absent)
}
