// Package oauth tells a website who its visitor is (微信网页授权, 网站应用微信登录): it makes the
// addresses of the platform's consent pages, exchanges the code that the visitor
// comes back with, and reads the visitor's profile. [Login] does all of that for a
// handler.
//
// # A handler that knows its visitor
//
//	login, err := oauth.New(oa).Login(oauth.LoginConfig{
//		RedirectURL: "https://www.example.com/wechat/login",
//		Keys:        [][]byte{key}, // 32 random bytes, the same in every process
//	})
//	…
//	mux.Handle("/wechat/login", login)
//	mux.Handle("/account", login.Require(account))
//
// In account, [VisitorFrom] gives the visitor. Whoever has no session is sent to
// WeChat and comes back to the page that they asked for.
//
// # Scopes
//
// [Base] asks nothing of the visitor and tells the openid. [UserInfo] asks for consent
// and tells nickname and portrait too. [QRLogin] is for browsers outside WeChat, where
// the visitor scans a QR code; it needs the app id of a website application (网站应用) of the
// Open Platform, so a client of its own.
//
// # Tokens of users
//
// The access_token of a [Grant] belongs to one user and has nothing to do with that of
// the account. A Grant prints without its tokens.
//
// # Snapshot pages
//
// WeChat may open a page that asks for [UserInfo] too early in a snapshot mode (快照页):
// openid, unionid and profile are then those of a virtual user. [Grant.Snapshot]
// says so, and a [Login] turns such visitors away unless told otherwise. Never store
// one as a user.
package oauth

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service is web authorization for one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns web authorization for the client's account. Its Secret is needed to
// exchange codes, its tokens are not.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }

// Scope is what a visitor is asked for (应用授权作用域).
type Scope string

// The scopes.
const (
	Base     Scope = "snsapi_base"     // silent; tells the openid
	UserInfo Scope = "snsapi_userinfo" // asks for consent; tells the profile too
	QRLogin  Scope = "snsapi_login"    // by QR code, for a website application
)
