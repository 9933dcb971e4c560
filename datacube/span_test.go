package datacube_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
)

// most is the most days of a call of each report, or 0 if that is open.
var most = map[string]int{
	"/datacube/getusersummary": 7, "/datacube/getusercumulate": 7,
	"/datacube/getarticleread": 1, "/datacube/getarticleshare": 1, "/datacube/getbizsummary": 30, "/datacube/getarticletotaldetail": 1,
	"/datacube/getarticlesummary": 1, "/datacube/getarticletotal": 1, "/datacube/getuserread": 0, "/datacube/getuserreadhour": 1,
	"/datacube/getusershare": 0, "/datacube/getusersharehour": 1,
	"/datacube/getupstreammsg": 7, "/datacube/getupstreammsghour": 1, "/datacube/getupstreammsgweek": 0, "/datacube/getupstreammsgmonth": 0,
	"/datacube/getupstreammsgdist": 15, "/datacube/getupstreammsgdistweek": 0, "/datacube/getupstreammsgdistmonth": 0,
	"/datacube/getinterfacesummary": 30, "/datacube/getinterfacesummaryhour": 1,
	"/datacube/getcardbizuininfo": 62, "/datacube/getcardcardinfo": 62, "/datacube/getcardmembercardinfo": 62, "/datacube/getcardmembercarddetail": 62,
}

func TestSpansThatThePlatformRefuses(t *testing.T) {
	require.Len(t, most, 25)
	for _, c := range calls() {
		days, known := most[c.path]
		require.True(t, known, c.path)
		refused := func(want string, s span) {
			t.Helper()
			p := apitest.New(t)
			_, err := c.on(s)(t.Context(), p.Client())
			require.ErrorIs(t, err, errcode.ErrLimit)
			require.ErrorContains(t, err, c.path+": "+want)
			require.Empty(t, p.Calls())
		}
		refused("span.First (begin_date) is not set", span{})
		refused("span.First (begin_date) is not set", span{Last: nov3})
		refused("span.Last (end_date) is 2025-11-02, before First, 2025-11-03", span{First: nov3, Last: nov3.Add(-1)})
		refused("span.Last (end_date) is ", span{First: nov3, Last: time.Now().Add(time.Minute)})
		refused("span.Last (end_date) is ", span{First: time.Now()})
		if c.isNew() {
			refused("span.First (begin_date) is 2025-10-31, the report begins on 2025-11-01", span{First: datacube.Date(2025, 10, 31)})
		}
		p := apitest.New(t, apitest.JSON(`{"list": []}`))
		send := func(n int) error {
			_, err := c.on(span{First: nov3, Last: nov3.AddDate(0, 0, n-1)})(t.Context(), p.Client())
			return err
		}
		if days == 0 {
			require.NoError(t, send(100), c.path)
			continue
		}
		require.NoError(t, send(days), c.path)
		err := send(days + 1)
		var tooLong *errcode.LimitError
		require.ErrorAs(t, err, &tooLong, c.path)
		require.Equal(t, days, tooLong.Max)
		require.Len(t, p.Calls(), 1)
	}
}

func TestSpansThatThePlatformMayRefuse(t *testing.T) {
	const many, period, old = "so many days", "the first day of a week or month", "no reliable data"
	monday, first := nov3, datacube.Date(2025, 12, 1)
	for _, c := range []struct {
		path string
		span span
		want string // in the log; empty: no warning
	}{
		{"/datacube/getuserread", span{First: nov3, Last: nov3.AddDate(0, 0, 2)}, ""},
		{"/datacube/getuserread", span{First: nov3, Last: nov3.AddDate(0, 0, 3)}, many},
		{"/datacube/getusershare", span{First: nov3, Last: nov3.AddDate(0, 0, 6)}, ""},
		{"/datacube/getusershare", span{First: nov3, Last: nov3.AddDate(0, 0, 7)}, many},
		{"/datacube/getupstreammsgweek", span{First: monday}, ""},
		{"/datacube/getupstreammsgweek", span{First: monday.AddDate(0, 0, 1)}, period},
		{"/datacube/getupstreammsgweek", span{First: monday, Last: monday.AddDate(0, 0, 6)}, period},
		{"/datacube/getupstreammsgdistweek", span{First: monday}, ""},
		{"/datacube/getupstreammsgdistweek", span{First: monday.AddDate(0, 0, -1)}, period},
		{"/datacube/getupstreammsgmonth", span{First: first}, ""},
		{"/datacube/getupstreammsgmonth", span{First: monday}, period},
		{"/datacube/getupstreammsgdistmonth", span{First: first}, ""},
		{"/datacube/getupstreammsgdistmonth", span{First: first, Last: first.AddDate(0, 0, 30)}, period},
		{"/datacube/getusersummary", span{First: datacube.Date(2014, 12, 1)}, ""},
		{"/datacube/getusersummary", span{First: datacube.Date(2014, 11, 30)}, old},
	} {
		p := apitest.New(t, apitest.JSON(`{"list": []}`))
		_, err := find(t, c.path).on(c.span)(t.Context(), p.Client())
		require.NoError(t, err)
		require.Len(t, p.Calls(), 1)
		if c.want == "" {
			require.Empty(t, p.Log(), c.path)
			continue
		}
		require.Contains(t, p.Log(), c.want, c.path)
		require.Contains(t, p.Log(), c.path)
	}
}

func find(t *testing.T, path string) call {
	t.Helper()
	for _, c := range calls() {
		if c.path == path {
			return c
		}
	}
	require.Fail(t, "no call", path)
	return call{}
}

// A day is the day in China, wherever the caller is.
func TestDaysAreThoseOfChina(t *testing.T) {
	require.Equal(t, "2025-11-03T00:00:00+08:00", nov3.Format(time.RFC3339))
	for moment, want := range map[time.Time]string{
		time.Date(2025, 11, 3, 0, 0, 0, 0, time.UTC):                              "2025-11-03",
		time.Date(2025, 11, 3, 15, 59, 59, 0, time.UTC):                           "2025-11-03",
		time.Date(2025, 11, 3, 16, 0, 0, 0, time.UTC):                             "2025-11-04",
		time.Date(2025, 11, 3, 23, 0, 0, 0, time.FixedZone("New York", -5*60*60)): "2025-11-04",
		time.Date(2025, 11, 3, 0, 30, 0, 0, time.FixedZone("Tokyo", 9*60*60)):     "2025-11-02",
	} {
		p := apitest.New(t, apitest.JSON(`{"list": []}`))
		_, err := datacube.New(p.Client()).GetUserSummary(t.Context(), span{First: moment})
		require.NoError(t, err)
		require.JSONEq(t, `{"begin_date": "`+want+`", "end_date": "`+want+`"}`, p.Calls()[0].Body)
	}
}

func TestLastDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(time.Date(2026, 3, 1, 15, 59, 59, 0, time.UTC)) // the last second of March 1 in China
		require.Equal(t, span{First: datacube.Date(2026, 2, 22), Last: datacube.Date(2026, 2, 28)}, datacube.LastDays(7))
		time.Sleep(time.Second)
		require.Equal(t, span{First: datacube.Date(2026, 3, 1), Last: datacube.Date(2026, 3, 1)}, datacube.LastDays(1))
		_, err := datacube.New(apitest.New(t).Client()).GetUserSummary(t.Context(), datacube.LastDays(0))
		require.ErrorIs(t, err, errcode.ErrLimit)
	})
}

// until moves the clock of a synctest bubble.
func until(t time.Time) { time.Sleep(time.Until(t)) }
