package datacube

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Report is the answer of one call.
type Report[T any] struct {
	Rows []T `json:"list"` // empty if the platform has counted nothing

	// Delayed means that the numbers are not final. Only the article reports of 2025
	// have it.
	Delayed bool `json:"is_delay"`
}

// Row is what the rows of all reports have.
type Row struct {
	// Date is the day that the row counts, or the first day of its week or month. A row
	// about articles published on one day has that day.
	Date Day `json:"ref_date"`
}

// Dated is the constraint of [All]: any row of this package.
type Dated interface{ date() time.Time }

func (r Row) date() time.Time { return dayOf(r.Date.Time) }

// get returns the report of an endpoint whose request has nothing but dates.
func get[T any](ctx context.Context, oa *officialaccount.Client, r rule, span Span) (*Report[T], error) {
	return ask[T](ctx, oa, r, span, func(d dates) any { return d })
}

// ask returns the report of an endpoint. The function body makes the request of its dates.
func ask[T any](ctx context.Context, oa *officialaccount.Client, r rule, span Span, body func(dates) any) (*Report[T], error) {
	if span.walk != nil {
		var err error
		if span, err = span.walk.next(r, span); err != nil {
			return nil, err
		}
	}
	in, opts, err := r.check(span)
	if err != nil {
		return nil, err
	}
	var out Report[T]
	if err := oa.Post(ctx, r.path, body(in), &out, append(opts, officialaccount.WithRetry())...); err != nil {
		return nil, err
	}
	return &out, nil
}
