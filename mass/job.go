package mass

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Status is the state of a job.
type Status string

// The states of a job. Only the event at the end has the numbers of receivers.
const (
	Sending     Status = "SENDING"
	SendSuccess Status = "SEND_SUCCESS"
	SendFail    Status = "SEND_FAIL"
	Deleted     Status = "DELETE"
)

// JobStatus is a job and its state.
type JobStatus struct {
	ID     string `json:"msg_id"`
	Status Status `json:"msg_status"`
}

// GetStatus returns the state of a job. Errors: errcode.InvalidMsgID for an unknown id;
// errcode.AdminConfirmRunning or errcode.AdminConfirmRetryLater while an administrator
// has not confirmed.
//
// POST /cgi-bin/message/mass/get (查询群发消息发送状态)
func (s *Service) GetStatus(ctx context.Context, jobID string) (*JobStatus, error) {
	const path = "/cgi-bin/message/mass/get"
	if err := limit.Required(path, "jobID (msg_id)", jobID); err != nil {
		return nil, err
	}
	body := struct {
		ID string `json:"msg_id"`
	}{jobID}
	var status JobStatus
	if err := s.oa.Post(ctx, path, body, &status, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &status, nil
}

// Delete withdraws an article or video that a job has sent: receivers keep the card, but
// its page is gone. The first article has index 1; index 0 withdraws all of the job.
//
// Only messages that were sent through the API can be withdrawn; older documents limit
// the calls to 10 a day. Errors: errcode.InvalidMsgID, errcode.InvalidArticleIndex,
// errcode.InvalidMsgStatus, errcode.RumorArticleCannotBeDeleted,
// errcode.MassDeleteRefused.
//
// POST /cgi-bin/message/mass/delete (删除群发)
func (s *Service) Delete(ctx context.Context, jobID string, index int) error {
	if _, err := strconv.ParseUint(jobID, 10, 63); err != nil {
		return limit.Rule(deletePath, "jobID (msg_id)", "is "+strconv.Quote(jobID)+", must be a number")
	}
	return s.delete(ctx, withdrawal{ID: json.Number(jobID), Index: index})
}

// DeleteByURL is [Service.Delete] by the URL of an article.
//
// POST /cgi-bin/message/mass/delete (删除群发)
func (s *Service) DeleteByURL(ctx context.Context, url string, index int) error {
	if err := limit.Required(deletePath, "url", url); err != nil {
		return err
	}
	return s.delete(ctx, withdrawal{URL: url, Index: index})
}

const deletePath = "/cgi-bin/message/mass/delete"

// withdrawal names what to withdraw. The platform expects the id as a number.
type withdrawal struct {
	ID    json.Number `json:"msg_id,omitempty"`
	URL   string      `json:"url,omitempty"`
	Index int         `json:"article_idx,omitempty"`
}

func (s *Service) delete(ctx context.Context, what withdrawal) error {
	if what.Index < 0 {
		return limit.Rule(deletePath, "index (article_idx)", "is negative")
	}
	return s.oa.Post(ctx, deletePath, what, nil)
}

// Speed is the speed of mass sends.
type Speed struct {
	Level int `json:"speed"`     // 0 (fastest) to 4, see SetSpeed
	Real  int `json:"realspeed"` // measured by the platform, in units of 10,000 messages a minute
}

// GetSpeed returns the speed of mass sends.
//
// POST /cgi-bin/message/mass/speed/get (获取群发速度)
func (s *Service) GetSpeed(ctx context.Context) (*Speed, error) {
	var speed Speed
	if err := s.oa.Post(ctx, "/cgi-bin/message/mass/speed/get", nil, &speed, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &speed, nil
}

// SetSpeed sets the speed of mass sends. Levels 0 to 4 are 800,000, 600,000, 450,000,
// 300,000 and 100,000 messages a minute. Another level is an [errcode.LimitError].
//
// POST /cgi-bin/message/mass/speed/set (设置群发速度)
func (s *Service) SetSpeed(ctx context.Context, level int) error {
	const path = "/cgi-bin/message/mass/speed/set"
	if level < 0 || level > 4 {
		return limit.Rule(path, "level (speed)", "is "+strconv.Itoa(level)+", must be 0 to 4")
	}
	body := struct {
		Level int `json:"speed"`
	}{level}
	return s.oa.Post(ctx, path, body, nil, officialaccount.WithRetry())
}
