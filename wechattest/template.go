package wechattest

import (
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
)

// BlockTemplateMessage has the platform block a template message that was to reach
// a user, under the id of such blocks; /wxa/sec/queryblocktmplmsg lists it.
func (p *Platform) BlockTemplateMessage(messageID, openid, title, content string) {
	p.templates.Block(messageID, openid, title, content)
}

// MuteTemplates has the user turn the account's template messages off, or on again:
// sends go on being accepted, but the job event says failed:user block.
func (u *User) MuteTemplates(off bool) { u.platform.templates.Mute(u.user, off) }

// ConsentOnce has the user open the page that asks for consent to one message of a
// one-time subscription (一次性订阅消息), at the address where the website sent its
// browser, and press confirm. It returns the address to which the browser then goes.
// An address that the page would not understand is an error.
func (u *User) ConsentOnce(page string) (back *url.URL, err error) {
	return u.platform.templates.ConsentOnce(u.user, page)
}

// AnswerPopup is the user's answer to a subscription popup (订阅通知弹窗): each
// consent that is accepted allows one send of that template, or any number of one
// for long-term subscription. The bot hears of it as subscribe_msg_popup_event;
// without a bot the consent counts all the same, and the error is [ErrNoBot].
func (u *User) AnswerPopup(consents ...Consent) (*Reply, error) {
	u.consent(consents)
	return u.Send(SubscribeMsgPopup(consents...))
}

// ChangeConsent is the user's change of mind in the account's settings: a template
// that is rejected cannot be sent any more. The bot hears of it as
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
