// Package draft keeps the drafts of posts (草稿箱). A draft is published with package
// freepublish, or sent to followers with package mass; the platform then removes it from
// the drafts. Unverified accounts may use drafts too.
//
//	drafts := draft.New(oa)
//	id, err := drafts.Add(ctx, article.Article{
//		Title:        "Opening hours",
//		Content:      "<p>From Monday to Friday.</p>",
//		CoverMediaID: cover.MediaID,
//	})
//
// Package article describes articles and their limits. [Service.All] iterates over all
// drafts, [Service.List] returns one page, [Service.Count] the number of drafts.
//
// The switch of the draft box (POST /cgi-bin/draft/switch) has no method: the platform
// has turned the drafts on for every account.
package draft

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the draft endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
