package dedup

import (
	"hash/maphash"
	"sync"
	"time"
)

// What is kept for repeats is bounded; above it the oldest outcomes go first. It is
// enough for a minute at 2,000 messages a second with replies of 600 bytes, and for
// 27 seconds with replies of 2 KB.
const (
	maxKept      = 1 << 17   // outcomes
	maxKeptBytes = 128 << 20 // their keys and answers
)

// shard holds the messages whose keys have one hash.
type shard struct {
	mu    sync.Mutex
	index map[string]*outcome // by key: still open, or kept for repeats
	live  liveList            // not ended
	kept  keptQueue           // ended, the oldest first
	stats Stats
}

func (e *Engine) shardOf(key string) *shard {
	return &e.shards[maphash.String(e.seed, key)%shards]
}

// outcome is what is known of a message by its key.
type outcome struct {
	key     string
	run     *run // while it is open
	verdict Verdict
	answer  Content
	name    string    // of the first delivery
	size    int       // of key, answer and name
	due     time.Time // when it is forgotten
	newer   *outcome
}

// keptQueue holds the outcomes of runs that have ended, the oldest first.
type keptQueue struct {
	oldest, newest *outcome
	n, bytes       int
}

// keep remembers the outcome of a run that has ended.
func (s *shard) keep(r *run, now time.Time) {
	o := r.outcome
	switch {
	case o == nil:
		return
	case r.verdict == Busy, r.verdict == Forbidden: // not an outcome of the message
		delete(s.index, o.key)
		return
	}
	o.run, o.verdict, o.answer, o.name, o.due = nil, r.verdict, r.answer, r.name, now.Add(Keep)
	o.size = len(o.key) + len(o.name)
	if o.answer != nil {
		o.size += o.answer.Size()
	}
	q := &s.kept
	if q.newest == nil {
		q.oldest = o
	} else {
		q.newest.newer = o
	}
	q.newest = o
	q.n++
	q.bytes += o.size
}

// expire forgets the outcomes whose time is over and, above the bounds, the oldest.
// Each delivery removes a few, so no cleanup at intervals is needed.
func (s *shard) expire(now time.Time) {
	q := &s.kept
	for q.oldest != nil && (q.n > maxKept/shards || q.bytes > maxKeptBytes/shards || !now.Before(q.oldest.due)) {
		o := q.oldest
		q.oldest = o.newer
		if q.oldest == nil {
			q.newest = nil
		}
		q.n--
		q.bytes -= o.size
		delete(s.index, o.key)
	}
}

// liveList holds the runs that have not ended.
type liveList struct{ first *run }

func (l *liveList) add(r *run) {
	r.succ = l.first
	if l.first != nil {
		l.first.prev = r
	}
	l.first = r
}

func (l *liveList) remove(r *run) {
	if r.prev != nil {
		r.prev.succ = r.succ
	} else {
		l.first = r.succ
	}
	if r.succ != nil {
		r.succ.prev = r.prev
	}
	r.prev, r.succ = nil, nil
}

// all returns a copy, so that the list may change while it is walked.
func (l *liveList) all() (runs []*run) {
	for r := l.first; r != nil; r = r.succ {
		runs = append(runs, r)
	}
	return runs
}
