package datacube

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// Period is one day of a report, or one week or month of the reports that count by those.
type Period[T any] struct {
	First time.Time // first day, at midnight in China
	Last  time.Time // last day; First for a day
	Rows  []T

	// Ready means that the platform has counted the period: if there are no rows, there
	// was nothing to count. A period that is not ready may have preliminary rows.
	Ready bool
}

// All returns a report for a span of any length. It yields every day of the span in
// order, or every week or month that overlaps it. The function get is a method of the
// [Service]:
//
//	for day, err := range datacube.All(ctx, cubes.GetUserSummary, datacube.LastDays(30)) { … }
//
// or, for a method with further parameters, a function that calls it with the same
// span.
//
// All makes one call for as many days as the platform allows. For days that the
// platform has not counted yet, Ready is false: days that are not over, days that the
// platform refuses as not ready or too new, and days whose report is delayed. If an
// answer for several days does not say which of them are not ready, All asks again for
// fewer days. From 08:00 in China on, the day before counts as ready even without rows.
// Any other error ends the iteration.
func All[T Dated](ctx context.Context, get func(context.Context, Span) (*Report[T], error), span Span) iter.Seq2[Period[T], error] {
	return func(yield func(Period[T], error) bool) {
		first, last := span.days()
		most := 0 // days of a call; 0 means what the platform allows
		for {
			w := &walk{most: most}
			report, err := get(ctx, Span{First: first, Last: last, walk: w})
			if w.last.IsZero() && err == nil {
				err = errors.New("datacube: All needs a function that passes its span on to a method of Service")
			}
			if w.last.IsZero() {
				yield(Period[T]{}, err)
				return
			}
			unknown := notReady(err, w.last) || err == nil && report.Delayed
			if unknown && w.days() > 1 && w.unit == daily {
				most = w.days() / 2
				continue
			}
			var rows []T
			switch {
			case err == nil:
				rows = report.Rows
			case !unknown:
				yield(Period[T]{}, err)
				return
			}
			periods, err := split(rows, w)
			if err != nil {
				yield(Period[T]{}, err)
				return
			}
			for _, p := range periods {
				p.Ready = !unknown && (len(p.Rows) > 0 || counted(p.Last))
				if !yield(p, nil) {
					return
				}
			}
			if first = w.last.AddDate(0, 0, 1); first.After(last) {
				return
			}
		}
	}
}

// walk is what one step of All and the call that it makes say to each other.
type walk struct {
	most        int // days at most; 0 means what the platform allows
	first, last time.Time
	unit        unit
}

// errTooEarly reports a period that is not over.
var errTooEarly = errors.New("datacube: the period is not over")

// next returns the span of the next call: the first piece of a span that the platform
// answers at once. It leaves the days of that piece in w.
func (w *walk) next(r rule, span Span) (Span, error) {
	first, last := span.days()
	if first.IsZero() || last.Before(first) {
		return Span{First: first, Last: last}, nil // for check to refuse
	}
	yesterday := dayOf(time.Now()).AddDate(0, 0, -1)
	w.unit = r.unit
	w.first, w.last = r.unit.period(first)
	if w.last.After(yesterday) {
		return Span{}, errTooEarly
	}
	if r.unit != daily {
		return Span{First: w.first}, nil
	}
	most := r.days
	if r.doubt > 0 {
		most = r.doubt
	}
	if w.most > 0 {
		most = min(most, w.most)
	}
	for _, end := range []time.Time{last, yesterday} {
		most = min(most, int(end.Sub(first)/(24*time.Hour))+1)
	}
	w.last = first.AddDate(0, 0, most-1)
	return Span{First: w.first, Last: w.last}, nil
}

func (w *walk) days() int { return int(w.last.Sub(w.first)/(24*time.Hour)) + 1 }

// notReady reports whether err may mean that the platform has not counted yet what ends
// with the day last. It refuses dates that are too new like those that are wrong.
func notReady(err error, last time.Time) bool {
	switch {
	case errors.Is(err, errTooEarly), errors.Is(err, errcode.DataNotReady):
		return true
	case errors.Is(err, errcode.InvalidDateFormat), errors.Is(err, errcode.InvalidDateRange):
		return time.Since(last) < 4*24*time.Hour // ended on one of the three days before today
	}
	return false
}

// counted reports whether the platform has counted what ended with the day last.
func counted(last time.Time) bool { return time.Since(last) >= (24+8)*time.Hour }

// split divides rows into the periods of a step.
func split[T Dated](rows []T, w *walk) ([]Period[T], error) {
	if w.unit != daily || w.days() == 1 {
		return []Period[T]{{First: w.first, Last: w.last, Rows: rows}}, nil
	}
	periods := make([]Period[T], w.days())
	for i := range periods {
		periods[i].First = w.first.AddDate(0, 0, i)
		periods[i].Last = periods[i].First
	}
	for _, row := range rows {
		i := int(row.date().Sub(w.first) / (24 * time.Hour))
		if row.date().Before(w.first) || i >= len(periods) {
			return nil, fmt.Errorf("datacube: a row of %s in a report of %s to %s", text(row.date()), text(w.first), text(w.last))
		}
		periods[i].Rows = append(periods[i].Rows, row)
	}
	return periods, nil
}
