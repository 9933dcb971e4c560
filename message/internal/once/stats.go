package once

// Stats are counts since the engine was made, and what it does now.
type Stats struct {
	Running       int    // messages at work, waiting for it, or sending their answer late
	Kept          int    // outcomes kept for repeats
	Messages      uint64 // deliveries that were the first of their message
	Duplicates    uint64 // deliveries that joined a message known to this process
	Late          uint64 // messages whose answer could not go inline: the deadline passed, or nobody took it
	Refused       uint64 // deliveries turned away: too many messages, or a shutdown
	TimedOut      uint64 // messages whose work was given up
	Shared        uint64 // messages that another process handled
	StoreFailures uint64 // calls of the shared store that failed
}

// Stats returns the counts.
func (e *Engine) Stats() Stats {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.stats
	s.Running, s.Kept = e.running, e.kept.n
	if e.shared != nil {
		s.StoreFailures = e.shared.failures.Load()
	}
	return s
}
