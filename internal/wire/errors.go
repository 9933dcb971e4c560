package wire

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Reasons for which an answer is refused; a [*ResponseError] wraps one.
var (
	ErrRedirect  = errors.New("the answer is a redirect, which is not followed where credentials travel")
	ErrTooLarge  = errors.New("the answer is larger than " + strconv.Itoa(MaxAnswer>>20) + " MiB")
	ErrEmpty     = errors.New("the answer is empty")
	ErrMalformed = errors.New("the answer is not the platform's JSON")
	ErrStatus    = errors.New("the HTTP status is an error")
)

// TransportError is a call without an answer: the connection failed, was cut,
// or the context ended.
type TransportError struct {
	Op   string // path of the endpoint
	Sent bool   // part of the request may have reached the platform, so the call may have been executed
	Err  error  // what the transport said, without credentials
}

func (e *TransportError) Error() string { return "wechat: " + e.Op + ": " + e.Err.Error() }

// Unwrap gives what the transport said.
func (e *TransportError) Unwrap() error { return e.Err }

// ResponseError is an answer that is not the platform's: an error page of a
// gateway, text that is no JSON or breaks off, a redirect, a value that does not
// fit.
type ResponseError struct {
	Op      string // path of the endpoint
	Status  int    // HTTP status
	Excerpt string // beginning of the answer, cleaned, without credentials; may be empty
	Err     error  // the reason: one of this package's, or a [*ValueError]
}

func (e *ResponseError) Error() string {
	s := "wechat: " + e.Op + ": HTTP " + strconv.Itoa(e.Status) + ": " + e.Err.Error()
	if e.Excerpt != "" {
		s += ": " + strconv.Quote(e.Excerpt)
	}
	return s
}

// Unwrap gives the reason.
func (e *ResponseError) Unwrap() error { return e.Err }

// ValueError is a value of an answer that does not fit the Go type that awaits it.
type ValueError struct {
	Path string // where in the answer, such as "item[3].update_time"
	Want string // the Go type
	Got  string // the value, cut short
}

func (e *ValueError) Error() string {
	path := e.Path
	if path == "" {
		path = "the answer"
	}
	return path + ": " + e.Got + " does not fit " + e.Want
}

// IdleError ends an upload or a download in which nothing moved for so long. It
// matches context.DeadlineExceeded.
type IdleError struct{ Idle time.Duration }

func (e *IdleError) Error() string { return "nothing moved for " + e.Idle.String() }

// Is matches context.DeadlineExceeded.
func (e *IdleError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout is true.
func (e *IdleError) Timeout() bool { return true }

// fail wraps the error of a request that got no answer.
func (r *Request) fail(ctx context.Context, err error) error {
	sent := !dialing(err) && (r.body == nil || r.body.started.Load())
	return &TransportError{Op: r.op(), Sent: sent, Err: r.scrub(why(ctx, err))}
}

// lost wraps the error of an answer that broke off.
func (r *Request) lost(ctx context.Context, err error) error {
	return &TransportError{Op: r.op(), Sent: true, Err: r.scrub(why(ctx, err))}
}

// why makes err, which came when ctx had ended, say so.
func why(ctx context.Context, err error) error {
	var idle *IdleError
	switch end := ctx.Err(); {
	case end == nil:
		return err
	case errors.As(context.Cause(ctx), &idle):
		return idle
	case !errors.Is(err, end):
		return fmt.Errorf("%w: %w", end, err)
	}
	return err
}
