package wechattest

import (
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// DefaultVisitor is the user whose browser opens the platform's pages until
// [User.Browse] names another. It does not follow the account.
const DefaultVisitor = "oVisitor"

// Browse makes the user the one who opens the platform's pages in a browser, such as
// that of a web authorization (网页授权). Pages with a form offer the choice of another
// user, who then opens the next pages too.
func (u *User) Browse() {
	u.platform.locked(func(s *server.Server) { s.Visitor = u.user.OpenID })
}

// SetPortrait gives the user the nickname and the picture that a website learns by
// web authorization (网页授权), and by nothing else.
func (u *User) SetPortrait(nickname, headImageURL string) {
	u.platform.oauth.SetPortrait(u.user, nickname, headImageURL)
}

// SetSnapshot has the user open pages as snapshots (快照页), or no longer: what a
// website learns by snsapi_userinfo is then of a virtual user, marked by
// is_snapshotuser.
func (u *User) SetSnapshot(on bool) { u.platform.oauth.SetSnapshot(u.user, on) }

// ChangePassword ends the user's authorizations, as the platform does when a user
// changes the password: the tokens get 42007, and the user is asked again.
func (u *User) ChangePassword() { u.platform.oauth.ChangePassword(u.user) }

// Authorize opens an authorization page (网页授权) at the address to which the website
// sent the browser, and presses allow. It returns the address to which the page
// redirects, with code and state. An address that the page or the app refuses is an
// error. The page may be that of an account that has authorised the third-party platform
// (第三方平台), or of a website with QR login.
func (u *User) Authorize(page string) (back *url.URL, err error) {
	return u.platform.oauth.Authorize(u.user, page)
}

// SetOAuthDomains registers the hosts to which authorizations may go back
// (网页授权域名): full hosts without a scheme, sub-domains not covered. Without any,
// every host is taken.
func (p *Platform) SetOAuthDomains(hosts ...string) { p.oauth.SetOAuthDomains(hosts...) }

// AddWebsite adds a website with QR login (网站应用), which has an app id and a
// secret of its own, and knows users by other openids. Its page is
// https://open.weixin.qq.com/connect/qrconnect.
func (p *Platform) AddWebsite(appID, secret string) { p.oauth.AddWebsite(appID, secret) }
