package officialaccount

import (
	"errors"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// ErrNoSecret is the error of an endpoint that needs the AppSecret when
// Config.Secret is empty.
var ErrNoSecret = errors.New("officialaccount: this endpoint needs Config.Secret")

// TransportError is a call without an answer: the connection failed, was cut, or
// the context ended. It wraps what the transport said, so that errors.Is finds
// context.DeadlineExceeded and its like.
//
// Its fields are Op, the path of the endpoint; Sent, which says that part of the
// request may have reached the platform, so that the call may have been executed;
// and Err.
type TransportError = wire.TransportError

// ResponseError is an answer that is not the platform's own: an error page of a
// gateway, JSON that breaks off, a redirect, a value that does not fit.
//
// Its fields are Op, the path of the endpoint; Status, the HTTP status; Excerpt, the
// beginning of the answer as one line; and Err, the reason: one of those below or a
// [*ValueError].
type ResponseError = wire.ResponseError

// ValueError is a value of an answer that does not fit the Go type that awaits it.
//
// Its fields are Path, its place in the answer, such as "item[3].update_time"; Want,
// the Go type; and Got, the value, cut short.
type ValueError = wire.ValueError

// IdleError ends an upload or a download in which nothing moved for the time in its
// field Idle. It matches context.DeadlineExceeded; a [*TransportError] wraps it.
type IdleError = wire.IdleError

// The reasons that a [*ResponseError] wraps, beside a [*ValueError].
var (
	ErrRedirect  = wire.ErrRedirect  // a redirect, which is not followed where credentials travel
	ErrTooLarge  = wire.ErrTooLarge  // larger than 8 MiB
	ErrEmpty     = wire.ErrEmpty     // nothing at all
	ErrMalformed = wire.ErrMalformed // no JSON, or JSON that breaks off
	ErrStatus    = wire.ErrStatus    // an HTTP status of 400 or more
)
