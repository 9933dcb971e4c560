package wechattest

import (
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
)

// BlockTemplateMessage blocks a template message to a user (模板消息被拦截).
// /wxa/sec/queryblocktmplmsg lists it under msgID.
func (p *Platform) BlockTemplateMessage(msgID, openID, title, content string) {
	p.templates.Block(msgID, openID, title, content)
}

// MuteTemplates disables the account's template messages for the user if muted is true,
// and enables them otherwise. While they are disabled, sends are accepted and the
// status of the job event is failed:user block.
func (u *User) MuteTemplates(muted bool) { u.platform.templates.Mute(u.user, muted) }

// ConsentOnce opens the consent page of a one-time subscription (一次性订阅消息) and presses
// confirm. It returns the address to which the page redirects. It returns an error if
// the page refuses the address.
func (u *User) ConsentOnce(page string) (back *url.URL, err error) {
	return u.platform.templates.ConsentOnce(u.user, page)
}

// AnswerPopup is the user's answer to a subscription popup (订阅通知弹窗). Each accepted
// consent allows one send of the template, or any number for a long-term subscription.
// The bot receives the event subscribe_msg_popup_event. Without a bot the consents are
// recorded too, and the error is [ErrNoBot].
func (u *User) AnswerPopup(consents ...Consent) (*Reply, error) {
	u.consent(consents)
	return u.Send(SubscribeMsgPopup(consents...))
}

// ChangeConsent changes the user's choice in the account's settings: a rejected
// template can no longer be sent. The bot receives the event
// subscribe_msg_change_event.
func (u *User) ChangeConsent(consents ...Consent) (*Reply, error) {
	u.consent(consents)
	return u.Send(SubscribeMsgChange(consents...))
}

func (u *User) consent(consents []Consent) {
	var choices []template.Choice
	for _, c := range consents {
		choices = append(choices, template.Choice{TemplateID: c.TemplateID, Accept: c.Status == "accept"})
	}
	u.platform.templates.Consent(u.user, choices...)
}

// NoticeTemplate is one of the account's templates for subscription notices (订阅通知).
type NoticeTemplate struct{ ID, Title string }

// NoticeTemplates returns the account's templates for subscription notices.
func (p *Platform) NoticeTemplates() []NoticeTemplate {
	var list []NoticeTemplate
	for _, n := range p.templates.Notices() {
		list = append(list, NoticeTemplate(n))
	}
	return list
}
