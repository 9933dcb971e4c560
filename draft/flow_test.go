package draft_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/draft"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow keeps drafts on the local platform: an update switches off what it must, a
// picture post keeps its pictures, and the list has every draft once.
func TestFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	ctx := t.Context()
	oa := localtest.Client(t, p)
	drafts := draft.New(oa)
	picture, err := material.New(oa).Add(ctx, material.Image, "春节海报.jpg", strings.NewReader("\xff\xd8\xff\xe0 pixels"))
	require.NoError(t, err)

	first := article.Article{
		Title: strings.Repeat("长", 64), Author: "店长", Digest: "摘要", Content: "<p>a & b</p>", SourceURL: "https://example.com/",
		CoverMediaID: picture.MediaID, CommentsOpen: true, FansOnlyComment: true,
	}
	id, err := drafts.Add(ctx, first, article.Article{Type: article.Pictures, Title: "图", Content: "正文", Images: article.Images{picture.MediaID}})
	require.NoError(t, err)
	post, err := drafts.Get(ctx, id)
	require.NoError(t, err)
	require.Len(t, post.Articles, 2)
	require.Equal(t, first.Title, post.Articles[0].Title)
	require.True(t, bool(post.Articles[0].CommentsOpen))
	require.Equal(t, article.Images{picture.MediaID}, post.Articles[1].Images)

	change := post.Articles[0]
	change.Author, change.SourceURL, change.CommentsOpen, change.FansOnlyComment = "", "", false, false
	require.NoError(t, drafts.Update(ctx, id, 0, change))
	changed, err := drafts.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, change, changed.Articles[0])
	require.Equal(t, post.Articles[1], changed.Articles[1])
	require.ErrorIs(t, drafts.Update(ctx, id, 2, change), errcode.InvalidIndex)

	for i := range 44 {
		_, err := drafts.Add(ctx, article.Article{Title: fmt.Sprint(i), Content: "c", CoverMediaID: picture.MediaID})
		require.NoError(t, err)
	}
	seen := map[string]bool{}
	for post, err := range drafts.All(ctx, draft.WithoutContent()) {
		require.NoError(t, err)
		require.Empty(t, post.Articles[0].Content)
		seen[post.ID] = true
	}
	require.Len(t, seen, 45)

	require.NoError(t, drafts.Delete(ctx, id))
	require.ErrorIs(t, drafts.Delete(ctx, id), errcode.InvalidMediaID)
	n, err := drafts.Count(ctx)
	require.NoError(t, err)
	require.Equal(t, 44, n)
}

// TestForeignPictures shows what becomes of a picture that was not uploaded: the client
// warns, and the platform drops it.
func TestForeignPictures(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	config, ctx := p.Config(), t.Context()
	var log bytes.Buffer
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: config.AppID, Secret: config.Secret, HTTPClient: p.Client(), BaseURL: p.URL(), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	materials, drafts := material.New(oa), draft.New(oa)
	cover, err := materials.Add(ctx, material.Image, "cover.jpg", strings.NewReader("pixels"))
	require.NoError(t, err)
	own, err := materials.UploadArticleImage(ctx, "own.png", strings.NewReader("pixels"))
	require.NoError(t, err)
	id, err := drafts.Add(ctx, article.Article{
		Title: "t", CoverMediaID: cover.MediaID,
		Content: `<p><img src="` + own + `"><img src="https://example.com/x.png"><script>x()</script></p>`,
	})
	require.NoError(t, err)
	require.Contains(t, log.String(), "drops a picture")
	require.Contains(t, log.String(), "https://example.com/x.png")
	require.NotContains(t, log.String(), own)
	post, err := drafts.Get(ctx, id)
	require.NoError(t, err)
	require.Equal(t, `<p><img src="`+own+`"></p>`, post.Articles[0].Content)
}
