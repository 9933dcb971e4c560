package main

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/datacube"
)

// numbers are what happened in the last days, and in as many days before.
type numbers struct {
	days, before []*day // oldest first
	hours        [24]int
	articles     []article
}

// day is the numbers of one day.
type day struct {
	date                        time.Time
	ready                       bool // the platform has counted all of it
	followers, gained, lost     int
	messages                    map[datacube.MsgType]int
	readers, sharers, published int
	callbacks, failures         int
	took                        time.Duration // by all callbacks together
}

// article is one that was published in the last days.
type article struct {
	published time.Time
	title     string
	total     datacube.ArticleDay
}

// collect asks the platform for the last n days and the n days before.
func collect(ctx context.Context, cubes *datacube.Service, n int) (*numbers, error) {
	var all []*day
	span, week := datacube.LastDays(2*n), datacube.LastDays(n)
	for date := span.First; !date.After(span.Last); date = date.AddDate(0, 0, 1) {
		all = append(all, &day{date: date, ready: true, messages: map[datacube.MsgType]int{}})
	}
	out := &numbers{before: all[:n], days: all[n:]}
	for _, step := range []func() error{
		func() error {
			return each(ctx, cubes.GetUserCumulate, span, all, func(d *day, r datacube.UserCumulate) { d.followers = r.Total })
		},
		func() error {
			return each(ctx, cubes.GetUserSummary, span, all, func(d *day, r datacube.UserSummary) {
				d.gained += r.New
				d.lost += r.Canceled
			})
		},
		func() error {
			return each(ctx, cubes.GetUpstreamMsg, span, all, func(d *day, r datacube.UpstreamMsg) { d.messages[r.Type] += r.Count })
		},
		func() error {
			return each(ctx, cubes.GetUpstreamMsgHour, week, out.days, func(_ *day, r datacube.UpstreamMsgHour) { out.hours[r.Hour] += r.Count })
		},
		func() error {
			return each(ctx, cubes.GetBizSummary, span, all, func(d *day, r datacube.BizSummary) {
				d.readers, d.sharers, d.published = r.Detail.ReadUsers, r.Detail.ShareUsers, r.Detail.Published
			})
		},
		func() error {
			return each(ctx, cubes.GetInterfaceSummary, span, all, func(d *day, r datacube.InterfaceSummary) {
				d.callbacks, d.failures, d.took = r.Callbacks, r.Failures, r.TotalTime.Duration
			})
		},
		func() error {
			return each(ctx, cubes.GetArticleTotalDetail, week, out.days, func(d *day, r datacube.ArticleTotalDetail) {
				a := article{published: d.date, title: r.Title}
				if len(r.Totals) > 0 {
					a.total = r.Totals[len(r.Totals)-1]
				}
				out.articles = append(out.articles, a)
			})
		},
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// each walks a report and adds its rows to the days, which are those of the span.
func each[T datacube.Dated](ctx context.Context, get func(context.Context, datacube.Span) (*datacube.Report[T], error), span datacube.Span, days []*day, add func(*day, T)) error {
	i := 0
	for period, err := range datacube.All(ctx, get, span) {
		if err != nil {
			return err
		}
		d := days[i]
		i++
		d.ready = d.ready && period.Ready
		for _, row := range period.Rows {
			add(d, row)
		}
	}
	return nil
}

// sum adds up what the days have.
func sum(days []*day, of func(*day) int) int {
	total := 0
	for _, d := range days {
		total += of(d)
	}
	return total
}

func (d *day) sent() int {
	total := 0
	for _, n := range d.messages {
		total += n
	}
	return total
}
