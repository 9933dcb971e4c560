// Package limits is the code of docs/limits.md.
package limits

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/time/rate"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/openapi"
)

// rates bounds the rate of calls by path. It is an officialaccount.Limiter.
type rates map[string]*rate.Limiter

func (r rates) Wait(ctx context.Context, path string) error {
	if limiter := r[path]; limiter != nil {
		return limiter.Wait(ctx)
	}
	return nil
}

// newClient is a client that sends at most 50 customer-service messages a second, and that
// stops calls of an endpoint whose daily quota is used up.
func newClient(c officialaccount.Config) (*officialaccount.Client, error) {
	c.Limiter = rates{"/cgi-bin/message/custom/send": rate.NewLimiter(50, 100)}
	c.QuotaGuard = true
	c.Logger = slog.Default() // warns of doubtful limits
	return officialaccount.New(c)
}

// printQuota prints how many calls of an endpoint are left today.
func printQuota(ctx context.Context, oa *officialaccount.Client, path string) error {
	quota, err := openapi.New(oa).GetQuota(ctx, path)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d of %d left\n", path, quota.Daily.Left, quota.Daily.Limit)
	return nil
}

// urgent calls f, and once more after a reset of the counters if the daily quota of path is
// used up.
func urgent(
	ctx context.Context, oa *officialaccount.Client, path string, f func(context.Context) error,
) error {
	err := f(ctx)
	if !errors.Is(err, errcode.DailyQuotaReached) {
		return err
	}
	cleared := openapi.New(oa).ClearUsedQuota(ctx, path)
	// ErrQuotaLeft: another process was faster.
	if cleared != nil && !errors.Is(cleared, openapi.ErrQuotaLeft) {
		return errors.Join(err, cleared)
	}
	return f(ctx)
}
