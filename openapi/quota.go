package openapi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// ErrQuotaLeft is wrapped by the error of [Service.ClearUsedQuota] if the quota is not
// used up.
var ErrQuotaLeft = errors.New("openapi: not cleared: calls are left today")

// Quota tells how often an endpoint may be called.
type Quota struct {
	Daily         Daily
	Rate          Rate // of the account; zero if there is none
	ComponentRate Rate // of calls by a third-party platform for the account; zero if there is none
}

// Daily has the calls of a day. The platform's counters may be wrong by one percent.
type Daily struct {
	Limit int `json:"daily_limit"`
	Used  int `json:"used"`
	Left  int `json:"remain"`
}

// Rate limits the calls of a period.
type Rate struct {
	Calls int
	Per   time.Duration // length of the period
}

// rate is a [Rate] as the platform writes it.
type rate struct {
	Calls   int `json:"call_count"`
	Seconds int `json:"refresh_second"`
}

func (r rate) decoded() Rate { return Rate{r.Calls, time.Duration(r.Seconds) * time.Second} }

// GetQuota returns how often an endpoint may still be called today (查询API调用额度).
// path is the path of the endpoint, such as "/cgi-bin/message/custom/send".
//
// Errors: errcode.CGIPathNotFound, CGIPathNotPermitted also for every path of web
// authorization (/sns/…).
//
// POST /cgi-bin/openapi/quota/get (查询API调用额度)
func (s *Service) GetQuota(ctx context.Context, path string) (*Quota, error) {
	const op = "/cgi-bin/openapi/quota/get"
	if err := checkPath(op, path); err != nil {
		return nil, err
	}
	var out struct {
		Daily         Daily `json:"quota"`
		Rate          rate  `json:"rate_limit"`
		ComponentRate rate  `json:"component_rate_limit"`
	}
	if err := s.oa.Post(ctx, op, pathBody{path}, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &Quota{out.Daily, out.Rate.decoded(), out.ComponentRate.decoded()}, nil
}

type pathBody struct {
	Path string `json:"cgi_path"`
}

func checkPath(op, path string) error {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		return limit.Rule(op, "path (cgi_path)", fmt.Sprintf("is %q: it must begin with / and have no query", path))
	}
	return nil
}

// ClearQuota resets the counters of all endpoints (重置API调用次数). An account has ten
// resets a month, together with those of [Service.ClearQuotaBySecret] and of 微信开发者平台.
// [Service.ClearUsedQuota] avoids needless resets.
//
// Errors: errcode.ClearQuotaLimit if no reset is left this month.
//
// POST /cgi-bin/clear_quota (重置API调用次数)
func (s *Service) ClearQuota(ctx context.Context) error {
	in := struct {
		AppID string `json:"appid"`
	}{s.oa.AppID()}
	return s.oa.Post(ctx, "/cgi-bin/clear_quota", in, nil)
}

// ClearUsedQuota is [Service.ClearQuota] if the calls of path are used up. If calls are
// left, it returns [ErrQuotaLeft] without a reset. Several processes may call it after
// errcode.DailyQuotaReached: after the reset by one of them the others return
// ErrQuotaLeft.
//
// Errors: those of [Service.GetQuota] and [Service.ClearQuota].
//
// POST /cgi-bin/clear_quota (重置API调用次数)
func (s *Service) ClearUsedQuota(ctx context.Context, path string) error {
	quota, err := s.GetQuota(ctx, path)
	if err != nil {
		return err
	}
	if quota.Daily.Left > 0 {
		return fmt.Errorf("%w: %d of %d for %s", ErrQuotaLeft, quota.Daily.Left, quota.Daily.Limit, path)
	}
	return s.ClearQuota(ctx)
}

// ClearQuotaBySecret is [Service.ClearQuota] without an access token
// (使用AppSecret重置API调用次数), for an account that has no calls left for fetching tokens. It
// uses one of the same ten resets.
//
// The secret is sent in the body. The documents disagree: if the platform does not find
// it there (41002, 41004), it is sent once more in the query.
//
// Errors: officialaccount.ErrNoSecret, errcode.ClearQuotaLimit.
//
// POST /cgi-bin/clear_quota/v2 (使用AppSecret重置API调用次数)
func (s *Service) ClearQuotaBySecret(ctx context.Context) error {
	const path = "/cgi-bin/clear_quota/v2"
	err := s.oa.Post(ctx, path, nil, nil, officialaccount.WithSecretInBody("appid", "appsecret"))
	if errors.Is(err, errcode.MissingAppID) || errors.Is(err, errcode.MissingAppSecret) {
		return s.oa.Post(ctx, path, nil, nil, officialaccount.WithSecretAs("appid", "appsecret"))
	}
	return err
}

// ClearPathQuota resets the counter of one endpoint (重置指定API调用次数). An account has 50
// such resets a month for all paths together, apart from the ten of
// [Service.ClearQuota].
//
// Errors: those of [Service.GetQuota].
//
// POST /cgi-bin/openapi/quota/clear (重置指定API调用次数)
func (s *Service) ClearPathQuota(ctx context.Context, path string) error {
	const op = "/cgi-bin/openapi/quota/clear"
	if err := checkPath(op, path); err != nil {
		return err
	}
	return s.oa.Post(ctx, op, pathBody{path}, nil)
}
