package officialaccount

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Observer is told of every call of a [Client] after its end, in the goroutine of
// the call: it should be quick, and it must be safe for concurrent use. A download
// ends for it when the answer has begun.
//
// An Observer that is a [RefreshObserver] too is told of every fetch of a token.
type Observer interface {
	ObserveCall(ctx context.Context, call Call)
}

// RefreshObserver is an [Observer] that wants to know of fetched tokens. It hears
// nothing if Config.TokenSource is the result of token.Reuse already: give it to
// token.ReuseConfig there.
type RefreshObserver interface {
	ObserveRefresh(ctx context.Context, refresh token.Refresh)
}

// Call is what an [Observer] learns. It holds no credential.
type Call struct {
	Method   string        // "GET" or "POST"
	Path     string        // the endpoint, such as "/cgi-bin/menu/create"; of an absolute URL scheme and host only
	Duration time.Duration // from the call to its end, with everything in between
	Attempts int           // requests sent; 0 if none was
	Replayed bool          // the platform rejected the token and another was got for the call
	Paused   bool          // refused by the quota guard
	Status   int           // HTTP status: 200 for a success, 0 without an answer
	Code     errcode.Code  // errcode of a refusal; 0 if there was none
	Err      error         // nil for a success
}

// Limiter is asked before every request, retries included. It may wait, or refuse
// with an error, which then ends the call. It must be safe for concurrent use.
type Limiter interface {
	Wait(ctx context.Context, path string) error
}

// observed makes the call and tells the observer.
func (s *state) observed(ctx context.Context, k *call) error {
	start := time.Now()
	err := s.perform(ctx, k)
	seen := Call{
		Method: k.Method, Path: route(k.Path), Duration: time.Since(start),
		Attempts: k.attempts, Replayed: k.replayed, Paused: k.paused, Err: err,
	}
	var refusal *errcode.Error
	var answer *errcode.ResponseError
	switch {
	case err == nil:
		seen.Status = 200
	case errors.As(err, &refusal):
		seen.Status, seen.Code = refusal.Status, refusal.Code
	case errors.As(err, &answer):
		seen.Status = answer.Status
	}
	s.observer.ObserveCall(ctx, seen)
	return err
}

// route is a name for the endpoint of which there are few.
func route(path string) string {
	if !wire.Absolute(path) {
		return wire.Op(path)
	}
	u, err := url.Parse(path)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
