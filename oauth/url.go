package oauth

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// openPlatform is the address of the platform's pages.
const openPlatform = "https://open.weixin.qq.com"

// maxState is the maximum length of a state in bytes.
const maxState = 128

// AuthRequest describes a visit to the platform's consent page (授权页).
type AuthRequest struct {
	// RedirectURL is the address to which the visitor returns, with code and state in
	// the query. Its host is the one set on 微信开发者平台 (网页授权域名), not a subdomain of it. If
	// there is no code, the visitor has refused.
	RedirectURL string

	Scope Scope  // Base if empty
	State string // returned unchanged; at most 128 bytes

	// ForcePopup, with UserInfo, asks for consent even if the visitor has given it
	// before. It has no effect where the platform never asks. A snapshot user may still
	// return.
	ForcePopup bool

	ForceSnapshot bool // with UserInfo: open the page in snapshot mode, for a test

	// PagesURL is the address of the platform's pages: https://open.weixin.qq.com if
	// empty, the address of a local platform in a test.
	PagesURL string
}

// AuthorizeURL returns the address of the platform's page for browsers inside WeChat
// (网页授权), which redirects the visitor to the RedirectURL. With the scope QRLogin it
// returns [Service.QRLoginURL]. It sends nothing.
//
// GET https://open.weixin.qq.com/connect/oauth2/authorize (网页授权)
func (s *Service) AuthorizeURL(a AuthRequest) (string, error) {
	if a.Scope == QRLogin {
		return s.QRLoginURL(a)
	}
	const page = "/connect/oauth2/authorize"
	if err := a.check(page); err != nil {
		return "", err
	}
	u := a.address(s.appID(), page, cmp.Or(a.Scope, Base))
	if a.ForcePopup {
		u += "&forcePopup=true"
	}
	if a.ForceSnapshot {
		u += "&forceSnapShot=true"
	}
	if s.authorizer != "" {
		u += "&component_appid=" + url.QueryEscape(s.oa.AppID())
	}
	// connect_redirect prevents a second visit to RedirectURL.
	return u + "&connect_redirect=1#wechat_redirect", nil
}

// QRLoginURL returns the address of the platform's page with a QR code to scan, for
// browsers outside WeChat (网站应用微信登录). The client's AppID is that of a website
// application, which is never the account of a third-party platform. It uses
// RedirectURL, State and PagesURL of a, and sends nothing.
//
// GET https://open.weixin.qq.com/connect/qrconnect (网站应用微信登录)
func (s *Service) QRLoginURL(a AuthRequest) (string, error) {
	const page = "/connect/qrconnect"
	if err := a.check(page); err != nil {
		return "", err
	}
	if s.authorizer != "" {
		return "", limit.Rule(page, "AppID", "must be that of a website application")
	}
	return a.address(s.appID(), page, QRLogin) + "#wechat_redirect", nil
}

// address writes the parameters in the order that clients of WeChat expect.
func (a AuthRequest) address(appID, page string, scope Scope) string {
	return strings.TrimSuffix(cmp.Or(a.PagesURL, openPlatform), "/") + page +
		"?appid=" + url.QueryEscape(appID) +
		"&redirect_uri=" + url.QueryEscape(a.RedirectURL) +
		"&response_type=code" +
		"&scope=" + url.QueryEscape(string(scope)) +
		"&state=" + url.QueryEscape(a.State)
}

func (a AuthRequest) check(page string) error {
	if _, err := limit.Address(page, "RedirectURL (redirect_uri)", a.RedirectURL); err != nil {
		return err
	}
	if err := limit.Check(page, "State", "bytes", len(a.State), 0, maxState); err != nil {
		return err
	}
	switch a.Scope {
	case "", Base, UserInfo, QRLogin:
		return nil
	}
	return limit.Rule(page, "Scope", "is not one of snsapi_base, snsapi_userinfo, snsapi_login")
}
