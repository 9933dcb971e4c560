package wechattest

import (
	"fmt"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/component"
)

// DefaultComponentSecret is the secret (component_appsecret) of the third-party
// platform whose app id is [Config].ComponentAppID.
const DefaultComponentSecret = "d41f6a9b02c85e7731b0c4f8a6e29d55"

// Tenant is an account that has authorized the third-party platform. It is safe for
// concurrent use.
//
// A call with its access token has its app id in [Call].AppID, a message that it sends has
// it in [Received].AppID, and the events of its calls are sent to its callback URL. It has
// templates of its own. Everything else, such as users, material and menus, is common to
// all accounts: a test cannot find an openid or a media id of another account.
type Tenant struct {
	platform *Platform
	tenant   *component.Tenant
}

// PushTicket creates a new verify ticket and pushes it to the third-party platform
// (第三方平台), as the real platform does every ten minutes. The old one becomes invalid.
// The platform must be in mode [Component] and have a bot.
func (p *Platform) PushTicket() error { return p.component.PushTicket() }

// Authorize acts as an administrator who opens an authorization page (授权页), on a
// computer or a phone, and authorizes the third-party platform for the account with
// that app id. It returns the address to which the browser is redirected, with
// auth_code and expires_in. If there is a bot, the notice is sent in the background.
func (p *Platform) Authorize(page, appID string) (redirect string, err error) {
	return p.component.Authorize(page, appID)
}

// Grant authorizes the third-party platform for an account without a page or a notice,
// and returns the account with its refresh token.
func (p *Platform) Grant(appID string) (t *Tenant, refreshToken string) {
	tenant, refreshToken := p.component.Grant(appID)
	return &Tenant{p, tenant}, refreshToken
}

// Tenant returns the account with that app id, or nil if it has not authorized the
// third-party platform.
func (p *Platform) Tenant(appID string) *Tenant {
	tenant := p.component.Tenant(appID)
	if tenant == nil {
		return nil
	}
	return &Tenant{p, tenant}
}

// Unauthorize withdraws the authorization of an account. If there is a bot, it receives
// a notice.
func (p *Platform) Unauthorize(appID string) error { return p.component.Unauthorize(appID) }

// CheckRelease runs the check before a nationwide release (全网发布接入检测) with one of its
// five sets, 1 to 5. The error tells which step failed and why.
func (p *Platform) CheckRelease(set int) error { return p.component.CheckRelease(set) }

// AppID returns the account's app id.
func (t *Tenant) AppID() string { return t.tenant.AppID() }

// OriginalID returns the account's original id, its name in messages (gh_…).
func (t *Tenant) OriginalID() string { return t.tenant.OriginalID() }

// RotateRefreshToken makes every refresh of the account's token return a new refresh
// token and invalidate the old one. By default the refresh token stays the same.
func (t *Tenant) RotateRefreshToken(on bool) { t.platform.component.Rotate(t.tenant, on) }

// Refreshes returns how often the account's token was requested with its refresh token,
// including refused requests.
func (t *Tenant) Refreshes() int { return t.platform.component.Refreshes(t.tenant) }

// Send is [User.Send] for a user of this account: the message is sent to the
// third-party platform, at the callback URL with this account's app id for $APPID$.
func (t *Tenant) Send(openID string, m Message) (*Reply, error) {
	reply, err := t.platform.component.Relay(t.tenant, openID, m.internal())
	return publicReply(reply), err
}

// Format implements fmt.Formatter. It hides the tokens.
func (t Tenant) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wechattest.Tenant{%s}", t.AppID()) }

// MarshalText implements encoding.TextMarshaler. It hides the tokens.
func (t Tenant) MarshalText() ([]byte, error) { return fmt.Append(nil, t), nil }
