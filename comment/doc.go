// Package comment manages the comments under articles (留言管理, 图文消息留言管理), for
// accounts that may have them: the "Comments" chapter of the platform's documents.
//
// An article is named by the msg_data_id that a mass send or a publication gave, and
// by its place in the post:
//
//	comments := comment.New(oa)
//	article := comment.Article{MsgDataID: "2247483700"}
//	if err := comments.Open(ctx, article); err != nil {
//		return err
//	}
//	for c, err := range comments.All(ctx, article, comment.AnyKind) {
//		if err != nil {
//			return err
//		}
//		err = comments.Reply(ctx, article, c.ID, "Thank you.")
//	}
//
// A comment can be featured ([Service.Elect], 精选), so that readers see it first,
// answered ([Service.Reply]) and removed ([Service.Delete]).
package comment

import (
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service manages the comments of one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the comments of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Article is an article of a post.
type Article struct {
	MsgDataID string // of the post, a number, as a mass send or a publication gave it
	Index     int    // which article of the post, from 0
}

// target is an article as requests name it.
type target struct {
	MsgDataID int64 `json:"msg_data_id"`
	Index     int   `json:"index,omitempty"`
}

func (a Article) target(path string) (target, error) {
	id, err := number(path, "msg_data_id", a.MsgDataID)
	if err == nil && a.Index < 0 {
		err = limit.Rule(path, "index", "is below 0")
	}
	return target{id, a.Index}, err
}

// number is an id as the platform wants it in requests.
func number(path, field, id string) (int64, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, limit.Rule(path, field, "is "+strconv.Quote(id)+", no id")
	}
	return n, nil
}
