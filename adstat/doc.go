// Package adstat returns the advertising income of an account that carries ads
// (流量主广告数据): by ad slot, by goods sold on commission (返佣商品), and by settlement.
//
//	for row, err := range adstat.New(oa).AllSlots(ctx, datacube.LastDays(365), "") {
//		if err != nil {
//			return err
//		}
//		fmt.Println(row.Date.Format(time.DateOnly), row.Slot, row.Income)
//	}
//
// Amounts are in fen (分), a hundredth of a yuan. Days are days in China (UTC+8). The
// platform has data from 2016-01-01 on. It advises accounts to store a copy of it.
//
// The documents name no quota. The error of a refused call is an *Error. Its codes are
// not those of package errcode. An input that breaks a limit is an errcode.LimitError.
package adstat

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service returns the advertising income of one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Code is why a call of this package was refused. It is an error that errors.Is matches with
// an [*Error].
type Code int

// The documented codes.
const (
	ErrTooOften  Code = 45009 // too many calls: wait, and call less often (请求过于频繁)
	ErrAction    Code = 45010 // unknown action (无效的接口名)
	ErrParam     Code = 1701  // a parameter is wrong (参数错误)
	ErrPublisher Code = 2009  // the account does not carry ads: apply for it on the console (无效的流量主)
)

// Error returns what the code means.
func (c Code) Error() string {
	switch c {
	case ErrTooOften:
		return "too many calls: wait, and call less often"
	case ErrAction:
		return "unknown action"
	case ErrParam:
		return "a parameter is wrong"
	case ErrPublisher:
		return "the account does not carry ads (流量主 is not open): apply for it on mp.weixin.qq.com"
	}
	return "unknown code"
}

// Error is the error of a call that the platform refused (base_resp).
type Error struct {
	Action  string // such as publisher_settlement
	Code    Code
	Message string // of the platform
}

func (e *Error) Error() string {
	return fmt.Sprintf("adstat: %s: %d %s (%s)", e.Action, int(e.Code), e.Message, e.Code.Error())
}

// Is reports whether target is the code of e.
func (e *Error) Is(target error) bool { return target == e.Code }

const (
	statPath = "/publisher/stat"
	maxRows  = 90 // of a page
)

// report is one of the reports: its action, and how many days a call may span.
type report struct {
	action  string
	maxDays int // 0: no maximum
}

// query asks for a page of a report.
type query struct {
	Action string `url:"action"`
	Page   int    `url:"page"`
	Size   int    `url:"page_size"`
	Start  string `url:"start_date"`
	End    string `url:"end_date"`
	Slot   Slot   `url:"ad_slot,omitempty"`
}

// baseResp is where these calls return errors.
type baseResp struct {
	Ret     Code   `json:"ret"`
	Message string `json:"err_msg"`
}

// fetch requests a page of a report and decodes it into out, which holds base.
func (s *Service) fetch(ctx context.Context, r report, span datacube.Span, slot Slot, page, size int, base *baseResp, out any) error {
	first, last := days(span)
	switch {
	case span.First.IsZero():
		return limit.Rule(statPath, "span.First (start_date)", "is not set")
	case last.Before(first):
		return limit.Rule(statPath, "span.Last (end_date)", "is before First")
	case first.Before(firstDay()):
		return limit.Rule(statPath, "span.First (start_date)", "is before 2016-01-01, the first day with data")
	case page < 1:
		return limit.Rule(statPath, "page", "is below 1")
	}
	if err := limit.Check(statPath, "size (page_size)", "rows", size, 1, maxRows); err != nil {
		return err
	}
	if count := int(last.Sub(first)/(24*time.Hour)) + 1; r.maxDays > 0 && count > r.maxDays {
		return limit.Check(statPath, "span.Last (end_date)", "days from First on", count, 1, r.maxDays)
	}
	in := query{r.action, page, size, first.Format(time.DateOnly), last.Format(time.DateOnly), slot}
	if err := s.oa.Get(ctx, statPath, in, out); err != nil {
		return err
	}
	if base.Ret != 0 {
		return &Error{r.action, base.Ret, base.Message}
	}
	return nil
}

// firstDay is the first day with data.
func firstDay() time.Time { return datacube.Date(2016, time.January, 1) }

// days returns the first and the last day of a span.
func days(span datacube.Span) (first, last time.Time) {
	china := firstDay().Location()
	first = datacube.Date(span.First.In(china).Date())
	if span.Last.IsZero() {
		return first, first
	}
	return first, datacube.Date(span.Last.In(china).Date())
}

// walk returns the pages of a span of any length, in parts that a call may span. list
// returns a page and the number of rows of its part.
func walk[T any](ctx context.Context, r report, span datacube.Span, list func(ctx context.Context, part datacube.Span, page int) ([]T, int, error)) func(yield func(T, error) bool) {
	first, last := days(span)
	if span.First.IsZero() {
		first = time.Time{} // list refuses it
	}
	return func(yield func(T, error) bool) {
		for start := first; ; {
			end := last
			if longest := start.AddDate(0, 0, r.maxDays-1); r.maxDays > 0 && longest.Before(end) {
				end = longest
			}
			part := datacube.Span{First: start, Last: end}
			rows := officialaccount.Pages(ctx, 1, func(ctx context.Context, page int) ([]T, int, error) {
				rows, total, err := list(ctx, part, page)
				if len(rows) < maxRows && total <= page*maxRows {
					return rows, page, err // the last page
				}
				return rows, page + 1, err
			})
			for row, err := range rows {
				if !yield(row, err) || err != nil {
					return
				}
			}
			if start = end.AddDate(0, 0, 1); start.After(last) {
				return
			}
		}
	}
}
