package jssdk

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// Config is the argument of wx.config in a page.
type Config struct {
	Debug     bool     `json:"debug"` // has WeChat show what every call returns; set it before the page is written
	AppID     string   `json:"appId"`
	Timestamp int64    `json:"timestamp"` // seconds since 1970
	NonceStr  string   `json:"nonceStr"`
	Signature string   `json:"signature"`
	APIs      []string `json:"jsApiList"`             // functions that the page uses, such as scanQRCode
	OpenTags  []string `json:"openTagList,omitempty"` // tags that the page uses (开放标签), such as wx-open-launch-weapp
}

// Config returns the configuration of a page that uses the given functions of the
// JS-SDK (JS-SDK 权限验证配置). pageURL is the page's address as the browser shows it,
// with http or https; what follows a # is left out.
//
// Errors: those of [Service.JSAPITicket].
//
// GET /cgi-bin/ticket/getticket (获取 jsapi_ticket)
func (s *Service) Config(ctx context.Context, pageURL string, apis ...string) (Config, error) {
	page, _, _ := strings.Cut(pageURL, "#")
	if u, err := url.Parse(page); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return Config{}, limit.Rule("wx.config", "url", "is no http or https address")
	}
	ticket, err := s.JSAPITicket(ctx)
	if err != nil {
		return Config{}, err
	}
	c := Config{AppID: s.appID, Timestamp: time.Now().Unix(), NonceStr: nonce(), APIs: apis}
	if c.APIs == nil {
		c.APIs = []string{} // wx.config wants an array
	}
	c.Signature = Signature(ticket.Value(), c.NonceStr, c.Timestamp, page)
	return c, nil
}

// Signature is the signature of a page (JS-SDK 使用权限签名算法): the SHA-1 of ticket, nonce,
// timestamp in seconds and URL without fragment. [Service.Config] makes it; this is
// for those who keep tickets of their own.
func Signature(ticket, nonceStr string, timestamp int64, pageURL string) string {
	return digest("jsapi_ticket=" + ticket + "&noncestr=" + nonceStr +
		"&timestamp=" + seconds(timestamp) + "&url=" + pageURL)
}

func digest(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// nonce is sixteen letters and digits.
func nonce() string { return rand.Text()[:16] }
