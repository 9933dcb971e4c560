package datacube_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
)

// spans are the dates of the requests so far.
func spans(p *apitest.Platform) (dates []string) {
	for _, c := range p.Calls() {
		body := strings.NewReplacer(`{"begin_date":"`, "", `","end_date":"`, " ", `"}`, "").Replace(c.Body)
		dates = append(dates, body)
	}
	return dates
}

// states writes down periods: the first day, the rows, and "?" for one that is not ready.
func states[T any](t *testing.T, all func(func(datacube.Period[T], error) bool)) (out []string) {
	t.Helper()
	for p, err := range all {
		require.NoError(t, err)
		state := fmt.Sprintf("%s %d", p.First.Format("01-02"), len(p.Rows))
		if !p.Last.Equal(p.First) {
			state = p.First.Format("01-02") + "/" + p.Last.Format("01-02") + fmt.Sprintf(" %d", len(p.Rows))
		}
		if !p.Ready {
			state += "?"
		}
		out = append(out, state)
	}
	return out
}

func list(rows ...string) apitest.Answer {
	return apitest.JSON(`{"list": [` + strings.Join(rows, ",") + `]}`)
}

func on(date string) string { return `{"ref_date": "` + date + `", "new_user": 1}` }

func TestAllAsksForAsManyDaysAsAllowed(t *testing.T) {
	p := apitest.New(t, list(on("2025-11-09"), on("2025-11-03"), on("2025-11-03")), list(), list(on("2025-11-17")))
	cubes := datacube.New(p.Client())
	got := states(t, datacube.All(t.Context(), cubes.GetUserSummary, span{First: nov3, Last: nov3.AddDate(0, 0, 14)}))
	require.Equal(t, []string{
		"11-03 2", "11-04 0", "11-05 0", "11-06 0", "11-07 0", "11-08 0", "11-09 1",
		"11-10 0", "11-11 0", "11-12 0", "11-13 0", "11-14 0", "11-15 0", "11-16 0", "11-17 1",
	}, got)
	require.Equal(t, []string{"2025-11-03 2025-11-09", "2025-11-10 2025-11-16", "2025-11-17 2025-11-17"}, spans(p))
	require.Empty(t, p.Log())
}

// The pieces are those of the platform, and where its documents disagree the smaller ones.
func TestAllKnowsThePiecesOfEveryReport(t *testing.T) {
	walk := func(get func(*datacube.Service) []string, want ...string) {
		t.Helper()
		p := apitest.New(t, list())
		got := get(datacube.New(p.Client()))
		require.Equal(t, want, spans(p))
		require.NotEmpty(t, got)
		require.Empty(t, p.Log())
	}
	four := span{First: nov3, Last: nov3.AddDate(0, 0, 3)}
	walk(func(s *datacube.Service) []string { return states(t, datacube.All(t.Context(), s.GetUserRead, four)) },
		"2025-11-03 2025-11-05", "2025-11-06 2025-11-06")
	walk(func(s *datacube.Service) []string {
		return states(t, datacube.All(t.Context(), s.GetArticleRead, four))
	},
		"2025-11-03 2025-11-03", "2025-11-04 2025-11-04", "2025-11-05 2025-11-05", "2025-11-06 2025-11-06")
	walk(func(s *datacube.Service) []string { return states(t, datacube.All(t.Context(), s.GetBizSummary, four)) },
		"2025-11-03 2025-11-06")
	weeks := span{First: nov3.AddDate(0, 0, 6), Last: nov3.AddDate(0, 0, 14)} // Sunday to Monday of the week after next
	walk(func(s *datacube.Service) []string {
		got := states(t, datacube.All(t.Context(), s.GetUpstreamMsgWeek, weeks))
		require.Equal(t, []string{"11-03/11-09 0", "11-10/11-16 0", "11-17/11-23 0"}, got)
		return got
	}, "2025-11-03 2025-11-03", "2025-11-10 2025-11-10", "2025-11-17 2025-11-17")
	winter := span{First: nov3, Last: datacube.Date(2026, 2, 1)}
	walk(func(s *datacube.Service) []string {
		got := states(t, datacube.All(t.Context(), s.GetUpstreamMsgDistMonth, winter))
		require.Equal(t, []string{"11-01/11-30 0", "12-01/12-31 0", "01-01/01-31 0", "02-01/02-28 0"}, got)
		return got
	}, "2025-11-01 2025-11-01", "2025-12-01 2025-12-01", "2026-01-01 2026-01-01", "2026-02-01 2026-02-01")
}

// at runs f at a time of March 2026 in China.
func at(t *testing.T, day, hour int, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		until(datacube.Date(2026, 3, day).Add(time.Duration(hour) * time.Hour))
		f(t)
	})
}

func TestAllTellsDaysThatAreNotReadyFromDaysWithNothing(t *testing.T) {
	march := func(first, last int) span {
		return span{First: datacube.Date(2026, 3, first), Last: datacube.Date(2026, 3, last)}
	}
	at(t, 10, 7, func(t *testing.T) { // before 08:00
		p := apitest.New(t, list(on("2026-03-08")))
		got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, march(7, 12)))
		require.Equal(t, []string{"03-07 0", "03-08 1", "03-09 0?", "03-10 0?", "03-11 0?", "03-12 0?"}, got)
		require.Equal(t, []string{"2026-03-07 2026-03-09"}, spans(p), "days that are not over are not asked for")
	})
	at(t, 10, 8, func(t *testing.T) {
		p := apitest.New(t, list())
		got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, march(8, 10)))
		require.Equal(t, []string{"03-08 0", "03-09 0", "03-10 0?"}, got)
	})
	at(t, 10, 7, func(t *testing.T) { // the platform was early
		p := apitest.New(t, list(on("2026-03-09")))
		got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, march(9, 9)))
		require.Equal(t, []string{"03-09 1"}, got)
	})
	at(t, 10, 12, func(t *testing.T) { // fewer days at each step
		refused := apitest.JSON(`{"errcode": 61503, "errmsg": "no"}`)
		p := apitest.New(t, refused, list(), refused, list(), list(), refused)
		got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, march(4, 9)))
		require.Equal(t, []string{"03-04 0", "03-05 0", "03-06 0", "03-07 0", "03-08 0", "03-09 0?"}, got)
		require.Equal(t, []string{
			"2026-03-04 2026-03-09", "2026-03-04 2026-03-06", "2026-03-07 2026-03-09",
			"2026-03-07 2026-03-07", "2026-03-08 2026-03-08", "2026-03-09 2026-03-09",
		}, spans(p))
	})
	for _, code := range []int{61500, 61501, 61503} {
		refused := apitest.JSON(fmt.Sprintf(`{"errcode": %d, "errmsg": "no"}`, code))
		at(t, 10, 12, func(t *testing.T) { // the platform is late: the answer for several days says nothing of one
			p := apitest.New(t, refused, list(on("2026-03-07")), refused)
			got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, march(7, 9)))
			require.Equal(t, []string{"03-07 1", "03-08 0?", "03-09 0?"}, got)
			require.Equal(t, []string{"2026-03-07 2026-03-09", "2026-03-07 2026-03-07", "2026-03-08 2026-03-08", "2026-03-09 2026-03-09"}, spans(p))
		})
	}
	at(t, 10, 12, func(t *testing.T) { // a delayed report of several days
		late := apitest.JSON(`{"list": [{"ref_date": "2026-03-09", "detail": {"read_user": 1}}], "is_delay": true}`)
		p := apitest.New(t, late, list(), late)
		got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetBizSummary, march(8, 9)))
		require.Equal(t, []string{"03-08 0", "03-09 1?"}, got, "the rows of a delayed report are kept")
	})
	at(t, 10, 12, func(t *testing.T) { // a week and a month that are not over
		p := apitest.New(t, list())
		cubes := datacube.New(p.Client())
		require.Equal(t, []string{"03-02/03-08 0", "03-09/03-15 0?"}, states(t, datacube.All(t.Context(), cubes.GetUpstreamMsgWeek, march(2, 9))))
		require.Equal(t, []string{"03-01/03-31 0?"}, states(t, datacube.All(t.Context(), cubes.GetUpstreamMsgMonth, march(2, 9))))
		require.Len(t, p.Calls(), 1)
	})
}

func TestAllEndsWithAnError(t *testing.T) {
	first := func(all func(func(datacube.Period[datacube.UserSummary], error) bool)) (seen int, last error) {
		for _, err := range all {
			if last = err; err == nil {
				seen++
			}
		}
		return seen, last
	}
	month := span{First: nov3, Last: nov3.AddDate(0, 0, 29)}
	for _, code := range []errcode.Code{errcode.APIUnauthorized, errcode.InvalidDateRange, errcode.InvalidDateFormat} {
		p := apitest.New(t, list(), apitest.JSON(fmt.Sprintf(`{"errcode": %d}`, code)))
		seen, err := first(datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, month))
		require.ErrorIs(t, err, code)
		require.Equal(t, 7, seen)
		require.Len(t, p.Calls(), 2, "a date that is refused is no day that is not ready if it is long past")
	}
	cubes := datacube.New(apitest.New(t, list(on("2025-11-10"))).Client())
	_, err := first(datacube.All(t.Context(), cubes.GetUserSummary, month))
	require.EqualError(t, err, "datacube: a row of 2025-11-10 in a report of 2025-11-03 to 2025-11-09")
	for _, bad := range []span{{}, {First: nov3, Last: nov3.AddDate(0, 0, -1)}} {
		_, err = first(datacube.All(t.Context(), cubes.GetUserSummary, bad))
		require.ErrorIs(t, err, errcode.ErrLimit)
	}
	broken := errors.New("broken")
	for _, err := range []error{broken, errcode.New(errcode.DataNotReady, ""), nil} {
		_, got := first(datacube.All(t.Context(), func(context.Context, span) (*datacube.Report[datacube.UserSummary], error) { return nil, err }, month))
		if err == nil {
			require.ErrorContains(t, got, "passes its span on")
			continue
		}
		require.Equal(t, err, got)
	}
}

func TestAllStopsWhenTheCallerHasEnough(t *testing.T) {
	p := apitest.New(t, list())
	for range datacube.All(t.Context(), datacube.New(p.Client()).GetUserSummary, span{First: nov3, Last: nov3.AddDate(0, 0, 29)}) {
		break
	}
	require.Len(t, p.Calls(), 1)
}

// A row without a date belongs to the only day of its report.
func TestAllKeepsRowsOfOneDay(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"list": [{"ref_hour": 100}]}`))
	got := states(t, datacube.All(t.Context(), datacube.New(p.Client()).GetUpstreamMsgHour, span{First: nov3}))
	require.Equal(t, []string{"11-03 1"}, got)
}

func ExampleAll() {
	platform := apitest.Example(
		apitest.JSON(`{"list": [{"ref_date": "2025-11-01", "cumulate_user": 100}, {"ref_date": "2025-11-03", "cumulate_user": 120}]}`),
		apitest.JSON(`{"list": [{"ref_date": "2025-11-08", "cumulate_user": 150}]}`),
	)
	cubes := datacube.New(platform.Client())

	span := datacube.Span{First: datacube.Date(2025, time.November, 1), Last: datacube.Date(2025, time.November, 8)}
	for day, err := range datacube.All(context.Background(), cubes.GetUserCumulate, span) {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, row := range day.Rows {
			fmt.Println(day.First.Format(time.DateOnly), row.Total)
		}
	}
	fmt.Println("requests:", len(platform.Calls()))
	// Output:
	// 2025-11-01 100
	// 2025-11-03 120
	// 2025-11-08 150
	// requests: 2
}
