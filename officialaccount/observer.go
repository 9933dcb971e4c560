package officialaccount

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Observer observes the calls of a [Client], for metrics and tracing. Its methods run
// in the goroutine of the call, so they should be fast, and must be safe for concurrent
// use. They receive no credentials.
//
// An Observer may also be an [AttemptObserver] and a [RefreshObserver].
type Observer interface {
	// ObserveCall is called when a call begins. The call continues with the returned
	// context, which must be derived from ctx. When the call has ended, end is called
	// once, unless it is nil. A download ends when its answer has begun.
	ObserveCall(ctx context.Context, call Call) (observed context.Context, end func(Result))
}

// AttemptObserver is an [Observer] that also observes the requests of each call.
type AttemptObserver interface {
	// ObserveAttempt is called after each request, with the context that ObserveCall
	// returned.
	ObserveAttempt(ctx context.Context, attempt Attempt)
}

// RefreshObserver is an [Observer] that also observes fetches of tokens. If
// Config.TokenSource is the result of token.Reuse, it is not called: set
// token.ReuseConfig.OnRefresh instead.
type RefreshObserver interface {
	ObserveRefresh(ctx context.Context, refresh token.Refresh)
}

// Call describes a call that begins.
type Call struct {
	Method string // "GET" or "POST"
	Path   string // the endpoint, such as "/cgi-bin/menu/create"; for an absolute URL only its scheme and host
}

// Attempt is one request of a call.
type Attempt struct {
	Number   int           // 1 for the first request
	Duration time.Duration // until the answer was read; for a download, until it began
	Status   int           // HTTP status: 200 for a success, 0 without an answer
	Code     errcode.Code  // errcode of a refusal; 0 if there was none
	Err      error         // nil for a success
}

// Result describes how a call ended.
type Result struct {
	Duration time.Duration // from the beginning of the call to its end, with tokens, retries and pauses
	Attempts int           // requests sent; 0 if none was
	Replayed bool          // the platform rejected the token: the call was sent again with another one, or failed without one
	Paused   bool          // not sent because of Config.QuotaGuard
	Status   int           // HTTP status: 200 for a success, 0 without an answer
	Code     errcode.Code  // errcode of a refusal; 0 if there was none
	Err      error         // nil for a success
}

// JoinObservers returns an observer that calls all of observers, such as one for
// metrics and one for tracing. Those that are an [AttemptObserver] or a
// [RefreshObserver] are called as such too.
func JoinObservers(observers ...Observer) Observer { return joined(observers) }

type joined []Observer

func (j joined) ObserveCall(ctx context.Context, call Call) (context.Context, func(Result)) {
	ends := make([]func(Result), 0, len(j))
	for _, o := range j {
		observed, end := o.ObserveCall(ctx, call)
		if observed != nil {
			ctx = observed
		}
		if end != nil {
			ends = append(ends, end)
		}
	}
	return ctx, func(result Result) {
		for _, end := range slices.Backward(ends) {
			end(result)
		}
	}
}

func (j joined) ObserveAttempt(ctx context.Context, attempt Attempt) {
	for _, o := range j {
		if o, ok := o.(AttemptObserver); ok {
			o.ObserveAttempt(ctx, attempt)
		}
	}
}

func (j joined) ObserveRefresh(ctx context.Context, refresh token.Refresh) {
	for _, o := range j {
		if o, ok := o.(RefreshObserver); ok {
			o.ObserveRefresh(ctx, refresh)
		}
	}
}

// Limiter is asked before every request, including retries. It may wait, or return an
// error, which ends the call. It must be safe for concurrent use.
type Limiter interface {
	Wait(ctx context.Context, path string) error
}

// observed makes the call and reports it to the observer.
func (s *state) observed(ctx context.Context, k *call) error {
	start := time.Now()
	observed, end := s.observer.ObserveCall(ctx, Call{Method: k.Method, Path: route(k.Path)})
	if observed != nil {
		ctx = observed
	}
	if end == nil {
		return s.perform(ctx, k)
	}
	err := errUnfinished
	defer func() {
		status, code := outcome(err)
		end(Result{time.Since(start), k.attempts, k.replayed, k.paused, status, code, err})
	}()
	err = s.perform(ctx, k)
	return err
}

// observedSend sends the request once and reports it to the observer.
func (s *state) observedSend(ctx context.Context, k *call, o AttemptObserver) error {
	start := time.Now()
	err := s.roundTrip(ctx, k)
	status, code := outcome(err)
	o.ObserveAttempt(ctx, Attempt{k.attempts, time.Since(start), status, code, err})
	return err
}

// errUnfinished is the result of a call that panicked.
var errUnfinished = errors.New("officialaccount: the call did not return")

// outcome returns the HTTP status and the errcode in err.
func outcome(err error) (status int, code errcode.Code) {
	var refusal *errcode.Error
	var answer *errcode.ResponseError
	switch {
	case err == nil:
		return http.StatusOK, 0
	case errors.As(err, &refusal):
		return refusal.Status, refusal.Code
	case errors.As(err, &answer):
		return answer.Status, 0
	}
	return 0, 0
}

// route returns a name for the endpoint, in valid UTF-8, as metrics and traces require.
// The number of names is small, unlike that of URLs.
func route(path string) string {
	name := wire.Op(path)
	if wire.Absolute(path) {
		u, err := url.Parse(path)
		if err != nil {
			return ""
		}
		name = u.Scheme + "://" + u.Host
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}
