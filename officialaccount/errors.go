package officialaccount

import (
	"errors"

	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// ErrNoSecret is the error of an endpoint that needs the AppSecret when
// Config.Secret is empty.
var ErrNoSecret = errors.New("officialaccount: this endpoint needs Config.Secret")

// TransportError is a call without an answer: the connection failed, was cut, or
// the context ended. Its Sent says whether the platform may have executed the
// call nevertheless.
type TransportError = wire.TransportError

// ResponseError is an answer that is not the platform's own: an error page of a
// gateway, JSON that breaks off, a redirect, a value that does not fit.
type ResponseError = wire.ResponseError

// ValueError is a value of an answer that does not fit the Go type that awaits it.
// A [*ResponseError] wraps it.
type ValueError = wire.ValueError

// The reasons that a [*ResponseError] wraps, beside a [*ValueError].
var (
	ErrRedirect  = wire.ErrRedirect  // a redirect, which is not followed where credentials travel
	ErrTooLarge  = wire.ErrTooLarge  // larger than 8 MiB
	ErrEmpty     = wire.ErrEmpty     // nothing at all
	ErrMalformed = wire.ErrMalformed // no JSON, or JSON that breaks off
	ErrStatus    = wire.ErrStatus    // an HTTP status of 400 or more
)
