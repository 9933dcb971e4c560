package freepublish_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/freepublish"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow publishes a post on the local platform: the cover is uploaded, the draft
// created, changed and published, the bot receives the event, the post is
// listed, read and removed.
func TestFlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		ctx := t.Context()
		bot := localtest.Bot(t, p)
		ended := make(chan *message.PublishJobFinishEvent, 1)
		message.On(bot, func(_ context.Context, m *message.PublishJobFinishEvent) (message.Reply, error) {
			ended <- m
			return nil, nil
		})
		oa := localtest.Client(t, p)
		materials, drafts, posts := material.New(oa), draft.New(oa), freepublish.New(oa)

		cover, err := materials.Add(ctx, material.Image, "cover.jpg", bytes.NewReader([]byte("\xff\xd8\xff\xe0 pixels")))
		require.NoError(t, err)
		picture, err := materials.UploadArticleImage(ctx, "inside.jpg", bytes.NewReader([]byte("\xff\xd8\xff\xe0 pixels")))
		require.NoError(t, err)
		opening := article.Article{
			Title: "营业时间", Author: "店长", CoverMediaID: cover.MediaID,
			Content: `<p>From Monday to Friday & more</p><img src="` + picture + `">`,
		}
		_, err = drafts.Add(ctx, article.Article{Title: "no cover", Content: "x", CoverMediaID: "unknown"})
		require.ErrorIs(t, err, errcode.InvalidMediaID)
		draftID, err := drafts.Add(ctx, opening)
		require.NoError(t, err)
		opening.Title = "新的营业时间"
		require.NoError(t, drafts.Update(ctx, draftID, 0, opening))
		kept, err := drafts.Get(ctx, draftID)
		require.NoError(t, err)
		require.Len(t, kept.Articles, 1)
		require.Equal(t, opening.Title, kept.Articles[0].Title)
		require.Equal(t, opening.Content, kept.Articles[0].Content)

		job, err := posts.Submit(ctx, draftID)
		require.NoError(t, err)
		status, err := posts.GetStatus(ctx, job.PublishID)
		require.NoError(t, err)
		require.Equal(t, message.PublishRunning, status.Status)

		event := <-ended
		require.Equal(t, job.PublishID, event.PublishID)
		require.Equal(t, message.PublishDone, event.Status)
		require.Len(t, event.ArticleURLs, 1)
		status, err = posts.GetStatus(ctx, job.PublishID)
		require.NoError(t, err)
		require.Equal(t, message.PublishDone, status.Status)
		require.Equal(t, event.ArticleID, status.ArticleID)
		require.Equal(t, event.ArticleURLs[0].URL, status.Articles[0].URL)
		n, err := drafts.Count(ctx)
		require.NoError(t, err)
		require.Zero(t, n, "a published draft is gone from the box")

		var all []article.Post
		for post, err := range posts.All(ctx, freepublish.WithoutContent()) {
			require.NoError(t, err)
			all = append(all, post)
		}
		require.Len(t, all, 1)
		require.Equal(t, event.ArticleID, all[0].ID)
		require.Empty(t, all[0].Articles[0].Content)
		post, err := posts.GetArticle(ctx, event.ArticleID)
		require.NoError(t, err)
		require.Equal(t, opening.Title, post.Articles[0].Title)
		require.Equal(t, opening.Content, post.Articles[0].Content)

		require.NoError(t, posts.Delete(ctx, event.ArticleID, 0))
		page, err := posts.List(ctx, 0, 20)
		require.NoError(t, err)
		require.Zero(t, page.Total)
		status, err = posts.GetStatus(ctx, job.PublishID)
		require.NoError(t, err)
		require.Equal(t, message.PublishDeleted, status.Status)
	})
}
