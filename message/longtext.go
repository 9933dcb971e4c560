package message

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/message/internal/tree"
)

// LongTextReply answers with a text of any length, split as [SplitText] does. The first
// piece is the answer to the delivery, and [Config.LateReply] sends the others, in
// order and before the sender's next message is handled. At most five are sent, since
// the platform allows no more. [Config.OnError] receives the rest as a LongTextReply,
// with an error that wraps [ErrReply].
type LongTextReply string

// StreamReply answers with a text that arrives in pieces, such as that of a language
// model. The text that has arrived at the deadline is the answer to the delivery.
// [Config.LateReply] sends the text that arrives later, as up to five messages. A
// message is sent when it is full. The first two are sent before they are full if ten
// seconds have passed since the message before them. The fifth is sent when the text
// has ended.
//
// Pieces may be empty or of any size; messages begin and end at boundaries of sentences
// where that is possible. If the iterator yields an error, the text that arrived before
// it is still sent, and [Config.OnError] receives the error. A text of more than 1 MiB
// is an error too.
//
// The iterator runs once, after the handler has returned and in the same goroutine. It
// may use the handler's context.
type StreamReply iter.Seq2[string, error]

const (
	maxLate     = 5                // messages that may follow a message of the user
	earlyLate   = 2                // of these are sent before they are full
	lateEvery   = 10 * time.Second // between messages that are not full
	lateAfter   = time.Second      // from an answer to what follows it, which would overtake it
	maxLongText = 1 << 20          // bytes
)

func (r LongTextReply) msgType() string { return "text" }
func (r LongTextReply) check() error    { return TextReply(r).check() }

func (r LongTextReply) appendBody(dst []byte, f tree.Format) []byte {
	return TextReply(r).appendBody(dst, f)
}

// stream returns r as a stream of one piece.
func (r LongTextReply) stream() StreamReply {
	return func(yield func(string, error) bool) { yield(string(tree.Clean([]byte(r))), nil) }
}

func (r StreamReply) msgType() string                             { return "text" }
func (r StreamReply) appendBody(dst []byte, _ tree.Format) []byte { return dst }

func (r StreamReply) check() error {
	return fmt.Errorf("%w: only a Handler can answer with a stream", ErrReply)
}

// longText is a text on its way to the user, in as many messages as it needs.
type longText struct {
	first time.Time // when its message came
	hint  string    // in a piece that others follow

	sending chan struct{} // full while a message is sent before the end; a mutex would stop the clock of testing/synctest
	failed  error         // of LateReply

	mu      sync.Mutex
	onAlarm func()         // sends what is due; nil if nothing is sent before the end
	alarm   *time.Timer    // calls onAlarm; nil until it is needed
	rest    []byte         // has arrived, and is in no message yet
	going   string         // in the message that LateReply is sending
	ended   bool           // nothing more arrives
	inline  string         // in the answer to the deliveries; empty once await has seen what became of it
	arrived bool           // that answer was written
	written chan time.Time // receives when it was
	late    bool           // the deadline has passed
	sent    int            // messages sent late
	last    time.Time      // when the last message was sent
}

// part is a content with the inline piece of a text.
type part struct {
	content
	text *longText
}

// Part says that more follows.
func (*part) Part() {}

// add appends a piece.
func (t *longText) add(piece string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := maxLongText - len(t.rest); len(piece) > room {
		t.rest = append(t.rest, piece[:wholeRunes(piece[:room])]...)
		return fmt.Errorf("%w: the text has more than %d bytes", ErrReply, maxLongText)
	}
	t.rest = append(t.rest, piece...)
	return nil
}

// limit is the longest piece that others follow.
func (t *longText) limit() int { return maxText - len(t.hint) }

// cut removes a piece from the rest, and returns it as it is sent and as it arrived.
func (t *longText) cut(n int) (piece, raw string) {
	raw = string(t.rest[:n])
	if n == len(t.rest) {
		t.rest = nil
	} else {
		next := strings.TrimLeft(string(t.rest[n:]), cutSpace)
		raw = string(t.rest[:len(t.rest)-len(next)])
		t.rest = []byte(next)
	}
	piece = string(tree.Clean([]byte(raw[:n])))
	if len(t.rest) > 0 || !t.ended {
		piece = strings.TrimRight(piece, cutSpace)
	}
	return piece, raw
}

// atDeadline returns the piece for the deliveries, if one waits.
func (t *longText) atDeadline(waits bool) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late = true
	t.last = time.Now()
	t.setAlarm(lateEvery)
	if t.ended { // just before the deadline: no delivery has taken the piece
		t.putBack()
		return ""
	}
	if !waits || len(t.rest) == 0 {
		return ""
	}
	piece, raw := t.cut(cutReady(string(t.rest), t.limit()))
	if piece == "" {
		t.rest = append([]byte(raw), t.rest...)
		return ""
	}
	t.inline = raw
	return piece + t.hint
}

// isLate records that the deadline passed before the text began.
func (t *longText) isLate() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.late = true
}

// end records that nothing more arrives. Before the deadline it returns the piece for the
// deliveries, and whether more follows.
func (t *longText) end() (piece string, more, empty bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	t.rest = tree.Clean(t.rest)
	if strings.Trim(string(t.rest), cutSpace) == "" {
		t.rest = nil
		return "", false, !t.late || t.inline == "" && t.sent == 0
	}
	if t.late {
		return "", false, false
	}
	if len(t.rest) <= maxText {
		t.inline = string(t.rest)
		t.rest = nil
		return t.inline, false, false
	}
	piece, t.inline = t.cut(cutText(string(t.rest), t.limit()))
	return piece + t.hint, true, false
}

// isDue reports whether a message is to be sent before the end. If one will be due
// without a further piece, isDue sets the alarm.
func (t *longText) isDue(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.onAlarm == nil || !t.late || t.sent >= maxLate-1:
		return false
	case len(t.rest) > maxText:
		return true
	case t.sent >= earlyLate || strings.Trim(string(t.rest), cutSpace) == "":
		return false
	}
	wait := t.last.Add(lateEvery).Sub(now)
	if wait > 0 {
		t.setAlarm(wait)
	}
	return wait <= 0
}

// setAlarm makes the alarm call onAlarm after wait. The caller holds the mutex.
func (t *longText) setAlarm(wait time.Duration) {
	switch {
	case t.onAlarm == nil:
	case t.alarm == nil:
		t.alarm = time.AfterFunc(wait, t.onAlarm)
	default:
		t.alarm.Reset(wait)
	}
}

// stopAlarm stops the alarm, waits until it is not sending, and returns the error of
// LateReply, if it has failed.
func (t *longText) stopAlarm() error {
	t.mu.Lock()
	t.onAlarm = nil
	if t.alarm != nil {
		t.alarm.Stop()
	}
	t.mu.Unlock()
	t.sending <- struct{}{}
	defer func() { <-t.sending }()
	return t.failed
}

// nextPiece removes the piece of the next late message from the rest, and returns it.
// The caller calls went or restore after the message.
func (t *longText) nextPiece(last bool) (piece string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	raw := ""
	for piece == "" && len(t.rest) > 0 {
		n := len(t.rest)
		switch {
		case n > maxText:
			n = cutText(string(t.rest), maxText)
		case !last:
			n = cutReady(string(t.rest), maxText)
		}
		if n == 0 {
			return ""
		}
		piece, raw = t.cut(n)
	}
	if piece != "" {
		t.going = raw
		t.sent++
		t.last = time.Now()
	}
	return piece
}

// went records that the piece of nextPiece was sent.
func (t *longText) went() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.going = ""
}

// restore undoes nextPiece.
func (t *longText) restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rest = append([]byte(t.going), t.rest...)
	t.going = ""
	t.sent--
}

// putBack returns the inline piece to the rest. The caller holds the mutex.
func (t *longText) putBack() {
	t.rest = append([]byte(t.inline), t.rest...)
	t.inline = ""
}

// reach records, when the rest is to be sent, whether the inline piece reached the user.
func (t *longText) reach(reached bool) {
	if reached {
		t.arrive()
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.late { // no delivery has taken it, and no further one will arrive
		t.putBack()
	}
}

// await waits until the inline piece has reached the user, and puts it back if no
// delivery has taken it in the time in which the platform repeats.
func (t *longText) await(ctx context.Context) error {
	t.mu.Lock()
	none := t.inline == ""
	t.mu.Unlock()
	if none {
		return nil
	}
	written, err := t.wait(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !written {
		t.putBack()
	}
	t.inline = ""
	return nil
}

// wait does the waiting of await, and reports whether the inline piece was written.
func (t *longText) wait(ctx context.Context) (written bool, err error) {
	var at time.Time
	select {
	case at = <-t.written: // first, since the timer may have expired too
	default:
		uncollected := time.NewTimer(time.Until(t.first.Add(dedup.Uncollected)))
		defer uncollected.Stop()
		select {
		case at = <-t.written:
		case <-uncollected.C:
			return false, nil
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
	return true, backoff.Sleep(ctx, time.Until(at.Add(lateAfter)))
}

// arrive records that a delivery has written the answer with the inline piece.
func (t *longText) arrive() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.arrived {
		t.arrived = true
		t.written <- time.Now()
	}
}

// unsent returns the text that is not known to have reached the user.
func (t *longText) unsent() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	left := string(tree.Clean(append([]byte(t.going), t.rest...)))
	if t.arrived { // await may not have seen it yet
		return left
	}
	return t.inline + left
}
