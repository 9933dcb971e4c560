package wechattest

import (
	"fmt"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/component"
)

// DefaultComponentSecret is the secret (component_appsecret) of the third-party
// platform whose app id is [Config].ComponentAppID.
const DefaultComponentSecret = "d41f6a9b02c85e7731b0c4f8a6e29d55"

// Tenant is an account that has authorised the third-party platform. It is safe for
// concurrent use.
type Tenant struct {
	platform *Platform
	tenant   *component.Tenant
}

// PushTicket makes a new verify ticket and pushes it to the third-party platform
// (第三方平台), as happens every ten minutes. The old one is not good any more. The
// platform must be in mode [Component] and have a bot.
func (p *Platform) PushTicket() error { return p.component.PushTicket() }

// Authorize is an administrator who opens an authorisation page (授权页) at its
// address, on a computer or a phone, and lets the account with that app id authorise
// the third-party platform. It returns where the browser is sent, with auth_code and
// expires_in; the notice is sent in the background, if the platform has a bot.
func (p *Platform) Authorize(page, appID string) (redirect string, err error) {
	return p.component.Authorize(page, appID)
}

// Grant lets an account authorise the third-party platform without any page or
// notice, and returns it with its refresh token, as if that had happened long ago.
func (p *Platform) Grant(appID string) (t *Tenant, refreshToken string) {
	tenant, refreshToken := p.component.Grant(appID)
	return &Tenant{p, tenant}, refreshToken
}

// Tenant returns the account with that app id, nil if it has not authorised the
// third-party platform.
func (p *Platform) Tenant(appID string) *Tenant {
	tenant := p.component.Tenant(appID)
	if tenant == nil {
		return nil
	}
	return &Tenant{p, tenant}
}

// Unauthorize has an account withdraw its authorisation, which a notice tells, if the
// platform has a bot.
func (p *Platform) Unauthorize(appID string) error { return p.component.Unauthorize(appID) }

// CheckRelease plays the check before a nationwide release (全网发布接入检测) with one of
// its five sets, 1 to 5. The error says which step failed and how.
func (p *Platform) CheckRelease(set int) error { return p.component.CheckRelease(set) }

// AppID is the account's app id.
func (t *Tenant) AppID() string { return t.tenant.AppID() }

// OriginalID is the account's name in messages, gh_….
func (t *Tenant) OriginalID() string { return t.tenant.OriginalID() }

// RotateRefreshToken has every refresh of the account's token bring a new refresh
// token and end the old one at once; otherwise it stays the same.
func (t *Tenant) RotateRefreshToken(on bool) { t.platform.component.Rotate(t.tenant, on) }

// Refreshes counts how often the account's token was asked for by its refresh token,
// refused ones included.
func (t *Tenant) Refreshes() int { return t.platform.component.Refreshes(t.tenant) }

// Send has the platform relay a message of a user of this account to the third-party
// platform, at the callback URL with this account's app id for $APPID$. Otherwise it
// is like [User.Send].
func (t *Tenant) Send(openid string, m Message) (*Reply, error) {
	reply, err := t.platform.component.Relay(t.tenant, openid, m.internal())
	return publicReply(reply), err
}

// Format prints the account without its tokens, whatever the verb.
func (t Tenant) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wechattest.Tenant{%s}", t.AppID()) }
