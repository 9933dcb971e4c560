package store

import (
	"bytes"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// defaultMaxEntries is enough for a thousand messages a second, each remembered with
	// its nonce for ten minutes. An entry with a short key and value takes about 200
	// bytes.
	defaultMaxEntries = 1 << 20

	// collectPerWrite is more than the one entry that a write can add, so that a
	// backlog of expired entries shrinks.
	collectPerWrite = 2
)

// ErrFull means that a [Memory] has reached its maximum number of entries, and that
// none of them has expired.
var ErrFull = errors.New("store: memory store is full")

// Memory is a [Store] in the memory of one process. Make one with [NewMemory].
//
// It is bounded. An entry that has not expired is never evicted: it may be a lock, or
// the record of a message, without which the message is handled twice. When the store is
// full, it removes expired entries to make room for a new key. If no entry has expired,
// the write of a new key fails with [ErrFull]. Existing entries can still be read,
// replaced and deleted.
//
// It has no background goroutine and need not be closed: each write removes a few
// expired entries. Time is read from the monotonic clock, and from the fake one within
// testing/synctest.
type Memory struct {
	max int

	mu       sync.Mutex
	entries  map[string]*entry
	expiring expiryHeap // the entries that expire
}

// entry is one key with its value.
type entry struct {
	key    string
	value  []byte
	expiry time.Time // zero: never
	slot   int       // index in the heap, if there is an expiry
}

// NewMemory returns an empty store for at most 1,048,576 entries. Short ones take about
// 200 MB.
func NewMemory() *Memory { return NewMemorySize(defaultMaxEntries) }

// NewMemorySize returns an empty store for at most maxEntries entries. If maxEntries is
// not positive, the limit is that of [NewMemory].
func NewMemorySize(maxEntries int) *Memory {
	if maxEntries <= 0 {
		maxEntries = defaultMaxEntries
	}
	return &Memory{max: maxEntries, entries: make(map[string]*entry)}
}

// Format implements fmt.Formatter. It shows no keys and no values.
func (m *Memory) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("store.Memory")) }

// MarshalText implements encoding.TextMarshaler. It shows no keys and no values.
func (m *Memory) MarshalText() ([]byte, error) { return fmt.Append(nil, m), nil }

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.live(key, time.Now())
	if e == nil {
		return nil, false, nil
	}
	return bytes.Clone(e.value), true, nil
}

// Set implements [Store]. It returns [ErrFull] for a new key if the store is full.
func (m *Memory) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	_, err := m.put(ctx, key, value, ttl, true)
	return err
}

// SetIfAbsent implements [Store]. It returns [ErrFull] for a new key if the store is
// full.
func (m *Memory) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	return m.put(ctx, key, value, ttl, false)
}

// CompareAndSwap implements [Store].
func (m *Memory) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error) {
	if err := checkWrite(ctx, ttl); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	e := m.live(key, now)
	if e == nil || !bytes.Equal(e.value, old) {
		return false, nil
	}
	m.update(e, new, expiryAt(now, ttl))
	return true, nil
}

// CompareAndDelete implements [Store].
func (m *Memory) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.live(key, time.Now())
	if e == nil || !bytes.Equal(e.value, old) {
		return false, nil
	}
	m.remove(e)
	return true, nil
}

// Delete implements [Store].
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entries[key]; e != nil {
		m.remove(e)
	}
	return nil
}

// put stores value. It replaces a live entry only if replace is set.
func (m *Memory) put(ctx context.Context, key string, value []byte, ttl time.Duration, replace bool) (bool, error) {
	if err := checkWrite(ctx, ttl); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.collect(now)
	e := m.entries[key]
	switch {
	case e != nil && !replace && !e.expired(now):
		return false, nil
	case e == nil && len(m.entries) >= m.max:
		return false, ErrFull
	case e == nil:
		e = &entry{key: key}
		m.entries[key] = e
	}
	m.update(e, value, expiryAt(now, ttl))
	return true, nil
}

// update sets the value and expiry of e. The caller holds mu, as below.
func (m *Memory) update(e *entry, value []byte, expiry time.Time) {
	was := !e.expiry.IsZero()
	e.value, e.expiry = bytes.Clone(value), expiry
	switch is := !expiry.IsZero(); {
	case was && is:
		heap.Fix(&m.expiring, e.slot)
	case is:
		heap.Push(&m.expiring, e)
	case was:
		heap.Remove(&m.expiring, e.slot)
	}
}

// remove deletes e.
func (m *Memory) remove(e *entry) {
	delete(m.entries, e.key)
	if !e.expiry.IsZero() {
		heap.Remove(&m.expiring, e.slot)
	}
}

// collect removes a few expired entries, the oldest first.
func (m *Memory) collect(now time.Time) {
	for range collectPerWrite {
		if len(m.expiring) == 0 || !m.expiring[0].expired(now) {
			return
		}
		m.remove(m.expiring[0])
	}
}

// live returns the entry of key, or nil if it is absent or expired.
func (m *Memory) live(key string, now time.Time) *entry {
	e := m.entries[key]
	if e == nil || e.expired(now) {
		return nil
	}
	return e
}

func (e *entry) expired(now time.Time) bool {
	return !e.expiry.IsZero() && !now.Before(e.expiry)
}

// expiryHeap implements heap.Interface, ordered by expiry.
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

// checkWrite checks the arguments of a write.
func checkWrite(ctx context.Context, ttl time.Duration) error {
	if ttl < 0 {
		return ErrNegativeTTL
	}
	return ctx.Err()
}

// expiryAt returns the time at which a ttl ends; the zero time means never.
func expiryAt(now time.Time, ttl time.Duration) time.Time {
	if ttl == 0 {
		return time.Time{}
	}
	return now.Add(ttl)
}
