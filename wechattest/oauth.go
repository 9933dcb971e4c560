package wechattest

import (
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// DefaultVisitor is the user whose browser opens the platform's pages before
// [User.Browse] is called. It does not follow the account.
const DefaultVisitor = "oVisitor"

// Browse makes the user the visitor of the platform's pages, such as that of web
// authorization (网页授权). Pages with a form allow the choice of another user, who is then
// the visitor.
func (u *User) Browse() {
	u.platform.locked(func(s *server.Server) { s.Visitor = u.user.OpenID })
}

// SetProfile sets the user's nickname and picture, which a website can read only by
// web authorization (网页授权).
func (u *User) SetProfile(nickname, avatarURL string) {
	u.platform.oauth.SetProfile(u.user, nickname, avatarURL)
}

// SetSnapshot sets whether the user opens pages as snapshots (快照页): then a website gets
// a virtual user by snsapi_userinfo, marked by is_snapshotuser.
func (u *User) SetSnapshot(on bool) { u.platform.oauth.SetSnapshot(u.user, on) }

// ChangePassword ends the user's authorizations, as the platform does after a change of
// the password: calls with the tokens get 42007, and the user is asked again.
func (u *User) ChangePassword() { u.platform.oauth.ChangePassword(u.user) }

// Authorize opens an authorization page (网页授权) and presses allow. It returns the
// address to which the page redirects, with code and state. It returns an error if the
// page or the app refuses the address. The page may be that of an account that has
// authorized the third-party platform (第三方平台), or of a website with QR login.
func (u *User) Authorize(page string) (back *url.URL, err error) {
	return u.platform.oauth.Authorize(u.user, page)
}

// SetOAuthDomains registers the hosts to which authorizations may redirect (网页授权域名):
// host names without a scheme; they do not include subdomains. By default every host is
// allowed.
func (p *Platform) SetOAuthDomains(hosts ...string) { p.oauth.SetOAuthDomains(hosts...) }

// AddWebsite adds a website with QR login (网站应用), with its own app id and secret and
// other openids. Its page is https://open.weixin.qq.com/connect/qrconnect.
func (p *Platform) AddWebsite(appID, secret string) { p.oauth.AddWebsite(appID, secret) }
