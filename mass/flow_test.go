package mass_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/mass"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow sends a text to the followers with a tag on the local platform: the bot
// hears how many got it, and a repeated send goes out once. Articles follow, and are
// withdrawn.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		ctx := t.Context()
		bot := localtest.Bot(t, p)
		ended := make(chan *message.MassSendJobFinishEvent, 2)
		message.On(bot, func(_ context.Context, m *message.MassSendJobFinishEvent) (message.Reply, error) {
			ended <- m
			return nil, nil
		})
		oa := localtest.Client(t, p)
		users, sends := user.New(oa), mass.New(oa)

		for _, id := range []string{"oLiLei", "oHanMeimei", "oJim"} {
			p.User(id)
		}
		tag, err := users.CreateTag(ctx, "北京")
		require.NoError(t, err)
		require.NoError(t, users.Tag(ctx, tag.ID, "oLiLei", "oHanMeimei"))
		var members []string
		for id, err := range users.AllTagged(ctx, tag.ID) {
			require.NoError(t, err)
			members = append(members, id)
		}
		require.ElementsMatch(t, []string{"oLiLei", "oHanMeimei"}, members)

		once := mass.WithClientMsgID("opening-2026")
		job, err := sends.SendToTag(ctx, tag.ID, mass.Text("We open at 9 & close at 17."), once)
		require.NoError(t, err)
		require.False(t, job.Repeated)
		status, err := sends.GetStatus(ctx, job.ID)
		require.NoError(t, err)
		require.Equal(t, mass.Sending, status.Status)
		again, err := sends.SendToTag(ctx, tag.ID, mass.Text("We open at 9 & close at 17."), once)
		require.NoError(t, err)
		require.True(t, again.Repeated)
		require.Equal(t, job.ID, again.ID)

		event := <-ended
		require.Equal(t, job.ID, event.JobMsgID)
		require.Equal(t, message.MassStatus("send success"), event.Status)
		require.Equal(t, 2, event.SentCount)
		require.Zero(t, event.ErrorCount)
		status, err = sends.GetStatus(ctx, job.ID)
		require.NoError(t, err)
		require.Equal(t, mass.SendSuccess, status.Status)
		synctest.Wait()
		for id, want := range map[string]int{"oLiLei": 1, "oHanMeimei": 1, "oJim": 0} {
			got := p.Messages(id)
			require.Len(t, got, want, id)
			if want > 0 {
				require.Equal(t, "We open at 9 & close at 17.", got[0].Content)
			}
		}

		require.ErrorIs(t, sends.Delete(ctx, job.ID, 0), errcode.InvalidMsgStatus, "a text cannot be withdrawn")

		cover, err := material.New(oa).Add(ctx, material.Image, "cover.jpg", strings.NewReader("\xff\xd8\xff\xe0 pixels"))
		require.NoError(t, err)
		post, err := draft.New(oa).Add(ctx, article.Article{Title: "营业时间", Content: "<p>9 to 17</p>", CoverMediaID: cover.MediaID})
		require.NoError(t, err)
		job, err = sends.SendToTag(ctx, tag.ID, mass.News(post))
		require.NoError(t, err)
		require.NotEmpty(t, job.MsgDataID)
		event = <-ended
		require.Equal(t, job.ID, event.JobMsgID)
		require.Len(t, event.ArticleURLs, 1)
		require.NoError(t, sends.Delete(ctx, job.ID, 0))
		status, err = sends.GetStatus(ctx, job.ID)
		require.NoError(t, err)
		require.Equal(t, mass.Deleted, status.Status)
	})
}
