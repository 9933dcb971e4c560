package once

import "time"

// outcome is what is known of a message by its key.
type outcome struct {
	key     string
	run     *run // while it is open
	verdict Verdict
	answer  Content
	size    int       // of key and answer
	due     time.Time // when to forget it
	newer   *outcome
}

// keptQueue holds the outcomes of runs that have ended, the oldest first.
type keptQueue struct {
	oldest, newest *outcome
	n, bytes       int
}

// key is the message's; empty when no repeat is known by it.
func (r *run) key() string {
	if r.outcome == nil {
		return ""
	}
	return r.outcome.key
}

// keep remembers the outcome of a run that has ended.
func (e *Engine) keep(r *run, now time.Time) {
	o := r.outcome
	switch {
	case o == nil:
		return
	case r.verdict == Busy: // its deliveries come again
		delete(e.index, o.key)
		return
	}
	o.run, o.verdict, o.answer, o.due = nil, r.verdict, r.answer, now.Add(Keep)
	o.size = len(o.key)
	if o.answer != nil {
		o.size += o.answer.Size()
	}
	q := &e.kept
	if q.newest == nil {
		q.oldest = o
	} else {
		q.newest.newer = o
	}
	q.newest = o
	q.n++
	q.bytes += o.size
}

// forget drops the outcomes whose time is over and, beyond the bounds, the
// oldest. Each message pays for a few, so nothing has to tidy up at intervals.
func (e *Engine) forget(now time.Time) {
	q := &e.kept
	for q.oldest != nil && (q.n > maxKept || q.bytes > maxKeptBytes || !now.Before(q.oldest.due)) {
		o := q.oldest
		q.oldest = o.newer
		if q.oldest == nil {
			q.newest = nil
		}
		q.n--
		q.bytes -= o.size
		delete(e.index, o.key)
	}
}

// liveList holds the runs that have not ended.
type liveList struct {
	first *run
	n     int
}

func (l *liveList) add(r *run) {
	r.succ = l.first
	if l.first != nil {
		l.first.prev = r
	}
	l.first = r
	l.n++
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
	l.n--
}

// all returns a copy, so that the list may change while it is walked.
func (l *liveList) all() []*run {
	runs := make([]*run, 0, l.n)
	for r := l.first; r != nil; r = r.succ {
		runs = append(runs, r)
	}
	return runs
}
