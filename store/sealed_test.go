package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

// sealingKey is a key that can be told from others.
func sealingKey(b byte) []byte { return bytes.Repeat([]byte{b}, store.SealedKeySize) }

func newSealed(t testing.TB, inner store.Store, keys ...[]byte) *store.Sealed {
	t.Helper()
	s, err := store.NewSealed(inner, keys...)
	require.NoError(t, err)
	return s
}

func TestSealed(t *testing.T) {
	t.Parallel()
	storetest.RunInBubble(t, func(t *testing.T) store.Store {
		return newSealed(t, store.NewMemory(), sealingKey(1), sealingKey(2))
	})
}

func TestSealedHidesTheValue(t *testing.T) {
	ctx, inner := t.Context(), store.NewMemory()
	s := newSealed(t, inner, sealingKey(1))
	secret := []byte("refreshtoken@@@of_an_authorizer")
	var seen [][]byte
	for range 2 { // the same value never looks the same
		require.NoError(t, s.Set(ctx, "k", secret, 0))
		sealed, _, err := inner.Get(ctx, "k")
		require.NoError(t, err)
		seen = append(seen, sealed)
	}
	require.NotEqual(t, seen[0], seen[1])
	for _, sealed := range seen {
		require.Len(t, sealed, len(secret)+29)
		for i := range len(secret) - 3 {
			require.False(t, bytes.Contains(sealed, secret[i:i+4]))
		}
	}
}

// A value that was tampered with, in every place, is an error and not a miss,
// and not something that a comparison may replace.
func TestSealedTampering(t *testing.T) {
	ctx, inner := t.Context(), store.NewMemory()
	s := newSealed(t, inner, sealingKey(1))
	require.NoError(t, s.Set(ctx, "k", []byte("value"), 0))
	sealed, _, err := inner.Get(ctx, "k")
	require.NoError(t, err)

	tampered := map[string][]byte{"empty": {}, "plain": []byte("value"), "longer": append(bytes.Clone(sealed), 0)}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		tampered[fmt.Sprint("changed at ", i)] = changed
		tampered[fmt.Sprint("cut to ", i)] = sealed[:i]
	}
	for name, bad := range tampered {
		require.NoError(t, inner.Set(ctx, "k", bad, 0))
		requireUnopenable(t, s, "k", name)
	}

	require.NoError(t, inner.Set(ctx, "other name", sealed, 0))
	requireUnopenable(t, s, "other name", "moved")
	require.NoError(t, inner.Set(ctx, "k", sealed, 0))
	value, found, err := s.Get(ctx, "k")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "value", string(value))
}

// requireUnopenable checks every method over a value that cannot be opened.
func requireUnopenable(t *testing.T, s *store.Sealed, key, how string) {
	t.Helper()
	ctx := t.Context()
	value, found, err := s.Get(ctx, key)
	require.ErrorIs(t, err, store.ErrCannotOpen, how)
	require.False(t, found, how)
	require.Empty(t, value, how)
	for _, old := range []string{"", "value"} {
		swapped, err := s.CompareAndSwap(ctx, key, []byte(old), []byte("new"), 0)
		require.ErrorIs(t, err, store.ErrCannotOpen, how)
		require.False(t, swapped, how)
		deleted, err := s.CompareAndDelete(ctx, key, []byte(old))
		require.ErrorIs(t, err, store.ErrCannotOpen, how)
		require.False(t, deleted, how)
	}
	stored, err := s.SetIfAbsent(ctx, key, []byte("new"), 0)
	require.NoError(t, err, how)
	require.False(t, stored, how)
}

func TestSealedKeyRotation(t *testing.T) {
	ctx, inner := t.Context(), store.NewMemory()
	before := newSealed(t, inner, sealingKey(1))
	during := newSealed(t, inner, sealingKey(2), sealingKey(1))
	after := newSealed(t, inner, sealingKey(2))

	require.NoError(t, before.Set(ctx, "k", []byte("value"), 0))
	requireUnopenable(t, after, "k", "sealed with the old key")
	value, found, err := during.Get(ctx, "k")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "value", string(value))

	// Writing seals with the new key, and comparing works across the two.
	swapped, err := during.CompareAndSwap(ctx, "k", []byte("value"), []byte("value"), 0)
	require.NoError(t, err)
	require.True(t, swapped)
	requireUnopenable(t, before, "k", "sealed with the new key")
	value, _, err = after.Get(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, "value", string(value))
	require.NoError(t, before.Delete(ctx, "k"), "deleting needs no key")
}

func TestNewSealedRefusesBadKeys(t *testing.T) {
	const secret = "sixteen-byte-key"
	_, err := store.NewSealed(store.NewMemory())
	require.EqualError(t, err, "store: sealing needs a key")
	_, err = store.NewSealed(store.NewMemory(), sealingKey(1), []byte(secret))
	require.EqualError(t, err, "store: key 2 of 2 for sealing has 16 bytes, want 32")
}

func TestSealedDoesNotDependOnTheCallersKey(t *testing.T) {
	key := sealingKey(1)
	s := newSealed(t, store.NewMemory(), key)
	require.NoError(t, s.Set(t.Context(), "k", []byte("value"), 0))
	clear(key)
	_, found, err := s.Get(t.Context(), "k")
	require.NoError(t, err)
	require.True(t, found)
}

// A negative ttl is a mistake of the caller, whatever the value is.
func TestSealedNegativeTTL(t *testing.T) {
	s := newSealed(t, store.NewMemory(), sealingKey(1))
	_, err := s.CompareAndSwap(t.Context(), "absent", []byte("old"), []byte("new"), -1)
	require.ErrorIs(t, err, store.ErrNegativeTTL)
}

func TestSealedPrintsNothing(t *testing.T) {
	const secret = "0123456789abcdef0123456789ABCDEF"
	s := newSealed(t, store.NewMemory(), []byte(secret))
	require.NoError(t, s.Set(t.Context(), "k", []byte("s3cr3tt0ken"), 0))
	requireNoSecret(t, s, secret)
	requireNoSecret(t, s, secret[:16])
	requireNoSecret(t, s, "s3cr3tt0ken")
}

// meddler changes the store between the reading and the writing of a comparison.
type meddler struct {
	store.Store
	meddle func()
}

func (m *meddler) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	m.meddle()
	return m.Store.CompareAndSwap(ctx, key, old, new, ttl)
}

func (m *meddler) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	m.meddle()
	return m.Store.CompareAndDelete(ctx, key, old)
}

func TestSealedComparisonUnderChange(t *testing.T) {
	ctx, inner := t.Context(), &meddler{Store: store.NewMemory()}
	s := newSealed(t, inner, sealingKey(1))
	write := func(value string) { require.NoError(t, s.Set(ctx, "k", []byte(value), 0)) }
	swap := func() (bool, error) { return s.CompareAndSwap(ctx, "k", []byte("old"), []byte("new"), 0) }
	remove := func() (bool, error) { return s.CompareAndDelete(ctx, "k", []byte("old")) }

	for name, compare := range map[string]func() (bool, error){"swap": swap, "delete": remove} {
		t.Run(name, func(t *testing.T) {
			// The same value is written again, three times: the comparison holds.
			write("old")
			times := 0
			inner.meddle = func() {
				if times++; times <= 3 {
					write("old")
				}
			}
			done, err := compare()
			require.NoError(t, err)
			require.True(t, done)
			require.Equal(t, 4, times)

			// Another value is written: it does not.
			write("old")
			inner.meddle = func() { write("other") }
			done, err = compare()
			require.NoError(t, err)
			require.False(t, done)
			value, _, err := s.Get(ctx, "k")
			require.NoError(t, err)
			require.Equal(t, "other", string(value))

			// The value disappears.
			write("old")
			inner.meddle = func() { require.NoError(t, inner.Delete(ctx, "k")) }
			done, err = compare()
			require.NoError(t, err)
			require.False(t, done)

			// Somebody writes the same without end: an error, not a guess.
			write("old")
			times = 0
			inner.meddle = func() { times++; write("old") }
			done, err = compare()
			require.ErrorContains(t, err, "written again")
			require.False(t, done)
			require.Equal(t, 32, times)
		})
	}
}

// FuzzSealedOpen puts arbitrary bytes into the backend: they do not open. What was sealed
// does.
func FuzzSealedOpen(f *testing.F) {
	ctx, inner := context.Background(), store.NewMemory()
	current, previous := make([]byte, store.SealedKeySize), make([]byte, store.SealedKeySize)
	_, _ = rand.Read(current) // of this process alone: a mutation that restores a seed must not open either
	_, _ = rand.Read(previous)
	s := newSealed(f, inner, current, previous)
	good := func(key, value string) []byte {
		require.NoError(f, s.Set(ctx, key, []byte(value), 0))
		sealed, _, err := inner.Get(ctx, key)
		require.NoError(f, err)
		return sealed
	}
	f.Add("k", []byte(nil))
	f.Add("k", []byte{1})
	f.Add("k", good("k", "")[:28])
	f.Add("k", append(good("k", "value"), 0))
	f.Add("other", good("k", "value"))
	f.Fuzz(func(t *testing.T, key string, stored []byte) {
		require.NoError(t, inner.Set(ctx, key, stored, 0))
		value, found, err := s.Get(ctx, key)
		require.ErrorIs(t, err, store.ErrCannotOpen, "nobody sealed this")
		require.False(t, found)
		require.Nil(t, value)

		// And what is sealed opens, whatever it is.
		require.NoError(t, s.Set(ctx, key, stored, 0))
		value, found, err = s.Get(ctx, key)
		require.NoError(t, err)
		require.True(t, found)
		require.True(t, bytes.Equal(stored, value))
		deleted, err := s.CompareAndDelete(ctx, key, stored)
		require.NoError(t, err)
		require.True(t, deleted)
	})
}

func BenchmarkSealedGet(b *testing.B) {
	ctx, s := context.Background(), newSealed(b, store.NewMemory(), sealingKey(1))
	require.NoError(b, s.Set(ctx, "k", make([]byte, 512), 0))
	b.ReportAllocs()
	for b.Loop() {
		if _, found, err := s.Get(ctx, "k"); err != nil || !found {
			b.Fatal(found, err)
		}
	}
}

func ExampleNewSealed() {
	// Keys come from a secret store; openssl rand -base64 32 makes one.
	current, previous := bytes.Repeat([]byte{2}, store.SealedKeySize), bytes.Repeat([]byte{1}, store.SealedKeySize)

	ctx := context.Background()
	backend := store.NewMemory() // for tokens that must survive: store/sqlstore
	sealed, err := store.NewSealed(backend, current, previous)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := sealed.Set(ctx, "authorizer_refresh_token:wx8888888888888888", []byte("refreshtoken@@@…"), 0); err != nil {
		fmt.Println(err)
		return
	}
	value, _, _ := sealed.Get(ctx, "authorizer_refresh_token:wx8888888888888888")
	raw, _, _ := backend.Get(ctx, "authorizer_refresh_token:wx8888888888888888")
	fmt.Printf("%s\n", value)
	fmt.Println("plain in the backend:", bytes.Contains(raw, []byte("refreshtoken")))
	// Output:
	// refreshtoken@@@…
	// plain in the backend: false
}

// prefixed is a backend that puts a prefix before every key of one memory.
type prefixed struct {
	store.Store
	prefix string
}

func (p prefixed) Namespace() string { return p.prefix }

func (p prefixed) Get(ctx context.Context, key string) ([]byte, bool, error) {
	return p.Store.Get(ctx, p.prefix+key)
}

func (p prefixed) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return p.Store.Set(ctx, p.prefix+key, value, ttl)
}

// A value that somebody moves to the same key under another prefix does not open
// there; nor does one whose prefix and key only look alike when they are joined.
func TestSealedBindsThePrefix(t *testing.T) {
	ctx, m, key := t.Context(), store.NewMemory(), make([]byte, store.SealedKeySize)
	sealed := func(prefix string) *store.Sealed {
		s, err := store.NewSealed(prefixed{m, prefix}, key)
		require.NoError(t, err)
		return s
	}
	require.NoError(t, sealed("shop:").Set(ctx, "k", []byte("v"), 0))
	raw, found, err := m.Get(ctx, "shop:k")
	require.NoError(t, err)
	require.True(t, found)

	require.NoError(t, m.Set(ctx, "bank:k", raw, 0))
	_, found, err = sealed("bank:").Get(ctx, "k")
	require.ErrorIs(t, err, store.ErrCannotOpen)
	require.False(t, found)
	for prefix, key := range map[string]string{"shop": ":k", "shop:k": "", "": "shop:k"} {
		_, _, err = sealed(prefix).Get(ctx, key)
		require.ErrorIs(t, err, store.ErrCannotOpen, "prefix %q", prefix)
	}
	value, found, err := sealed("shop:").Get(ctx, "k")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "v", string(value))
}
