// Package oauth models web authorization (网页授权) and the pages of the browser.
package oauth

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

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// authGrant is what a user has granted, and to whom.
type authGrant struct {
	user     *server.User
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

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s         *server.Server
	templates *template.Area
	domains   []string          // registered for redirects (网页授权域名); empty takes any
	websites  map[string]string // secrets of websites with QR login (网站应用), by app id
	codes     grants
	access    grants               // tokens
	refresh   grants               // refresh tokens
	consents  map[string]time.Time // until when a user need not be asked, by openid
	portraits map[string]portrait
	snapshots map[string]bool // users who open pages as snapshots
}

// Register adds the area to the server.
func Register(s *server.Server, templates *template.Area) *Area {
	a := &Area{s: s, templates: templates}
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, Path: authorizePath, Credential: server.NoCredential, Page: true, Handle: a.authorize},
		{Method: http.MethodGet, Path: qrConnectPath, Credential: server.NoCredential, Page: true, Handle: a.authorize},
		{Method: http.MethodGet, Path: "/sns/oauth2/access_token", Credential: server.NoCredential, Minutely: snsMinutely, Handle: a.exchangeCode},
		{Method: http.MethodGet, Path: "/sns/oauth2/refresh_token", Credential: server.NoCredential, Minutely: snsMinutely, Handle: a.refreshUserToken},
		{Method: http.MethodGet, Path: "/sns/userinfo", Credential: server.NoCredential, Minutely: snsMinutely, Handle: a.snsUserInfo},
		{Method: http.MethodGet, Path: "/sns/auth", Credential: server.NoCredential, Handle: a.checkUserToken},
	}...)
	s.Handle(a.browserEndpoints()...)
	return a
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

func (f *authFault) Error() string            { return fmt.Sprintf("%s (error code %d)", f.text, f.code) }
func (f *authFault) page() *server.Attachment { return oops(f.code, f.text) }

func (a *Area) readAuthorize(c *server.Call, path string, q url.Values) (authRequest, *authFault) {
	r := authRequest{appID: q.Get("appid"), scope: q.Get("scope"), state: q.Get("state")}
	r.popup, r.snapshot = q.Get("forcePopup") == "true", q.Get("forceSnapShot") == "true"
	_, website := a.websites[r.appID]
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
	case path == authorizePath && r.appID != c.Account.AppID, path == qrConnectPath && !website:
		return r, &authFault{40013, "the appid is unknown"}
	case component != "" && component != c.Account.ComponentAppID:
		return r, &authFault{10015, "the account has not authorized the third-party platform"}
	case r.scope == "":
		return r, &authFault{10010, "scope is empty"}
	case !slices.Contains(scopes, r.scope):
		return r, &authFault{10005, "the account does not hold the scope"}
	case q.Get("redirect_uri") == "":
		return r, &authFault{10011, "redirect_uri is empty"}
	case err != nil || back.Host == "" || back.Scheme != "http" && back.Scheme != "https":
		return r, &authFault{10003, "redirect_uri is no address of a website"}
	case component == "" && len(a.domains) > 0 && !slices.Contains(a.domains, back.Host):
		return r, &authFault{10003, "the host of redirect_uri is not the registered domain"}
	case q.Get("response_type") != "code":
		return r, &authFault{40097, "response_type is not code"}
	}
	if len(r.state) > maxState {
		c.Account.Logger.Warn("state of an authorization is longer than 128 bytes")
	}
	r.back = back
	return r, nil
}

// authorize is GET https://open.weixin.qq.com/connect/oauth2/authorize and
// GET https://open.weixin.qq.com/connect/qrconnect: silent for snsapi_base, and for
// snsapi_userinfo while a consent lasts; a page that asks otherwise.
func (a *Area) authorize(c *server.Call) (any, error) {
	r, fault := a.readAuthorize(c, c.Request.URL.Path, c.Query)
	if fault != nil {
		return fault.page(), nil
	}
	u := c.Visiting()
	if a.silent(u, r, c.Now()) {
		return redirect(a.grant(c, u, r)), nil
	}
	asks := "获得你的昵称、头像 your nickname and picture"
	if r.scope == "snsapi_login" {
		asks = "使用微信扫一扫登录 log in by scanning a QR code"
	}
	return a.ask(c, question{Title: "微信登录", Asks: asks, Snapshot: r.scope == "snsapi_userinfo"}), nil
}

func (a *Area) silent(u *server.User, r authRequest, now time.Time) bool {
	switch {
	case r.scope == "snsapi_base":
		return true
	case r.scope == "snsapi_login" || r.popup:
		return false
	}
	return now.Before(a.consents[u.OpenID])
}

// grant makes a code for what the user has granted, and is the address that
// brings it to the website.
func (a *Area) grant(c *server.Call, u *server.User, r authRequest) *url.URL {
	if a.consents == nil {
		a.consents = map[string]time.Time{}
	}
	g := authGrant{user: u, appID: r.appID, openid: u.OpenID, scope: r.scope}
	if r.appID != c.Account.AppID {
		g.openid = derivedOpenID(u, r.appID)
	}
	if r.scope == "snsapi_userinfo" {
		if g.snapshot = r.snapshot || a.snapshots[u.OpenID]; g.snapshot {
			g.openid = derivedOpenID(u, "snapshot")
		} else {
			a.consents[u.OpenID] = c.Now().Add(consentLife)
		}
	}
	code := "0" + rand.Text() + "01"
	a.codes.keep(code, g, c.Now(), codeLife)
	back := *r.back
	q := back.Query()
	q.Set("code", code)
	q.Set("state", r.state)
	back.RawQuery = q.Encode()
	return &back
}

// derivedOpenID is a second openid of a user: for another app, or of the virtual
// user of a snapshot. It is always the same.
func derivedOpenID(u *server.User, of string) string {
	sum := sha256.Sum256([]byte(of + " " + u.OpenID))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

// exchangeCode is GET /sns/oauth2/access_token.
func (a *Area) exchangeCode(c *server.Call) (any, error) {
	q := c.Query
	website, isWebsite := a.websites[q.Get("appid")]
	secret := c.Account.Secret
	if isWebsite {
		secret = website
	}
	code := a.codes.issued[q.Get("code")]
	switch {
	case !c.Account.Allows(c.From):
		return nil, server.NotAllowed(c.From)
	case q.Get("appid") == "":
		return nil, server.Fail(41002)
	case q.Get("appid") != c.Account.AppID && !isWebsite:
		return nil, server.Fail(40013)
	case q.Get("secret") == "":
		return nil, server.Fail(41004)
	case q.Get("secret") != secret:
		return nil, server.Fail(40125)
	case !isWebsite && c.Account.SecretFrozen:
		return nil, server.Fail(40243)
	case q.Get("grant_type") != "authorization_code":
		return nil, server.Fail(40002)
	case q.Get("code") == "":
		return nil, server.Failf(41008, "missing code")
	case code == nil || code.appID != q.Get("appid"):
		return nil, server.Failf(40029, "invalid code")
	case code.spent:
		return nil, server.Failf(40163, "code been used")
	case !c.Now().Before(code.expires):
		return nil, server.Failf(42003, "code expired")
	}
	code.spent = true
	refresh := server.NewToken()
	a.refresh.keep(refresh, code.authGrant, c.Now(), refreshLife)
	answer := a.answer(c, code.authGrant, refresh)
	if code.snapshot {
		answer["is_snapshotuser"] = 1
	}
	if id := code.unionID(); id != "" {
		answer["unionid"] = id
	}
	return answer, nil
}

// refreshUserToken is GET /sns/oauth2/refresh_token. The refresh token stays.
func (a *Area) refreshUserToken(c *server.Call) (any, error) {
	q := c.Query
	value := q.Get("refresh_token")
	t := a.refresh.issued[value]
	switch _, isWebsite := a.websites[q.Get("appid")]; {
	case q.Get("appid") == "":
		return nil, server.Fail(41002)
	case q.Get("appid") != c.Account.AppID && !isWebsite:
		return nil, server.Fail(40013)
	case q.Get("grant_type") != "refresh_token":
		return nil, server.Fail(40002)
	case value == "":
		return nil, server.Failf(41003, "missing refresh_token")
	case t == nil || t.appID != q.Get("appid"):
		return nil, server.Failf(40030, "invalid refresh_token")
	case t.spent:
		return nil, server.Failf(42007, "access_token and refresh_token exception")
	case !c.Now().Before(t.expires):
		return nil, server.Failf(42002, "refresh_token expired")
	}
	return a.answer(c, t.authGrant, value), nil
}

// answer is a new access token with its refresh token.
func (a *Area) answer(c *server.Call, g authGrant, refresh string) server.Object {
	access := server.NewToken()
	a.access.keep(access, g, c.Now(), userTokenLife)
	return server.Object{
		"access_token": access, "expires_in": int(userTokenLife / time.Second),
		"refresh_token": refresh, "openid": g.openid, "scope": g.scope,
	}
}

// unionID is the user's unionid where the grant tells it; a virtual user has one of
// its own.
func (g authGrant) unionID() string {
	switch {
	case g.scope == "snsapi_base" || g.user.UnionID == "":
		return ""
	case g.snapshot:
		return derivedOpenID(g.user, "snapshot unionid")
	}
	return g.user.UnionID
}

// userToken finds the token of a call of a user's endpoint, with what it refuses:
// forged is the code for one that the platform never made.
func (a *Area) userToken(c *server.Call, forged int) (*issuedGrant, error) {
	value := c.Query.Get("access_token")
	t := a.access.issued[value]
	switch {
	case value == "":
		return nil, server.Fail(41001)
	case t == nil && !server.Plausible(value):
		return nil, server.Fail(40014)
	case t == nil:
		return nil, server.Fail(forged)
	case t.spent:
		return nil, server.Failf(42007, "access_token and refresh_token exception")
	case !c.Now().Before(t.expires):
		return nil, server.Fail(42001)
	case c.Query.Get("openid") != t.openid:
		return nil, server.Fail(40003)
	}
	return t, nil
}

// snsUserInfo is GET /sns/userinfo.
func (a *Area) snsUserInfo(c *server.Call) (any, error) {
	t, err := a.userToken(c, 40001)
	if err != nil {
		return nil, err
	}
	if t.scope == "snsapi_base" {
		return nil, server.Fail(48001)
	}
	face := a.portraits[t.user.OpenID]
	if t.snapshot {
		face = portrait{nickname: "微信用户"}
	}
	o := server.Object{
		"openid": t.openid, "nickname": face.nickname, "headimgurl": face.headImage, "privilege": []string{},
		"sex": 0, "province": "", "city": "", "country": "", "language": a.language(c),
	}
	if id := t.unionID(); id != "" {
		o["unionid"] = id
	}
	return o, nil
}

func (a *Area) language(c *server.Call) string {
	switch lang := c.Query.Get("lang"); lang {
	case "zh_CN", "zh_TW", "en":
		return lang
	}
	return "zh_CN"
}

// checkUserToken is GET /sns/auth.
func (a *Area) checkUserToken(c *server.Call) (any, error) {
	_, err := a.userToken(c, 40014)
	return nil, err
}

// SetPortrait gives the user the nickname and the picture that a website learns by
// web authorization (网页授权), and by nothing else.
func (a *Area) SetPortrait(u *server.User, nickname, headImageURL string) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.portraits == nil {
		a.portraits = map[string]portrait{}
	}
	a.portraits[u.OpenID] = portrait{nickname, headImageURL}
}

// SetSnapshot has the user open pages as snapshots (快照页), or no longer: what a
// website learns by snsapi_userinfo is then of a virtual user, marked by
// is_snapshotuser.
func (a *Area) SetSnapshot(u *server.User, on bool) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.snapshots == nil {
		a.snapshots = map[string]bool{}
	}
	a.snapshots[u.OpenID] = on
}

// ChangePassword ends the user's authorizations, as the platform does when a user
// changes the password: the tokens get 42007, and the user is asked again.
func (a *Area) ChangePassword(u *server.User) {
	a.s.Lock()
	defer a.s.Unlock()
	delete(a.consents, u.OpenID)
	for _, tokens := range []grants{a.access, a.refresh} {
		for _, t := range tokens.issued {
			t.spent = t.spent || t.user == u
		}
	}
}

// SetOAuthDomains registers the hosts to which authorizations may go back
// (网页授权域名): full hosts without a scheme, sub-domains not covered. Without any,
// every host is taken.
func (a *Area) SetOAuthDomains(hosts ...string) {
	a.s.Lock()
	defer a.s.Unlock()
	a.domains = slices.Clone(hosts)
}

// AddWebsite adds a website with QR login (网站应用), which has an app id and a
// secret of its own, and knows users by other openids. Its page is
// https://open.weixin.qq.com/connect/qrconnect.
func (a *Area) AddWebsite(appID, secret string) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.websites == nil {
		a.websites = map[string]string{}
	}
	a.websites[appID] = secret
}

// Authorize has the user open an authorization page (网页授权), at the address to
// which the website sent the browser, and allow what it asks. It returns the address
// to which the browser then goes, with code and state. An address that the page, or
// the app before it, would not understand is an error.
func (a *Area) Authorize(u *server.User, page string) (back *url.URL, err error) {
	a.s.Lock()
	defer a.s.Unlock()
	address, err := url.Parse(page)
	if err != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", err)
	}
	if err := authorizeAddress(address); err != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", err)
	}
	c := a.s.Play()
	r, fault := a.readAuthorize(c, address.Path, address.Query())
	if fault != nil {
		return nil, fmt.Errorf("wechattest: authorization page: %w", fault)
	}
	return a.grant(c, u, r), nil
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
