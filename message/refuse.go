package message

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/gate"
)

// Reason is why a request was refused, as a short word for metrics.
type Reason string

// The reasons for which a request is refused. The log and [RefusedError] say more.
const (
	ReasonParameter Reason = "parameter" // a parameter is missing
	ReasonTimestamp Reason = "timestamp" // not a number, or too far from this machine's clock
	ReasonSignature Reason = "signature" // does not match: another token, or a forgery
	ReasonNonce     Reason = "nonce"     // the signature came with another message before
	ReasonPlaintext Reason = "plaintext" // not encrypted, although there is a key
	ReasonNoKey     Reason = "no_key"    // encrypted, and there is no key
	ReasonDecrypt   Reason = "decrypt"   // cannot be decrypted: another key
	ReasonAppID     Reason = "app_id"    // encrypted for another app id
	ReasonForged    Reason = "forged"    // more than one Encrypt element
	ReasonSource    Reason = "source"    // cloud hosting: without the header x-wx-source
	ReasonEmpty     Reason = "empty"     // no body: a middleware has probably read it
	ReasonMalformed Reason = "malformed" // the body is not a message, or was cut off
	ReasonTooLarge  Reason = "too_large" // the body is over 1 MiB
	ReasonTooSlow   Reason = "too_slow"  // the body did not arrive in five seconds
	ReasonMemory    Reason = "memory"    // bodies that are not verified yet hold 32 MiB
	ReasonUnwanted  Reason = "unwanted"  // Config.Accept returned an error
	ReasonMethod    Reason = "method"    // neither GET nor POST
)

// RefusedError is the error of [Verifier] for a request that is refused. The peer
// should receive only Status.
type RefusedError struct {
	Status int    // HTTP status to answer with
	Reason Reason // for metrics
	Text   string // what is wrong
	Check  string // what to check
}

// Error returns Text and Check.
func (e *RefusedError) Error() string { return "message: refused: " + e.Text + " (" + e.Check + ")" }

func refusedError(r *gate.Refusal) error {
	text := r.Text
	for _, attr := range r.Attrs {
		if attr.Key == "error" {
			text += ": " + attr.Value.String()
		} else {
			text += ", " + attr.Key + " " + attr.Value.String()
		}
	}
	return &RefusedError{Status: r.Status, Reason: Reason(r.Reason), Text: text, Check: r.Hint}
}

// refusals counts the requests that were refused.
type refusals struct {
	mu     sync.Mutex
	counts map[Reason]uint64
}

func (c *refusals) add(r Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = map[Reason]uint64{}
	}
	c.counts[r]++
}

func (c *refusals) all() map[Reason]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

// refuse tells the peer the status and the log the reason. m is nil if the message was
// not read.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, refused *gate.Refusal, encrypted bool, m Message) DeliveryResult {
	reason := Reason(refused.Reason)
	h.refused.add(reason)
	w.WriteHeader(refused.Status)
	h.logRefusal(r, refused)
	return DeliveryResult{Outcome: OutcomeRefused, Status: refused.Status, Reason: reason, Encrypted: encrypted, Message: m}
}

func (h *Handler) logRefusal(r *http.Request, refused *gate.Refusal) {
	if !h.log.Enabled(r.Context(), slog.LevelWarn) {
		return
	}
	suppressed, ok := h.throttle.next(refused.Text)
	if !ok {
		return
	}
	attrs := append([]slog.Attr{
		slog.String("reason", string(refused.Reason)),
		slog.String("detail", refused.Text),
		slog.String("check", refused.Hint),
		slog.String("method", r.Method),
		slog.String("remote", r.RemoteAddr),
		slog.Int("status", refused.Status),
	}, refused.Attrs...)
	if suppressed > 0 {
		attrs = append(attrs, slog.Int("suppressed", suppressed))
	}
	h.log.LogAttrs(r.Context(), slog.LevelWarn, "callback refused", attrs...)
}

// logBusy logs that a message was answered with 503 because of MaxRunning or a shutdown.
func (h *Handler) logBusy(ctx context.Context) {
	if _, ok := h.throttle.next("busy"); ok {
		h.log.LogAttrs(ctx, slog.LevelWarn, "message answered with 503: too many messages are being handled, or the handler is shutting down",
			slog.Int("running", h.engine.Stats().Running))
	}
}

// throttle allows one line of each kind a second. There are few kinds, all of them in
// this module.
type throttle struct {
	mu    sync.Mutex
	kinds map[string]*throttled
}

type throttled struct {
	until      time.Time
	suppressed int
}

// next reports whether a line of this kind may be written now, and how many have
// been held back since the last.
func (t *throttle) next(kind string) (suppressed int, ok bool) {
	const pause = time.Second
	t.mu.Lock()
	defer t.mu.Unlock()
	k := t.kinds[kind]
	if k == nil {
		if t.kinds == nil {
			t.kinds = map[string]*throttled{}
		}
		k = new(throttled)
		t.kinds[kind] = k
	}
	now := time.Now()
	if now.Before(k.until) {
		k.suppressed++
		return 0, false
	}
	suppressed = k.suppressed
	*k = throttled{until: now.Add(pause)}
	return suppressed, true
}
