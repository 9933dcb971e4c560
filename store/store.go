// Package store defines the small key-value contract on which everything that
// must be shared or kept rests: access tokens, deduplication of callbacks,
// per-user conversation state and the refresh tokens of authorisers.
//
// [Memory] serves one process. Several processes share through a backend of
// their own, such as the modules store/redisstore and store/sqlstore, or any
// type that passes storetest.Run.
package store

import (
	"context"
	"time"
)

// Store keeps byte values under string keys, each with an optional time to live.
//
// An implementation is safe for concurrent use, obeys the context of each call,
// never retains or modifies a slice that it was given, and returns slices that
// belong to the caller. A ttl of zero keeps a value until it is deleted; a
// negative ttl is an error. An expired value is absent for every method.
//
// A miss is never an error, and a backend that cannot answer is never a miss:
// callers decide on that difference.
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
