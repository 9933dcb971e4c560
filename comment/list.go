package comment

import (
	"context"
	"iter"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Type selects comments in a list.
type Type int

// The types of comments.
const (
	AnyType  Type = 0 // all (普通评论和精选评论)
	Ordinary Type = 1 // not featured (普通评论)
	Featured Type = 2 // featured (精选评论)
)

// maxCount is the largest page: the platform refuses 50.
const maxCount = 49

// Page is a page of comments. The counts are not reliable: Total should be the number of
// all comments, but the platform has also returned the size of the page, or 0.
// [Service.All] does not use them.
type Page struct {
	Total        int       `json:"total"`
	CommentCount int       `json:"comment_cnt,omitempty"` // undocumented; in some answers
	Comments     []Comment `json:"comment"`
}

// Comment is a reader's comment (留言).
type Comment struct {
	ID       string                    `json:"user_comment_id"`
	OpenID   string                    `json:"openid,omitempty"` // empty if the reader used another identity
	Created  officialaccount.Timestamp `json:"create_time"`
	Content  string                    `json:"content"`
	Featured bool                      `json:"comment_type"`
	Replies  []Reply                   `json:"reply,omitempty"` // of the author; the platform returns only the earliest
}

// Reply is the author's reply to a comment (作者回复).
type Reply struct {
	Content string                    `json:"content"`
	Created officialaccount.Timestamp `json:"create_time"`
}

// List returns a page of the comments on an article: count of them, 1 to 49, after the
// first offset. [Service.All] returns the comments of all pages. Errors:
// errcode.NoCommentPrivilege, errcode.CommentArticleNotFound.
//
// POST /cgi-bin/comment/list (查看指定文章的留言数据)
func (s *Service) List(ctx context.Context, a Article, t Type, offset, count int) (*Page, error) {
	const path = "/cgi-bin/comment/list"
	id, err := a.id(path)
	if err != nil {
		return nil, err
	}
	if t < AnyType || t > Featured {
		return nil, limit.Rule(path, "t (type)", "is "+strconv.Itoa(int(t))+", must be 0, 1 or 2")
	}
	if offset < 0 {
		return nil, limit.Rule(path, "offset (begin)", "is negative")
	}
	if err := limit.Check(path, "count", "comments", count, 1, maxCount); err != nil {
		return nil, err
	}
	in := struct {
		articleID
		Begin int  `json:"begin"`
		Count int  `json:"count"`
		Type  Type `json:"type"`
	}{id, offset, count, t}
	var page Page
	if err := s.oa.Post(ctx, path, in, &page, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &page, nil
}

// All returns all comments of that type on an article. It requests each page when the
// loop reaches it, and ends at a page without new comments. An error is the last thing it yields.
//
// POST /cgi-bin/comment/list (查看指定文章的留言数据)
func (s *Service) All(ctx context.Context, a Article, t Type) iter.Seq2[Comment, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, offset int) ([]Comment, int, error) {
		page, err := s.List(ctx, a, t, offset, maxCount)
		if err != nil {
			return nil, 0, err
		}
		return page.Comments, 0, nil // the total is not reliable
	})
}
