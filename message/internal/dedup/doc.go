// Package dedup runs each message once, however often the platform delivers it.
//
// The platform waits five seconds for an answer, then closes the connection and
// delivers the same message again, three times in all. [Engine.Deliver] receives
// every delivery and returns what to answer. The first delivery of a message starts
// a run in a goroutine of its own; the others join that run.
//
//	             ┌────────────── deliver ──────────────┐
//	             ▼                                     │ repeats join
//	claiming ─▶ queued ─▶ starting ─▶ working ──┬──────┴── before the deadline ──▶ held ─▶ ended
//	   │                                        └── after it ──▶ sending (Work.Late) ────▶ ended
//	   └─▶ following (another process runs it) ── its outcome ──────────────────────────▶ ended
//
//	claiming, following  only with a store; see claim.go and follow.go
//	queued               the sender's earlier message is not finished
//	held                 the answer is ready, and no delivery has written it yet
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
// their distance.
//
//	0 s       first sight
//	4.5 s     the deadline expires: "success"; the outcome is late
//	14 s      the deadline with Config.Hold; until then a delivery waits 6 s at most
//	          and is then dropped without an answer
//	15 s      an answer that was ready in time and that no delivery has written is sent late
//	60 s      after the start of the work it is given up (Config.WorkTimeout)
//	+60 s     how long an outcome is kept for repeats
//
// Files: deliver.go has the straight way of a message, run.go what happens when it
// takes longer, sender.go the order and bound per sender, outcome.go what is kept for repeats, claim.go and follow.go
// the shared store, shutdown.go the end.
//
// The package knows neither messages nor HTTP.
package dedup
