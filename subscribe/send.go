package subscribe

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Message is a subscription notice (订阅通知).
type Message struct {
	To          string       `json:"touser"`                // openid of the receiver
	TemplateID  string       `json:"template_id"`           // as [Service.Add] and [Service.List] give it
	Page        string       `json:"page,omitempty"`        // web page that opens on a tap
	MiniProgram *MiniProgram `json:"miniprogram,omitempty"` // opens instead of Page
	Data        Data         `json:"data"`                  // what fills the gaps
}

// MiniProgram is a page of a mini program (小程序) that is linked to the account.
type MiniProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath,omitempty"`
}

// Data fills the gaps of a template, by their names, such as "thing1" or "time2".
type Data map[string]Value

// Value fills one gap. Its kind, which the gap's name begins with, bounds it: a
// thing has at most 20 characters, for instance.
type Value struct {
	Value string `json:"value"`
}

// Send sends a subscription notice (发送订阅通知) to a user who agreed to it. The
// platform gives no id; the event subscribe_msg_sent_event tells how it went.
//
// To, TemplateID and Data must be there. A notice is sent once: it is not repeated
// after a failure that leaves open whether it went.
//
// Errors: errcode.InvalidOpenID, InvalidTemplateID, UserRefusedMessage without
// consent, SubscribeAbilityBanned (43107) also where the one consent is used up,
// InvalidTemplateArgument for a value that breaks the rule of its kind (errmsg
// names it), KeywordInBlacklist, APIUnauthorized.
//
// POST /cgi-bin/message/subscribe/bizsend (发送订阅通知)
func (s *Service) Send(ctx context.Context, m Message) error {
	const path = "/cgi-bin/message/subscribe/bizsend"
	if err := limit.Required(path, "touser", m.To, "template_id", m.TemplateID); err != nil {
		return err
	}
	if m.MiniProgram != nil {
		if err := limit.Required(path, "miniprogram.appid", m.MiniProgram.AppID); err != nil {
			return err
		}
	}
	if len(m.Data) == 0 {
		return limit.Rule(path, "data", "is empty: it fills the gaps of the template")
	}
	return s.oa.Post(ctx, path, m, nil)
}
