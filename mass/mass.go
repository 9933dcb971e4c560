package mass

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the mass-send endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Options are what may be added to a send.
type Options struct {
	// IgnoreReprint sends articles on even if the platform takes them for reprints
	// of somebody's original articles (send_ignore_reprint); otherwise the job ends there.
	IgnoreReprint bool

	// ClientMsgID is the id by which the platform recognises a send that is made
	// twice within 24 hours: up to 32 bytes. Empty is a random one.
	ClientMsgID string
}

// Job is a send that the platform has queued.
type Job struct {
	ID     string `json:"msg_id"`                // for Status, Delete and the event at the end; empty if the platform did not name it
	DataID string `json:"msg_data_id,omitempty"` // of articles: the key of their comments and statistics
	Type   string `json:"type,omitempty"`        // in some answers

	// Repeated is true where the platform had seen the ClientMsgID before, and this
	// is the job of that time: nothing was sent again.
	Repeated bool `json:"-"`
}

// send is what the two kinds of sends have in common.
type send struct {
	Message
	IgnoreReprint officialaccount.IntBool `json:"send_ignore_reprint,omitempty"`
	ClientMsgID   string                  `json:"clientmsgid"`
}

// SendToAll sends a message to all followers. It then stands in the account's
// history. API protection may make it wait for an administrator, see the package
// comment.
//
// A message without what its type needs is an [errcode.LimitError] before
// anything is sent. Refusals: errcode.NoMassSendQuota when no send is left in the
// period, errcode.InvalidMediaID, errcode.ClientMsgIDTooFast, errcode.APIUnauthorized.
// errcode.ClientMsgIDExists is no error, see [Job].
//
// POST /cgi-bin/message/mass/sendall (根据标签进行群发)
func (s *Service) SendToAll(ctx context.Context, m Message, opts Options) (*Job, error) {
	return s.sendAll(ctx, filter{ToAll: true}, m, opts)
}

// SendToTag sends a message to the followers with a tag, by the tag's id. It does
// what [Service.SendToAll] does otherwise; errcode.InvalidCardGroupID (40152) says that there
// is no such tag.
//
// POST /cgi-bin/message/mass/sendall (根据标签进行群发)
func (s *Service) SendToTag(ctx context.Context, tagID string, m Message, opts Options) (*Job, error) {
	if _, err := strconv.ParseUint(tagID, 10, 63); err != nil {
		return nil, limit.Rule(sendAllPath, "filter.tag_id", "is not the number of a tag")
	}
	return s.sendAll(ctx, filter{TagID: json.Number(tagID)}, m, opts)
}

// sendAllPath serves both sends to all and sends to a tag.
const sendAllPath = "/cgi-bin/message/mass/sendall"

// filter says who gets a message. The platform wants the tag as a number.
type filter struct {
	ToAll bool        `json:"is_to_all"`
	TagID json.Number `json:"tag_id,omitempty"`
}

func (s *Service) sendAll(ctx context.Context, to filter, m Message, opts Options) (*Job, error) {
	common, err := common(sendAllPath, m, opts)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, sendAllPath, common.ClientMsgID, struct {
		Filter filter `json:"filter"`
		send
	}{to, common})
}

// SendTo sends a message to 2 to 10 000 followers by their openids; a service
// account may do that. More or fewer are an [errcode.LimitError]: the list is
// not split, since every part would be a job of its own.
//
// It does what [Service.SendToAll] does otherwise; errcode.InvalidOpenIDList says that
// an openid is wrong.
//
// POST /cgi-bin/message/mass/send (根据OpenID列表群发)
func (s *Service) SendTo(ctx context.Context, openIDs []string, m Message, opts Options) (*Job, error) {
	const path = "/cgi-bin/message/mass/send"
	if err := limit.Check(path, "touser", "openids", len(openIDs), 2, 10_000); err != nil {
		return nil, err
	}
	common, err := common(path, m, opts)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, path, common.ClientMsgID, struct {
		ToUser []string `json:"touser"`
		send
	}{openIDs, common})
}

// doubtClientMsgID is the longest clientmsgid in bytes; 64 in other documents.
const doubtClientMsgID = 32

func common(path string, m Message, opts Options) (send, error) {
	if err := m.checkSend(path); err != nil {
		return send{}, err
	}
	id := opts.ClientMsgID
	if id == "" {
		id = rand.Text()
	}
	return send{m, officialaccount.IntBool(opts.IgnoreReprint), id}, nil
}

// post queues a job. The clientmsgid makes the call safe to repeat.
func (s *Service) post(ctx context.Context, path, clientMsgID string, body any) (*Job, error) {
	var job Job
	opts := []officialaccount.CallOption{officialaccount.WithRetry(), officialaccount.WithErrorDetails(&job)}
	if n := len(clientMsgID); n > doubtClientMsgID {
		opts = append(opts, officialaccount.WithWarning("clientmsgid is long", "bytes", n, "limit", doubtClientMsgID))
	}
	err := s.oa.Post(ctx, path, body, &job, opts...)
	if errors.Is(err, errcode.ClientMsgIDExists) {
		job.Repeated = true
		return &job, nil
	}
	if err != nil {
		return nil, err
	}
	return &job, nil
}

// Preview shows a message to one user, by openid. The platform allows about 100 a day.
//
// Beside what can be sent, a preview may be [Music] or a single [Image].
//
// POST /cgi-bin/message/mass/preview (预览接口)
func (s *Service) Preview(ctx context.Context, openID string, m Message) (*Job, error) {
	if openID == "" {
		return nil, limit.Rule(previewPath, "touser", "is empty")
	}
	return s.preview(ctx, preview{ToUser: openID, Message: m})
}

// PreviewByName is [Service.Preview] to a user by WeChat id (微信号).
//
// POST /cgi-bin/message/mass/preview (预览接口)
func (s *Service) PreviewByName(ctx context.Context, wechatID string, m Message) (*Job, error) {
	if wechatID == "" {
		return nil, limit.Rule(previewPath, "towxname", "is empty")
	}
	return s.preview(ctx, preview{ToName: wechatID, Message: m})
}

const previewPath = "/cgi-bin/message/mass/preview"

type preview struct {
	ToUser string `json:"touser,omitempty"`
	ToName string `json:"towxname,omitempty"`
	Message
}

func (s *Service) preview(ctx context.Context, body preview) (*Job, error) {
	if err := body.check(previewPath); err != nil {
		return nil, err
	}
	var job Job
	if err := s.oa.Post(ctx, previewPath, body, &job); err != nil {
		return nil, err
	}
	return &job, nil
}
