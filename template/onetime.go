package template

import (
	"context"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Consent is a request for a user's consent to one message (一次性订阅消息).
type Consent struct {
	Scene       int    // of your choice, 0 to 10000; [OneTimeMessage.Scene] must be the same
	TemplateID  string // as the console shows it under interface permissions (接口权限)
	RedirectURL string // where the browser goes afterwards, on a registered domain (业务域名)
	Reserved    string // comes back as it is, against forged requests; letters and digits, at most 128 bytes
}

// ConsentURL returns the page that asks the user for consent; redirect the browser
// there, inside WeChat. It comes back to RedirectURL with a query for [ParseConsent].
//
// GET https://mp.weixin.qq.com/mp/subscribemsg (一次性订阅授权页)
func (s *Service) ConsentURL(c Consent) (string, error) {
	const page = "https://mp.weixin.qq.com/mp/subscribemsg"
	if err := limit.Required(page, "template_id", c.TemplateID, "redirect_url", c.RedirectURL); err != nil {
		return "", err
	}
	if u, err := url.Parse(c.RedirectURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", limit.Rule(page, "redirect_url", "is not the http or https address of a page")
	}
	if c.Scene < 0 {
		return "", limit.Rule(page, "scene", "is below 0")
	}
	if err := limit.Check(page, "reserved", "bytes", len(c.Reserved), 0, 128); err != nil {
		return "", err
	}
	query := "?action=get_confirm&appid=" + url.QueryEscape(s.oa.AppID()) +
		"&scene=" + strconv.Itoa(c.Scene) +
		"&template_id=" + url.QueryEscape(c.TemplateID) +
		"&redirect_url=" + url.QueryEscape(c.RedirectURL)
	if c.Reserved != "" {
		query += "&reserved=" + url.QueryEscape(c.Reserved)
	}
	return page + query + "#wechat_redirect", nil
}

// ConsentAnswer is what the consent page sends back with the browser.
//
// Nothing proves that the query comes from WeChat: compare Reserved with what you
// put into [Consent.Reserved] for this browser.
type ConsentAnswer struct {
	OpenID     string
	TemplateID string
	Confirmed  bool   // the user agreed; false: cancelled
	Scene      string // to be used as [OneTimeMessage.Scene]
	Reserved   string
}

// ParseConsent reads the query of the address to which the consent page redirected.
func ParseConsent(query url.Values) ConsentAnswer {
	return ConsentAnswer{
		OpenID:     query.Get("openid"),
		TemplateID: query.Get("template_id"),
		Confirmed:  query.Get("action") == "confirm",
		Scene:      query.Get("scene"),
		Reserved:   query.Get("reserved"),
	}
}

// OneTimeMessage is the one message to which a user agreed.
type OneTimeMessage struct {
	To          string       `json:"touser"` // openid, of a follower or not
	TemplateID  string       `json:"template_id"`
	URL         string       `json:"url,omitempty"`         // page that opens on a tap
	MiniProgram *MiniProgram `json:"miniprogram,omitempty"` // opens instead of URL
	Scene       string       `json:"scene"`                 // the scene of the consent
	Title       string       `json:"title"`                 // at most 15 characters
	Data        OneTimeData  `json:"data"`
}

// OneTimeData is the body of a [OneTimeMessage]: its template has one gap, content.
type OneTimeData struct {
	Content Value `json:"content"` // at most 200 characters
}

// SendOneTime sends a message to a user who agreed to it on the consent page
// (推送订阅模板消息给到授权微信用户). One consent allows one message.
//
// A title of more than 15 characters, a content of more than 200 and a scene beyond
// 0 to 10000 are sent with a warning in the log: the documents do not settle whether
// the platform refuses them.
//
// Errors: errcode.InvalidOpenID, InvalidAppID of the mini program, InvalidTemplateID,
// InvalidTitleSize, UserRefusedMessage without a consent, InvalidTemplateArgument.
//
// POST /cgi-bin/message/template/subscribe (推送一次性订阅消息)
func (s *Service) SendOneTime(ctx context.Context, m OneTimeMessage) error {
	const path = "/cgi-bin/message/template/subscribe"
	err := limit.Required(path, "touser", m.To, "template_id", m.TemplateID, "scene", m.Scene,
		"title", m.Title, "data.content.value", m.Data.Content.Value)
	if err != nil {
		return err
	}
	if m.MiniProgram != nil {
		if err := limit.Required(path, "miniprogram.appid", m.MiniProgram.AppID); err != nil {
			return err
		}
	}
	var opts []officialaccount.CallOption
	if n := utf8.RuneCountInString(m.Title); n > 15 {
		opts = append(opts, officialaccount.WithWarning("title is longer than 15 characters", "characters", n))
	}
	if n := utf8.RuneCountInString(m.Data.Content.Value); n > 200 {
		opts = append(opts, officialaccount.WithWarning("content is longer than 200 characters", "characters", n))
	}
	if n, err := strconv.Atoi(m.Scene); err != nil || n < 0 || n > 10000 {
		opts = append(opts, officialaccount.WithWarning("scene is no number from 0 to 10000", "scene", m.Scene))
	}
	return s.oa.Post(ctx, path, m, nil, opts...)
}
