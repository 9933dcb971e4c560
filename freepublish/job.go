package freepublish

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Job is a draft on its way to be published.
type Job struct {
	PublishID string `json:"publish_id"`
	MsgDataID string `json:"msg_data_id,omitempty"` // names the post to package comment; some answers lack it
}

// Submit has a draft published (发布草稿). It returns when the platform has taken the job,
// which may still fail; the draft is gone from the box when it succeeds.
//
// Errors: errcode.APIUnauthorized, DraftCheckFailed, DraftUseWebsite,
// DraftSaveManually.
//
// POST /cgi-bin/freepublish/submit (发布草稿)
func (s *Service) Submit(ctx context.Context, draftMediaID string) (Job, error) {
	const path = "/cgi-bin/freepublish/submit"
	if err := need(path, "media_id", draftMediaID); err != nil {
		return Job{}, err
	}
	in := struct {
		MediaID string `json:"media_id"`
	}{draftMediaID}
	var out Job
	err := s.oa.Post(ctx, path, in, &out)
	return out, err
}

// State is how far a job has come.
type State int

// The states of a job.
const (
	Published       State = 0 // 成功
	Publishing      State = 1 // 发布中
	OriginalRefused State = 2 // the claim to be original failed (原创失败)
	Failed          State = 3 // 常规失败
	ReviewRefused   State = 4 // 平台审核不通过
	DeletedByUser   State = 5 // published, and since deleted whole by the account (成功后用户删除所有文章)
	BannedBySystem  State = 6 // published, and since blocked whole by the platform (成功后系统封禁所有文章)
)

// Status is how a job goes.
type Status struct {
	PublishID string
	State     State
	ArticleID string        // when Published
	Articles  []ArticleLink // when Published
	Failed    []int         // articles that were refused, from 1, when OriginalRefused or ReviewRefused
}

// ArticleLink is where an article of a post stands.
type ArticleLink struct {
	Index int    `json:"idx"`         // from 1
	URL   string `json:"article_url"` // for ever
}

// Status tells how a job goes (发布状态查询).
//
// Errors: errcode.APIUnauthorized, and 40002 for a publish id that there is not.
//
// POST /cgi-bin/freepublish/get (发布状态轮询接口)
func (s *Service) Status(ctx context.Context, publishID string) (Status, error) {
	const path = "/cgi-bin/freepublish/get"
	if err := need(path, "publish_id", publishID); err != nil {
		return Status{}, err
	}
	in := struct {
		PublishID string `json:"publish_id"`
	}{publishID}
	var out struct {
		PublishID string `json:"publish_id"`
		State     State  `json:"publish_status"`
		ArticleID string `json:"article_id"`
		Detail    struct {
			Articles []ArticleLink `json:"item"`
		} `json:"article_detail"`
		Failed []int `json:"fail_idx"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return Status{}, err
	}
	return Status{out.PublishID, out.State, out.ArticleID, out.Detail.Articles, out.Failed}, nil
}
