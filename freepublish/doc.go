// Package freepublish publishes drafts (发布能力). A published post has a public address
// but is not sent to followers. Only verified accounts have this permission; others get
// errcode.APIUnauthorized.
//
// Three ids are used one after another: a draft has a media id (package draft), its
// publication is a job with a publish id, and the published post has an article id.
// [Service.Submit] returns when the job is queued. The result is pushed as
// PublishJobFinishEvent of package message; [Service.GetStatus] reads it too:
//
//	posts := freepublish.New(oa)
//	job, err := posts.Submit(ctx, draftMediaID)
//	// … later, or when the event arrives:
//	status, err := posts.GetStatus(ctx, job.PublishID)
//	if status.Status == message.PublishDone {
//		fmt.Println(status.Articles[0].URL)
//	}
package freepublish

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the publishing endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
