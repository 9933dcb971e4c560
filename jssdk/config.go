package jssdk

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	"encoding/hex"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// PageConfig is the argument of wx.config in a page.
type PageConfig struct {
	Debug     bool     `json:"debug"` // WeChat shows the result of every call; set it before you write the page
	AppID     string   `json:"appId"`
	Timestamp int64    `json:"timestamp"` // seconds since 1970
	NonceStr  string   `json:"nonceStr"`
	Signature string   `json:"signature"`
	APIs      []string `json:"jsApiList"`             // functions that the page uses, such as scanQRCode
	OpenTags  []string `json:"openTagList,omitempty"` // tags that the page uses (开放标签), such as wx-open-launch-weapp
}

// SignPage returns the configuration of a page that uses the given functions of the
// JS-SDK (JS-SDK 权限验证配置). pageURL is the address of the page as the browser
// shows it, with http or https. A fragment (# and what follows) is not signed. A raw %
// is allowed, since browsers show one.
//
// Errors: those of [Service.GetJSAPITicket].
//
// GET /cgi-bin/ticket/getticket (获取 jsapi_ticket)
func (s *Service) SignPage(ctx context.Context, pageURL string, apis ...string) (*PageConfig, error) {
	page, _, err := parsePage(pageURL)
	if err != nil {
		return nil, err
	}
	return s.signPage(ctx, page, apis)
}

// parsePage returns a page without its fragment, as it is signed, and the host that
// the signature is for.
func parsePage(pageURL string) (page, host string, err error) {
	page, _, _ = strings.Cut(pageURL, "#")
	host, err = limit.Address("wx.config", "pageURL (url)", page)
	return page, host, err
}

func (s *Service) signPage(ctx context.Context, page string, apis []string) (*PageConfig, error) {
	ticket, err := s.GetJSAPITicket(ctx)
	if err != nil {
		return nil, err
	}
	c := &PageConfig{AppID: s.appID, Timestamp: time.Now().Unix(), NonceStr: nonce(), APIs: apis}
	if c.APIs == nil {
		c.APIs = []string{} // wx.config wants an array
	}
	c.Signature = Signature(ticket.Value(), c.NonceStr, c.Timestamp, page)
	return c, nil
}

// Signature returns the signature of a page (JS-SDK 使用权限签名算法): the SHA-1 of
// ticket, nonce, timestamp in seconds, and URL without fragment. [Service.SignPage]
// calls it. Call it yourself if you keep the tickets.
func Signature(ticket, nonceStr string, timestamp int64, pageURL string) string {
	return digest("jsapi_ticket=" + ticket + "&noncestr=" + nonceStr +
		"&timestamp=" + seconds(timestamp) + "&url=" + pageURL)
}

func digest(s string) string {
	sum := sha1.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

// nonce returns sixteen random letters and digits.
func nonce() string { return rand.Text()[:16] }
