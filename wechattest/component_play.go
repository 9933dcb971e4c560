package wechattest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// PushTicket makes a new verify ticket and pushes it to the third-party platform
// (第三方平台), as happens every ten minutes. The old one is not good any more. The
// platform must be in mode [Component] and have a bot.
func (p *Platform) PushTicket() error {
	p.mu.Lock()
	bot := p.bot
	ticket := "ticket@@@" + rand.Text()
	if bot != nil {
		p.components.ticket, p.components.ticketEnds = ticket, p.now().Add(ticketLife)
	}
	p.mu.Unlock()
	if bot == nil {
		return ErrNoBot
	}
	return bot.Notify(ComponentVerifyTicket(ticket))
}

// Authorize is an administrator who opens an authorisation page (授权页) at its
// address, on a computer or a phone, and lets the account with that app id authorise
// the third-party platform. It returns where the browser is sent, with auth_code and
// expires_in; the notice goes out meanwhile, if the platform has a bot.
func (p *Platform) Authorize(page, appID string) (redirect string, err error) {
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
		return "", fmt.Errorf("wechattest: %s%s is no authorisation page", u.Host, u.Path)
	case q.Get("biz_appid") != "" && q.Get("biz_appid") != appID:
		return "", fmt.Errorf("wechattest: the page is for %s alone", q.Get("biz_appid"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &call{Platform: p, at: p.now()}
	if err := c.checkPage(q); err != nil {
		return "", fmt.Errorf("wechattest: authorisation page: %w", err)
	}
	preAuth := q.Get("pre_auth_code")
	delete(p.components.preAuth, preAuth)
	infoType := "authorized"
	if p.components.tenants[appID] != nil {
		infoType = "updateauthorized"
	}
	c.authorise(appID)
	code := c.newGrantCode(appID)
	if bot := p.bot; bot != nil && p.set.Mode == Component {
		notice := authorization(infoType, appID, code, c.now().Add(grantCodeLife), preAuth)
		p.later(0, func() { _ = bot.Notify(notice) })
	}
	back, _ := url.Parse(q.Get("redirect_uri")) // checked above
	query := back.Query()
	query.Set("auth_code", code)
	query.Set("expires_in", strconv.Itoa(int(grantCodeLife/time.Second)))
	back.RawQuery = query.Encode()
	return back.String(), nil
}

// authorise makes an account authorise the component; an earlier refresh token of it is dead.
func (c *call) authorise(appID string) *Tenant {
	s := &c.components
	if s.tenants == nil {
		s.tenants = map[string]*Tenant{}
	}
	t := s.tenants[appID]
	if t == nil {
		t = &Tenant{appID: appID, originalID: originalID(appID), platform: c.Platform}
		s.tenants[appID] = t
		s.order = append(s.order, appID)
	}
	t.refresh, t.at = newRefreshToken(), c.now()
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

func (c *call) newGrantCode(appID string) string {
	if c.components.codes == nil {
		c.components.codes = map[string]*grantCode{}
	}
	code := "queryauthcode@@@" + rand.Text()
	c.components.codes[code] = &grantCode{appID: appID, ends: c.now().Add(grantCodeLife)}
	return code
}

// Grant lets an account authorise the third-party platform without any page or
// notice, and returns it with its refresh token, as if that had happened long ago.
func (p *Platform) Grant(appID string) (t *Tenant, refreshToken string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t = (&call{Platform: p, at: p.now()}).authorise(appID)
	return t, t.refresh
}

// Tenant returns the account with that app id, nil if it has not authorised the
// third-party platform.
func (p *Platform) Tenant(appID string) *Tenant {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.components.tenants[appID]
}

// Unauthorize has an account withdraw its authorisation, which a notice tells, if the
// platform has a bot.
func (p *Platform) Unauthorize(appID string) error {
	p.mu.Lock()
	bot, t := p.bot, p.components.tenants[appID]
	if t != nil {
		delete(p.components.tenants, appID)
		p.components.order = slices.DeleteFunc(p.components.order, func(id string) bool { return id == appID })
		if t.token != nil {
			t.token.retired = p.now()
		}
	}
	p.mu.Unlock()
	switch {
	case t == nil:
		return fmt.Errorf("wechattest: %s has not authorised the third-party platform", appID)
	case bot == nil:
		return nil
	}
	return bot.Notify(Unauthorized(appID))
}

// AppID is the account's app id.
func (t *Tenant) AppID() string { return t.appID }

// OriginalID is the account's name in messages, gh_….
func (t *Tenant) OriginalID() string { return t.originalID }

// RotateRefreshToken has every refresh of the account's token bring a new refresh
// token and end the old one at once; otherwise it stays the same.
func (t *Tenant) RotateRefreshToken(on bool) {
	t.platform.mu.Lock()
	defer t.platform.mu.Unlock()
	t.rotate = on
}

// Refreshes counts how often the account's token was asked for by its refresh token,
// refused ones included.
func (t *Tenant) Refreshes() int {
	t.platform.mu.Lock()
	defer t.platform.mu.Unlock()
	return t.asked
}

// Format prints the account without its tokens, whatever the verb.
func (t *Tenant) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "wechattest.Tenant{%s}", t.appID) }

// Send has the platform relay a message of a user of this account to the third-party
// platform, at the callback URL with this account's app id for $APPID$. Otherwise it
// is like [User.Send].
func (t *Tenant) Send(openid string, m Message) (*Reply, error) {
	p := t.platform
	u := p.User(openid)
	p.mu.Lock()
	bot, set := p.bot, *p.set
	if bot == nil {
		p.mu.Unlock()
		return &Reply{}, ErrNoBot
	}
	if set.Mode != Component {
		p.mu.Unlock()
		return &Reply{}, fmt.Errorf("wechattest: a relayed message needs Config.Mode Component, the account is in mode %v", set.Mode)
	}
	set.AppID, set.OriginalID = t.appID, t.originalID
	m = u.stamp(m)
	u.interact(m)
	p.mu.Unlock()

	deliveries, err := bot.addressed(t.appID).deliver(&set, set.envelope(m))
	reply := &Reply{}
	if err == nil {
		reply, err = set.judge(m, deliveries[len(deliveries)-1].Answer)
	}
	reply.Deliveries = deliveries
	u.conclude(m, reply, err)
	if err != nil {
		return reply, fmt.Errorf("wechattest: %s: %w", reply.verdict(), err)
	}
	return reply, nil
}

// addressed is the bot at the URLs of one account.
func (b *Bot) addressed(appID string) *Bot {
	b.mu.Lock()
	defer b.mu.Unlock()
	own := &Bot{platform: b.platform, balance: b.balance, mishaps: b.mishaps}
	b.mishaps = nil
	for _, in := range b.instances {
		own.instances = append(own.instances, &instance{url: strings.ReplaceAll(in.url, "$APPID$", appID), transport: in.transport})
	}
	return own
}

// releaseCheck is an account that checks a third-party platform before its release.
type releaseCheck struct{ appID, userName string }

// releaseChecks are the official accounts of the five sets.
func releaseChecks() []releaseCheck {
	return []releaseCheck{
		{"wx570bc396a51b8ff8", "gh_3c884a361561"},
		{"wx9252c5e0bb1836fc", "gh_c0f28a78b318"},
		{"wx8e1097c5bc82cde9", "gh_3f222ed8d140"},
		{"wx14550af28c71a144", "gh_26128078e9ab"},
		{"wxa35b9c23cfe664eb", "gh_2b3713f184a6"},
	}
}

// CheckRelease plays the check before a nationwide release (全网发布接入检测) with one of
// its five sets, 1 to 5. The error says which step failed and how.
func (p *Platform) CheckRelease(set int) error {
	checks := releaseChecks()
	if set < 1 || set > len(checks) {
		return fmt.Errorf("wechattest: there is no set %d of the release check", set)
	}
	if err := p.PushTicket(); err != nil {
		return fmt.Errorf("wechattest: release check, ticket: %w", err)
	}
	t, _ := p.Grant(checks[set-1].appID)
	openid := "oCheck" + rand.Text()[:10]
	if err := t.checkText(openid); err != nil {
		return fmt.Errorf("wechattest: release check, text: %w", err)
	}
	if err := t.checkCode(openid); err != nil {
		return fmt.Errorf("wechattest: release check, code: %w", err)
	}
	return nil
}

func (t *Tenant) checkText(openid string) error {
	const text = "TESTCOMPONENT_MSG_TYPE_TEXT"
	reply, err := t.Send(openid, Text(text))
	if err == nil && reply.Content != text+"_callback" {
		err = fmt.Errorf("the answer is %q", reply.Content)
	}
	return err
}

// checkCode sends a code and waits for the message that proves that it was exchanged.
func (t *Tenant) checkCode(openid string) error {
	p := t.platform
	p.mu.Lock()
	code := (&call{Platform: p, at: p.now()}).newGrantCode(t.appID)
	p.mu.Unlock()
	reply, err := t.Send(openid, Text("QUERY_AUTH_CODE:"+code))
	if err != nil {
		return err
	}
	if answer := reply.Deliveries[len(reply.Deliveries)-1].Answer; len(answer) != 0 {
		return fmt.Errorf("the answer must be empty, and is %s", excerpt(answer))
	}
	arrived := waitFor(func() bool {
		return slices.ContainsFunc(p.Messages(openid), func(m Received) bool {
			return m.Via == ViaCustomerService && m.Content == code+"_from_api"
		})
	})
	if !arrived {
		return errors.New("no customer-service message with the code came within ten seconds")
	}
	return nil
}
