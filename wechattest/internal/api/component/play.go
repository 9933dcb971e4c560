package component

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// PushTicket implements Platform.PushTicket.
func (a *Area) PushTicket() error {
	a.s.Lock()
	bot := a.s.Bot
	ticket := "ticket@@@" + rand.Text()
	if bot != nil {
		a.ticket, a.ticketEnds = ticket, a.s.Now().Add(ticketLife)
	}
	a.s.Unlock()
	if bot == nil {
		return callback.ErrNoBot
	}
	return bot.Notify(callback.ComponentVerifyTicket(ticket))
}

// Authorize implements Platform.Authorize.
func (a *Area) Authorize(page, appID string) (redirect string, err error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("wechattest: authorization page: %w", err)
	}
	q := u.Query()
	mobile := u.Host == "open.weixin.qq.com" && u.Path == "/wxaopen/safe/bindcomponent" ||
		u.Host == "mp.weixin.qq.com" && u.Path == "/safe/bindcomponent" // the older address
	switch {
	case mobile && (q.Get("action") != "bindcomponent" || q.Get("no_scan") != "1" || u.Fragment != "wechat_redirect"):
		return "", errors.New("wechattest: the mobile authorization page needs action=bindcomponent, no_scan=1 and #wechat_redirect")
	case !mobile && (u.Host != "mp.weixin.qq.com" || u.Path != "/cgi-bin/componentloginpage"):
		return "", fmt.Errorf("wechattest: %s%s is not an authorization page", u.Host, u.Path)
	case q.Get("biz_appid") != "" && q.Get("biz_appid") != appID:
		return "", fmt.Errorf("wechattest: the page is only for %s", q.Get("biz_appid"))
	}
	a.s.Lock()
	defer a.s.Unlock()
	c := a.s.Play()
	if err := a.checkPage(c, q); err != nil {
		return "", fmt.Errorf("wechattest: authorization page: %w", err)
	}
	preAuth := q.Get("pre_auth_code")
	delete(a.preAuth, preAuth)
	infoType := "authorized"
	if a.tenants[appID] != nil {
		infoType = "updateauthorized"
	}
	a.authorize(appID)
	code := a.newGrantCode(appID)
	if bot := a.s.Bot; bot != nil && a.s.Account.Mode == account.Component {
		notice := callback.Authorization(infoType, appID, code, c.Now().Add(grantCodeLife), preAuth)
		a.s.Later(0, func() { _ = bot.Notify(notice) })
	}
	back, _ := server.ParseAddress(q.Get("redirect_uri")) // checked above
	query := back.Query()
	query.Set("auth_code", code)
	query.Set("expires_in", strconv.Itoa(int(grantCodeLife/time.Second)))
	back.RawQuery = query.Encode()
	return back.String(), nil
}

// authorize makes an account authorize the component, and invalidates its earlier
// refresh token.
func (a *Area) authorize(appID string) *Tenant {
	t := a.tenants[appID]
	if t == nil {
		t = &Tenant{appID: appID, originalID: originalID(appID), options: map[string]string{}}
		a.tenants[appID] = t
		a.order = append(a.order, appID)
	}
	t.refresh, t.at = newRefreshToken(), a.s.Now()
	return t
}

// originalID returns the name of an account in messages: a fixed name for the accounts
// of the release check, otherwise one derived from the app id.
func originalID(appID string) string {
	for _, check := range releaseChecks() {
		if check.appID == appID {
			return check.userName
		}
	}
	id := strings.TrimPrefix(appID, "wx")
	return "gh_" + id[max(0, len(id)-12):]
}

func (a *Area) newGrantCode(appID string) string {
	code := "queryauthcode@@@" + rand.Text()
	a.codes[code] = &grantCode{appID: appID, ends: a.s.Now().Add(grantCodeLife)}
	return code
}

// Grant implements Platform.Grant.
func (a *Area) Grant(appID string) (t *Tenant, refreshToken string) {
	a.s.Lock()
	defer a.s.Unlock()
	t = a.authorize(appID)
	return t, t.refresh
}

// Tenant implements Platform.Tenant.
func (a *Area) Tenant(appID string) *Tenant {
	a.s.Lock()
	defer a.s.Unlock()
	return a.tenants[appID]
}

// Unauthorize implements Platform.Unauthorize.
func (a *Area) Unauthorize(appID string) error {
	a.s.Lock()
	bot, t := a.s.Bot, a.tenants[appID]
	if t != nil {
		delete(a.tenants, appID)
		a.order = server.Without(a.order, appID)
		if t.token != nil {
			t.token.Retired = a.s.Now()
		}
	}
	a.s.Unlock()
	switch {
	case t == nil:
		return fmt.Errorf("wechattest: %s has not authorized the third-party platform", appID)
	case bot == nil:
		return nil
	}
	return bot.Notify(callback.Unauthorized(appID))
}

// AppID returns the account's app id.
func (t *Tenant) AppID() string { return t.appID }

// OriginalID returns the account's name in messages, gh_….
func (t *Tenant) OriginalID() string { return t.originalID }

// Rotate makes every refresh of a tenant's token return a new refresh token and
// invalidate the old one.
func (a *Area) Rotate(t *Tenant, on bool) {
	a.s.Lock()
	defer a.s.Unlock()
	t.rotate = on
}

// Refreshes implements Tenant.Refreshes.
func (a *Area) Refreshes(t *Tenant) int {
	a.s.Lock()
	defer a.s.Unlock()
	return t.asked
}

// owner returns the account in the form of the server.
func (t *Tenant) owner() server.Owner {
	return server.Owner{AppID: t.appID, OriginalID: t.originalID}
}

// Relay relays a message of a user of a tenant to the third-party platform.
func (a *Area) Relay(t *Tenant, openid string, m callback.Message) (*callback.Reply, error) {
	a.s.Lock()
	u := a.s.Meet(openid)
	a.s.Unlock()
	return a.s.Relay(u, m, t.owner())
}
