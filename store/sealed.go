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

// ErrCannotOpen is the error for a value that none of the keys of a [Sealed]
// opens: it was sealed with another key, moved from another name, cut, changed,
// or never sealed. It is never taken for a miss.
var ErrCannotOpen = errors.New("store: sealed value cannot be opened")

const (
	sealedVersion = 2  // the first byte of a sealed value
	sealedTries   = 32 // how often a comparison is repeated when the value changes
)

// Sealed is a [Store] that keeps its values encrypted in another one, so that
// neither the backend nor its backups nor those who can read them learn a token.
// Use [NewSealed].
//
// Values are sealed with AES-256-GCM. Each is bound to its key and to the namespace
// of the backend, which is the Prefix of a redisstore and the Table of a sqlstore. So
// a value that is moved to another key, prefix or table does not open there; neither
// does anything after a prefix or a table was renamed. A backend of another type is
// bound to its namespace if it has a method
//
//	Namespace() string
//
// Keys and ttls are not hidden, and neither is the length of a value, which grows by
// 29 bytes. Whoever can write to the backend can restore an older value of the same
// key.
//
// CompareAndSwap and CompareAndDelete read, open and compare, and then replace
// exactly what they read; if the value was replaced by an equal one in between, they
// repeat that. They cost two calls of the backend.
type Sealed struct {
	inner Store
	bound []byte        // to which every value is bound, besides its key
	keys  []cipher.AEAD // the first seals, all open
}

// NewSealed returns a store that seals the values of s. Each key is 32 random
// bytes, say from crypto/rand, and is not kept. The first key seals; all of them
// open.
//
// To change keys, first give every process the new key as second, so that all can
// open what is sealed with it; then put it first; and drop the old one when
// nothing is left that was sealed with it: values are sealed again when they are
// written, not when they are read.
//
// One key may seal four thousand million values (2³²) safely.
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

// Delete implements [Store]. It needs to open nothing.
func (s *Sealed) Delete(ctx context.Context, key string) error {
	return s.inner.Delete(ctx, key)
}

// ifEqual calls do with the sealed form of the value under key, as long as that
// value is old and until do succeeds. Do fails when the sealed form has been
// replaced, which happens too when somebody writes the same value again.
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
		return nil, fmt.Errorf("%w: %q holds no sealed value", ErrCannotOpen, key)
	}
	for _, aead := range s.keys {
		if value, err := aead.Open(nil, nil, sealed[1:], s.associated(key)); err == nil {
			return value, nil
		}
	}
	return nil, fmt.Errorf("%w: %q opens with none of %d keys", ErrCannotOpen, key, len(s.keys))
}

// associated returns what a value is bound to: the format, the namespace and the key.
// The lengths keep a longer namespace apart from a longer key.
func (s *Sealed) associated(key string) []byte {
	data := binary.AppendUvarint(nil, uint64(len(s.bound)))
	return append(append(data, s.bound...), key...)
}
