package errcode

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// TransportError reports a call without an answer: the connection failed or broke, or
// the context ended.
type TransportError struct {
	Op   string // path of the endpoint
	Sent bool   // part of the request may have reached the platform, so the call may have been executed
	Err  error  // what the transport reported, without credentials
}

func (e *TransportError) Error() string { return "wechat: " + e.Op + ": " + e.Err.Error() }

// Unwrap returns Err, so that errors.Is finds context.DeadlineExceeded and the like.
func (e *TransportError) Unwrap() error { return e.Err }

// IdleError is the Err of a [*TransportError] for an upload or a download in which no
// data moved for this time. It matches context.DeadlineExceeded.
type IdleError struct{ Idle time.Duration }

func (e *IdleError) Error() string { return "no data moved for " + e.Idle.String() }

// Is reports whether target is context.DeadlineExceeded.
func (e *IdleError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout returns true, as the timeout errors of package net do.
func (e *IdleError) Timeout() bool { return true }

// The reasons that a [*ResponseError] wraps, apart from a [*ValueError].
var (
	ErrRedirect  = errors.New("the answer is a redirect; redirects are not followed with credentials")
	ErrTooLarge  = errors.New("the answer is too large")
	ErrEmpty     = errors.New("the answer is empty")
	ErrMalformed = errors.New("the answer is not the expected JSON")
	ErrStatus    = errors.New("unexpected HTTP status")
)

// ResponseError reports an answer that does not come from the platform or cannot be
// used: an error page of a proxy, truncated JSON, a redirect, a value that does not fit
// its Go type. An answer with an errcode is an [*Error] instead.
type ResponseError struct {
	Op      string // path of the endpoint
	Status  int    // HTTP status
	Excerpt string // beginning of the answer as one line, without credentials; may be empty
	Err     error  // the reason: [ErrRedirect], [ErrTooLarge], [ErrEmpty], [ErrMalformed], [ErrStatus] or a [*ValueError]
}

func (e *ResponseError) Error() string {
	s := "wechat: " + e.Op + ": "
	if errors.Is(e.Err, ErrStatus) {
		s += ErrStatus.Error() + " " + strconv.Itoa(e.Status)
	} else {
		s += "HTTP " + strconv.Itoa(e.Status) + ": " + e.Err.Error()
	}
	if e.Excerpt != "" {
		s += ": " + strconv.Quote(e.Excerpt)
	}
	return s
}

// Unwrap returns the reason.
func (e *ResponseError) Unwrap() error { return e.Err }

// ValueError reports a value in an answer that does not fit its Go type.
type ValueError struct {
	Path string // place in the answer, such as "item[3].update_time"
	Want string // the Go type
	Got  string // the value, shortened
}

func (e *ValueError) Error() string {
	path := e.Path
	if path == "" {
		path = "the answer"
	}
	return path + ": " + e.Got + " does not fit " + e.Want
}
