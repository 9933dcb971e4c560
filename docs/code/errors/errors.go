// Package errs is the code of docs/errors.md.
package errs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// decide says what to do about the error of a call that sends something.
func decide(err error) string {
	var refusal *errcode.Error
	var transport *errcode.TransportError
	switch {
	case err == nil:
		return "sent"
	case errors.Is(err, errcode.ErrLimit): // nothing was sent
		return "a bug: shorten the request"
	case errors.Is(err, errcode.UserUnsubscribed), errors.Is(err, errcode.RequireSubscribe):
		return "remove the user from the list"
	case errors.Is(err, errcode.MinuteQuotaReached), errors.Is(err, errcode.ErrBusy):
		return "try again in a minute"
	case errors.Is(err, errcode.ErrQuota): // also *officialaccount.PausedError
		return "try again tomorrow"
	case errors.Is(err, errcode.ErrPermission), errors.Is(err, errcode.ErrAuth):
		return "call an administrator"
	case errors.As(err, &refusal): // any other errcode: this request will not succeed
		return "give up"
	case errors.As(err, &transport) && transport.Sent:
		return "perhaps sent: do not repeat without an idempotency key"
	case errors.As(err, &transport):
		return "not sent: try again"
	}
	return "look at the log"
}

// report logs an error with what a person needs to find its cause.
func report(ctx context.Context, log *slog.Logger, err error) {
	var refusal *errcode.Error
	if !errors.As(err, &refusal) {
		log.ErrorContext(ctx, "wechat", "error", err)
		return
	}
	log.ErrorContext(ctx, "wechat", "endpoint", refusal.Op, "errcode", int(refusal.Code),
		"rid", refusal.RID, "advice", refusal.RemedyZH())
	if refusal.IP().IsValid() {
		log.ErrorContext(ctx, "add the address to the IP list", "ip", refusal.IP())
	}
}

// patient calls f again while the platform is busy or too many calls were made in a minute.
func patient(ctx context.Context, f func(context.Context) error) error {
	for pause := time.Second; ; pause *= 2 {
		err := f(ctx)
		busy := errors.Is(err, errcode.ErrBusy) || errors.Is(err, errcode.MinuteQuotaReached)
		if !busy || pause > time.Minute {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// withoutPermission reports whether the account lacks the API, so that a feature can be
// switched off instead of failing.
func withoutPermission(ctx context.Context, oa *officialaccount.Client, path string) (bool, error) {
	err := oa.Get(ctx, path, nil, nil)
	if errors.Is(err, errcode.APIUnauthorized) {
		return true, nil
	}
	return false, err
}
