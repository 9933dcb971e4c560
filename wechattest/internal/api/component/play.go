package component

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/account"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/callback"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// PushTicket makes a new verify ticket and pushes it to the third-party platform
// (第三方平台), as happens every ten minutes. The old one is not good any more. The
// platform must be in mode [Component] and have a bot.
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

// Authorize is an administrator who opens an authorisation page (授权页) at its
// address, on a computer or a phone, and lets the account with that app id authorise
// the third-party platform. It returns where the browser is sent, with auth_code and
// expires_in; the notice is sent in the background, if the platform has a bot.
func (a *Area) Authorize(page, appID string) (redirect string, err error) {
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("wechattest: authorisation page: %w", err)
	}
	q := u.Query()
	mobile := u.Host == "open.weixin.qq.com" && u.Path == "/wxaopen/safe/bindcomponent" ||
		u.Host == "mp.weixin.qq.com" && u.Path == "/safe/bindcomponent" // the older address
	switch {
	case mobile && (q.Get("action") != "bindcomponent" || q.Get("no_scan") != "1" || u.Fragment != "wechat_redirect"):
		return "", errors.New("wechattest: the mobile authorisation page needs action=bindcomponent, no_scan=1 and #wechat_redirect")
	case !mobile && (u.Host != "mp.weixin.qq.com" || u.Path != "/cgi-bin/componentloginpage"):
		return "", fmt.Errorf("wechattest: %s%s is not an authorisation page", u.Host, u.Path)
	case q.Get("biz_appid") != "" && q.Get("biz_appid") != appID:
		return "", fmt.Errorf("wechattest: the page is for %s alone", q.Get("biz_appid"))
	}
	a.s.Lock()
	defer a.s.Unlock()
	c := a.s.Play()
	if err := a.checkPage(c, q); err != nil {
		return "", fmt.Errorf("wechattest: authorisation page: %w", err)
	}
	preAuth := q.Get("pre_auth_code")
	delete(a.preAuth, preAuth)
	infoType := "authorized"
	if a.tenants[appID] != nil {
		infoType = "updateauthorized"
	}
	a.authorise(c, appID)
	code := a.newGrantCode(c, appID)
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

// authorise makes an account authorise the component; an earlier refresh token of it is dead.
func (a *Area) authorise(c *server.Call, appID string) *Tenant {
	if a.tenants == nil {
		a.tenants = map[string]*Tenant{}
	}
	t := a.tenants[appID]
	if t == nil {
		t = &Tenant{appID: appID, originalID: originalID(appID)}
		a.tenants[appID] = t
		a.order = append(a.order, appID)
	}
	t.refresh, t.at = newRefreshToken(), c.Now()
	return t
}

// originalID names an account in messages: the accounts of the release check have
// their known names, others one made of the app id.
func originalID(appID string) string {
	for _, check := range releaseChecks() {
		if check.appID == appID {
			return check.userName
		}
	}
	id := strings.TrimPrefix(appID, "wx")
	return "gh_" + id[max(0, len(id)-12):]
}

func (a *Area) newGrantCode(c *server.Call, appID string) string {
	if a.codes == nil {
		a.codes = map[string]*grantCode{}
	}
	code := "queryauthcode@@@" + rand.Text()
	a.codes[code] = &grantCode{appID: appID, ends: c.Now().Add(grantCodeLife)}
	return code
}

// Grant lets an account authorise the third-party platform without any page or
// notice, and returns it with its refresh token, as if that had happened long ago.
func (a *Area) Grant(appID string) (t *Tenant, refreshToken string) {
	a.s.Lock()
	defer a.s.Unlock()
	t = a.authorise(a.s.Play(), appID)
	return t, t.refresh
}

// Tenant returns the account with that app id, nil if it has not authorised the
// third-party platform.
func (a *Area) Tenant(appID string) *Tenant {
	a.s.Lock()
	defer a.s.Unlock()
	return a.tenants[appID]
}

// Unauthorize has an account withdraw its authorisation, which a notice tells, if the
// platform has a bot.
func (a *Area) Unauthorize(appID string) error {
	a.s.Lock()
	bot, t := a.s.Bot, a.tenants[appID]
	if t != nil {
		delete(a.tenants, appID)
		a.order = slices.DeleteFunc(a.order, func(id string) bool { return id == appID })
		if t.token != nil {
			t.token.Retired = a.s.Now()
		}
	}
	a.s.Unlock()
	switch {
	case t == nil:
		return fmt.Errorf("wechattest: %s has not authorised the third-party platform", appID)
	case bot == nil:
		return nil
	}
	return bot.Notify(callback.Unauthorized(appID))
}

// AppID is the account's app id.
func (t *Tenant) AppID() string { return t.appID }

// OriginalID is the account's name in messages, gh_….
func (t *Tenant) OriginalID() string { return t.originalID }

// Rotate has every refresh of a tenant's token bring a new refresh token and end the
// old one at once.
func (a *Area) Rotate(t *Tenant, on bool) {
	a.s.Lock()
	defer a.s.Unlock()
	t.rotate = on
}

// Refreshes counts how often a tenant's token was asked for by its refresh token,
// refused ones included.
func (a *Area) Refreshes(t *Tenant) int {
	a.s.Lock()
	defer a.s.Unlock()
	return t.asked
}

// Relay has a message of a user of a tenant relayed to the third-party platform.
func (a *Area) Relay(t *Tenant, openid string, m callback.Message) (*callback.Reply, error) {
	a.s.Lock()
	u := a.s.Meet(openid)
	a.s.Unlock()
	return a.s.Relay(u, m, t.appID, t.originalID)
}
