package freepublish

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// maxPosts is how many posts one call lists.
const maxPosts = 20

// Article is a published article.
type Article struct {
	Title        string `json:"title"`
	Author       string `json:"author,omitempty"`
	Digest       string `json:"digest,omitempty"`
	Content      string `json:"content,omitempty"`            // HTML; left out of lists on demand
	SourceURL    string `json:"content_source_url,omitempty"` // behind "read the original" (阅读原文)
	CoverMediaID string `json:"thumb_media_id,omitempty"`
	CoverURL     string `json:"thumb_url,omitempty"`
	URL          string `json:"url,omitempty"`

	CoverInText     officialaccount.IntBool `json:"show_cover_pic,omitempty"`
	CommentsOpen    officialaccount.IntBool `json:"need_open_comment,omitempty"`
	FansOnlyComment officialaccount.IntBool `json:"only_fans_can_comment,omitempty"`
	Deleted         bool                    `json:"is_deleted"`
}

// Post is what was published at once: an article or several.
type Post struct {
	ArticleID string
	Articles  []Article
	Created   officialaccount.Timestamp // zero where the answer does not tell
	Updated   officialaccount.Timestamp
}

// content is the articles of a post as answers hold them.
type content struct {
	Articles []Article                 `json:"news_item"`
	Created  officialaccount.Timestamp `json:"create_time"`
	Updated  officialaccount.Timestamp `json:"update_time"`
}

func (c content) post(articleID string) Post {
	return Post{ArticleID: articleID, Articles: c.Articles, Created: c.Created, Updated: c.Updated}
}

// Get returns a post (通过 article_id 获取已发布文章).
//
// Errors: errcode.APIUnauthorized, ArticleIDInvalid.
//
// POST /cgi-bin/freepublish/getarticle (获取已发布图文信息)
func (s *Service) Get(ctx context.Context, articleID string) (Post, error) {
	const path = "/cgi-bin/freepublish/getarticle"
	if err := need(path, "article_id", articleID); err != nil {
		return Post{}, err
	}
	in := struct {
		ArticleID string `json:"article_id"`
	}{articleID}
	var out content
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return Post{}, err
	}
	return out.post(articleID), nil
}

// Delete removes a post, or with index above 0 that article of it, from 1 (删除发布).
// There is no way back.
//
// Errors: errcode.APIUnauthorized, ArticleIDInvalid.
//
// POST /cgi-bin/freepublish/delete (删除发布文章)
func (s *Service) Delete(ctx context.Context, articleID string, index int) error {
	const path = "/cgi-bin/freepublish/delete"
	if err := need(path, "article_id", articleID); err != nil {
		return err
	}
	if index < 0 {
		return limit.Rule(path, "index", "is below 0")
	}
	return s.oa.Post(ctx, path, struct {
		ArticleID string `json:"article_id"`
		Index     int    `json:"index,omitempty"`
	}{articleID, index}, nil)
}

// Page is a page of posts.
type Page struct {
	Total int // of all pages
	Posts []Post
}

// List returns a page of what was published (获取成功发布列表): count posts, 1 to 20,
// after the first offset. Without content the articles come without theirs. Posts
// that were sent to followers are not among them. [Service.All] returns them all.
//
// Errors: errcode.APIUnauthorized.
//
// POST /cgi-bin/freepublish/batchget (获取已发布的消息列表)
func (s *Service) List(ctx context.Context, offset, count int, withContent bool) (Page, error) {
	const path = "/cgi-bin/freepublish/batchget"
	if offset < 0 {
		return Page{}, limit.Rule(path, "offset", "is below 0")
	}
	if err := limit.Check(path, "count", "posts", count, 1, maxPosts); err != nil {
		return Page{}, err
	}
	in := struct {
		Offset    int                     `json:"offset"`
		Count     int                     `json:"count"`
		NoContent officialaccount.IntBool `json:"no_content,omitempty"`
	}{offset, count, officialaccount.IntBool(!withContent)}
	var out struct {
		Total int `json:"total_count"`
		Items []struct {
			ArticleID string                    `json:"article_id"`
			Content   content                   `json:"content"`
			Updated   officialaccount.Timestamp `json:"update_time"`
		} `json:"item"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return Page{}, err
	}
	page := Page{Total: out.Total}
	for _, item := range out.Items {
		p := item.Content.post(item.ArticleID)
		if !item.Updated.IsZero() {
			p.Updated = item.Updated
		}
		page.Posts = append(page.Posts, p)
	}
	return page, nil
}

// All returns everything published. It asks for a page when it gets there, and
// yields an error last.
//
// POST /cgi-bin/freepublish/batchget (获取已发布的消息列表)
func (s *Service) All(ctx context.Context, withContent bool) iter.Seq2[Post, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]Post, int, error) {
		page, err := s.List(ctx, offset, maxPosts, withContent)
		return page.Posts, page.Total, err
	})
}
