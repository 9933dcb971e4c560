package message

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// refusal is why a request is not let in: the status is for the peer, the rest
// for the log.
type refusal struct {
	status int
	reason string
	hint   string // what to check
	attrs  []slog.Attr
}

func forbidden(reason, hint string, attrs ...slog.Attr) *refusal {
	return &refusal{status: http.StatusForbidden, reason: reason, hint: hint, attrs: attrs}
}

func missing(parameter string) *refusal {
	return forbidden("parameter "+parameter+" is missing", "the request does not come from the platform, or a proxy drops the query")
}

func malformed(err error) *refusal {
	return &refusal{
		status: http.StatusBadRequest, reason: "body is no message",
		hint: "the request does not come from the platform, or a proxy changes the body", attrs: []slog.Attr{slog.String("error", err.Error())},
	}
}

func tooLarge() *refusal {
	return &refusal{
		status: http.StatusRequestEntityTooLarge, reason: "body is too large",
		hint: "the request does not come from the platform", attrs: []slog.Attr{slog.Int("allowed", maxBody)},
	}
}

// refuse tells the peer the status and the log the reason.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, refused *refusal) {
	w.WriteHeader(refused.status)
	if !h.log.Enabled(r.Context(), slog.LevelWarn) {
		return
	}
	suppressed, ok := h.throttle.next(refused.reason)
	if !ok {
		return
	}
	attrs := append([]slog.Attr{
		slog.String("reason", refused.reason),
		slog.String("check", refused.hint),
		slog.String("method", r.Method),
		slog.String("remote", r.RemoteAddr),
		slog.Int("status", refused.status),
	}, refused.attrs...)
	if suppressed > 0 {
		attrs = append(attrs, slog.Int("suppressed", suppressed))
	}
	h.log.LogAttrs(r.Context(), slog.LevelWarn, "callback refused", attrs...)
}

// throttle lets one line of each kind through a second. Kinds are few: they are
// written in this package.
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

func (t *throttle) allow(kind string) bool {
	_, ok := t.next(kind)
	return ok
}
