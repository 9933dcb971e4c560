package template

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/notice"
)

// Message is a template message (模板消息).
type Message struct {
	To          string              `json:"touser"`                // openid of the receiver, a follower
	TemplateID  string              `json:"template_id"`           // from [Service.Add] or [Service.List]
	URL         string              `json:"url,omitempty"`         // page that a tap opens
	MiniProgram *notice.MiniProgram `json:"miniprogram,omitempty"` // opened instead of URL if the client can
	Data        notice.Data         `json:"data"`                  // values of the keywords

	// ClientMsgID is an id of your choice. Within ten minutes, the platform sends only
	// one message with the same id to the same user.
	ClientMsgID string `json:"client_msg_id,omitempty"`
}

// Send sends a template message (发送模板消息) and returns its id. The event
// TEMPLATESENDJOBFINISH reports the outcome under the same id.
//
// To, TemplateID and Data are required. An account may send 100,000 a day, and more
// if it has more followers. A failed send is never retried, since the message may
// have been delivered.
//
// Errors: errcode.InvalidOpenID, InvalidTemplateID, InvalidTemplateIDSize,
// InvalidURLSize, InvalidAppID of the mini program, RequireSubscribe if the user is not
// a follower, UserRefusedMessage, TemplateLimitedForAbuse, MarketingContentForbidden,
// InvalidTemplateArgument for a value that breaks the rule of its kind (errmsg names it),
// errcode.ErrQuota, APIUnauthorized.
//
// POST /cgi-bin/message/template/send (发送模板消息)
func (s *Service) Send(ctx context.Context, m Message) (msgID string, err error) {
	const path = "/cgi-bin/message/template/send"
	if err := limit.Required(path, "To (touser)", m.To, "TemplateID", m.TemplateID); err != nil {
		return "", err
	}
	if len(m.Data) == 0 {
		return "", limit.Rule(path, "Data", "is empty: it needs the values of the template's keywords")
	}
	if err := checkMiniProgram(path, m.MiniProgram); err != nil {
		return "", err
	}
	var out struct {
		ID int64 `json:"msgid"`
	}
	if err := s.oa.Post(ctx, path, &m, &out); err != nil {
		return "", err
	}
	if out.ID == 0 {
		return "", nil
	}
	return strconv.FormatInt(out.ID, 10), nil
}

func checkMiniProgram(path string, m *notice.MiniProgram) error {
	if m == nil {
		return nil
	}
	return limit.Required(path, "MiniProgram.AppID", m.AppID)
}
