// Package datacube models the statistics of the account (数据统计), counted from what
// happened on the platform. The older article reports and those about cards are not
// modeled.
package datacube

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/comment"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s        *server.Server
	comments *comment.Area

	standing     map[string]standing // of the users who followed or left, by openid
	changes      []change
	messages     []message
	deliveries   []delivery
	publications []server.Publication
	readings     []reading
}

// Register adds the area to the server.
func Register(s *server.Server, comments *comment.Area) *Area {
	a := &Area{s: s, comments: comments, standing: map[string]standing{}}
	s.Hooks.Sent = append(s.Hooks.Sent, a.noteChange, a.noteMessage)
	s.Hooks.Answered = append(s.Hooks.Answered, a.noteDeliveries)
	s.Hooks.Published = append(s.Hooks.Published, func(p server.Publication) { a.publications = keep(a.publications, p) })
	for _, r := range []report{
		{path: "getusersummary", days: 7, rows: a.userSummary},
		{path: "getusercumulate", days: 7, rows: a.userCumulate},
		{path: "getupstreammsg", days: 7, rows: a.messagesByKind},
		{path: "getupstreammsghour", days: 1, rows: a.messagesByHour},
		{path: "getupstreammsgweek", days: 30, unit: weekly, rows: a.messagesByKind},
		{path: "getupstreammsgmonth", days: 30, unit: monthly, rows: a.messagesByKind},
		{path: "getupstreammsgdist", days: 15, rows: a.messageDistribution},
		{path: "getupstreammsgdistweek", days: 30, unit: weekly, rows: a.messageDistribution},
		{path: "getupstreammsgdistmonth", days: 30, unit: monthly, rows: a.messageDistribution},
		{path: "getinterfacesummary", days: 30, rows: a.interfaceSummary},
		{path: "getinterfacesummaryhour", days: 1, rows: a.interfaceSummaryByHour},
		{path: "getarticleread", days: 1, articles: true, rows: a.articleRead},
		{path: "getarticleshare", days: 1, articles: true, rows: a.articleShare},
		{path: "getbizsummary", days: 30, articles: true, rows: a.bizSummary},
		{path: "getarticletotaldetail", days: 1, articles: true, rows: a.articleTotalDetail},
	} {
		s.Handle(server.Endpoint{Method: http.MethodPost, Path: "/datacube/" + r.path, Handle: server.JSON(r.answer)})
	}
	return a
}

// report is one endpoint.
type report struct {
	path     string
	days     int // most days of a call
	unit     unit
	articles bool // has is_delay, and data from 2025-11-01 on
	rows     func(period) []server.Object
}

type unit int

const (
	daily unit = iota
	weekly
	monthly
)

// period is a day, week or month that rows are about.
type period struct{ start, end time.Time }

func (p period) has(t time.Time) bool { return !t.Before(p.start) && t.Before(p.end) }

func (p period) date() string { return p.start.Format(time.DateOnly) }

// answer checks the dates and collects the rows of each period that begins between them.
func (r report) answer(c *server.Call, in struct {
	Begin string `json:"begin_date"`
	End   string `json:"end_date"`
}) (any, error) {
	begin, err := time.ParseInLocation(time.DateOnly, in.Begin, server.China())
	end, err2 := time.ParseInLocation(time.DateOnly, in.End, server.China())
	today := dayOf(c.Now())
	switch {
	case err != nil || err2 != nil:
		return nil, server.Failf(61500, "date format error")
	case end.Before(begin), !end.Before(today), !end.Before(begin.AddDate(0, 0, r.days)):
		return nil, server.Failf(61501, "date range error")
	}
	rows := []server.Object{}
	for day := begin; !day.After(end); day = day.AddDate(0, 0, 1) {
		p := r.unit.period(day)
		if !p.start.Equal(day) {
			continue
		}
		if c.Now().Before(p.end.Add(countedAt)) {
			return nil, server.Failf(61503, "data not ready")
		}
		if !r.articles || !day.Before(articlesSince()) {
			rows = append(rows, r.rows(p)...)
		}
	}
	if r.articles {
		return server.Object{"list": rows, "is_delay": false}, nil
	}
	return server.Object{"list": rows}, nil
}

// countedAt is when the platform has counted a day, after its end.
const countedAt = 8 * time.Hour

func articlesSince() time.Time { return time.Date(2025, 11, 1, 0, 0, 0, 0, server.China()) }

// period is the one that a day belongs to.
func (u unit) period(day time.Time) period {
	switch u {
	case weekly:
		monday := day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return period{monday, monday.AddDate(0, 0, 7)}
	case monthly:
		first := day.AddDate(0, 0, 1-day.Day())
		return period{first, first.AddDate(0, 1, 0)}
	}
	return period{day, day.AddDate(0, 0, 1)}
}

func dayOf(t time.Time) time.Time {
	year, month, day := t.In(server.China()).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, server.China())
}

// refHour is the hour of a time as the platform writes it.
func refHour(t time.Time) int { return t.In(server.China()).Hour() * 100 }

// maxKept bounds the records of each kind that are kept.
const maxKept = 400_000

// keep appends to a list and drops the oldest quarter when it is full.
func keep[T any](list []T, v T) []T {
	if len(list) == maxKept {
		list = slices.Delete(list, 0, maxKept/4)
	}
	return append(list, v)
}

// within are the records of a period.
func within[T any](list []T, p period, at func(T) time.Time) (found []T) {
	for _, v := range list {
		if p.has(at(v)) {
			found = append(found, v)
		}
	}
	return found
}

// group divides a list by a key, and returns the keys in order.
func group[K cmp.Ordered, T any](list []T, key func(T) K) (keys []K, groups map[K][]T) {
	groups = map[K][]T{}
	for _, v := range list {
		groups[key(v)] = append(groups[key(v)], v)
	}
	return slices.Sorted(maps.Keys(groups)), groups
}

// distinct is how many different users a list names.
func distinct[T any](list []T, openID func(T) string) int {
	users, _ := group(list, openID)
	return len(users)
}
