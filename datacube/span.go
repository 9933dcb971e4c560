package datacube

import (
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Span is a series of days, both ends included. Each end means the day in China (UTC+8) at
// that moment. A zero Last means one day, First.
type Span struct {
	First time.Time
	Last  time.Time // yesterday or earlier, except in a call of [All]

	walk *walk // set by All
}

// Date returns a day, as midnight in China.
func Date(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, china())
}

// LastDays returns the last n days that are over, up to yesterday.
func LastDays(n int) Span {
	today := dayOf(time.Now())
	return Span{First: today.AddDate(0, 0, -n), Last: today.AddDate(0, 0, -1)}
}

func china() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// dayOf returns midnight of the day in China at t. The zero time stays zero.
func dayOf(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return Date(t.In(china()).Date())
}

func (s Span) days() (first, last time.Time) {
	first, last = dayOf(s.First), dayOf(s.Last)
	if last.IsZero() {
		last = first
	}
	return first, last
}

// rule is what the platform says about the dates of one endpoint.
type rule struct {
	path  string
	days  int       // most days of a call; 0 if unknown
	doubt int       // most days of a call by some of the documents; 0 if they agree
	since time.Time // first day that has data; zero if unknown
	unit  unit
}

// unit is what the rows of a report count: a day, a week or a month.
type unit int

const (
	daily unit = iota
	weekly
	monthly
)

// period returns the first and the last day of the day, week or month of a day.
func (u unit) period(day time.Time) (first, last time.Time) {
	switch u {
	case weekly:
		first = day.AddDate(0, 0, -(int(day.Weekday())+6)%7) // Monday
		return first, first.AddDate(0, 0, 6)
	case monthly:
		first = day.AddDate(0, 0, 1-day.Day())
		return first, first.AddDate(0, 1, -1)
	}
	return day, day
}

// firstDay is the day before which no report of the platform is reliable.
func firstDay() time.Time { return Date(2014, 12, 1) }

// articleDay is the first day of the article reports of 2025.
func articleDay() time.Time { return Date(2025, 11, 1) }

// check returns the dates of a request, with warnings for what the platform may refuse.
func (r rule) check(span Span) (dates, []officialaccount.CallOption, error) {
	first, last := span.days()
	count := int(last.Sub(first)/(24*time.Hour)) + 1
	switch {
	case first.IsZero():
		return dates{}, nil, limit.Rule(r.path, "span.First (begin_date)", "is not set")
	case count < 1:
		return dates{}, nil, limit.Rule(r.path, "span.Last (end_date)", "is "+text(last)+", before First, "+text(first))
	case !last.Before(dayOf(time.Now())):
		return dates{}, nil, limit.Rule(r.path, "span.Last (end_date)", "is "+text(last)+", must be yesterday in China or earlier")
	case first.Before(r.since):
		return dates{}, nil, limit.Rule(r.path, "span.First (begin_date)", "is "+text(first)+", the report begins on "+text(r.since))
	}
	if r.days > 0 {
		if err := limit.Check(r.path, "span.Last (end_date)", "days from First on", count, 1, r.days); err != nil {
			return dates{}, nil, err
		}
	}
	return dates{text(first), text(last)}, r.doubts(first, last, count), nil
}

func (r rule) doubts(first, last time.Time, count int) (warnings []officialaccount.CallOption) {
	warn := func(msg string, args ...any) {
		warnings = append(warnings, officialaccount.WithWarning(msg, args...))
	}
	if first.Before(firstDay()) {
		warn("the platform has no reliable data of this day", "begin_date", text(first), "first", text(firstDay()))
	}
	if r.doubt > 0 && count > r.doubt {
		warn("the platform may refuse so many days in one call", "days", count, "limit", r.doubt)
	}
	if start, _ := r.unit.period(first); r.unit != daily && (!first.Equal(start) || !last.Equal(start)) {
		warn("the platform may want the first day of a week or month as both dates", "begin_date", text(first), "end_date", text(last))
	}
	return warnings
}

func text(day time.Time) string { return day.Format(time.DateOnly) }

// dates are the parameters that every report has.
type dates struct {
	Begin string `json:"begin_date"`
	End   string `json:"end_date"`
}

// Hour is an hour of the day in China, 0 to 23. It is encoded as 0 to 2300.
type Hour int

// UnmarshalJSON reads 0 to 2300, quoted or not.
func (h *Hour) UnmarshalJSON(value []byte) error {
	n, err := number(value)
	if err != nil || !(n >= 0 && n <= 2359) {
		return unreadable(value, "an hour, 0 to 2300")
	}
	*h = Hour(n / 100)
	return nil
}

// MarshalJSON writes 0 to 2300.
func (h Hour) MarshalJSON() ([]byte, error) { return strconv.AppendInt(nil, int64(h)*100, 10), nil }
