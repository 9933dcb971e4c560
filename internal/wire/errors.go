package wire

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// fail wraps the error of a request that got no answer.
func (r *Request) fail(ctx context.Context, err error) error {
	sent := !dialing(err) && (r.body == nil || r.body.started.Load())
	return &errcode.TransportError{Op: r.op(), Sent: sent, Err: r.scrub(why(ctx, err))}
}

// lost wraps the error of an answer that broke off.
func (r *Request) lost(ctx context.Context, err error) error {
	return &errcode.TransportError{Op: r.op(), Sent: true, Err: r.scrub(why(ctx, err))}
}

// why makes err, which came when ctx had ended, say so.
func why(ctx context.Context, err error) error {
	var idle *errcode.IdleError
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
