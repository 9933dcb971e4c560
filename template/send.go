package template

import (
	"context"
	"encoding/json"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Message is a template message (模板消息).
type Message struct {
	To          string       `json:"touser"`                  // openid of the receiver, a follower
	TemplateID  string       `json:"template_id"`             // as [Service.Add] and [Service.List] give it
	URL         string       `json:"url,omitempty"`           // page that opens on a tap
	MiniProgram *MiniProgram `json:"miniprogram,omitempty"`   // opens instead of URL, on clients that can
	Data        Data         `json:"data"`                    // what fills the gaps
	ClientMsgID string       `json:"client_msg_id,omitempty"` // of the sender's choice: within ten minutes a receiver gets one message of that id
}

// MiniProgram is a page of a mini program (小程序) that is linked to the account.
type MiniProgram struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath,omitempty"`
}

// Data fills the gaps of a template, by their names, such as "thing1" or "first".
type Data map[string]Value

// Value fills one gap. Its kind, which the gap's name begins with, bounds it: a
// thing has at most 20 characters, for instance.
type Value struct {
	Value string `json:"value"`
	Color string `json:"color,omitempty"` // #RRGGBB; ignored by the platform since 2023-05-04
}

// Send sends a template message (发送模板消息) and returns its id, under which the
// event TEMPLATESENDJOBFINISH tells how it went.
//
// To, TemplateID and Data must be there. An account may send 100 000 a day, more
// with more followers. A message is sent once: it is not repeated after a failure
// that leaves open whether it went.
//
// Errors: errcode.InvalidOpenID, InvalidTemplateID, InvalidTemplateIDSize,
// InvalidURLSize, InvalidAppID of the mini program, RequireSubscribe for one who does
// not follow, UserRefusedMessage, TemplateLimitedForAbuse,
// InvalidTemplateArgument for a value that breaks the rule of its kind (errmsg names it),
// errcode.ErrQuota, APIUnauthorized.
//
// POST /cgi-bin/message/template/send (发送模板消息)
func (s *Service) Send(ctx context.Context, m Message) (msgID string, err error) {
	const path = "/cgi-bin/message/template/send"
	if err := limit.Required(path, "touser", m.To, "template_id", m.TemplateID); err != nil {
		return "", err
	}
	if m.MiniProgram != nil {
		if err := limit.Required(path, "miniprogram.appid", m.MiniProgram.AppID); err != nil {
			return "", err
		}
	}
	if len(m.Data) == 0 {
		return "", limit.Rule(path, "data", "is empty: it fills the gaps of the template")
	}
	var out struct {
		ID json.Number `json:"msgid"` // a number, quoted or not, without the detour of a string
	}
	if err := s.oa.Post(ctx, path, &m, &out); err != nil {
		return "", err
	}
	return out.ID.String(), nil
}
