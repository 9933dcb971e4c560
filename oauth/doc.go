// Package oauth identifies the visitors of a website (微信网页授权, 网站应用微信登录): it builds the
// addresses of the platform's consent pages, exchanges the code with which a visitor
// returns, and reads the visitor's profile. [Login] is an http.Handler that does all of
// this.
//
// # Sign in visitors
//
//	login, err := oauth.New(oa).Login(oauth.LoginConfig{
//		RedirectURL: "https://www.example.com/wechat/login",
//		Keys:        [][]byte{key}, // 32 random bytes, the same in every process
//	})
//	…
//	mux.Handle("/wechat/login", login)
//	mux.Handle("/account", login.Require(account))
//
// In account, [VisitorFromContext] returns the visitor. A visitor without a session is sent to
// WeChat and then returns to the requested page.
//
// # Scopes
//
// [Base] needs no consent and returns the openid. [UserInfo] asks for consent and also
// returns nickname and avatar. [QRLogin] is for browsers outside WeChat: the visitor
// scans a QR code. It needs the app id of a website application (网站应用) of the Open
// Platform, and so a client of its own.
//
// A [Login] with Base can ask for UserInfo on the pages that need it, with
// [Login.RequireUserInfo]. Such a page should be opened by a tap of the visitor.
//
// Do not rely on a unionid with Base. With UserInfo there is one if the account is
// bound to the Open Platform (开放平台).
//
// # Tokens of users
//
// The access_token of a [Grant] belongs to one user. It is not the access_token of the
// account. A Grant prints without its tokens.
//
// # Snapshot pages
//
// If a page asks for [UserInfo] too early, WeChat may open it in a snapshot mode (快照页):
// openid, unionid and profile are then those of a virtual user. [Grant.Snapshot]
// reports this, and a [Login] refuses such visitors unless AllowSnapshots is set. Never
// store them as users.
//
// # Accounts of a third-party platform
//
// [NewForAuthorizer] returns the same Service, with the same Login, for an account that has
// authorized a third-party platform (第三方平台, package component).
package oauth

import (
	"cmp"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Service is web authorization for one account.
type Service struct {
	oa         *officialaccount.Client
	authorizer string // app id of the account, if oa is the client of a third-party platform
}

// New returns web authorization for the client's account. It exchanges codes with the
// client's Secret and does not use its tokens.
func New(oa *officialaccount.Client) *Service { return &Service{oa: oa} }

// NewForAuthorizer returns web authorization for an account that has authorized a
// third-party platform (第三方平台). platform is the client of the platform itself, as
// component.Platform.ComponentClient returns it, appID is the account's app id.
func NewForAuthorizer(platform *officialaccount.Client, appID string) *Service {
	return &Service{oa: platform, authorizer: appID}
}

// appID returns the app id of the account.
func (s *Service) appID() string { return cmp.Or(s.authorizer, s.oa.AppID()) }

// Scope is the extent of a login (应用授权作用域).
type Scope string

// The scopes.
const (
	Base     Scope = "snsapi_base"     // silent; returns the openid
	UserInfo Scope = "snsapi_userinfo" // asks for consent; returns the profile too
	QRLogin  Scope = "snsapi_login"    // by QR code, for a website application
)
