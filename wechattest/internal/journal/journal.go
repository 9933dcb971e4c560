// Package journal keeps the newest records of a kind, so that a platform that runs for
// days does not grow.
package journal

import (
	"slices"
	"sync"
)

// Journal holds records, bounded by their number and their bytes. The zero value is
// ready. It is safe for concurrent use.
type Journal[T any] struct {
	mu      sync.Mutex
	records []record[T]
	bytes   int
	added   int // records so far, dropped ones included
}

type record[T any] struct {
	value T
	size  int
}

const (
	maxRecords = 20_000
	maxBytes   = 64 << 20
)

// Add appends a record of so many bytes. The oldest records go when there are too
// many, or when they are too large.
func (j *Journal[T]) Add(value T, size int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, record[T]{value, size})
	j.bytes += size
	j.added++
	if len(j.records) > maxRecords || j.bytes > maxBytes {
		j.trim()
	}
}

// trim drops the oldest records until both bounds are kept with an eighth to
// spare, so that it runs seldom.
func (j *Journal[T]) trim() {
	drop := 0
	for n := len(j.records); n-drop > 1 && (n-drop > maxRecords/8*7 || j.bytes > maxBytes/8*7); drop++ {
		j.bytes -= j.records[drop].size
	}
	j.records = slices.Delete(j.records, 0, drop)
}

// After returns the records that were added after the first seen, at most so many of
// the newest, and the number of records added so far.
func (j *Journal[T]) After(seen, most int) (found []T, added int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(j.added-seen, most, len(j.records))
	for _, r := range j.records[len(j.records)-n:] {
		found = append(found, r.value)
	}
	return found, j.added
}

// List returns the records that match, oldest first.
func (j *Journal[T]) List(match func(T) bool) []T {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []T
	for _, r := range j.records {
		if match(r.value) {
			found = append(found, r.value)
		}
	}
	return found
}
