// Package posts is the common part of the services that list and write articles.
package posts

import (
	"cmp"
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxCount is the maximum size of a page.
const maxCount = 20

// Query asks for a page of posts.
type Query struct {
	Offset    int                     `json:"offset"`
	Count     int                     `json:"count"`
	NoContent officialaccount.IntBool `json:"no_content,omitempty"`
}

// List returns the page of count posts after the first offset.
func List[Option ~func(*Query)](ctx context.Context, oa *officialaccount.Client, path string, offset, count int, opts []Option) (*article.Page, error) {
	if offset < 0 {
		return nil, limit.Rule(path, "offset", "is negative")
	}
	if err := limit.Check(path, "count", "posts", count, 1, maxCount); err != nil {
		return nil, err
	}
	in := Query{Offset: offset, Count: count}
	for _, opt := range opts {
		opt(&in)
	}
	var out struct {
		Total int `json:"total_count"`
		Items []struct {
			MediaID   string                    `json:"media_id"`   // of a draft
			ArticleID string                    `json:"article_id"` // of a publication
			Content   article.Post              `json:"content"`
			Updated   officialaccount.Timestamp `json:"update_time"` // missing in some answers
		} `json:"item"`
	}
	if err := oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	page := &article.Page{Total: out.Total}
	for _, item := range out.Items {
		post := item.Content
		post.ID = cmp.Or(item.MediaID, item.ArticleID)
		if !item.Updated.IsZero() {
			post.Updated = item.Updated
		}
		page.Posts = append(page.Posts, post)
	}
	return page, nil
}

// All returns the posts of all pages that list returns.
func All(ctx context.Context, list func(ctx context.Context, offset, count int) (*article.Page, error)) iter.Seq2[article.Post, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]article.Post, int, error) {
		page, err := list(ctx, offset, maxCount)
		if err != nil {
			return nil, 0, err
		}
		return page.Posts, page.Total, nil
	})
}

// Request returns an article without the fields that occur only in answers.
func Request(a article.Article) article.Article {
	a.URL, a.CoverURL, a.CoverInText, a.Deleted = "", "", false, false
	return a
}
