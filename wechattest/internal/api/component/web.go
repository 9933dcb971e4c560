package component

import (
	"crypto/rand"
	"errors"
	"html"
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// webGrant is a user's consent to an account's web page.
type webGrant struct{ appID, openID, scope string }

// componentUserToken is GET /sns/oauth2/component/access_token.
func (a *Area) componentUserToken(c *server.Call, in componentCall) (any, error) {
	code := c.Query.Get("code")
	grant, known := a.userCodes[code]
	switch {
	case c.Query.Get("grant_type") != "authorization_code":
		return nil, server.Fail(40002)
	case !known || grant.appID != in.AppID:
		return nil, server.Failf(40029, "invalid code")
	}
	delete(a.userCodes, code)
	return a.userGrant(c, grant, "userrefresh@@@"+rand.Text()), nil
}

// refreshComponentUserToken is GET /sns/oauth2/component/refresh_token.
func (a *Area) refreshComponentUserToken(c *server.Call, in componentCall) (any, error) {
	refresh := c.Query.Get("refresh_token")
	grant, known := a.userTokens[refresh]
	switch {
	case c.Query.Get("grant_type") != "refresh_token":
		return nil, server.Fail(40002)
	case !known || grant.appID != in.AppID:
		return nil, server.Failf(40030, "invalid refresh_token")
	}
	return a.userGrant(c, grant, refresh), nil
}

func (a *Area) userGrant(c *server.Call, g webGrant, refresh string) server.Object {
	if a.userTokens == nil {
		a.userTokens = map[string]webGrant{}
	}
	a.userTokens[refresh] = g
	return server.Object{
		"access_token": "user_" + rand.Text(), "expires_in": 7200, "refresh_token": refresh,
		"openid": g.openID, "scope": g.scope, "unionid": "union_" + g.openID,
	}
}

// ConsentFor has a user consent to a web page of an account that authorised the
// third-party platform, and returns the code with which the page is visited.
func (a *Area) ConsentFor(appID, openID, scope string) (code string) {
	a.s.Lock()
	defer a.s.Unlock()
	if a.userCodes == nil {
		a.userCodes = map[string]webGrant{}
	}
	code = rand.Text()
	a.userCodes[code] = webGrant{appID, openID, scope}
	return code
}

// loginPage is GET https://mp.weixin.qq.com/cgi-bin/componentloginpage: a page in
// place of the QR code. Who scans it is [Platform.Authorize].
func (a *Area) loginPage(c *server.Call) (any, error) {
	page := func(status int, text string) (any, error) {
		return &server.Attachment{Status: status, ContentType: "text/html; charset=utf-8",
			Content: []byte("<!DOCTYPE html><html><body><h1>" + html.EscapeString(text) + "</h1></body></html>")}, nil
	}
	if err := a.checkPage(c, c.Query); err != nil {
		return page(http.StatusOK, "授权页错误: "+err.Error())
	}
	return page(http.StatusOK, "请使用公众平台绑定的管理员个人微信号扫描")
}

// checkPage checks the parameters of an authorisation page.
func (a *Area) checkPage(c *server.Call, q url.Values) error {
	ends, known := a.preAuth[q.Get("pre_auth_code")]
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("component_appid") != c.Account.ComponentAppID:
		return server.Fail(40013)
	case !known || !c.Now().Before(ends):
		return errors.New("pre_auth_code is wrong, used or has expired")
	case err != nil || back.Host == "":
		return errors.New("redirect_uri is no address")
	case q.Get("biz_appid") != "" && q.Get("auth_type") != "":
		return errors.New("auth_type and biz_appid exclude each other")
	case q.Get("auth_type") != "" && !slices.Contains([]string{"1", "2", "3", "4", "5", "6"}, q.Get("auth_type")):
		return errors.New("auth_type is wrong")
	}
	return nil
}
