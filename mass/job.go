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

// The states of a job. The numbers of receivers are in the event at its end only.
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

// Status returns the state of a job, by its id. The error is errcode.InvalidMsgID if
// there is no such job, and errcode.AdminConfirmRunning while an administrator is
// asked.
//
// POST /cgi-bin/message/mass/get (查询群发消息发送状态)
func (s *Service) Status(ctx context.Context, jobID string) (*JobStatus, error) {
	const path = "/cgi-bin/message/mass/get"
	if jobID == "" {
		return nil, limit.Rule(path, "msg_id", "is empty")
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

// Delete withdraws an article or video that a job has sent: receivers keep the card,
// but its page is gone. The article is counted from 1; 0 withdraws all of the job.
//
// Only what was sent through the API can be withdrawn, some ten times a day.
// Refusals: errcode.InvalidMsgID, errcode.InvalidArticleIndex,
// errcode.InvalidMsgStatus, errcode.RumorArticleCannotBeDeleted.
//
// POST /cgi-bin/message/mass/delete (删除群发)
func (s *Service) Delete(ctx context.Context, jobID string, article int) error {
	if _, err := strconv.ParseUint(jobID, 10, 63); err != nil {
		return limit.Rule(deletePath, "msg_id", "is not the number of a job")
	}
	return s.delete(ctx, withdrawal{ID: json.Number(jobID), Article: article})
}

// DeleteURL is [Service.Delete] by the URL of an article.
//
// POST /cgi-bin/message/mass/delete (删除群发)
func (s *Service) DeleteURL(ctx context.Context, url string, article int) error {
	if url == "" {
		return limit.Rule(deletePath, "url", "is empty")
	}
	return s.delete(ctx, withdrawal{URL: url, Article: article})
}

const deletePath = "/cgi-bin/message/mass/delete"

// withdrawal names what is withdrawn. The platform wants the job's id as a number.
type withdrawal struct {
	ID      json.Number `json:"msg_id,omitempty"`
	URL     string      `json:"url,omitempty"`
	Article int         `json:"article_idx,omitempty"`
}

func (s *Service) delete(ctx context.Context, what withdrawal) error {
	if what.Article < 0 {
		return limit.Rule(deletePath, "article_idx", "is negative")
	}
	return s.oa.Post(ctx, deletePath, what, nil)
}

// Speed is how fast mass sends go out.
type Speed struct {
	Level int `json:"speed"`     // 0 (fastest) to 4
	Real  int `json:"realspeed"` // as the platform measures it, in ten thousands of messages a minute
}

// Speed returns how fast mass sends go out.
//
// POST /cgi-bin/message/mass/speed/get (获取群发速度)
func (s *Service) Speed(ctx context.Context) (*Speed, error) {
	var speed Speed
	if err := s.oa.Post(ctx, "/cgi-bin/message/mass/speed/get", nil, &speed, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &speed, nil
}

// SetSpeed chooses how fast mass sends go out: from 0, about 800 000 messages a
// minute, to 4, about 100 000. Another level is an [errcode.LimitError].
//
// POST /cgi-bin/message/mass/speed/set (设置群发速度)
func (s *Service) SetSpeed(ctx context.Context, level int) error {
	const path = "/cgi-bin/message/mass/speed/set"
	if level < 0 || level > 4 {
		return limit.Rule(path, "speed", "is "+strconv.Itoa(level)+", not 0 to 4")
	}
	body := struct {
		Level int `json:"speed"`
	}{level}
	return s.oa.Post(ctx, path, body, nil, officialaccount.WithRetry())
}
