package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// readyPatience is how long a readiness check waits for tokens.
const readyPatience = 2 * time.Second

// Health answers whoever decides if an instance gets requests: GET /healthz says
// that the process lives, GET /readyz whether it should be called, with the state
// of every account. It shows app ids, so let it listen where only operators reach it.
//
// An instance is ready when at least one account has a token, or there is no account
// at all, and until [Health.Drain] is called. That one account fails among others is
// no reason to take the instance from the rest.
type Health struct {
	dir      *Directory
	draining atomic.Bool
}

// NewHealth makes the checks for a directory.
func NewHealth(dir *Directory) *Health { return &Health{dir: dir} }

// Drain makes the instance unready for good. Call it before a graceful stop, so that
// balancers send requests elsewhere.
func (h *Health) Drain() { h.draining.Store(true) }

// readiness is the answer of /readyz.
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
		_, _ = w.Write([]byte("ok\n"))
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
	for _, state := range h.dir.States(ctx) {
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
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !answer.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(answer)
}
