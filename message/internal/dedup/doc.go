// Package dedup runs each message once, however often the platform delivers it.
//
// The platform waits five seconds for an answer, then closes the connection and
// delivers the same message again, three times in all. [Engine.Deliver] receives
// every delivery and returns what to answer. The first delivery of a message starts
// a run in a goroutine of its own; the others join that run.
//
//	claiming ──┬──▶ queued ──────┐
//	   │       │                 ▼
//	   │       └──▶ starting ─▶ working ─┬─ answer in time ──▶ ready ─┬─ written ─▶ ended
//	   ▼                                 │                            ▼
//	following                            ├─ answer too late ───────▶ sending ─────▶ ended
//	                                     └─ no answer, or given up ──────────────▶ ended
//
//	claiming   asks the shared store whose message it is; only with a store (claim.go)
//	following  another process runs the message: an answer from there makes the run ready,
//	           another outcome ends it; if that process dies, the run is queued or starting
//	           here (follow.go)
//	queued     the sender's earlier message is not finished
//	starting   its goroutine has not begun
//	working    the handler runs (Work.Run)
//	ready      the answer waits for a delivery that writes it
//	sending    the answer, or its rest after a Part, is sent late (Work.Late): the deadline
//	           has passed, a delivery has written the Part, or none will come any more
//	ended      the outcome is kept for repeats
//
// With a store a run is recording while it writes its outcome there, after working and
// before it is sent late because no delivery came. A message whose signature may not
// start a run ends at once, and a shutdown that runs out of time ends every run.
//
// A run has one outcome, decided once:
//
//   - inline: the answer is ready in time, and every delivery gets it;
//   - late: the deadline passes first, every delivery gets "success" or what
//     [Work.Interim] returns, the work continues, and its answer is sent by [Work.Late].
//
// An answer of several parts goes both ways: the first part ([Part]) inline, the rest
// late, before the sender's next message begins.
//
// The time of a run counts from the first sight of its message. Time decides, not
// the number of deliveries, since the platform promises neither their number nor
// their intervals.
//
//	0 s       first sight
//	4.5 s     the deadline expires: "success"; the outcome is late
//	14 s      the deadline with Config.Hold; until then a delivery waits 6 s at most
//	          and is then dropped without an answer
//	15 s      an answer that was ready in time and that no delivery has written is sent late
//	60 s      after the start of the work it is given up (Config.WorkTimeout)
//	+60 s     how long an outcome is kept for repeats
//
// Files: deliver.go has the usual course of a message, run.go what happens when it
// takes longer, sender.go the order and bound per sender, outcome.go what is kept for
// repeats, shutdown.go the end. With a shared store claim.go asks whose message it is,
// follow.go waits for another process, and record.go is what they write there.
//
// The package knows neither messages nor HTTP.
package dedup
