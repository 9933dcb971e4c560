package store

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// SealedKeySize is the length of the keys of a [Sealed], in bytes.
const SealedKeySize = 32

// ErrCannotOpen means that no key of a [Sealed] opens a value: it was sealed with
// another key, copied from another store key, truncated, changed, or never sealed. It
// is never treated as a miss.
var ErrCannotOpen = errors.New("store: sealed value cannot be opened")

const (
	sealedVersion = 2  // the first byte of a sealed value
	sealedTries   = 32 // the attempts of a comparison whose value changes
)

// Sealed is a [Store] that encrypts its values and keeps them in another Store, so that
// a reader of the backend or its backups learns no token. Use [NewSealed].
//
// Values are sealed with AES-256-GCM. Each is bound to its key and to the namespace of
// the backend, which is the Prefix of a redisstore and the Table of a sqlstore. So a
// value that is copied to another key, prefix or table cannot be opened there, and no
// value can be opened after the prefix or the table was renamed. Another backend has a
// namespace if it has a method
//
//	Namespace() string
//
// Keys, ttls and the lengths of values are not hidden. A sealed value is 29 bytes
// longer. An attacker with write access to the backend can restore an older value of
// the same key.
//
// CompareAndSwap and CompareAndDelete read, open and compare the value, and then
// replace exactly what they read. If it was replaced by an equal value in between, they
// try again. They need two calls of the backend.
type Sealed struct {
	inner Store
	bound []byte        // to which every value is bound, besides its key
	keys  []cipher.AEAD // the first seals, all open
}

// NewSealed returns a store that seals the values of s. Each key is 32 random bytes,
// for example from crypto/rand. The slices are not retained. The first key seals; all
// keys open.
//
// To change keys, first add the new key as the second one in every process, so that all
// can open what is sealed with it. Then make it the first key. Remove the old key when
// no value is left that was sealed with it: a value is sealed with the new key when it
// is written, not when it is read.
//
// One key can safely seal 2³² values.
func NewSealed(s Store, keys ...[]byte) (*Sealed, error) {
	if len(keys) == 0 {
		return nil, errors.New("store: sealing needs a key")
	}
	sealed := &Sealed{inner: s, bound: []byte{sealedVersion}}
	if n, ok := s.(interface{ Namespace() string }); ok {
		sealed.bound = append(sealed.bound, n.Namespace()...)
	}
	for i, key := range keys {
		if len(key) != SealedKeySize {
			return nil, fmt.Errorf("store: key %d of %d for sealing has %d bytes, want %d", i+1, len(keys), len(key), SealedKeySize)
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, fmt.Errorf("store: key %d of %d for sealing: %w", i+1, len(keys), err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("store: key %d of %d for sealing: %w", i+1, len(keys), err)
		}
		sealed.keys = append(sealed.keys, aead)
	}
	return sealed, nil
}

// Format implements fmt.Formatter. It shows no keys and no values.
func (s *Sealed) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("store.Sealed")) }

// MarshalText implements encoding.TextMarshaler. It shows no keys and no values.
func (s *Sealed) MarshalText() ([]byte, error) { return fmt.Append(nil, s), nil }

// Get implements [Store]. It returns [ErrCannotOpen] for a value that it cannot read.
func (s *Sealed) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	sealed, found, err := s.inner.Get(ctx, key)
	if err != nil || !found {
		return nil, false, err
	}
	value, err = s.open(key, sealed)
	return value, err == nil, err
}

// Set implements [Store].
func (s *Sealed) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.inner.Set(ctx, key, s.seal(key, value), ttl)
}

// SetIfAbsent implements [Store]. A value that cannot be opened counts as present.
func (s *Sealed) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	return s.inner.SetIfAbsent(ctx, key, s.seal(key, value), ttl)
}

// CompareAndSwap implements [Store]. It returns [ErrCannotOpen] for a value that
// it cannot compare.
func (s *Sealed) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error) {
	if ttl < 0 {
		return false, ErrNegativeTTL
	}
	return s.ifEqual(ctx, key, old, func(sealed []byte) (bool, error) {
		return s.inner.CompareAndSwap(ctx, key, sealed, s.seal(key, new), ttl)
	})
}

// CompareAndDelete implements [Store]. It returns [ErrCannotOpen] for a value that
// it cannot compare.
func (s *Sealed) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	return s.ifEqual(ctx, key, old, func(sealed []byte) (bool, error) {
		return s.inner.CompareAndDelete(ctx, key, sealed)
	})
}

// Delete implements [Store]. It does not open the value.
func (s *Sealed) Delete(ctx context.Context, key string) error {
	return s.inner.Delete(ctx, key)
}

// ifEqual calls do with the sealed form of the value under key, if the value is old. If
// do returns false, the sealed form has been replaced, perhaps by the same value; then
// ifEqual tries again.
func (s *Sealed) ifEqual(ctx context.Context, key string, old []byte, do func(sealed []byte) (bool, error)) (bool, error) {
	for range sealedTries {
		sealed, found, err := s.inner.Get(ctx, key)
		if err != nil || !found {
			return false, err
		}
		value, err := s.open(key, sealed)
		if err != nil || !bytes.Equal(value, old) {
			return false, err
		}
		if done, err := do(sealed); err != nil || done {
			return done, err
		}
	}
	return false, fmt.Errorf("store: the value of %q was written again during each of %d comparisons", key, sealedTries)
}

// seal returns version, nonce, ciphertext and tag.
func (s *Sealed) seal(key string, value []byte) []byte {
	aead := s.keys[0]
	sealed := make([]byte, 1, 1+len(value)+aead.Overhead())
	sealed[0] = sealedVersion
	return aead.Seal(sealed, nil, value, s.associated(key))
}

func (s *Sealed) open(key string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != sealedVersion {
		return nil, fmt.Errorf("%w: the value of %q is not sealed", ErrCannotOpen, key)
	}
	for _, aead := range s.keys {
		if value, err := aead.Open(nil, nil, sealed[1:], s.associated(key)); err == nil {
			return value, nil
		}
	}
	return nil, fmt.Errorf("%w: none of %d keys opens the value of %q", ErrCannotOpen, len(s.keys), key)
}

// associated returns what a value is bound to: the format, the namespace and the key.
// The length separates the namespace from the key.
func (s *Sealed) associated(key string) []byte {
	data := binary.AppendUvarint(nil, uint64(len(s.bound)))
	return append(append(data, s.bound...), key...)
}
