package wechattest

import (
	"slices"
	"sync"
)

// journal keeps the newest records, bounded by their number and their bytes,
// so that a platform that runs for days does not grow.
type journal[T any] struct {
	mu      sync.Mutex
	records []record[T]
	bytes   int
	added   int    // records so far, those dropped included
	notify  func() // if not nil, hears of every record
}

type record[T any] struct {
	value T
	size  int
}

const (
	journalRecords = 20_000
	journalBytes   = 64 << 20
)

func (j *journal[T]) add(value T, size int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.records = append(j.records, record[T]{value, size})
	j.bytes += size
	j.added++
	if j.notify != nil {
		j.notify()
	}
	if len(j.records) > journalRecords || j.bytes > journalBytes {
		j.trim()
	}
}

// trim drops the oldest records until both bounds are kept with an eighth to
// spare, so that it runs seldom.
func (j *journal[T]) trim() {
	drop := 0
	for n := len(j.records); n-drop > 1 && (n-drop > journalRecords/8*7 || j.bytes > journalBytes/8*7); drop++ {
		j.bytes -= j.records[drop].size
	}
	j.records = slices.Delete(j.records, 0, drop)
}

// watch has f hear of every record from now on. f must not block.
func (j *journal[T]) watch(f func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.notify = f
}

// after returns the newest records, at most so many, that were added after the
// first seen, and how many there have been.
func (j *journal[T]) after(seen, most int) (found []T, added int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(j.added-seen, most, len(j.records))
	for _, r := range j.records[len(j.records)-n:] {
		found = append(found, r.value)
	}
	return found, j.added
}

// list returns the records that match, oldest first.
func (j *journal[T]) list(match func(T) bool) []T {
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
