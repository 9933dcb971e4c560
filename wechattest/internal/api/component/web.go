package component

import (
	"errors"
	"html"
	"net/url"
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// forUser is a call for a user of an account, by the third-party platform.
func forUser(handle server.Handler) func(*server.Call, *Tenant, componentCall) (any, error) {
	return func(c *server.Call, _ *Tenant, _ componentCall) (any, error) { return handle(c) }
}

// loginPage is GET https://mp.weixin.qq.com/cgi-bin/componentloginpage: a page instead
// of the QR code. Authorize acts as the person who scans it.
func (a *Area) loginPage(c *server.Call) (any, error) {
	text := "请使用公众平台绑定的管理员个人微信号扫描"
	if err := a.checkPage(c, c.Query); err != nil {
		text = "授权页错误: " + err.Error()
	}
	return &server.Attachment{ContentType: "text/html; charset=utf-8",
		Content: []byte("<!DOCTYPE html><html><body><h1>" + html.EscapeString(text) + "</h1></body></html>")}, nil
}

// checkPage checks the parameters of an authorization page.
func (a *Area) checkPage(c *server.Call, q url.Values) error {
	ends, known := a.preAuth[q.Get("pre_auth_code")]
	back, err := server.ParseAddress(q.Get("redirect_uri"))
	switch {
	case q.Get("component_appid") != c.Account.ComponentAppID:
		return server.Fail(40013)
	case !known || !c.Now().Before(ends):
		return errors.New("pre_auth_code is wrong, used or has expired")
	case err != nil || back.Host == "":
		return errors.New("redirect_uri is not an address")
	case q.Get("biz_appid") != "" && q.Get("auth_type") != "":
		return errors.New("auth_type and biz_appid exclude each other")
	case q.Get("auth_type") != "" && !slices.Contains([]string{"1", "2", "3", "4", "5", "6"}, q.Get("auth_type")):
		return errors.New("auth_type is wrong")
	}
	return nil
}
