package store

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"sync/atomic"
	"time"
)

// DefaultMaxEntries is how many entries a [Memory] holds unless it is told
// otherwise: enough for a thousand messages a second, each remembered with its
// nonce for ten minutes. An entry with a short key and value takes about 200 bytes.
const DefaultMaxEntries = 1 << 20

// ErrFull is the error of a [Memory] that holds as many live entries as it may.
var ErrFull = errors.New("store: memory store is full")

// Memory is a [Store] in the memory of one process. Use [NewMemory].
//
// It is bounded. A live entry is never evicted to make room, since it may be a
// lock or the claim on a message, and to forget one of those is to do a thing
// twice. When the bound is reached, expired entries make room; when there are
// none, a new key is refused with [ErrFull], while everything that is there can
// still be read, replaced and deleted.
//
// There is no background goroutine and nothing to close: each write clears away
// a few entries that have expired, so memory follows the load. Time is read from
// the monotonic clock, and from the fake one within testing/synctest.
type Memory struct {
	max    int64
	used   atomic.Int64
	seed   maphash.Seed
	shards *[shardCount]shard
}

// MemoryOption is a setting for [NewMemory].
type MemoryOption func(*Memory)

// WithMaxEntries bounds a [Memory] to n entries. An n below one means
// [DefaultMaxEntries].
func WithMaxEntries(n int) MemoryOption {
	return func(m *Memory) {
		if n > 0 {
			m.max = int64(n)
		}
	}
}

// NewMemory returns an empty store that is ready for use.
func NewMemory(options ...MemoryOption) *Memory {
	m := &Memory{
		max:    DefaultMaxEntries,
		seed:   maphash.MakeSeed(),
		shards: new([shardCount]shard),
	}
	for _, option := range options {
		option(m)
	}
	for i := range m.shards {
		m.shards[i].entries = make(map[string]*entry)
	}
	return m
}

// Get implements [Store].
func (m *Memory) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	s := m.lock(key)
	defer s.mu.Unlock()
	e := s.live(key, time.Now())
	if e == nil {
		return nil, false, nil
	}
	return bytes.Clone(e.value), true, nil
}

// Set implements [Store]. It returns [ErrFull] for a new key that has no room.
func (m *Memory) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	_, err := m.put(ctx, key, value, ttl, true)
	return err
}

// SetIfAbsent implements [Store]. It returns [ErrFull] for a new key that has no room.
func (m *Memory) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	return m.put(ctx, key, value, ttl, false)
}

// CompareAndSwap implements [Store].
func (m *Memory) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error) {
	if err := checkWrite(ctx, ttl); err != nil {
		return false, err
	}
	s := m.lock(key)
	defer s.mu.Unlock()
	now := time.Now()
	e := s.live(key, now)
	if e == nil || !bytes.Equal(e.value, old) {
		return false, nil
	}
	s.replace(e, new, expiryAt(now, ttl))
	return true, nil
}

// CompareAndDelete implements [Store].
func (m *Memory) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s := m.lock(key)
	defer s.mu.Unlock()
	e := s.live(key, time.Now())
	if e == nil || !bytes.Equal(e.value, old) {
		return false, nil
	}
	m.remove(s, e)
	return true, nil
}

// Delete implements [Store].
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s := m.lock(key)
	defer s.mu.Unlock()
	if e := s.entries[key]; e != nil {
		m.remove(s, e)
	}
	return nil
}

// put stores value, over a live entry only if replace says so.
func (m *Memory) put(ctx context.Context, key string, value []byte, ttl time.Duration, replace bool) (bool, error) {
	if err := checkWrite(ctx, ttl); err != nil {
		return false, err
	}
	stored, full := m.tryPut(key, value, ttl, replace)
	if full && m.sweep() {
		stored, full = m.tryPut(key, value, ttl, replace)
	}
	if full {
		return false, ErrFull
	}
	return stored, nil
}

// tryPut is put within one shard; full tells that the bound stood in the way.
func (m *Memory) tryPut(key string, value []byte, ttl time.Duration, replace bool) (stored, full bool) {
	s := m.lock(key)
	defer s.mu.Unlock()
	now := time.Now()
	m.collect(s, now, collectPerWrite)
	e := s.entries[key]
	if e != nil && !replace && !e.expired(now) {
		return false, false
	}
	if e != nil {
		s.replace(e, value, expiryAt(now, ttl))
		return true, false
	}
	if m.used.Add(1) > m.max {
		m.used.Add(-1)
		return false, true
	}
	s.insert(key, value, expiryAt(now, ttl))
	return true, false
}

// sweep removes every expired entry and reports whether there was one.
func (m *Memory) sweep() bool {
	now, removed := time.Now(), 0
	for i := range m.shards {
		s := &m.shards[i]
		s.mu.Lock()
		removed += m.collect(s, now, len(s.expiring))
		s.mu.Unlock()
	}
	return removed > 0
}

// collect removes up to limit expired entries of a locked shard, oldest first.
func (m *Memory) collect(s *shard, now time.Time, limit int) (removed int) {
	for removed < limit && len(s.expiring) > 0 && s.expiring[0].entry.expired(now) {
		m.remove(s, s.expiring[0].entry)
		removed++
	}
	return removed
}

// remove takes an entry out of a locked shard.
func (m *Memory) remove(s *shard, e *entry) {
	s.remove(e)
	m.used.Add(-1)
}

// lock returns the shard of key, locked.
func (m *Memory) lock(key string) *shard {
	s := &m.shards[maphash.String(m.seed, key)%shardCount]
	s.mu.Lock()
	return s
}

// checkWrite refuses what no write may be called with.
func checkWrite(ctx context.Context, ttl time.Duration) error {
	if ttl < 0 {
		return ErrNegativeTTL
	}
	return ctx.Err()
}

// expiryAt is the end of a ttl; the zero time stands for never.
func expiryAt(now time.Time, ttl time.Duration) time.Time {
	if ttl == 0 {
		return time.Time{}
	}
	return now.Add(ttl)
}
