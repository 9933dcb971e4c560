package oauth

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
)

// openPlatform is where the platform's pages are.
const openPlatform = "https://open.weixin.qq.com"

// maxState is how long a state may be, in bytes.
const maxState = 128

// Authorization is a visit to the platform's consent page.
type Authorization struct {
	// RedirectURL is where the visitor comes back to, with code and state in the
	// query. Its host is the one set on the console (网页授权域名), without its
	// subdomains. Without a code the visitor has refused.
	RedirectURL string

	Scope Scope  // Base when empty
	State string // comes back as it is: letters and digits, at most 128

	ForcePopup    bool // with UserInfo: ask for consent even of a visitor who gave it before
	ForceSnapshot bool // with UserInfo: open the page in snapshot mode, to try it out

	// ComponentAppID is the third-party platform (第三方平台) that acts for the account.
	ComponentAppID string

	// PagesURL is where the platform's pages are: https://open.weixin.qq.com when
	// empty, the address of a local platform in a trial.
	PagesURL string
}

// AuthorizeURL returns the address of the platform's page for browsers inside WeChat
// (网页授权), which sends the visitor on to the RedirectURL. With the scope QRLogin it is
// that of [Service.QRLoginURL]. Nothing is sent.
//
// GET https://open.weixin.qq.com/connect/oauth2/authorize (网页授权)
func (s *Service) AuthorizeURL(a Authorization) (string, error) {
	if a.Scope == QRLogin {
		return s.QRLoginURL(a)
	}
	const page = "/connect/oauth2/authorize"
	if err := a.check(page); err != nil {
		return "", err
	}
	u := a.address(s.oa.AppID(), page, cmp.Or(a.Scope, Base))
	if a.ForcePopup {
		u += "&forcePopup=true"
	}
	if a.ForceSnapshot {
		u += "&forceSnapShot=true"
	}
	if a.ComponentAppID != "" {
		u += "&component_appid=" + url.QueryEscape(a.ComponentAppID)
	}
	// connect_redirect spares the page a second visit to RedirectURL.
	return u + "&connect_redirect=1#wechat_redirect", nil
}

// QRLoginURL returns the address of the platform's page with a QR code to scan, for
// browsers outside WeChat (网站应用微信登录). The client's AppID is that of a website
// application; of a only RedirectURL, State and PagesURL count. Nothing is sent.
//
// GET https://open.weixin.qq.com/connect/qrconnect (网站应用微信登录)
func (s *Service) QRLoginURL(a Authorization) (string, error) {
	const page = "/connect/qrconnect"
	if err := a.check(page); err != nil {
		return "", err
	}
	return a.address(s.oa.AppID(), page, QRLogin) + "#wechat_redirect", nil
}

// address writes the parameters in the order that clients of WeChat expect.
func (a Authorization) address(appID, page string, scope Scope) string {
	return strings.TrimSuffix(cmp.Or(a.PagesURL, openPlatform), "/") + page +
		"?appid=" + url.QueryEscape(appID) +
		"&redirect_uri=" + url.QueryEscape(a.RedirectURL) +
		"&response_type=code" +
		"&scope=" + url.QueryEscape(string(scope)) +
		"&state=" + a.State
}

func (a Authorization) check(page string) error {
	if u, err := url.Parse(a.RedirectURL); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return limit.Rule(page, "redirect_uri", "is no http or https address")
	}
	if err := limit.Check(page, "state", "bytes", len(a.State), 0, maxState); err != nil {
		return err
	}
	if strings.ContainsFunc(a.State, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	}) {
		return limit.Rule(page, "state", "may have letters and digits only")
	}
	switch a.Scope {
	case "", Base, UserInfo, QRLogin:
		return nil
	}
	return limit.Rule(page, "scope", "is none of snsapi_base, snsapi_userinfo, snsapi_login")
}
