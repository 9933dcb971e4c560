package store

import (
	"bytes"
	"container/heap"
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
		heap.Push(&s.expiring, e)
	}
}

func (s *shard) replace(e *entry, value []byte, expiry time.Time) {
	hadExpiry := !e.expiry.IsZero()
	e.value, e.expiry = bytes.Clone(value), expiry
	switch hasExpiry := !expiry.IsZero(); {
	case hadExpiry && hasExpiry:
		heap.Fix(&s.expiring, e.slot)
	case hasExpiry:
		heap.Push(&s.expiring, e)
	case hadExpiry:
		heap.Remove(&s.expiring, e.slot)
	}
}

func (s *shard) remove(e *entry) {
	delete(s.entries, e.key)
	if !e.expiry.IsZero() {
		heap.Remove(&s.expiring, e.slot)
	}
}

// expiryHeap has the entry that expires first at its top (container/heap).
type expiryHeap []*entry

func (h expiryHeap) Len() int           { return len(h) }
func (h expiryHeap) Less(i, j int) bool { return h[i].expiry.Before(h[j].expiry) }

func (h expiryHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].slot, h[j].slot = i, j
}

func (h *expiryHeap) Push(x any) {
	e := x.(*entry)
	e.slot = len(*h)
	*h = append(*h, e)
}

func (h *expiryHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}
