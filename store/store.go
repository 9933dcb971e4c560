// Package store defines a small key-value interface for everything that processes share
// or keep: access tokens, deduplication of callbacks, per-user conversation state and
// the refresh tokens of authorizers.
//
//   - [Memory] serves one process.
//   - Several processes share a backend: the modules store/redisstore (Redis) and
//     store/sqlstore (MySQL, MariaDB, PostgreSQL, SQLite), or your own type that passes
//     storetest.Run.
//   - [Sealed] encrypts what any of them keeps.
//   - [Acquire] acquires a [Lock] with a lease in any of them.
//
// # Which backend for what
//
// A cache may lose its content at any time. If it loses locks or access tokens, some
// work is done again. If it loses the records of handled messages, a message may be
// handled twice. The refresh tokens of authorizers (authorizer_refresh_token)
// belong in a durable backend, sealed. They can be read from the platform again, but
// only as long as the authorizations last; after that the administrator of each account
// must authorize again.
package store

import (
	"context"
	"errors"
	"time"
)

// Store keeps byte values under string keys, each with an optional time to live.
//
// An implementation is safe for concurrent use, obeys the context of each call,
// never retains or modifies a slice that it was given, and returns slices that
// belong to the caller. A ttl of zero keeps a value until it is deleted; a
// negative ttl is an error, [ErrNegativeTTL]; a backend that counts in coarser
// units rounds a ttl up. An expired value is absent for every method.
//
// Keys and values are bytes and are compared as bytes: case, trailing spaces, zero
// bytes and invalid UTF-8 matter. Every backend accepts keys of up to 512 bytes and
// values of up to 1 MiB, empty ones too. A longer key or value that a backend cannot
// store is an error; nothing is truncated.
//
// A miss is never an error, and a failing backend is never a miss: callers depend on
// the difference. After an error of a method that writes, the write may or may not have
// happened. An implementation must not retry a conditional write after a lost answer:
// the first attempt may have succeeded, and the retry would then return false.
type Store interface {
	// Get returns the value under key; found is false if key is absent.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Set stores value under key, replacing what was there and its ttl.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error

	// SetIfAbsent stores value only if key is absent, and reports whether it did.
	SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error)

	// CompareAndSwap replaces the value under key by new, with a fresh ttl, only if it
	// equals old, and reports whether it did. An absent key does not equal an empty old
	// value.
	CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error)

	// CompareAndDelete removes key only if its value equals old, and reports whether it
	// did.
	CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error)

	// Delete removes key; removing an absent key is not an error.
	Delete(ctx context.Context, key string) error
}

// ErrNegativeTTL is the error for a time to live below zero, which usually comes from a
// deadline in the past.
var ErrNegativeTTL = errors.New("store: negative ttl")
