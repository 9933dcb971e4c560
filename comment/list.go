package comment

import (
	"context"
	"iter"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Kind chooses comments.
type Kind int

// The kinds of comments.
const (
	AnyKind  Kind = 0 // all (普通评论和精选评论)
	Ordinary Kind = 1 // those not featured (普通评论)
	Featured Kind = 2 // featured ones (精选评论)
)

// maxComments is how many comments one call gives: the platform refuses 50.
const maxComments = 49

// Query asks for comments, page by page.
type Query struct {
	Begin int  // how many to pass over
	Count int  // comments a page, 1 to 49; 0 is 49
	Kind  Kind // all when zero
}

// Page is a page of comments.
type Page struct {
	Total        int       `json:"total"`                 // of all comments, by the documents; it has been seen to count the page, or nothing
	CommentCount int       `json:"comment_cnt,omitempty"` // undocumented count that some answers have
	Comments     []Comment `json:"comment"`
}

// Comment is a reader's comment (留言).
type Comment struct {
	ID       string                    `json:"user_comment_id"`
	OpenID   string                    `json:"openid,omitempty"` // empty if the reader used another identity
	Created  officialaccount.Timestamp `json:"create_time"`
	Content  string                    `json:"content"`
	Featured bool                      `json:"comment_type"`
	Replies  []Reply                   `json:"reply,omitempty"` // of the author; only the earliest is given
}

// Reply is the author's answer to a comment (作者回复).
type Reply struct {
	Content string                    `json:"content"`
	Created officialaccount.Timestamp `json:"create_time"`
}

// List returns a page of the comments on an article (查看指定文章的留言数据).
// [Service.All] returns them all.
//
// Errors: errcode.NoCommentPrivilege, CommentArticleNotFound, CommentCountRange.
//
// POST /cgi-bin/comment/list (查看指定文章的留言数据)
func (s *Service) List(ctx context.Context, a Article, q Query) (Page, error) {
	const path = "/cgi-bin/comment/list"
	if q.Count == 0 {
		q.Count = maxComments
	}
	article, err := a.target(path)
	if err == nil {
		err = q.check(path)
	}
	if err != nil {
		return Page{}, err
	}
	in := struct {
		target
		Begin int  `json:"begin"`
		Count int  `json:"count"`
		Kind  Kind `json:"type"`
	}{article, q.Begin, q.Count, q.Kind}
	var out Page
	err = s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return out, err
}

func (q Query) check(path string) error {
	if q.Begin < 0 {
		return limit.Rule(path, "begin", "is below 0")
	}
	if q.Kind < AnyKind || q.Kind > Featured {
		return limit.Rule(path, "type", "is "+strconv.Itoa(int(q.Kind))+", none of 0, 1, 2")
	}
	return limit.Check(path, "count", "comments", q.Count, 1, maxComments)
}

// All returns all comments of that kind on an article. It asks for a page when it
// gets there, and yields an error last. It goes on until a page is empty, whatever
// the counts of the pages say.
//
// POST /cgi-bin/comment/list (查看指定文章的留言数据)
func (s *Service) All(ctx context.Context, a Article, kind Kind) iter.Seq2[Comment, error] {
	return officialaccount.Offsets(ctx, func(ctx context.Context, begin int) ([]Comment, int, error) {
		page, err := s.List(ctx, a, Query{Begin: begin, Kind: kind})
		return page.Comments, 0, err // the total has been seen to be wrong
	})
}
