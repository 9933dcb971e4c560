// Package draft keeps the drafts of posts (草稿箱), as in the "Draft box" chapter of the
// platform's documents. A draft is published with package freepublish, or sent to
// followers with package mass; then it is gone from the box.
//
// A draft is one article or several. News ([News], 图文消息) is HTML with a cover; a
// picture post ([Pictures], 图片消息) is pictures with a plain text. Cover and pictures are
// permanent material; pictures inside the HTML must come from material's UploadImage,
// others are dropped.
//
//	drafts := draft.New(oa)
//	id, err := drafts.Add(ctx, draft.Article{
//		Title:        "Opening hours",
//		Content:      "<p>From Monday to Friday.</p>",
//		CoverMediaID: cover.MediaID,
//	})
package draft

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service keeps the drafts of one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the drafts of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
