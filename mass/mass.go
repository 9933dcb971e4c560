package mass

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service calls the mass-send endpoints for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// SendOption is an option of [Service.SendToAll], [Service.SendToTag] and
// [Service.SendTo].
type SendOption func(*send)

// WithIgnoreReprint sends articles even if the platform finds that they reprint
// somebody's original articles (send_ignore_reprint). Without it the platform stops such
// a job.
func WithIgnoreReprint() SendOption { return func(s *send) { s.IgnoreReprint = true } }

// WithClientMsgID sets the id by which the platform recognizes a repeated send within 24
// hours: 1 to 32 bytes. A UUID with hyphens is too long. Without this option the id is
// random.
func WithClientMsgID(id string) SendOption { return func(s *send) { s.ClientMsgID = id } }

// Job is a send that the platform has queued.
type Job struct {
	ID        string `json:"msg_id"`                // for GetStatus, Delete and the event at the end; empty if the answer has none
	MsgDataID string `json:"msg_data_id,omitempty"` // of articles: id for their comments and statistics
	Type      string `json:"type,omitempty"`        // in some answers

	// Repeated is true if the platform already knew the clientmsgid. Nothing was sent
	// again, and ID is the id of the first job.
	Repeated bool `json:"-"`
}

// send holds the fields that both send endpoints have.
type send struct {
	Message
	IgnoreReprint officialaccount.IntBool `json:"send_ignore_reprint,omitempty"`
	ClientMsgID   string                  `json:"clientmsgid"`
}

// SendToAll sends a message to all followers. The message appears in the history of the
// account. With the protection of mass sends (群发保护) an administrator must confirm it,
// see the package comment.
//
// A message without the fields that its type requires is an [errcode.LimitError]. Errors
// of the platform:
//   - errcode.NoMassSendQuota: no send is left in this period
//   - errcode.AdminConfirmRunning, errcode.AdminConfirmRetryLater: an administrator has
//     not confirmed yet
//   - errcode.AgreementAdRunning: an advertisement runs, send on the console
//   - errcode.ClientMsgIDTooFast: the same clientmsgid was used less than a minute ago
//   - errcode.InvalidMediaID, errcode.APIUnauthorized
//   - errcode.ContentTooLong: the text is too long
//   - errcode.ProductAndCardSendEnded: goods and cards can no longer be sent
//   - errcode.AutoSavedDraftNotSendable: save the draft by hand first
//   - errcode.APIVideoNotSendable: the video was uploaded through the API
//   - errcode.MassContentRejected, errcode.MassContentRefused: the content was refused
//
// errcode.ClientMsgIDExists is not an error, see [Job].
//
// POST /cgi-bin/message/mass/sendall (根据标签进行群发)
func (s *Service) SendToAll(ctx context.Context, m Message, opts ...SendOption) (*Job, error) {
	return s.sendAll(ctx, filter{ToAll: true}, m, opts)
}

// SendToTag sends a message to the followers with a tag. It has the errors of
// [Service.SendToAll], and errcode.InvalidCardGroupID (40152) for an unknown tag.
//
// POST /cgi-bin/message/mass/sendall (根据标签进行群发)
func (s *Service) SendToTag(ctx context.Context, tagID int, m Message, opts ...SendOption) (*Job, error) {
	if tagID < 0 {
		return nil, limit.Rule(sendAllPath, "tagID", "is negative")
	}
	return s.sendAll(ctx, filter{TagID: &tagID}, m, opts)
}

const sendAllPath = "/cgi-bin/message/mass/sendall"

// filter selects the receivers.
type filter struct {
	ToAll bool `json:"is_to_all"`
	TagID *int `json:"tag_id,omitempty"`
}

func (s *Service) sendAll(ctx context.Context, to filter, m Message, opts []SendOption) (*Job, error) {
	common, err := newSend(sendAllPath, m, opts)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, sendAllPath, m, struct {
		Filter filter `json:"filter"`
		send
	}{to, common})
}

// SendTo sends a message to 2 to 10,000 followers by their openids. Only service accounts
// can do that. Fewer or more are an [errcode.LimitError]; SendTo does not split a longer
// list, because each part would be a job of its own. It has the errors of
// [Service.SendToAll], and errcode.InvalidOpenIDList for a wrong openid.
//
// POST /cgi-bin/message/mass/send (根据OpenID列表群发)
func (s *Service) SendTo(ctx context.Context, openIDs []string, m Message, opts ...SendOption) (*Job, error) {
	const path = "/cgi-bin/message/mass/send"
	if err := limit.Check(path, "openIDs (touser)", "openids", len(openIDs), 2, 10_000); err != nil {
		return nil, err
	}
	common, err := newSend(path, m, opts)
	if err != nil {
		return nil, err
	}
	return s.post(ctx, path, m, struct {
		ToUser []string `json:"touser"`
		send
	}{openIDs, common})
}

// maxClientMsgID is the maximum length of a clientmsgid in bytes.
const maxClientMsgID = 32

func newSend(path string, m Message, opts []SendOption) (send, error) {
	if err := m.checkSend(path); err != nil {
		return send{}, err
	}
	body := send{Message: m, ClientMsgID: rand.Text()}
	for _, opt := range opts {
		opt(&body)
	}
	return body, limit.Check(path, "clientmsgid", "bytes", len(body.ClientMsgID), 1, maxClientMsgID)
}

// post queues a job. The clientmsgid makes it safe to retry the call.
func (s *Service) post(ctx context.Context, path string, m Message, body any) (*Job, error) {
	var job Job
	opts := append(m.warnings(), officialaccount.WithRetry(), officialaccount.WithErrorDetails(&job))
	err := s.oa.Post(ctx, path, body, &job, opts...)
	job.Repeated = errors.Is(err, errcode.ClientMsgIDExists)
	if err != nil && !job.Repeated {
		return nil, err
	}
	return &job, nil
}

// Preview shows a message to one user, by openid. An account has 100 previews a day. In
// addition to the messages that can be sent, a preview may be [Music] or a single
// [Image].
//
// POST /cgi-bin/message/mass/preview (预览接口)
func (s *Service) Preview(ctx context.Context, openID string, m Message) (*Job, error) {
	if err := limit.Required(previewPath, "openID (touser)", openID); err != nil {
		return nil, err
	}
	return s.preview(ctx, preview{ToUser: openID, Message: m})
}

// PreviewByName is [Service.Preview] to a user by WeChat id (微信号).
//
// POST /cgi-bin/message/mass/preview (预览接口)
func (s *Service) PreviewByName(ctx context.Context, weChatID string, m Message) (*Job, error) {
	if err := limit.Required(previewPath, "weChatID (towxname)", weChatID); err != nil {
		return nil, err
	}
	return s.preview(ctx, preview{ToName: weChatID, Message: m})
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
	if err := s.oa.Post(ctx, previewPath, body, &job, body.warnings()...); err != nil {
		return nil, err
	}
	return &job, nil
}
