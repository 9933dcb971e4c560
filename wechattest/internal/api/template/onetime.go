package template

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// onceConsent is a user's consent to one message of a one-time subscription (一次性订阅).
type onceConsent struct {
	openid, template, scene string
}

// ConsentOnce implements User.ConsentOnce.
func (a *Area) ConsentOnce(u *server.User, page string) (back *url.URL, err error) {
	a.s.Lock()
	defer a.s.Unlock()
	q, back, err := consentPage(page, a.s.Account.AppID)
	if err != nil {
		return nil, fmt.Errorf("wechattest: consent page: %w", err)
	}
	return a.AnswerOnce(u, q, back, true), nil
}

// AnswerOnce records the user's answer on the page, and returns the address to which
// the page redirects. The lock is held.
func (a *Area) AnswerOnce(u *server.User, q url.Values, back *url.URL, yes bool) *url.URL {
	action := "cancel"
	if yes {
		action = "confirm"
		a.once[onceConsent{u.OpenID, q.Get("template_id"), q.Get("scene")}] = true
	}
	answer := back.Query()
	answer.Set("openid", u.OpenID)
	answer.Set("action", action)
	for _, name := range []string{"template_id", "scene", "reserved"} {
		answer.Set(name, q.Get(name))
	}
	back.RawQuery = answer.Encode()
	return back
}

// consentPage parses the address of the page, as the app and the page do.
func consentPage(page, appID string) (q url.Values, back *url.URL, err error) {
	address, err := url.Parse(page)
	switch {
	case err != nil:
		return nil, nil, err
	case address.Scheme != "https" || address.Host != "mp.weixin.qq.com" || address.Path != "/mp/subscribemsg":
		return nil, nil, fmt.Errorf("%q is not its address", address.Host+address.Path)
	case address.Fragment != "wechat_redirect":
		return nil, nil, errors.New("the address does not end in #wechat_redirect")
	}
	q = address.Query()
	back, err = ConsentQuery(q, appID)
	return q, back, err
}

// ConsentQuery reads the query of the page's address.
func ConsentQuery(q url.Values, appID string) (back *url.URL, err error) {
	scene, badScene := strconv.Atoi(q.Get("scene"))
	back, badRedirect := server.ParseAddress(q.Get("redirect_url"))
	switch {
	case q.Get("action") != "get_confirm":
		err = fmt.Errorf("action is %q", q.Get("action"))
	case q.Get("appid") != appID:
		err = fmt.Errorf("appid %q is not the account's", q.Get("appid"))
	case badScene != nil || scene < 0 || scene > 10_000:
		err = fmt.Errorf("scene %q is not 0 to 10000", q.Get("scene"))
	case q.Get("template_id") == "":
		err = errors.New("template_id is missing")
	case badRedirect != nil || back.Host == "":
		err = fmt.Errorf("redirect_url %q is not an address", q.Get("redirect_url"))
	case len(q.Get("reserved")) > 128:
		err = errors.New("reserved has more than 128 bytes")
	}
	return back, err
}

// sendOneTime is POST /cgi-bin/message/template/subscribe: one message per consent,
// which also reaches users who do not follow.
func (a *Area) sendOneTime(c *server.Call, in templateMessage) (any, error) {
	u, err := c.Receiver(in.ToUser)
	if err != nil {
		return nil, err
	}
	consent := onceConsent{in.ToUser, in.TemplateID, string(in.Scene)}
	switch {
	case in.TemplateID == "":
		return nil, server.Failf(40037, "invalid template_id")
	case !in.MiniProgram.valid():
		return nil, server.Fail(40013)
	case in.Title == "" || utf8.RuneCountInString(in.Title) > maxOnceTitle:
		return nil, server.Failf(40062, "invalid title size")
	case in.Data["content"].Value == "":
		return nil, server.Failf(47003, "argument invalid! data.content.value is empty")
	case utf8.RuneCountInString(in.Data["content"].Value) > maxOnceContent:
		return nil, server.Failf(47003, "argument invalid! data.content.value is too long")
	case !a.once[consent]:
		return nil, server.Failf(43101, "user refuse to accept the msg")
	}
	delete(a.once, consent)
	shown := callback.Shown{Type: replyTemplate, Title: in.Title, Content: in.Data["content"].Value}
	a.s.Receive(c.Owner, u, shown, ViaOneTime, c.Body)
	return nil, nil
}
