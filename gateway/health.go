package gateway

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// readyPatience is the maximum time that a readiness check waits for tokens.
const readyPatience = 2 * time.Second

// Health answers the checks of load balancers and orchestrators: GET /healthz tells
// that the process is alive, GET /readyz tells whether it should receive requests, with
// the state of every account. The answers contain app ids, so serve it only to
// operators.
//
// An instance is ready if at least one account has a token, or if there are no
// accounts, until [Health.Drain] is called. So one failing account does not make the
// instance unready for the others.
type Health struct {
	dir      *Directory
	draining atomic.Bool
}

// NewHealth returns the checks for a directory.
func NewHealth(dir *Directory) *Health { return &Health{dir: dir} }

// Drain makes the instance unready. Call it before a graceful stop, so that load
// balancers send requests elsewhere.
func (h *Health) Drain() { h.draining.Store(true) }

// readiness is the answer to /readyz.
type readiness struct {
	Ready    bool            `json:"ready"`
	Draining bool            `json:"draining,omitempty"`
	Accounts []accountHealth `json:"accounts"`
}

type accountHealth struct {
	AppID     string       `json:"appid"`
	ExpiresIn int64        `json:"expires_in,omitempty"` // seconds
	Code      errcode.Code `json:"errcode,omitempty"`
	Error     string       `json:"error,omitempty"`
}

// ServeHTTP implements http.Handler.
func (h *Health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "use GET", http.StatusMethodNotAllowed)
	case r.URL.Path == "/healthz":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok"))
	case r.URL.Path == "/readyz":
		h.ready(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (h *Health) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyPatience)
	defer cancel()
	answer := readiness{Draining: h.draining.Load(), Accounts: []accountHealth{}}
	good := 0
	for _, state := range h.dir.ListStates(ctx) {
		a := accountHealth{AppID: state.AppID}
		var refused *errcode.Error
		switch {
		case state.Err == nil:
			good++
			if !state.Expiry.IsZero() {
				a.ExpiresIn = int64(time.Until(state.Expiry) / time.Second)
			}
		case errors.As(state.Err, &refused):
			a.Code, a.Error = refused.Code, refused.Error()
		default:
			a.Error = state.Err.Error()
		}
		answer.Accounts = append(answer.Accounts, a)
	}
	answer.Ready = !answer.Draining && (good > 0 || len(answer.Accounts) == 0)
	status := http.StatusOK
	if !answer.Ready {
		status = http.StatusServiceUnavailable
	}
	_ = writeJSON(w, status, answer)
}
