package dedup

// Stats are counts since the engine was made, and what it does now.
type Stats struct {
	Running    int    // messages that run, wait for their turn, or send their answer late
	Kept       int    // outcomes kept for repeats
	Messages   uint64 // deliveries that were the first of their message
	Duplicates uint64 // deliveries of a message that this process had seen
	Late       uint64 // messages whose answer could not go inline: the deadline passed, or nobody took it
	Busy       uint64 // deliveries refused: too many messages, or a shutdown
	TooMany    uint64 // deliveries refused: too many messages of their sender
	TimedOut   uint64 // messages whose work was given up
	Shared     uint64 // messages that another process handled
}

// Stats returns the counts.
func (e *Engine) Stats() (all Stats) {
	for i := range e.shards {
		s := &e.shards[i]
		s.mu.Lock()
		all.Kept += s.kept.n
		all.Messages += s.stats.Messages
		all.Duplicates += s.stats.Duplicates
		all.Late += s.stats.Late
		all.Busy += s.stats.Busy
		all.TooMany += s.stats.TooMany
		all.TimedOut += s.stats.TimedOut
		all.Shared += s.stats.Shared
		s.mu.Unlock()
	}
	all.Running = int(e.running.Load())
	return all
}
