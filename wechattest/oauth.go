package wechattest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
)

// authorizations is the account's web authorization (网页授权): codes, the tokens of
// users, and who has consented.
type authorizations struct {
	domains   []string          // registered for redirects (网页授权域名); empty takes any
	websites  map[string]string // secrets of websites with QR login (网站应用), by app id
	codes     grants
	access    grants               // tokens
	refresh   grants               // refresh tokens
	consents  map[string]time.Time // until when a user need not be asked, by openid
	portraits map[string]portrait
	snapshots map[string]bool // users who open pages as snapshots
}

// authGrant is what a user has granted, and to whom.
type authGrant struct {
	user     *User
	appID    string
	openid   string // of the user for that app; of a virtual user in a snapshot
	scope    string
	snapshot bool
}

// issuedGrant is a code, an access token of a user, or a refresh token.
type issuedGrant struct {
	authGrant
	expires time.Time
	spent   bool // a code that was used, a token that was revoked
}

// grants are what was issued, by its value.
type grants struct {
	issued  map[string]*issuedGrant
	sweepAt int // how many are kept before the old ones are let go of
}

// keep makes a grant good for a time. What is over is remembered for a while, so
// that the platform can say so.
func (s *grants) keep(value string, g authGrant, now time.Time, life time.Duration) {
	if s.issued == nil {
		s.issued = map[string]*issuedGrant{}
	}
	if len(s.issued) >= s.sweepAt {
		maps.DeleteFunc(s.issued, func(_ string, old *issuedGrant) bool { return now.Sub(old.expires) > grantMemory })
		s.sweepAt = 2*len(s.issued) + 64
	}
	s.issued[value] = &issuedGrant{authGrant: g, expires: now.Add(life)}
}

// portrait is what only a user's consent tells.
type portrait struct{ nickname, headImage string }

const (
	codeLife      = 5 * time.Minute
	userTokenLife = 2 * time.Hour
	refreshLife   = 30 * 24 * time.Hour
	consentLife   = 30 * 24 * time.Hour
	grantMemory   = 24 * time.Hour // so long the platform knows what is over
	snsMinutely   = 50_000
	maxState      = 128 // bytes

	authorizePath = "/connect/oauth2/authorize"
	qrConnectPath = "/connect/qrconnect"
)

func oauthEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, path: authorizePath, credential: noCredential, page: true, handle: authorize},
		{method: http.MethodGet, path: qrConnectPath, credential: noCredential, page: true, handle: authorize},
		{method: http.MethodGet, path: "/sns/oauth2/access_token", credential: noCredential, minutely: snsMinutely, handle: exchangeCode},
		{method: http.MethodGet, path: "/sns/oauth2/refresh_token", credential: noCredential, minutely: snsMinutely, handle: refreshUserToken},
		{method: http.MethodGet, path: "/sns/userinfo", credential: noCredential, minutely: snsMinutely, handle: snsUserInfo},
		{method: http.MethodGet, path: "/sns/auth", credential: noCredential, handle: checkUserToken},
	}
}

// authRequest is the address of an authorization page, as the page reads it.
type authRequest struct {
	appID, scope, state string
	back                *url.URL
	popup, snapshot     bool
}

// authFault is what an authorization page says of its address.
type authFault struct {
	code int // 10003 and the like; never in an answer of the API
	text string
}

func (f *authFault) Error() string     { return fmt.Sprintf("%s (error code %d)", f.text, f.code) }
func (f *authFault) page() *attachment { return oops(f.code, f.text) }

func (c *call) readAuthorize(path string, q url.Values) (authRequest, *authFault) {
	r := authRequest{appID: q.Get("appid"), scope: q.Get("scope"), state: q.Get("state")}
	r.popup, r.snapshot = q.Get("forcePopup") == "true", q.Get("forceSnapShot") == "true"
	s := &c.areas.authorizations
	_, website := s.websites[r.appID]
	component := q.Get("component_appid")
	scopes := []string{"snsapi_base", "snsapi_userinfo"}
	if path == qrConnectPath {
		scopes = []string{"snsapi_login"}
	}
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case path != authorizePath && path != qrConnectPath:
		return r, &authFault{40066, "the page is unknown"}
	case r.appID == "":
		return r, &authFault{10012, "appid is empty"}
	case path == authorizePath && website:
		return r, &authFault{10016, "the appid is that of a website, not of an Official Account"}
	case path == authorizePath && r.appID != c.set.AppID, path == qrConnectPath && !website:
		return r, &authFault{40013, "the appid is unknown"}
	case component != "" && component != c.set.ComponentAppID:
		return r, &authFault{10015, "the account has not authorized the third-party platform"}
	case r.scope == "":
		return r, &authFault{10010, "scope is empty"}
	case !slices.Contains(scopes, r.scope):
		return r, &authFault{10005, "the account does not hold the scope"}
	case q.Get("redirect_uri") == "":
		return r, &authFault{10011, "redirect_uri is empty"}
	case err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https":
		return r, &authFault{10003, "redirect_uri is no address of a website"}
	case component == "" && len(s.domains) > 0 && !slices.Contains(s.domains, back.Host):
		return r, &authFault{10003, "the host of redirect_uri is not the registered domain"}
	case q.Get("response_type") != "code":
		return r, &authFault{40097, "response_type is not code"}
	}
	if len(r.state) > maxState {
		c.set.Logger.Warn("state of an authorization is longer than 128 bytes")
	}
	r.back = back
	return r, nil
}

// authorize is GET https://open.weixin.qq.com/connect/oauth2/authorize and
// GET https://open.weixin.qq.com/connect/qrconnect: silent for snsapi_base, and for
// snsapi_userinfo while a consent lasts; a page that asks otherwise.
func authorize(c *call) (any, error) {
	r, fault := c.readAuthorize(c.request.URL.Path, c.query)
	if fault != nil {
		return fault.page(), nil
	}
	u := c.visitor()
	if c.areas.authorizations.silent(u, r, c.now()) {
		return redirect(c.grant(u, r)), nil
	}
	asks := "获得你的昵称、头像 your nickname and picture"
	if r.scope == "snsapi_login" {
		asks = "使用微信扫一扫登录 log in by scanning a QR code"
	}
	return c.ask(question{Title: "微信登录", Asks: asks, Snapshot: r.scope == "snsapi_userinfo"}), nil
}

func (s *authorizations) silent(u *User, r authRequest, now time.Time) bool {
	switch {
	case r.scope == "snsapi_base":
		return true
	case r.scope == "snsapi_login" || r.popup:
		return false
	}
	return now.Before(s.consents[u.openID])
}

// grant makes a code for what the user has granted, and is the address that
// brings it to the website.
func (c *call) grant(u *User, r authRequest) *url.URL {
	s := &c.areas.authorizations
	if s.consents == nil {
		s.consents = map[string]time.Time{}
	}
	g := authGrant{user: u, appID: r.appID, openid: u.openID, scope: r.scope}
	if r.appID != c.set.AppID {
		g.openid = derivedOpenID(u, r.appID)
	}
	if r.scope == "snsapi_userinfo" {
		if g.snapshot = r.snapshot || s.snapshots[u.openID]; g.snapshot {
			g.openid = derivedOpenID(u, "snapshot")
		} else {
			s.consents[u.openID] = c.now().Add(consentLife)
		}
	}
	code := "0" + rand.Text() + "01"
	s.codes.keep(code, g, c.now(), codeLife)
	back := *r.back
	q := back.Query()
	q.Set("code", code)
	q.Set("state", r.state)
	back.RawQuery = q.Encode()
	return &back
}

// derivedOpenID is a second openid of a user: for another app, or of the virtual
// user of a snapshot. It is always the same.
func derivedOpenID(u *User, of string) string {
	sum := sha256.Sum256([]byte(of + " " + u.openID))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

// exchangeCode is GET /sns/oauth2/access_token.
func exchangeCode(c *call) (any, error) {
	q, s := c.query, &c.areas.authorizations
	website, isWebsite := s.websites[q.Get("appid")]
	secret := c.set.Secret
	if isWebsite {
		secret = website
	}
	code := s.codes.issued[q.Get("code")]
	switch {
	case !c.set.allows(c.from):
		return nil, notAllowed(c.from)
	case q.Get("appid") == "":
		return nil, fail(41002)
	case q.Get("appid") != c.set.AppID && !isWebsite:
		return nil, fail(40013)
	case q.Get("secret") == "":
		return nil, fail(41004)
	case q.Get("secret") != secret:
		return nil, fail(40125)
	case !isWebsite && c.set.SecretFrozen:
		return nil, fail(40243)
	case q.Get("grant_type") != "authorization_code":
		return nil, fail(40002)
	case q.Get("code") == "":
		return nil, failf(41008, "missing code")
	case code == nil || code.appID != q.Get("appid"):
		return nil, failf(40029, "invalid code")
	case code.spent:
		return nil, failf(40163, "code been used")
	case !c.now().Before(code.expires):
		return nil, failf(42003, "code expired")
	}
	code.spent = true
	refresh := newToken()
	s.refresh.keep(refresh, code.authGrant, c.now(), refreshLife)
	answer := s.answer(c, code.authGrant, refresh)
	if code.snapshot {
		answer["is_snapshotuser"] = 1
	}
	if id := code.unionID(); id != "" {
		answer["unionid"] = id
	}
	return answer, nil
}

// refreshUserToken is GET /sns/oauth2/refresh_token. The refresh token stays.
func refreshUserToken(c *call) (any, error) {
	q, s := c.query, &c.areas.authorizations
	value := q.Get("refresh_token")
	t := s.refresh.issued[value]
	switch _, isWebsite := s.websites[q.Get("appid")]; {
	case q.Get("appid") == "":
		return nil, fail(41002)
	case q.Get("appid") != c.set.AppID && !isWebsite:
		return nil, fail(40013)
	case q.Get("grant_type") != "refresh_token":
		return nil, fail(40002)
	case value == "":
		return nil, failf(41003, "missing refresh_token")
	case t == nil || t.appID != q.Get("appid"):
		return nil, failf(40030, "invalid refresh_token")
	case t.spent:
		return nil, failf(42007, "access_token and refresh_token exception")
	case !c.now().Before(t.expires):
		return nil, failf(42002, "refresh_token expired")
	}
	return s.answer(c, t.authGrant, value), nil
}

// answer is a new access token with its refresh token.
func (s *authorizations) answer(c *call, g authGrant, refresh string) object {
	access := newToken()
	s.access.keep(access, g, c.now(), userTokenLife)
	return object{
		"access_token": access, "expires_in": int(userTokenLife / time.Second),
		"refresh_token": refresh, "openid": g.openid, "scope": g.scope,
	}
}

// unionID is the user's unionid where the grant tells it; a virtual user has one of
// its own.
func (g authGrant) unionID() string {
	switch {
	case g.scope == "snsapi_base" || g.user.unionID == "":
		return ""
	case g.snapshot:
		return derivedOpenID(g.user, "snapshot unionid")
	}
	return g.user.unionID
}

// userToken finds the token of a call of a user's endpoint, with what it refuses:
// forged is the code for one that the platform never made.
func (c *call) userToken(forged int) (*issuedGrant, error) {
	value := c.query.Get("access_token")
	t := c.areas.authorizations.access.issued[value]
	switch {
	case value == "":
		return nil, fail(41001)
	case t == nil && !plausible(value):
		return nil, fail(40014)
	case t == nil:
		return nil, fail(forged)
	case t.spent:
		return nil, failf(42007, "access_token and refresh_token exception")
	case !c.now().Before(t.expires):
		return nil, fail(42001)
	case c.query.Get("openid") != t.openid:
		return nil, fail(40003)
	}
	return t, nil
}

// snsUserInfo is GET /sns/userinfo.
func snsUserInfo(c *call) (any, error) {
	t, err := c.userToken(40001)
	if err != nil {
		return nil, err
	}
	if t.scope == "snsapi_base" {
		return nil, fail(48001)
	}
	face := c.areas.authorizations.portraits[t.user.openID]
	if t.snapshot {
		face = portrait{nickname: "微信用户"}
	}
	o := object{
		"openid": t.openid, "nickname": face.nickname, "headimgurl": face.headImage, "privilege": []string{},
		"sex": 0, "province": "", "city": "", "country": "", "language": c.language(),
	}
	if id := t.unionID(); id != "" {
		o["unionid"] = id
	}
	return o, nil
}

func (c *call) language() string {
	switch lang := c.query.Get("lang"); lang {
	case "zh_CN", "zh_TW", "en":
		return lang
	}
	return defaultLanguage
}

// checkUserToken is GET /sns/auth.
func checkUserToken(c *call) (any, error) {
	_, err := c.userToken(40014)
	return nil, err
}

// SetPortrait gives the user the nickname and the picture that a website learns by
// web authorization (网页授权), and by nothing else.
func (u *User) SetPortrait(nickname, headImageURL string) {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	s := &u.platform.areas.authorizations
	if s.portraits == nil {
		s.portraits = map[string]portrait{}
	}
	s.portraits[u.openID] = portrait{nickname, headImageURL}
}

// SetSnapshot has the user open pages as snapshots (快照页), or no longer: what a
// website learns by snsapi_userinfo is then of a virtual user, marked by
// is_snapshotuser.
func (u *User) SetSnapshot(on bool) {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	s := &u.platform.areas.authorizations
	if s.snapshots == nil {
		s.snapshots = map[string]bool{}
	}
	s.snapshots[u.openID] = on
}

// ChangePassword ends the user's authorizations, as the platform does when a user
// changes the password: the tokens get 42007, and the user is asked again.
func (u *User) ChangePassword() {
	u.platform.mu.Lock()
	defer u.platform.mu.Unlock()
	s := &u.platform.areas.authorizations
	delete(s.consents, u.openID)
	for _, tokens := range []grants{s.access, s.refresh} {
		for _, t := range tokens.issued {
			t.spent = t.spent || t.user == u
		}
	}
}

// SetOAuthDomains registers the hosts to which authorizations may go back
// (网页授权域名): full hosts without a scheme, sub-domains not covered. Without any,
// every host is taken.
func (p *Platform) SetOAuthDomains(hosts ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.areas.authorizations.domains = slices.Clone(hosts)
}

// AddWebsite adds a website with QR login (网站应用), which has an app id and a
// secret of its own, and knows users by other openids. Its page is
// https://open.weixin.qq.com/connect/qrconnect.
func (p *Platform) AddWebsite(appID, secret string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &p.areas.authorizations
	if s.websites == nil {
		s.websites = map[string]string{}
	}
	s.websites[appID] = secret
}

// Authorize has the user open an authorization page (网页授权), at the address to
// which the website sent the browser, and allow what it asks. It returns the address
// to which the browser then goes, with code and state. An address that the page, or
// the app before it, would not understand is an error.
func (u *User) Authorize(page string) (back *url.URL, err error) {
	p := u.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	address, err := url.Parse(page)
	if err != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", err)
	}
	if err := authorizeAddress(address); err != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", err)
	}
	c := &call{Platform: p, at: p.now()}
	r, fault := c.readAuthorize(address.Path, address.Query())
	if fault != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", fault)
	}
	return c.grant(u, r), nil
}

// authorizeAddress checks what only the user's app sees of an address: its host, the
// order of its parameters and the fragment.
func authorizeAddress(a *url.URL) error {
	addr, _ := netip.ParseAddr(a.Hostname())
	if !host.Platform(a.Host) && !addr.IsLoopback() && a.Hostname() != "localhost" {
		return fmt.Errorf("%q is not its host", a.Host)
	}
	if a.Fragment != "wechat_redirect" {
		return errors.New("the address does not end in #wechat_redirect")
	}
	order := []string{"appid", "redirect_uri", "response_type", "scope", "state"}
	last := -1
	for pair := range strings.SplitSeq(a.RawQuery, "&") {
		name, _, _ := strings.Cut(pair, "=")
		i := slices.Index(order, name)
		if i >= 0 && i < last {
			return fmt.Errorf("the parameters are not in the order %s", strings.Join(order, ", "))
		}
		last = max(last, i)
	}
	return nil
}
