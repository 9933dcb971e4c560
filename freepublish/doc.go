// Package freepublish publishes drafts (发布能力) as posts that have an address but are
// not sent to followers, as in the "Publishing" chapter of the platform's documents.
// Only verified accounts may; others get errcode.APIUnauthorized.
//
// Three ids take turns: a draft has a media id (package draft), publishing it is a
// job with a publish id, and what comes of it has an article id. The job runs on
// after [Service.Submit] has returned; its end is the event PUBLISHJOBFINISH
// (PublishJobFinishEvent in package message), and [Service.Status] tells as well:
//
//	posts := freepublish.New(oa)
//	job, err := posts.Submit(ctx, draftMediaID)
//	// … later, or when the event arrives:
//	status, err := posts.Status(ctx, job.PublishID)
//	if status.State == freepublish.Published {
//		fmt.Println(status.Articles[0].URL)
//	}
package freepublish

import (
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service publishes the drafts of one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the publications of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

func need(path, field, value string) error {
	if value == "" {
		return limit.Rule(path, field, "is empty")
	}
	return nil
}
