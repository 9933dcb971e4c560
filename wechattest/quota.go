package wechattest

import (
	"time"
)

// quotas counts calls per endpoint, by the day of China and by the minute.
type quotas struct {
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

// china is the time zone in which the platform's days begin.
func china(t time.Time) time.Time { return t.In(time.FixedZone("UTC+8", 8*60*60)) }

func day(t time.Time) string    { return china(t).Format(time.DateOnly) }
func month(t time.Time) string  { return china(t).Format("2006-01") }
func minute(t time.Time) string { return china(t).Format("2006-01-02T15:04") }

// use counts a call, or refuses it.
func (q *quotas) use(e endpoint, now time.Time) error {
	u, l := q.usage(e.path, now), q.limit(e)
	switch {
	case l.daily > 0 && u.perDay >= l.daily:
		return fail(45009)
	case l.minutely > 0 && u.perMinute >= l.minutely:
		return fail(45011)
	}
	u.perDay++
	u.perMinute++
	return nil
}

func (q *quotas) limit(e endpoint) limit {
	if l, ok := q.limits[e.path]; ok {
		return l
	}
	return limit{e.daily, e.minutely}
}

// usage is the count of a path today and in this minute.
func (q *quotas) usage(path string, now time.Time) *usage {
	if q.paths == nil {
		q.paths = map[string]*usage{}
	}
	u := q.paths[path]
	if u == nil {
		u = &usage{}
		q.paths[path] = u
	}
	if d := day(now); u.day != d {
		u.day, u.perDay = d, 0
	}
	if m := minute(now); u.minute != m {
		u.minute, u.perMinute = m, 0
	}
	return u
}

// clear resets every path, or refuses when the month's chances are used up.
func (q *quotas) clear(now time.Time) error {
	if !chance(&q.cleared, clearsPerMonth, now) {
		return fail(48006)
	}
	q.paths = nil
	return nil
}

func (q *quotas) clearPath(path string, now time.Time) error {
	if !chance(&q.pathsCleared, pathClearsPerMonth, now) {
		return fail(48006)
	}
	delete(q.paths, path)
	return nil
}

// chance takes one of a month's chances.
func chance(taken *[]time.Time, perMonth int, now time.Time) bool {
	var kept []time.Time
	for _, at := range *taken {
		if month(at) == month(now) {
			kept = append(kept, at)
		}
	}
	*taken = kept
	if len(kept) >= perMonth {
		return false
	}
	*taken = append(kept, now)
	return true
}

// SetQuota limits an endpoint to so many calls a day (45009 beyond) and a
// minute (45011 beyond); zero is no limit. Without it an endpoint has the daily
// quota of a new account.
func (p *Platform) SetQuota(path string, daily, minutely int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quotas.limits == nil {
		p.quotas.limits = map[string]limit{}
	}
	p.quotas.limits[path] = limit{daily, minutely}
}
