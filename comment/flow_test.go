package comment_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/comment"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	comments, ctx := comment.New(localtest.Client(t, p)), t.Context()
	msgDataID := p.PublishArticles("文章1", "文章2")
	article := comment.Article{MsgDataID: msgDataID, Index: 1}

	require.ErrorIs(t, comments.Open(ctx, comment.Article{MsgDataID: "1"}), errcode.CommentArticleNotFound)
	page, err := comments.List(ctx, article, comment.AnyType, 0, 49)
	require.NoError(t, err)
	require.Empty(t, page.Comments)
	require.NoError(t, comments.Open(ctx, article))
	for i := range 120 {
		_, err := p.User(fmt.Sprint("o", i%7)).Comment(msgDataID, 1, fmt.Sprint("comment ", i))
		require.NoError(t, err)
	}

	var all []comment.Comment
	for c, err := range comments.All(ctx, article, comment.AnyType) {
		require.NoError(t, err)
		require.False(t, c.Featured)
		require.False(t, c.Created.IsZero())
		all = append(all, c)
	}
	require.Len(t, all, 120)
	require.Equal(t, "comment 119", all[0].Content)

	first := all[0].ID
	require.NoError(t, comments.MarkElect(ctx, article, first))
	require.NoError(t, comments.AddReply(ctx, article, first, "谢谢 & 再见"))
	require.ErrorIs(t, comments.AddReply(ctx, article, first, "again"), errcode.CommentAlreadyReplied)
	page, err = comments.List(ctx, article, comment.Featured, 0, 1)
	require.NoError(t, err)
	require.Equal(t, 1, page.Total)
	require.True(t, page.Comments[0].Featured)
	require.Len(t, page.Comments[0].Replies, 1)
	require.Equal(t, "谢谢 & 再见", page.Comments[0].Replies[0].Content)

	require.NoError(t, comments.DeleteReply(ctx, article, first))
	require.ErrorIs(t, comments.DeleteReply(ctx, article, first), errcode.CommentReplyNotFound)
	require.NoError(t, comments.UnmarkElect(ctx, article, first))
	page, err = comments.List(ctx, article, comment.Featured, 0, 49)
	require.NoError(t, err)
	require.Empty(t, page.Comments)
	require.NoError(t, comments.Delete(ctx, article, first))
	require.ErrorIs(t, comments.MarkElect(ctx, article, first), errcode.CommentNotFound)
	require.NoError(t, comments.Close(ctx, article))
	_, err = p.User("o1").Comment(msgDataID, 1, "too late")
	require.Error(t, err)
}

func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	msgDataID := p.PublishArticles("文章1")

	ctx := context.Background()
	comments := comment.New(oa)
	article := comment.Article{MsgDataID: msgDataID}
	if err := comments.Open(ctx, article); err != nil {
		fmt.Println(err)
		return
	}
	p.User("oLiLei").Comment(msgDataID, 0, "Well said.")

	for c, err := range comments.All(ctx, article, comment.AnyType) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(c.OpenID, "says:", c.Content)
		fmt.Println(comments.AddReply(ctx, article, c.ID, "Thank you."))
	}
	// Output:
	// oLiLei says: Well said.
	// <nil>
}
