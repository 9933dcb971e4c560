package freepublish

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Job is the publication of a draft, which the platform has queued.
type Job struct {
	PublishID string `json:"publish_id"`
	MsgDataID string `json:"msg_data_id,omitempty"` // id of the post in package comment; missing in some answers
}

// Submit queues the publication of a draft. The job may still fail. When it succeeds,
// the platform removes the draft.
//
// Errors: errcode.APIUnauthorized; errcode.DraftCheckFailed, errcode.DraftUseWebsite and
// errcode.DraftSaveManually for drafts that cannot be published as they are.
//
// POST /cgi-bin/freepublish/submit (发布草稿)
func (s *Service) Submit(ctx context.Context, draftMediaID string) (*Job, error) {
	const path = "/cgi-bin/freepublish/submit"
	if err := limit.Required(path, "draftMediaID (media_id)", draftMediaID); err != nil {
		return nil, err
	}
	in := struct {
		MediaID string `json:"media_id"`
	}{draftMediaID}
	var job Job
	if err := s.oa.Post(ctx, path, in, &job); err != nil {
		return nil, err
	}
	return &job, nil
}

// JobStatus is a job and its state.
type JobStatus struct {
	PublishID string
	Status    message.PublishStatus
	ArticleID string        // if [message.PublishDone]
	Articles  []ArticleLink // if PublishDone
	Failed    []int         // refused articles, counted from 1, if PublishOriginalFailed or PublishPlatformRefused
}

// ArticleLink is the address of an article.
type ArticleLink struct {
	Index int    `json:"idx"`         // counted from 1
	URL   string `json:"article_url"` // permanent
}

// GetStatus returns the state of a job. Errors: errcode.APIUnauthorized, and errcode 40002
// (errcode.InvalidGrantType, here an invalid argument) for an unknown publish id.
//
// POST /cgi-bin/freepublish/get (发布状态轮询接口)
func (s *Service) GetStatus(ctx context.Context, publishID string) (*JobStatus, error) {
	const path = "/cgi-bin/freepublish/get"
	if err := limit.Required(path, "publishID", publishID); err != nil {
		return nil, err
	}
	in := struct {
		PublishID string `json:"publish_id"`
	}{publishID}
	var out struct {
		PublishID string                `json:"publish_id"`
		Status    message.PublishStatus `json:"publish_status"`
		ArticleID string                `json:"article_id"`
		Detail    struct {
			Articles []ArticleLink `json:"item"`
		} `json:"article_detail"`
		Failed []int `json:"fail_idx"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &JobStatus{out.PublishID, out.Status, out.ArticleID, out.Detail.Articles, out.Failed}, nil
}
