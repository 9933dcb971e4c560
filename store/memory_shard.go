package store

import (
	"bytes"
	"sync"
	"time"
)

const (
	shardCount      = 64 // a power of two; far more than there are cores
	collectPerWrite = 2  // one more than a write can add, so that a backlog shrinks
)

// shard is a part of a Memory with a lock of its own.
type shard struct {
	mu       sync.Mutex
	entries  map[string]*entry
	expiring expiryHeap
	_        [24]byte // fills a cache line, so that neighbours do not slow each other
}

// entry is one key with its value.
type entry struct {
	key    string
	value  []byte
	expiry time.Time // zero: never
	slot   int       // the place in the heap, while there is an expiry
}

func (e *entry) expired(now time.Time) bool {
	return !e.expiry.IsZero() && !now.Before(e.expiry)
}

// live returns the entry of key unless there is none or it has expired.
func (s *shard) live(key string, now time.Time) *entry {
	e := s.entries[key]
	if e == nil || e.expired(now) {
		return nil
	}
	return e
}

func (s *shard) insert(key string, value []byte, expiry time.Time) {
	e := &entry{key: key, value: bytes.Clone(value), expiry: expiry}
	s.entries[key] = e
	if !expiry.IsZero() {
		s.expiring.push(e)
	}
}

func (s *shard) replace(e *entry, value []byte, expiry time.Time) {
	hadExpiry := !e.expiry.IsZero()
	e.value, e.expiry = bytes.Clone(value), expiry
	switch hasExpiry := !expiry.IsZero(); {
	case hadExpiry && hasExpiry:
		s.expiring.fix(e)
	case hasExpiry:
		s.expiring.push(e)
	case hadExpiry:
		s.expiring.remove(e)
	}
}

func (s *shard) remove(e *entry) {
	delete(s.entries, e.key)
	if !e.expiry.IsZero() {
		s.expiring.remove(e)
	}
}
