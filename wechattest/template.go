package wechattest

import (
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
)

// BlockTemplateMessage blocks a template message to a user (模板消息被拦截).
// /wxa/sec/queryblocktmplmsg lists it under messageID.
func (p *Platform) BlockTemplateMessage(messageID, openid, title, content string) {
	p.templates.Block(messageID, openid, title, content)
}

// MuteTemplates turns the account's template messages off or on for the user. While they
// are off, sends are accepted and the job event says failed:user block.
func (u *User) MuteTemplates(off bool) { u.platform.templates.Mute(u.user, off) }

// ConsentOnce opens the consent page of a one-time subscription (一次性订阅消息) at the
// address to which the website sent the browser, and presses confirm. It returns the
// address to which the page redirects. An address that the page refuses is an error.
func (u *User) ConsentOnce(page string) (back *url.URL, err error) {
	return u.platform.templates.ConsentOnce(u.user, page)
}

// AnswerPopup is the user's answer to a subscription popup (订阅通知弹窗): each
// consent that is accepted allows one send of that template, or any number of one
// for long-term subscription. The bot gets the event
// subscribe_msg_popup_event. Without a bot the consent counts too, and the error is
// [ErrNoBot].
func (u *User) AnswerPopup(consents ...Consent) (*Reply, error) {
	u.consent(consents)
	return u.Send(SubscribeMsgPopup(consents...))
}

// ChangeConsent changes the user's choice in the account's settings: a template
// that is rejected cannot be sent any more. The bot gets the event
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
