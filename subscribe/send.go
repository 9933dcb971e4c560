package subscribe

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/notice"
)

// Message is a subscription notice (订阅通知).
type Message struct {
	To          string              `json:"touser"`                // openid of the receiver
	TemplateID  string              `json:"template_id"`           // from [Service.Add] or [Service.List]
	URL         string              `json:"page,omitempty"`        // web page that a tap opens
	MiniProgram *notice.MiniProgram `json:"miniprogram,omitempty"` // opened instead of URL
	Data        notice.Data         `json:"data"`                  // values of the keywords, without a color

	MiniProgramVersion Version  `json:"miniprogram_state,omitempty"` // version of the mini program; Release if empty
	Language           Language `json:"lang,omitempty"`              // SimplifiedChinese if empty

	// ClientMsgID is an id of your choice. Within ten minutes, the platform sends only
	// one notice with the same id to the same user. The documents show it in a sample
	// only.
	ClientMsgID string `json:"client_msg_id,omitempty"`
}

// Version is a version of a mini program.
type Version string

// The versions of a mini program.
const (
	Development Version = "developer" // 开发版
	Trial       Version = "trial"     // 体验版
	Release     Version = "formal"    // 正式版
)

// Language is the language in which a mini program opens.
type Language string

// The languages.
const (
	SimplifiedChinese Language = "zh_CN"
	English           Language = "en_US"
	HongKongChinese   Language = "zh_HK"
	TaiwanChinese     Language = "zh_TW"
)

// Send sends a subscription notice (发送订阅通知) to a user who has allowed it, and
// returns its id. The event subscribe_msg_sent_event reports the outcome under the same
// id. The documents do not promise an id, so it may be empty.
//
// To, TemplateID and Data are required. A failed send is never retried, since the
// notice may have been delivered.
//
// Errors: errcode.InvalidOpenID, InvalidTemplateID, UserRefusedMessage without
// consent, SubscribeAbilityBanned (43107) also if a one-time consent is used up,
// InvalidTemplateArgument for a value that breaks the rule of its kind (errmsg
// names it), KeywordInBlacklist, APIUnauthorized.
//
// POST /cgi-bin/message/subscribe/bizsend (发送订阅通知)
func (s *Service) Send(ctx context.Context, m Message) (msgID string, err error) {
	const path = "/cgi-bin/message/subscribe/bizsend"
	if err := limit.Required(path, "To (touser)", m.To, "TemplateID", m.TemplateID); err != nil {
		return "", err
	}
	if m.MiniProgram != nil {
		if err := limit.Required(path, "MiniProgram.AppID", m.MiniProgram.AppID); err != nil {
			return "", err
		}
	}
	if len(m.Data) == 0 {
		return "", limit.Rule(path, "Data", "is empty: it needs the values of the template's keywords")
	}
	var out struct {
		ID int64 `json:"msgid"`
	}
	if err := s.oa.Post(ctx, path, m, &out); err != nil {
		return "", err
	}
	if out.ID == 0 {
		return "", nil
	}
	return strconv.FormatInt(out.ID, 10), nil
}
