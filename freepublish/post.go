package freepublish

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/posts"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// GetArticle returns a published post. Errors: errcode.APIUnauthorized, and
// errcode.ArticleIDInvalid for an unknown article id.
//
// POST /cgi-bin/freepublish/getarticle (获取已发布图文信息)
func (s *Service) GetArticle(ctx context.Context, articleID string) (*article.Post, error) {
	const path = "/cgi-bin/freepublish/getarticle"
	if err := limit.Required(path, "articleID", articleID); err != nil {
		return nil, err
	}
	in := struct {
		ArticleID string `json:"article_id"`
	}{articleID}
	var post article.Post
	if err := s.oa.Post(ctx, path, in, &post, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	post.ID = articleID
	return &post, nil
}

// Delete removes one article of a published post. The first article has index 1; index 0
// removes the whole post. It cannot be undone. Errors: errcode.APIUnauthorized, and
// errcode.ArticleIDInvalid for an unknown article id.
//
// POST /cgi-bin/freepublish/delete (删除发布文章)
func (s *Service) Delete(ctx context.Context, articleID string, index int) error {
	const path = "/cgi-bin/freepublish/delete"
	if err := limit.Required(path, "articleID", articleID); err != nil {
		return err
	}
	if index < 0 {
		return limit.Rule(path, "index", "is negative")
	}
	return s.oa.Post(ctx, path, struct {
		ArticleID string `json:"article_id"`
		Index     int    `json:"index,omitempty"`
	}{articleID, index}, nil)
}

// ListOption is an option of [Service.List] and [Service.All].
type ListOption func(*posts.Query)

// WithoutContent leaves out the Content of the articles. The answer is smaller.
func WithoutContent() ListOption { return func(q *posts.Query) { q.NoContent = true } }

// List returns a page of published posts: count of them, 1 to 20, after the first
// offset. Posts that were sent with package mass are not listed. [Service.All] returns
// the posts of all pages. The error is errcode.APIUnauthorized without the permission.
//
// POST /cgi-bin/freepublish/batchget (获取已发布的消息列表)
func (s *Service) List(ctx context.Context, offset, count int, opts ...ListOption) (*article.Page, error) {
	return posts.List(ctx, s.oa, "/cgi-bin/freepublish/batchget", offset, count, opts)
}

// All returns all published posts. It requests each page when the loop reaches it. An
// error is the last thing it yields.
//
// POST /cgi-bin/freepublish/batchget (获取已发布的消息列表)
func (s *Service) All(ctx context.Context, opts ...ListOption) iter.Seq2[article.Post, error] {
	return posts.All(ctx, func(ctx context.Context, offset, count int) (*article.Page, error) {
		return s.List(ctx, offset, count, opts...)
	})
}
