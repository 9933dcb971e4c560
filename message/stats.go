package message

// Stats are the counts since the handler was made, and its current state.
type Stats struct {
	Running    int // messages being handled, waiting for their turn, or having their reply sent late
	Remembered int // outcomes of messages that were handled, remembered for repeats

	Messages   uint64 // deliveries that were the first of their message
	Duplicates uint64 // deliveries of a message that this process knew already
	Shared     uint64 // messages that another process with the same Config.Store handled
	Late       uint64 // messages that were answered with success before their reply was ready
	LateSent   uint64 // replies that LateReply sent
	LateFailed uint64 // replies that LateReply could not send, or for which it was nil
	Busy       uint64 // deliveries answered 503: too many messages, or a shutdown
	SenderBusy uint64 // deliveries answered 503: too many messages of their sender
	TimedOut   uint64 // messages whose handler took longer than WorkTimeout

	Refused map[Reason]uint64 // requests that were refused

	StoreFailures uint64 // calls of Config.Store that failed
}

// Stats returns the current counts, for a metrics library.
func (h *Handler) Stats() Stats {
	s := h.engine.Stats()
	return Stats{
		Running: s.Running, Remembered: s.Kept,
		Messages: s.Messages, Duplicates: s.Duplicates, Shared: s.Shared,
		Late: s.Late, LateSent: h.lateSent.Load(), LateFailed: h.lateFailed.Load(),
		Busy: s.Busy, SenderBusy: s.TooMany, TimedOut: s.TimedOut,
		Refused: h.refused.all(), StoreFailures: h.store.Failures(),
	}
}
