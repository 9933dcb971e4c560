// Package datacube reads the statistics of an Official Account (数据统计): its followers, the
// messages that it received, the callbacks to its server, and who read and shared its
// articles.
//
// # One call
//
// Every report has a method, which takes a [Span] of days and returns a [Report]:
//
//	cubes := datacube.New(oa)
//	report, err := cubes.GetUserSummary(ctx, datacube.LastDays(7))
//	if err != nil {
//		return err
//	}
//	for _, row := range report.Rows {
//		fmt.Println(row.Date.Format(time.DateOnly), row.Source, row.New, row.Canceled)
//	}
//
// The platform counts days in China, which is UTC+8 all year. A [Span] consists of two
// times and covers the days in China to which they belong. [Date] returns the time of a
// day. The dates of rows are midnight in China. No time zone database is needed.
//
// A call may ask for at most 1 to 62 days, depending on the report, and only for days
// that are over. The platform has data from 2014-12-01 on. For a span that the platform
// is certain to refuse, the package returns an [errcode.LimitError]. Where the platform's
// documents disagree, it logs a warning and sends the request.
//
// # Any span
//
// [All] returns a report for a span of any length. It makes as many calls as necessary
// and yields every day, including days without rows:
//
//	for day, err := range datacube.All(ctx, cubes.GetUserCumulate, datacube.LastDays(90)) {
//		if err != nil {
//			return err
//		}
//		switch {
//		case !day.Ready:
//			fmt.Println(day.First.Format(time.DateOnly), "is not counted yet")
//		case len(day.Rows) == 0:
//			fmt.Println(day.First.Format(time.DateOnly), "has no followers")
//		}
//	}
//
// The platform counts a day during the following night. Ask for yesterday after 08:00 in
// China.
//
// # Articles
//
// The platform has two families of article reports. GetArticleRead, GetArticleShare,
// GetBizSummary and GetArticleTotalDetail have data from 2025-11-01 on. The six older
// ones are no longer maintained, and the platform refuses some of them with
// errcode.APIOffline. They are marked as deprecated. So are the four reports about cards.
//
// # Errors
//
// An account without verification or permission gets errcode.APIUnauthorized.
// errcode.InvalidDateFormat and errcode.InvalidDateRange report dates that the platform
// does not accept, errcode.DataNotReady a day that is not counted yet.
package datacube

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the statistics endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
