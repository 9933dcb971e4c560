// Package oauth models web authorization (网页授权) and the pages of the browser.
package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/template"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// authGrant is the grant of a user to an app.
type authGrant struct {
	user     *server.User
	appID    string
	openid   string // openid for that app; in a snapshot, of a virtual user
	scope    string
	snapshot bool
}

// issuedGrant is a code, an access token of a user, or a refresh token.
type issuedGrant struct {
	authGrant
	expires time.Time
	spent   bool // a used code or a revoked token
}

// grants holds codes and tokens by value.
type grants struct {
	issued  map[string]*issuedGrant
	sweepAt int // how many are kept before old ones are deleted
}

func newGrants() grants { return grants{issued: map[string]*issuedGrant{}} }

// keep stores a grant for a time. Expired ones are kept for a while, so that the
// platform can report that they have expired.
func (s *grants) keep(value string, g authGrant, now time.Time, life time.Duration) {
	if len(s.issued) >= s.sweepAt {
		maps.DeleteFunc(s.issued, func(_ string, old *issuedGrant) bool { return now.Sub(old.expires) > grantMemory })
		s.sweepAt = 2*len(s.issued) + 64
	}
	s.issued[value] = &issuedGrant{authGrant: g, expires: now.Add(life)}
}

const (
	codeLife      = 5 * time.Minute
	userTokenLife = 2 * time.Hour
	refreshLife   = 30 * 24 * time.Hour
	consentLife   = 30 * 24 * time.Hour
	grantMemory   = 24 * time.Hour // how long expired grants are kept
	snsMinutely   = 50_000
	maxState      = 128 // bytes

	authorizePath = "/connect/oauth2/authorize"
	qrConnectPath = "/connect/qrconnect"
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s         *server.Server
	templates *template.Area
	domains   []string                // registered for redirects (网页授权域名); empty allows any
	websites  map[string]string       // secrets of websites with QR login (网站应用), by app id
	tenants   func(appID string) bool // whether an account has authorized the third-party platform
	codes     grants
	access    grants               // tokens
	refresh   grants               // refresh tokens
	consents  map[string]time.Time // time until which a user need not be asked, by openid
	profiles  map[string]profile
	snapshots map[string]bool // users who open pages as snapshots
}

// Register adds the area to the server.
func Register(s *server.Server, templates *template.Area) *Area {
	a := &Area{
		s: s, templates: templates, tenants: func(string) bool { return false },
		websites: map[string]string{}, codes: newGrants(), access: newGrants(), refresh: newGrants(),
		consents: map[string]time.Time{}, profiles: map[string]profile{}, snapshots: map[string]bool{},
	}
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

// ServeTenants enables the pages of authorization for the accounts that have authorized
// the third-party platform (第三方平台). Their openids are those of messages.
func (a *Area) ServeTenants(known func(appID string) bool) { a.tenants = known }

// grant issues a code for the user's grant, and returns the address of the website with
// it.
func (a *Area) grant(c *server.Call, u *server.User, r authRequest) *url.URL {
	g := authGrant{user: u, appID: r.appID, openid: u.OpenID, scope: r.scope}
	if r.appID != c.Account.AppID && !a.tenants(r.appID) {
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

// derivedOpenID returns another openid of a user: for another app, or of the virtual
// user of a snapshot. The result is always the same.
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
	}
	return a.Exchange(c)
}

// Exchange exchanges the code of a call whose credential was accepted.
func (a *Area) Exchange(c *server.Call) (any, error) {
	q := c.Query
	code := a.codes.issued[q.Get("code")]
	switch {
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

// refreshUserToken is GET /sns/oauth2/refresh_token.
func (a *Area) refreshUserToken(c *server.Call) (any, error) {
	appID := c.Query.Get("appid")
	switch _, isWebsite := a.websites[appID]; {
	case appID == "":
		return nil, server.Fail(41002)
	case appID != c.Account.AppID && !isWebsite:
		return nil, server.Fail(40013)
	}
	return a.Refresh(c)
}

// Refresh issues a new access token for a call whose credential was accepted. The
// refresh token stays the same.
func (a *Area) Refresh(c *server.Call) (any, error) {
	q := c.Query
	value := q.Get("refresh_token")
	t := a.refresh.issued[value]
	switch {
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

// answer returns a new access token with its refresh token.
func (a *Area) answer(c *server.Call, g authGrant, refresh string) server.Object {
	access := server.NewToken()
	a.access.keep(access, g, c.Now(), userTokenLife)
	return server.Object{
		"access_token": access, "expires_in": int(userTokenLife / time.Second),
		"refresh_token": refresh, "openid": g.openid, "scope": g.scope,
	}
}

// unionID returns the user's unionid if the grant includes it; a virtual user has a
// different one.
func (g authGrant) unionID() string {
	switch {
	case g.scope == "snsapi_base" || g.user.UnionID == "":
		return ""
	case g.snapshot:
		return derivedOpenID(g.user, "snapshot unionid")
	}
	return g.user.UnionID
}

// userToken returns the valid token of a call of a user's endpoint. forged is the
// errcode for a token that the platform did not issue.
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
	face := a.profiles[t.user.OpenID]
	if t.snapshot {
		face = profile{nickname: "微信用户"}
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
