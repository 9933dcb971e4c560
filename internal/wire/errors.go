package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// fail returns the error of a request without an answer.
func (r *Request) fail(ctx context.Context, err error) error {
	sent := !dialing(err) && (r.body == nil || r.body.started.Load())
	if is[x509.UnknownAuthorityError](err) && (r.BaseURL == "" || strings.HasSuffix(strings.TrimRight(r.BaseURL, "/"), ".weixin.qq.com")) {
		err = fmt.Errorf("%w; in WeChat's cloud hosting (微信云托管) use http://api.weixin.qq.com without a token, or install the certificate that its console offers", err)
	}
	return &errcode.TransportError{Op: r.op(), Sent: sent, Err: r.scrub(why(ctx, err))}
}

// lost returns the error of an incomplete answer.
func (r *Request) lost(ctx context.Context, err error) error {
	return &errcode.TransportError{Op: r.op(), Sent: true, Err: r.scrub(why(ctx, err))}
}

// why returns err, with the cause of ctx if ctx has ended.
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
