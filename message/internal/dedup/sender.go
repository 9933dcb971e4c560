package dedup

import (
	"hash/maphash"
	"sync"
	"time"
)

// senders holds the senders whose names have one hash. Its mutex is taken inside a
// shard's, never the other way round.
type senders struct {
	mu       sync.Mutex
	bySender map[string]*sender
	spare    *sender // to be used again, as most senders have one message at a time
}

// sender is a user with messages that run or wait.
type sender struct {
	group   *senders
	name    string
	n       int  // messages that run or wait
	tail    *run // the last in the queue; nil for none
	refused bool // a message has been refused
}

// enter counts one more message of a sender, and is not ok when there are too many.
// An empty name has no sender, and is not counted.
func (e *Engine) enter(name string) (s *sender, ok bool) {
	if name == "" {
		return nil, true
	}
	g := &e.senders[maphash.String(e.seed, name)%shards]
	g.mu.Lock()
	defer g.mu.Unlock()
	s = g.bySender[name]
	if s == nil {
		if s, g.spare = g.spare, nil; s == nil {
			s = new(sender)
		}
		*s = sender{group: g, name: name}
		g.bySender[name] = s
	}
	if s.n >= e.maxPerSender {
		return s, false
	}
	s.n++
	return s, true
}

// full records that a message was refused, and reports whether it is the first.
func (s *sender) full() (first bool) {
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	first, s.refused = !s.refused, true
	return first
}

// leave removes a message from the count.
func (s *sender) leave() {
	if s == nil {
		return
	}
	g := s.group
	g.mu.Lock()
	defer g.mu.Unlock()
	s.drop()
}

// drop is leave for a caller that holds the mutex.
func (s *sender) drop() {
	if s.n--; s.n == 0 {
		delete(s.group.bySender, s.name)
		s.group.spare = s
	}
}

// enqueue reports whether r may work now; else it starts when its sender's earlier
// messages are finished.
func (e *Engine) enqueue(r *run) bool {
	r.phase = starting
	s := r.sender
	if s == nil || e.unordered {
		return true
	}
	s.group.mu.Lock()
	defer s.group.mu.Unlock()
	tail := s.tail
	s.tail = r
	if tail == nil {
		return true
	}
	tail.next = r
	r.phase = queued
	return false
}

// startNext starts the next message of r's sender, unless that was done. It is called after
// the work of r and its reports have ended.
func (e *Engine) startNext(r *run) {
	s := r.sender
	if s == nil {
		return
	}
	r.sender = nil
	s.group.mu.Lock()
	next := r.next
	r.next = nil
	if s.tail == r {
		s.tail = nil
	}
	g := s.group
	s.drop()
	g.mu.Unlock()
	if next != nil && !e.stopped.Load() {
		go e.do(next, time.Now())
	}
}
