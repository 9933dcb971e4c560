package server

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Quotas counts the calls of each endpoint, per day in China and per minute.
type Quotas struct {
	limits map[string]limit // set by SetQuota, by path
	paths  map[string]*usage

	cleared      []time.Time // of clear_quota
	pathsCleared []time.Time // of openapi/quota/clear
}

type limit struct{ daily, minutely int }

type usage struct {
	day, minute       string
	perDay, perMinute int
}

const (
	clearsPerMonth     = 10 // clear_quota, both versions and the console
	pathClearsPerMonth = 50 // openapi/quota/clear
)

// China returns the time zone in which the platform's days begin.
func China() *time.Location { return time.FixedZone("UTC+8", 8*60*60) }

// Day returns the day in China at a time.
func Day(t time.Time) string { return t.In(China()).Format(time.DateOnly) }

// Month returns the month in China at a time.
func Month(t time.Time) string { return t.In(China()).Format("2006-01") }

func minute(t time.Time) string { return t.In(China()).Format("2006-01-02T15:04") }

// use counts a call, or returns an error above the limit.
func (q *Quotas) use(e Endpoint, now time.Time) error {
	u, l := q.usage(e.Path, now), q.limit(e)
	switch {
	case l.daily > 0 && u.perDay >= l.daily:
		return Fail(cmp.Or(e.Exhausted, 45009))
	case l.minutely > 0 && u.perMinute >= l.minutely:
		return Fail(45011)
	}
	u.perDay++
	u.perMinute++
	return nil
}

func (q *Quotas) limit(e Endpoint) limit {
	if l, ok := q.limits[e.Path]; ok {
		return l
	}
	return limit{e.Daily, e.Minutely}
}

// usage returns the count of a path today and in this minute.
func (q *Quotas) usage(path string, now time.Time) *usage {
	u := q.paths[path]
	if u == nil {
		u = &usage{}
		q.paths[path] = u
	}
	if d := Day(now); u.day != d {
		u.day, u.perDay = d, 0
	}
	if m := minute(now); u.minute != m {
		u.minute, u.perMinute = m, 0
	}
	return u
}

// Clear resets every path. It returns an error if no reset is left this month.
func (q *Quotas) Clear(now time.Time) error {
	if !useReset(&q.cleared, clearsPerMonth, now) {
		return Fail(48006)
	}
	clear(q.paths)
	return nil
}

// ClearPath resets one path. It returns an error if no reset is left this month.
func (q *Quotas) ClearPath(path string, now time.Time) error {
	if !useReset(&q.pathsCleared, pathClearsPerMonth, now) {
		return Fail(48006)
	}
	delete(q.paths, path)
	return nil
}

// useReset counts one reset of a month.
func useReset(taken *[]time.Time, perMonth int, now time.Time) bool {
	*taken = slices.DeleteFunc(*taken, func(at time.Time) bool { return Month(at) != Month(now) })
	if len(*taken) >= perMonth {
		return false
	}
	*taken = append(*taken, now)
	return true
}

// Set limits the calls of a path per day and per minute; zero means no limit.
func (q *Quotas) Set(path string, daily, minutely int) {
	q.limits[path] = limit{daily, minutely}
}

// Quota is the quota of an endpoint and its use. A limit of zero means no limit.
type Quota struct {
	Path            string
	Used            int
	Daily, Minutely int
}

// Of returns the quota of an endpoint at a time.
func (q *Quotas) Of(e Endpoint, now time.Time) Quota {
	l := q.limit(e)
	return Quota{e.Path, q.usage(e.Path, now).perDay, l.daily, l.minutely}
}

// QuotaList returns the quotas, by path, of the endpoints that were called or limited.
func (s *Server) QuotaList() []Quota {
	paths := slices.Collect(maps.Keys(s.Quotas.paths))
	paths = slices.AppendSeq(paths, maps.Keys(s.Quotas.limits))
	slices.Sort(paths)
	var list []Quota
	for _, path := range slices.Compact(paths) {
		e := s.routes[path]
		e.Path = path
		list = append(list, s.Quotas.Of(e, s.Now()))
	}
	return list
}
