// Package comment manages the comments under articles (留言管理), for accounts that have
// the permission; others get errcode.NoCommentPrivilege.
//
// An [Article] is identified by the msg_data_id of its post, which a mass send or a
// publication returns, and by its position in the post:
//
//	comments := comment.New(oa)
//	article := comment.Article{MsgDataID: "2247483700"}
//	if err := comments.Open(ctx, article); err != nil {
//		return err
//	}
//	for c, err := range comments.All(ctx, article, comment.AnyType) {
//		if err != nil {
//			return err
//		}
//		err = comments.AddReply(ctx, article, c.ID, "Thank you.")
//	}
//
// [Service.MarkElect] features a comment (精选): readers see it first. [Service.AddReply]
// answers a comment, [Service.Delete] removes it.
package comment

import (
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the comment endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Article is an article of a post.
type Article struct {
	MsgDataID string // of the post: a number, from a mass send or a publication
	Index     int    // position in the post; the first article has 0
}

// articleID names an article in requests.
type articleID struct {
	MsgDataID int64 `json:"msg_data_id"`
	Index     int   `json:"index,omitempty"`
}

func (a Article) id(path string) (articleID, error) {
	id, err := number(path, "MsgDataID", a.MsgDataID)
	if err == nil && a.Index < 0 {
		err = limit.Rule(path, "Index", "is negative")
	}
	return articleID{id, a.Index}, err
}

// number returns an id as the platform expects it in requests.
func number(path, field, id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, limit.Rule(path, field, "is "+strconv.Quote(id)+", must be a positive number")
	}
	return n, nil
}
