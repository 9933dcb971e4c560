package draft

import (
	"context"
	"fmt"
	"iter"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/internal/posts"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Add creates a draft of these articles, in this order, and returns its media id. At
// least one is required. Above 8 articles the client logs a warning: the platform's
// documents name no maximum, other sources name 8. The client also logs a warning for each
// picture in the content that the platform will drop, because it was not uploaded with
// UploadArticleImage of package material; package publish uploads them.
//
// An article that breaks a limit of [article.Article] is an errcode.LimitError.
// Errors of the platform: errcode.InvalidMediaID for a cover or picture that is not a
// permanent material of the account, errcode.TitleTooLong, errcode.DescriptionTooLong,
// errcode.InvalidContent, errcode.APIUnauthorized; for product cards
// errcode.GoodsSellingRestricted, errcode.InvalidGoodsInfo and
// errcode.GoodsSellingNotOpened.
//
// POST /cgi-bin/draft/add (新建草稿)
func (s *Service) Add(ctx context.Context, articles ...article.Article) (mediaID string, err error) {
	const path = "/cgi-bin/draft/add"
	if len(articles) == 0 {
		return "", limit.Rule(path, "articles", "is empty")
	}
	var opts []officialaccount.CallOption
	if len(articles) > doubtArticles {
		opts = append(opts, officialaccount.WithWarning("a draft has many articles", "articles", len(articles), "limit", doubtArticles))
	}
	var in struct {
		Articles []article.Article `json:"articles"`
	}
	for i, a := range articles {
		warnings, err := check(path, fmt.Sprintf("articles[%d]", i), a)
		if err != nil {
			return "", err
		}
		opts = append(opts, warnings...)
		in.Articles = append(in.Articles, posts.Request(a))
	}
	var out struct {
		MediaID string `json:"media_id"`
	}
	err = s.oa.Post(ctx, path, in, &out, opts...)
	return out.MediaID, err
}

// Update replaces one article of a draft. The first article has index 0; the others do
// not change.
//
// The title, the texts and the switches of comments are always sent, so an empty author
// removes the author, and CommentsOpen false closes the comments. To change one field,
// read the article with [Service.Get], change it and send it back.
//
// Errors: as [Service.Add], and errcode.InvalidIndex if the draft has no such article.
//
// POST /cgi-bin/draft/update (更新草稿)
func (s *Service) Update(ctx context.Context, mediaID string, index int, a article.Article) error {
	const path = "/cgi-bin/draft/update"
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return err
	}
	if index < 0 {
		return limit.Rule(path, "index", "is negative")
	}
	opts, err := check(path, "article", a)
	if err != nil {
		return err
	}
	in := struct {
		MediaID string          `json:"media_id"`
		Index   int             `json:"index"`
		Article article.Article `json:"articles"` // one object, in spite of the name
	}{mediaID, index, posts.Request(a)}
	return s.oa.Post(ctx, path, in, nil, append(opts, officialaccount.WithRetry())...)
}

// Get returns a draft. The error is errcode.InvalidMediaID if there is no such draft.
//
// POST /cgi-bin/draft/get (获取草稿详情)
func (s *Service) Get(ctx context.Context, mediaID string) (*article.Post, error) {
	const path = "/cgi-bin/draft/get"
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return nil, err
	}
	var post article.Post
	if err := s.oa.Post(ctx, path, draftID{mediaID}, &post, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	post.ID = mediaID
	return &post, nil
}

// Delete removes a draft. It cannot be undone. The error is errcode.InvalidMediaID if
// there is no such draft.
//
// POST /cgi-bin/draft/delete (删除草稿)
func (s *Service) Delete(ctx context.Context, mediaID string) error {
	const path = "/cgi-bin/draft/delete"
	if err := limit.Required(path, "mediaID", mediaID); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, draftID{mediaID}, nil)
}

type draftID struct {
	MediaID string `json:"media_id"`
}

// Count returns the number of drafts.
//
// GET /cgi-bin/draft/count (获取草稿的总数)
func (s *Service) Count(ctx context.Context) (int, error) {
	var out struct {
		Total int `json:"total_count"`
	}
	err := s.oa.Get(ctx, "/cgi-bin/draft/count", nil, &out)
	return out.Total, err
}

// ListOption is an option of [Service.List] and [Service.All].
type ListOption func(*posts.Query)

// WithoutContent leaves out the Content of the articles. The answer is smaller.
func WithoutContent() ListOption { return func(q *posts.Query) { q.NoContent = true } }

// List returns a page of drafts: count of them, 1 to 20, after the first offset.
// [Service.All] returns the drafts of all pages.
//
// POST /cgi-bin/draft/batchget (获取草稿列表)
func (s *Service) List(ctx context.Context, offset, count int, opts ...ListOption) (*article.Page, error) {
	return posts.List(ctx, s.oa, "/cgi-bin/draft/batchget", offset, count, opts)
}

// All returns all drafts. It requests each page when the loop reaches it. An error is
// the last thing it yields.
//
// POST /cgi-bin/draft/batchget (获取草稿列表)
func (s *Service) All(ctx context.Context, opts ...ListOption) iter.Seq2[article.Post, error] {
	return posts.All(ctx, func(ctx context.Context, offset, count int) (*article.Page, error) {
		return s.List(ctx, offset, count, opts...)
	})
}
