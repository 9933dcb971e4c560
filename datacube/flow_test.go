package datacube_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow lets users of the local platform follow, write, read and leave over a few days,
// and adds up what every report says of that.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(datacube.Date(2026, 3, 2).Add(9 * time.Hour)) // a Monday
		p := wechattest.New(t, wechattest.Config{})
		config := p.Config()
		bot, err := message.NewHandler(message.Config{Token: config.Token})
		require.NoError(t, err)
		message.On(bot, func(_ context.Context, m *message.Text) (message.Reply, error) {
			return message.TextReply(m.Content), nil
		})
		p.Bot(bot)
		cubes := datacube.New(localtest.Client(t, p))

		do := func(_ *wechattest.Reply, err error) { t.Helper(); require.NoError(t, err) }
		li, han := p.Stranger("oLi"), p.Stranger("oHan")
		do(li.Follow())
		do(han.Scan("shop", ""))
		for range 6 {
			do(li.Text("你好"))
		}
		do(han.Text("在吗"))
		id := p.PublishArticles("文章1")
		require.NoError(t, li.ReadArticle(id, 0, wechattest.Reading{Time: 90 * time.Second, Shared: true}))
		require.NoError(t, han.ReadArticle(id, 0, wechattest.Reading{Scene: string(datacube.SceneMoments)}))
		until(datacube.Date(2026, 3, 4).Add(9 * time.Hour))
		do(han.Unfollow())
		until(datacube.Date(2026, 3, 9).Add(7 * time.Hour)) // before 08:00: the platform counts Sunday

		week := span{First: datacube.Date(2026, 3, 1), Last: datacube.Date(2026, 3, 9)}
		gained, lost := map[datacube.UserSource]int{}, 0
		var pending []string
		for day, err := range datacube.All(t.Context(), cubes.GetUserSummary, week) {
			require.NoError(t, err)
			if !day.Ready {
				pending = append(pending, day.First.Format("01-02"))
			}
			for _, row := range day.Rows {
				gained[row.Source] += row.New
				lost += row.Canceled
			}
		}
		require.Equal(t, map[datacube.UserSource]int{datacube.FromSearch: 1, datacube.FromQRCode: 1}, gained)
		require.Equal(t, 1, lost)
		require.Equal(t, []string{"03-08", "03-09"}, pending)
		_, err = cubes.GetUserSummary(t.Context(), span{First: datacube.Date(2026, 3, 8)})
		require.ErrorIs(t, err, errcode.DataNotReady)

		until(datacube.Date(2026, 3, 9).Add(8 * time.Hour))
		week.Last = datacube.Date(2026, 3, 8)
		var totals []int
		for day, err := range datacube.All(t.Context(), cubes.GetUserCumulate, week) {
			require.NoError(t, err)
			require.True(t, day.Ready)
			totals = append(totals, day.Rows[0].Total)
		}
		require.Equal(t, []int{0, 2, 2, 1, 1, 1, 1, 1}, totals)

		monday := span{First: datacube.Date(2026, 3, 2)}
		hours, err := cubes.GetUpstreamMsgHour(t.Context(), monday)
		require.NoError(t, err)
		row := datacube.Row{Date: datacube.Day{Time: monday.First}}
		require.Equal(t, report(datacube.UpstreamMsgHour{Row: row, Hour: 9, Type: datacube.Text, Users: 2, Count: 7}), hours)
		for weeks, err := range datacube.All(t.Context(), cubes.GetUpstreamMsgDistWeek, monday) {
			require.NoError(t, err)
			require.Equal(t, []datacube.UpstreamMsgDist{
				{Row: row, Interval: datacube.Sent1To5, Users: 1}, {Row: row, Interval: datacube.Sent6To10, Users: 1},
			}, weeks.Rows)
		}
		deliveries, err := cubes.GetInterfaceSummary(t.Context(), monday)
		require.NoError(t, err)
		require.Equal(t, 9, deliveries.Rows[0].Callbacks, "two follows and seven messages")
		require.Zero(t, deliveries.Rows[0].Failures)

		read, err := cubes.GetArticleRead(t.Context(), monday)
		require.NoError(t, err)
		require.Equal(t, 2, read.Rows[0].Detail.ReadUsers)
		require.Contains(t, read.Rows[0].Detail.Scenes, datacube.SceneCount{Scene: datacube.SceneMoments, Users: 1})
		shared, err := cubes.GetArticleShare(t.Context(), monday)
		require.NoError(t, err)
		require.Equal(t, read.Rows[0].MsgID, shared.Rows[0].MsgID)
		summary, err := cubes.GetBizSummary(t.Context(), monday)
		require.NoError(t, err)
		require.Equal(t, 1, summary.Rows[0].Detail.Published)
		detail, err := cubes.GetArticleTotalDetail(t.Context(), monday)
		require.NoError(t, err)
		require.Len(t, detail.Rows[0].Totals, 7)
		require.Equal(t, datacube.Minutes{Duration: 45 * time.Second}, detail.Rows[0].Totals[6].AverageTime)
		require.Equal(t, datacube.Notified, detail.Rows[0].PublishType)

		_, err = cubes.GetUserRead(t.Context(), monday)
		require.ErrorIs(t, err, errcode.APIUnauthorized, "not modeled")
	})
}
