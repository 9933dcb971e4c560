// Package store defines the small key-value contract on which everything that
// must be shared or kept rests: access tokens, deduplication of callbacks,
// per-user conversation state and the refresh tokens of authorisers.
//
//   - [Memory] serves one process and needs nothing.
//   - Several processes share through a backend: the modules store/redisstore
//     (Redis) and store/sqlstore (MySQL, MariaDB, PostgreSQL, SQLite), or any type
//     of your own that passes storetest.Run.
//   - [Sealed] encrypts what any of them keeps.
//   - [Acquire] takes a [Lock] with a lease in any of them.
//
// # Which backend for what
//
// A cache may lose its content at any time. Claims, locks and access tokens
// survive that with a repeated piece of work; the refresh token of an authoriser
// (authorizer_refresh_token) does not: the authoriser would have to scan the QR
// code again. Keep those in a durable backend, sealed.
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
// Keys and values are bytes and are compared as bytes: case, trailing spaces,
// zero bytes and invalid UTF-8 matter. Every backend takes keys of up to 512
// bytes and values of up to 1 MiB, empty ones too; what it cannot take is an
// error, never cut short.
//
// A miss is never an error, and a backend that cannot answer is never a miss:
// callers decide on that difference. After an error of a method that writes, the
// write may or may not have happened; an implementation never repeats a
// conditional write by itself when the first answer was lost, since the second
// answer would deny what the first one did.
type Store interface {
	// Get returns the value under key; found is false when there is none.
	Get(ctx context.Context, key string) (value []byte, found bool, err error)

	// Set stores value under key, replacing what was there and its ttl.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error

	// SetIfAbsent stores value only when key holds nothing, and reports whether it did.
	SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error)

	// CompareAndSwap replaces the value under key by new, with a fresh ttl, only
	// when it is byte for byte old, and reports whether it did. An absent key
	// equals no old value, not even an empty one.
	CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error)

	// CompareAndDelete removes key only when its value is byte for byte old, and
	// reports whether it did.
	CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error)

	// Delete removes key; removing an absent key is no error.
	Delete(ctx context.Context, key string) error
}

// ErrNegativeTTL is the error for a time to live below zero, which is nearly
// always a deadline that has passed: storing for ever would be the wrong answer.
var ErrNegativeTTL = errors.New("store: negative ttl")
