package openapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// ErrQuotaLeft is what [Service.ClearQuota] answers when there are calls left.
var ErrQuotaLeft = errors.New("openapi: not cleared: calls are left today")

// Quota is how often an endpoint may be called.
type Quota struct {
	Daily Daily `json:"quota"`

	Rate          Rate `json:"rate_limit,omitzero"`           // of the account; zero when it has none
	ComponentRate Rate `json:"component_rate_limit,omitzero"` // of calls that a third-party platform makes for it
}

// Daily counts the calls of a day. The platform's counters may be off by a percent.
type Daily struct {
	Limit int `json:"daily_limit"`
	Used  int `json:"used"`
	Left  int `json:"remain"`
}

// Rate is how often an endpoint may be called within a while.
type Rate struct {
	Calls   int `json:"call_count"`
	Seconds int `json:"refresh_second"` // of that while
}

// Per is the while that [Rate.Calls] counts in.
func (r Rate) Per() time.Duration { return time.Duration(r.Seconds) * time.Second }

// Quota tells how often an endpoint may still be called today (查询API调用额度), by its
// path, such as "/cgi-bin/message/custom/send".
//
// Errors: 76021 for a path that there is not, 76022 for one that the account may not
// call, or of web authorization (/sns/…).
//
// POST /cgi-bin/openapi/quota/get (查询API调用额度)
func (s *Service) Quota(ctx context.Context, path string) (Quota, error) {
	const op = "/cgi-bin/openapi/quota/get"
	if err := checkPath(op, path); err != nil {
		return Quota{}, err
	}
	var out Quota
	err := s.oa.Post(ctx, op, pathBody{path}, &out, officialaccount.WithRetry())
	return out, err
}

type pathBody struct {
	Path string `json:"cgi_path"`
}

func checkPath(op, path string) error {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		return limit.Rule(op, "cgi_path", fmt.Sprintf("is %q: it must begin with / and have no query", path))
	}
	return nil
}

// ClearQuota sets the counters of all endpoints back (重置API调用次数), if the calls of
// path are used up; if not it is [ErrQuotaLeft], and nothing is spent. So it is safe
// to call from many processes after errcode.DailyQuotaReached: an account has ten
// resets a month, those of the console included.
//
// Errors: errcode.ClearQuotaLimit when this month's are spent, and those of
// [Service.Quota].
//
// POST /cgi-bin/clear_quota (重置API调用次数)
func (s *Service) ClearQuota(ctx context.Context, path string) error {
	quota, err := s.Quota(ctx, path)
	if err != nil {
		return err
	}
	if quota.Daily.Left > 0 {
		return fmt.Errorf("%w: %d of %d for %s", ErrQuotaLeft, quota.Daily.Left, quota.Daily.Limit, path)
	}
	return s.ForceClearQuota(ctx)
}

// ForceClearQuota sets the counters of all endpoints back, whatever they show. It
// spends one of the account's ten resets a month.
//
// Errors: errcode.ClearQuotaLimit.
//
// POST /cgi-bin/clear_quota (重置API调用次数)
func (s *Service) ForceClearQuota(ctx context.Context) error {
	in := struct {
		AppID string `json:"appid"`
	}{s.oa.AppID()}
	return s.oa.Post(ctx, "/cgi-bin/clear_quota", in, nil)
}

// ClearQuotaBySecret is [Service.ForceClearQuota] without an access token (使用AppSecret重置API调用次数),
// for when even the calls for tokens are used up. It spends one of the same ten.
//
// Errors: officialaccount.ErrNoSecret, errcode.ClearQuotaLimit.
//
// POST /cgi-bin/clear_quota/v2 (使用AppSecret重置API调用次数)
func (s *Service) ClearQuotaBySecret(ctx context.Context) error {
	return s.oa.Post(ctx, "/cgi-bin/clear_quota/v2", nil, nil, officialaccount.WithSecretAs("appid", "appsecret"))
}

// ClearPathQuota sets the counter of one endpoint back (重置指定API调用次数), 50 times a
// month. The documents do not agree whether that works for paths outside of
// /channels/ec/; others are sent with a warning in the log.
//
// Errors: those of [Service.Quota].
//
// POST /cgi-bin/openapi/quota/clear (重置指定API调用次数)
func (s *Service) ClearPathQuota(ctx context.Context, path string) error {
	const op = "/cgi-bin/openapi/quota/clear"
	if err := checkPath(op, path); err != nil {
		return err
	}
	var opts []officialaccount.CallOption
	if !strings.HasPrefix(path, "/channels/ec/") {
		opts = append(opts, officialaccount.WithWarning("only paths under /channels/ec/ are sure to be cleared", "cgi_path", path))
	}
	return s.oa.Post(ctx, op, pathBody{path}, nil, opts...)
}
