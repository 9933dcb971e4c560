package storetest

import (
	"fmt"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

const (
	maxKey   = 512     // bytes that every backend accepts as a key
	maxValue = 1 << 20 // and as a value
)

func checkMiss(s *subject) {
	key := s.key("k")
	s.wantNothing(key)
	s.swap(key, "old", "new", 0, false)
	s.compareAndDelete(key, "old", false)
	s.remove(key)
	s.wantNothing(key)
}

func checkReplace(s *subject) {
	key := s.key("k")
	s.set(key, "first", 0)
	s.wantValue(key, "first")
	s.set(key, "2nd", time.Minute)
	s.wantValue(key, "2nd")
	s.set(key, "2nd", time.Minute) // setting it again is not an error
	s.wantValue(key, "2nd")
}

func checkDelete(s *subject) {
	key, other := s.key("k"), s.key("other")
	s.set(key, "v", 0)
	s.set(other, "v", 0)
	s.remove(key)
	s.wantNothing(key)
	s.wantValue(other, "v")
	s.remove(key) // removing an absent key is not an error
	s.setIfAbsent(key, "again", 0, true)
	s.wantValue(key, "again")
}

func checkEmptyValue(s *subject) {
	for _, empty := range [][]byte{nil, {}} {
		key := s.key(fmt.Sprintf("nil=%t", empty == nil))

		// An absent key does not equal an empty old value.
		swapped, err := s.store.CompareAndSwap(s.ctx, key, empty, []byte("new"), 0)
		if err != nil || swapped {
			s.Fatalf("CompareAndSwap of an absent key with an empty old value: swapped %t, %v", swapped, err)
		}
		deleted, err := s.store.CompareAndDelete(s.ctx, key, empty)
		if err != nil || deleted {
			s.Fatalf("CompareAndDelete of an absent key with an empty old value: deleted %t, %v", deleted, err)
		}
		s.wantNothing(key)

		if err := s.store.Set(s.ctx, key, empty, 0); err != nil {
			s.Fatalf("Set of an empty value: %v", err)
		}
		s.wantValue(key, "")
		s.setIfAbsent(key, "new", 0, false)
		s.swap(key, "x", "y", 0, false)
		s.swap(key, "", "full", 0, true)
		swapped, err = s.store.CompareAndSwap(s.ctx, key, []byte("full"), empty, 0)
		if err != nil || !swapped {
			s.Fatalf("CompareAndSwap to an empty value: swapped %t, %v", swapped, err)
		}
		s.wantValue(key, "")
		s.compareAndDelete(key, "", true)
		s.wantNothing(key)
		stored, err := s.store.SetIfAbsent(s.ctx, key, empty, 0)
		if err != nil || !stored {
			s.Fatalf("SetIfAbsent of an empty value: stored %t, %v", stored, err)
		}
		s.wantValue(key, "")
	}
}

func checkBinaryValue(s *subject) {
	var all strings.Builder
	for b := range 256 {
		all.WriteByte(byte(b))
	}
	for i, value := range []string{
		all.String(),
		"\x00", "\x00\x00", "a\x00b", // zero bytes do not end a value
		" ", "a ", "a  ", "\n", "a\r\n", // white space stays
		"\xff\xfe\xc3\x28", // invalid UTF-8 is not repaired
		"null", "''; --", `\`, `\\x00`, "%s?$1",
		"你好，公众号", "😀", "e\u0301", "\u00e9",
	} {
		key := s.key(fmt.Sprint(i))
		s.setIfAbsent(key, value, 0, true)
		s.wantValue(key, value)
		s.swap(key, value+"\x00", "wrong", 0, false)
		s.swap(key, value+" ", "wrong", 0, false)
		s.swap(key, value, value+value, 0, true)
		s.wantValue(key, value+value)
		s.compareAndDelete(key, value, false)
		s.compareAndDelete(key, value+value, true)
	}
}

func checkBigValue(s *subject) {
	key := s.key("k")
	big := strings.Repeat("0123456789abcdef", maxValue/16)
	almost := big[:len(big)-1] + "F"
	s.set(key, big, 0)
	s.wantValue(key, big)
	s.swap(key, almost, "wrong", 0, false)
	s.swap(key, big, almost, 0, true)
	s.wantValue(key, almost)
	s.compareAndDelete(key, big, false)
	s.compareAndDelete(key, almost, true)
	s.wantNothing(key)
}

func checkExactKeys(s *subject) {
	long := s.key(strings.Repeat("k", maxKey))[:maxKey-1]
	keys := []string{
		s.key(""), s.key("a"), s.key("A"), s.key("a "), s.key(" a"), s.key("a\x00"), s.key("a\t"),
		s.key("a%"), s.key("a_"), s.key("a*"), s.key("a?"), s.key("[a]"), s.key("{a}"), s.key(`a\`), s.key("a'"), s.key(`a"`),
		s.key("a/b"), s.key("a:b"), s.key("á"), s.key("a\u0301"), s.key("ß"), s.key("ss"), s.key("公众号"), s.key("😀"), s.key("\xff"), s.key("\xfe"),
		long + "1", long + "2",
	}
	for i, key := range keys {
		s.setIfAbsent(key, fmt.Sprint(i), 0, true)
	}
	for i, key := range keys {
		s.wantValue(key, fmt.Sprint(i))
	}
	for i, key := range keys {
		s.compareAndDelete(key, fmt.Sprint(i), true)
		s.wantNothing(key)
	}
}

func checkManyKeys(s *subject) {
	const n = 300
	key := func(i int) string { return s.key(fmt.Sprintf("%04d", i)) }
	for i := range n {
		s.set(key(i), fmt.Sprint(i), time.Minute)
	}
	for i := 0; i < n; i += 2 {
		s.remove(key(i))
	}
	for i := range n {
		if i%2 == 0 {
			s.wantNothing(key(i))
		} else {
			s.wantValue(key(i), fmt.Sprint(i))
		}
	}
}

// checkOwnSlices writes to every slice that it passed to the store or got from it.
func checkOwnSlices(s *subject) {
	key := s.key("k")
	value := []byte("first")
	if err := s.store.Set(s.ctx, key, value, 0); err != nil {
		s.Fatal(err)
	}
	s.wantUnmodified("Set", value, "first")
	s.wantValue(key, "first")

	got, _, err := s.store.Get(s.ctx, key)
	if err != nil {
		s.Fatal(err)
	}
	overwrite(got)
	s.wantValue(key, "first")

	old, next := []byte("first"), []byte("second")
	if _, err := s.store.CompareAndSwap(s.ctx, key, old, next, 0); err != nil {
		s.Fatal(err)
	}
	s.wantUnmodified("CompareAndSwap", old, "first")
	s.wantUnmodified("CompareAndSwap", next, "second")
	s.wantValue(key, "second")

	old = []byte("second")
	if _, err := s.store.CompareAndDelete(s.ctx, key, old); err != nil {
		s.Fatal(err)
	}
	s.wantUnmodified("CompareAndDelete", old, "second")

	value = []byte("third")
	if _, err := s.store.SetIfAbsent(s.ctx, key, value, 0); err != nil {
		s.Fatal(err)
	}
	s.wantUnmodified("SetIfAbsent", value, "third")
	s.wantValue(key, "third")
}

// wantUnmodified checks an argument after the call, and then overwrites it.
func (s *subject) wantUnmodified(method string, argument []byte, want string) {
	s.Helper()
	if string(argument) != want {
		s.Fatalf("%s modified the slice %q that it was given: %q", method, want, argument)
	}
	overwrite(argument)
}

func overwrite(b []byte) {
	for i := range b {
		b[i] = '!'
	}
}

func checkNegativeTTL(s *subject) {
	held, absent := s.key("held"), s.key("absent")
	s.set(held, "v", 0)
	for _, ttl := range []time.Duration{-1, -time.Hour} {
		if err := s.store.Set(s.ctx, held, []byte("w"), ttl); err == nil {
			s.Fatalf("Set with ttl %v: no error, want one such as %q", ttl, store.ErrNegativeTTL)
		}
		if stored, err := s.store.SetIfAbsent(s.ctx, absent, []byte("w"), ttl); err == nil || stored {
			s.Fatalf("SetIfAbsent with ttl %v: stored %t, error %v; want an error", ttl, stored, err)
		}
		if swapped, err := s.store.CompareAndSwap(s.ctx, held, []byte("v"), []byte("w"), ttl); err == nil || swapped {
			s.Fatalf("CompareAndSwap with ttl %v: swapped %t, error %v; want an error", ttl, swapped, err)
		}
	}
	s.wantValue(held, "v")
	s.wantNothing(absent)
}

// showKey quotes a key for a message, without the prefix that all of them have.
func (s *subject) showKey(key string) string {
	return show(strings.TrimPrefix(key, s.prefix))
}

// show quotes text for a message and truncates it.
func show(text string) string {
	const most = 40
	if len(text) <= most {
		return fmt.Sprintf("%q", text)
	}
	return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
}
