package gate

import (
	"hash/maphash"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// A signature is used once. The token, timestamp and nonce that a plain signature covers
// identify a request. Only the first message that comes with them is accepted, and it
// starts one run.
//
// Signatures are remembered for as long as their timestamps are acceptable, by the
// ten seconds in which they were made. The memory is bounded: 1.3 million, which is
// enough for 2,000 a second whatever their timestamps, since those are valid for ten
// minutes at most, and for 4,000 a second when the clocks are right.
// Above that the oldest ten seconds are forgotten, and from then on requests that
// old are refused: the rule holds, and the time in which a request is accepted
// shrinks. It never shrinks below thirty seconds, which would take 40,000 messages a
// second; above that rate the rule no longer holds.
const (
	maxNonces  = 1_300_000
	slotLength = 10 // seconds
	leastAge   = 30 // seconds
	nonceParts = 16 // each with a mutex of its own
)

// Used names a signature that was accepted. The zero value means no signature, as in
// cloud hosting.
type Used struct {
	key uint64
	at  int64 // its timestamp
}

// Name is the signature's name in this process; empty for none.
func (u Used) Name() string {
	if u == (Used{}) {
		return ""
	}
	return "signature " + strconv.FormatUint(u.key, 36)
}

// nonces remembers which message came with which signature, and whether it has
// started a run.
type nonces struct {
	seed  maphash.Seed // for both hashes, so nobody can aim at a collision
	parts [nonceParts]noncePart
}

type noncePart struct {
	mu    sync.Mutex
	slots map[int64]map[uint64]uint64 // by timestamp/slotLength: hash of the signature, hash of the message
	n     int
	max   int
	floor int64 // the first slot that is remembered
	tidy  int64 // the last slot in which nothing was left to expire
}

// started is the bit of a message's hash that says that its run has begun.
const started = 1

func (n *nonces) init(most int) {
	n.seed = maphash.MakeSeed()
	for i := range n.parts {
		n.parts[i].slots = map[int64]map[uint64]uint64{}
		n.parts[i].max = most / nonceParts
	}
}

// covered returns the parts of a plain signature in the order in which they are hashed,
// so that all requests with one signature have one name.
func covered(token, timestamp, nonce string) [3]string {
	parts := [3]string{token, timestamp, nonce}
	slices.Sort(parts[:])
	return parts
}

// hash is a fast hash of a message, for this process only.
func (n *nonces) hash(parts [2][]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(n.seed)
	h.Write(parts[0])
	h.Write(parts[1])
	return h.Sum64()
}

// bind records the message of a letter under its signature, and refuses the letter if
// another message came with that signature before.
func (n *nonces) bind(l *Letter, token string, q *query, at int64, now time.Time) *Refusal {
	var h maphash.Hash
	h.SetSeed(n.seed)
	for _, part := range covered(token, q.timestamp, q.nonce) {
		h.WriteString(part)
	}
	l.timestamp, l.Used = q.timestamp, Used{key: h.Sum64(), at: at}
	message := l.Hash &^ started

	p := &n.parts[l.Used.key%nonceParts]
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now.Unix())
	slot := at / slotLength
	if slot < p.floor && now.Unix()-at > leastAge {
		return &Refusal{
			Status: http.StatusForbidden, Reason: Timestamp, Text: "timestamp is older than what is remembered of signatures",
			Hint:  "more than 4,000 messages a second come in, and this one is late, or an old request was repeated",
			Attrs: []slog.Attr{slog.String("age", now.Sub(time.Unix(at, 0)).Round(time.Second).String())},
		}
	}
	messages := p.slots[slot]
	if before, known := messages[l.Used.key]; known {
		if before&^started != message {
			return Replayed()
		}
		return nil
	}
	if messages == nil {
		messages = map[uint64]uint64{}
		p.slots[slot] = messages
	}
	messages[l.Used.key] = message
	p.n++
	return nil
}

// expire forgets the slots whose timestamps are no longer acceptable and, above the
// bound, the oldest.
func (p *noncePart) expire(now int64) {
	if p.n < p.max && p.tidy == now/slotLength {
		return
	}
	p.tidy = now / slotLength
	for len(p.slots) > 0 {
		oldest := p.oldest()
		if (oldest+1)*slotLength > now-int64(maxSkew/time.Second) && p.n < p.max {
			return
		}
		p.n -= len(p.slots[oldest])
		delete(p.slots, oldest)
		p.floor = max(p.floor, oldest+1)
	}
}

func (p *noncePart) oldest() int64 {
	oldest := int64(1) << 62
	for slot := range p.slots {
		oldest = min(oldest, slot)
	}
	return oldest
}

// Begin reports whether a signature has not yet started a run, and records that it has
// started one.
func (g *Gate) Begin(u Used) bool { return u == (Used{}) || g.nonces.begin(u) }

func (n *nonces) begin(u Used) bool {
	p := &n.parts[u.key%nonceParts]
	p.mu.Lock()
	defer p.mu.Unlock()
	slot := p.slots[u.at/slotLength]
	message, known := slot[u.key]
	if message&started != 0 {
		return false
	}
	if known {
		slot[u.key] = message | started
	}
	return true
}
