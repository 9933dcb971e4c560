package once

import "time"

// keptQueue holds the runs that have ended, the oldest first.
type keptQueue struct {
	oldest, newest *run
	n, bytes       int
}

// keep remembers the outcome of an ended run for repeats.
func (e *Engine) keep(r *run, now time.Time) {
	if r.key == "" || r.verdict == Busy {
		if e.index[r.key] == r {
			delete(e.index, r.key)
		}
		return
	}
	r.due = now.Add(Keep)
	q := &e.kept
	if q.newest == nil {
		q.oldest = r
	} else {
		q.newest.newer = r
	}
	q.newest = r
	q.n++
	q.bytes += len(r.key) + len(r.answer)
}

// forget drops the outcomes whose time is over and, beyond the bounds, the
// oldest. Each message pays for a few, so nothing has to tidy up at intervals.
func (e *Engine) forget(now time.Time) {
	q := &e.kept
	for q.oldest != nil && (q.n > maxKept || q.bytes > maxKeptBytes || !now.Before(q.oldest.due)) {
		r := q.oldest
		q.oldest, r.newer = r.newer, nil
		if q.oldest == nil {
			q.newest = nil
		}
		q.n--
		q.bytes -= len(r.key) + len(r.answer)
		if e.index[r.key] == r {
			delete(e.index, r.key)
		}
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
