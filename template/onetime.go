package template

import (
	"cmp"
	"context"
	"net/url"
	"strconv"
	"unicode/utf8"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/notice"
)

// The limits of one-time messages.
const (
	maxScene    = 10000
	maxReserved = 128 // bytes
	maxTitle    = 15  // characters
	maxContent  = 200 // characters
)

// Consent asks a user to allow one message (一次性订阅消息).
type Consent struct {
	Scene       string // a number of your choice, "0" to "10000"; [OneTimeMessage.Scene] must be the same
	TemplateID  string // from 微信开发者平台 (开放能力)
	RedirectURL string // where the browser goes afterwards, on a registered domain (业务域名)
	Reserved    string // returned unchanged, to detect forged requests; at most 128 bytes
}

// ConsentURL returns the address of the page that asks the user for consent. Redirect
// the browser there, inside WeChat. It returns to RedirectURL with a query for
// [ParseConsent].
//
// GET https://mp.weixin.qq.com/mp/subscribemsg (一次性订阅授权页)
func (s *Service) ConsentURL(c Consent) (string, error) {
	const page = "https://mp.weixin.qq.com/mp/subscribemsg"
	if err := limit.Required(page, "TemplateID", c.TemplateID, "RedirectURL", c.RedirectURL, "Scene", c.Scene); err != nil {
		return "", err
	}
	if _, err := limit.Address(page, "RedirectURL", c.RedirectURL); err != nil {
		return "", err
	}
	if err := cmp.Or(checkScene(page, c.Scene), limit.Check(page, "Reserved", "bytes", len(c.Reserved), 0, maxReserved)); err != nil {
		return "", err
	}
	query := "?action=get_confirm&appid=" + url.QueryEscape(s.oa.AppID()) +
		"&scene=" + c.Scene +
		"&template_id=" + url.QueryEscape(c.TemplateID) +
		"&redirect_url=" + url.QueryEscape(c.RedirectURL)
	if c.Reserved != "" {
		query += "&reserved=" + url.QueryEscape(c.Reserved)
	}
	return page + query + "#wechat_redirect", nil
}

// ConsentAnswer is the answer of the consent page, in the query of the browser's
// request.
//
// Nothing proves that the query comes from WeChat. Compare Reserved with the
// [Consent.Reserved] of this browser.
type ConsentAnswer struct {
	OpenID     string
	TemplateID string
	Confirmed  bool   // false: the user canceled
	Scene      string // for [OneTimeMessage.Scene]
	Reserved   string
}

// ParseConsent reads the query with which the consent page redirected the browser.
func ParseConsent(query url.Values) ConsentAnswer {
	return ConsentAnswer{
		OpenID:     query.Get("openid"),
		TemplateID: query.Get("template_id"),
		Confirmed:  query.Get("action") == "confirm",
		Scene:      query.Get("scene"),
		Reserved:   query.Get("reserved"),
	}
}

// OneTimeMessage is the one message that a user has allowed.
type OneTimeMessage struct {
	To          string              `json:"touser"` // openid; need not be a follower
	TemplateID  string              `json:"template_id"`
	URL         string              `json:"url,omitempty"`         // page that a tap opens
	MiniProgram *notice.MiniProgram `json:"miniprogram,omitempty"` // opened instead of URL
	Scene       string              `json:"scene"`                 // the scene of the consent, "0" to "10000"
	Title       string              `json:"title"`                 // at most 15 characters
	Data        OneTimeData         `json:"data"`
}

// OneTimeData has the values of a [OneTimeMessage]. Its template has one keyword.
type OneTimeData struct {
	Content notice.Value `json:"content"` // at most 200 characters
}

// SendOneTime sends a message to a user who has allowed it on the consent page
// (推送订阅模板消息给到授权微信用户). One consent allows one message.
//
// To, TemplateID, Scene, Title and Data are required.
//
// Errors: errcode.InvalidOpenID, InvalidAppID of the mini program, InvalidTemplateID,
// InvalidTitleSize, UserRefusedMessage without a consent, InvalidTemplateArgument.
//
// POST /cgi-bin/message/template/subscribe (推送一次性订阅消息)
func (s *Service) SendOneTime(ctx context.Context, m OneTimeMessage) error {
	const path = "/cgi-bin/message/template/subscribe"
	if err := m.check(path); err != nil {
		return err
	}
	return s.oa.Post(ctx, path, m, nil)
}

func (m OneTimeMessage) check(path string) error {
	return cmp.Or(
		limit.Required(path, "To (touser)", m.To, "TemplateID", m.TemplateID, "Scene", m.Scene,
			"Title", m.Title, "Data.Content.Value", m.Data.Content.Value),
		checkScene(path, m.Scene),
		limit.Check(path, "Title", "characters", utf8.RuneCountInString(m.Title), 1, maxTitle),
		limit.Check(path, "Data.Content.Value", "characters", utf8.RuneCountInString(m.Data.Content.Value), 1, maxContent),
		checkMiniProgram(path, m.MiniProgram),
	)
}

func checkScene(path, scene string) error {
	if n, err := strconv.Atoi(scene); err != nil || n < 0 || n > maxScene || strconv.Itoa(n) != scene {
		return limit.Rule(path, "Scene", "is "+strconv.Quote(scene)+", not a number from 0 to 10000")
	}
	return nil
}
