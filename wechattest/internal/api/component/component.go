// Package component models third-party platforms (第三方平台) and open-platform accounts.
package component

import (
	"crypto/rand"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Secret is the component_appsecret.
const Secret = "d41f6a9b02c85e7731b0c4f8a6e29d55"

// webGrant is a user's consent to an account's web page.
type webGrant struct{ appID, openID, scope string }

type grantCode struct {
	appID string
	ends  time.Time
	used  bool
}

// Tenant is an account that has authorised the third-party platform.
type Tenant struct {
	appID      string
	originalID string // its name in messages, gh_…

	refresh string
	token   *server.Token
	at      time.Time
	options map[string]string
	open    string // open-platform account that it is bound to
	rotate  bool
	asked   int // how often its token was asked for
}

const (
	ticketLife    = 12 * time.Hour
	preAuthLife   = 30 * time.Minute
	grantCodeLife = time.Hour
)

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s          *server.Server
	ticket     string
	ticketEnds time.Time
	token      *server.Token
	issued     map[string]*server.Token
	preAuth    map[string]time.Time // codes that were not used, and when they end
	codes      map[string]*grantCode
	tenants    map[string]*Tenant
	order      []string // app ids, in the order of authorisation
	opened     int      // open-platform accounts made so far
	userCodes  map[string]webGrant
	userTokens map[string]webGrant // by refresh token
}

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s}
	post := func(path string, handle func(*server.Call) (any, error)) server.Endpoint {
		return server.Endpoint{Method: http.MethodPost, Path: path, Credential: server.AppSecret, Body: server.JSONBody, Handle: handle}
	}
	own := func(path string, handle func(*server.Call) (any, error)) server.Endpoint {
		return server.Endpoint{Method: http.MethodPost, Path: path, Body: server.JSONBody, Handle: handle}
	}
	s.Handle([]server.Endpoint{
		post("/cgi-bin/component/api_start_push_ticket", server.JSON(a.startPushTicket)),
		post("/cgi-bin/component/api_component_token", server.JSON(a.componentToken)),
		post("/cgi-bin/component/api_create_preauthcode", a.byComponent(a.createPreAuthCode)),
		post("/cgi-bin/component/api_query_auth", a.byComponent(a.queryAuth)),
		post("/cgi-bin/component/api_authorizer_token", a.byComponent(a.authorizerToken)),
		post("/cgi-bin/component/api_get_authorizer_info", a.byComponent(a.authorizerInfo)),
		post("/cgi-bin/component/api_get_authorizer_list", a.byComponent(a.authorizerList)),
		post("/cgi-bin/component/api_get_authorizer_option", a.byComponent(a.getOption)),
		post("/cgi-bin/component/api_set_authorizer_option", a.byComponent(a.setOption)),
		post("/cgi-bin/component/clear_quota/v2", server.JSON(a.componentClearQuota)),
		own("/cgi-bin/component/get_authorizer_option", a.getOwnOption),
		own("/cgi-bin/component/set_authorizer_option", a.setOwnOption),
		own("/cgi-bin/account/fastregister", server.JSON(a.fastRegister)),
		own("/cgi-bin/open/create", a.openCreate),
		own("/cgi-bin/open/bind", a.openBind),
		own("/cgi-bin/open/unbind", a.openUnbind),
		own("/cgi-bin/open/get", a.openGet),
		own("/cgi-bin/open/have", a.openHave),
		{Method: http.MethodGet, Path: "/cgi-bin/open/sameentity", Handle: a.openSameEntity},
		{Method: http.MethodGet, Path: "/sns/oauth2/component/access_token", Credential: server.AppSecret, Handle: a.byComponent(a.componentUserToken)},
		{Method: http.MethodGet, Path: "/sns/oauth2/component/refresh_token", Credential: server.AppSecret, Handle: a.byComponent(a.refreshComponentUserToken)},
		{Method: http.MethodGet, Path: "/cgi-bin/componentloginpage", Credential: server.NoCredential, Page: true, Handle: a.loginPage},
		{Method: http.MethodGet, Path: "/wxaopen/safe/bindcomponent", Credential: server.NoCredential, Page: true, Handle: a.loginPage},
		{Method: http.MethodGet, Path: "/safe/bindcomponent", Credential: server.NoCredential, Page: true, Handle: a.loginPage},
	}...)
	return a
}

// componentCall is the body of the calls that name a component.
type componentCall struct {
	ComponentAppID string        `json:"component_appid"`
	AppID          string        `json:"authorizer_appid"`
	Refresh        string        `json:"authorizer_refresh_token"`
	Code           string        `json:"authorization_code"`
	Option         string        `json:"option_name"`
	Value          server.Scalar `json:"option_value"`
	Offset         server.Number `json:"offset"`
	Count          server.Number `json:"count"`
	Ticket         string        `json:"component_verify_ticket"`
	AppSecret      string        `json:"component_appsecret"`
	Secret         string        `json:"component_secret"`
}

// byComponent admits calls with a component token, under either of its names.
func (a *Area) byComponent(handle func(*server.Call, componentCall) (any, error)) func(*server.Call) (any, error) {
	return func(c *server.Call) (any, error) {
		value := c.Query.Get("component_access_token")
		if value == "" {
			value = c.Query.Get("access_token")
		}
		t := a.issued[value]
		switch {
		case !c.Account.Allows(c.From):
			return nil, server.Failf(61004, "access clientip is not registered")
		case value == "":
			return nil, server.Failf(41001, "component_access_token missing")
		case t == nil && c.Tokens.Issued[value] != nil:
			return nil, server.Failf(61014, "must use component token for component api")
		case t == nil:
			return nil, server.Fail(40001)
		case !t.Accepted(c.Now()):
			return nil, server.Failf(42001, "component_access_token expired")
		}
		in := componentCall{ComponentAppID: c.Query.Get("component_appid"), AppID: c.Query.Get("appid")}
		if c.Request.Method == http.MethodPost {
			if err := c.Bind(&in); err != nil {
				return nil, err
			}
		}
		if in.ComponentAppID != c.Account.ComponentAppID {
			return nil, server.Fail(40013)
		}
		return handle(c, in)
	}
}

func (a *Area) componentSecret(c *server.Call, appID, secret string) error {
	switch {
	case !c.Account.Allows(c.From):
		return server.Failf(61004, "access clientip is not registered")
	case appID != c.Account.ComponentAppID:
		return server.Fail(40013)
	case secret != Secret:
		return server.Fail(40125)
	}
	return nil
}

// startPushTicket is POST /cgi-bin/component/api_start_push_ticket: a ticket follows.
func (a *Area) startPushTicket(c *server.Call, in componentCall) (any, error) {
	if err := a.componentSecret(c, in.ComponentAppID, in.Secret); err != nil {
		return nil, err
	}
	if c.Bot != nil {
		c.Later(0, func() { _ = a.PushTicket() })
	}
	return nil, nil
}

// componentToken is POST /cgi-bin/component/api_component_token.
func (a *Area) componentToken(c *server.Call, in componentCall) (any, error) {
	if err := a.componentSecret(c, in.ComponentAppID, in.AppSecret); err != nil {
		return nil, err
	}
	switch {
	case in.Ticket == "" || in.Ticket != a.ticket:
		return nil, server.Failf(61006, "component ticket is invalid")
	case !c.Now().Before(a.ticketEnds):
		return nil, server.Failf(61005, "component ticket is expired")
	}
	c.Retire(a.token, server.Overlap)
	a.token = &server.Token{Value: server.NewToken(), Expires: c.Now().Add(c.Account.TokenLife)}
	if a.issued == nil {
		a.issued = map[string]*server.Token{}
	}
	a.issued[a.token.Value] = a.token
	return server.Object{"component_access_token": a.token.Value, "expires_in": int(c.Account.TokenLife / time.Second)}, nil
}

// createPreAuthCode is POST /cgi-bin/component/api_create_preauthcode.
func (a *Area) createPreAuthCode(c *server.Call, _ componentCall) (any, error) {
	if a.preAuth == nil {
		a.preAuth = map[string]time.Time{}
	}
	code := "preauthcode@@@" + rand.Text()
	a.preAuth[code] = c.Now().Add(preAuthLife)
	return server.Object{"pre_auth_code": code, "expires_in": int(preAuthLife / time.Second)}, nil
}

// queryAuth is POST /cgi-bin/component/api_query_auth: a code is good once.
func (a *Area) queryAuth(c *server.Call, in componentCall) (any, error) {
	code := a.codes[in.Code]
	switch {
	case code == nil:
		return nil, server.Failf(61009, "code is invalid")
	case code.used || !c.Now().Before(code.ends):
		return nil, server.Failf(61010, "code is expired")
	}
	code.used = true
	t := a.tenants[code.appID]
	if t == nil {
		return nil, notAuthorised()
	}
	t.token = c.Issue()
	info := t.authorization()
	info["authorizer_access_token"], info["expires_in"] = t.token.Value, int(c.Account.TokenLife/time.Second)
	return server.Object{"authorization_info": info}, nil
}

func notAuthorised() error { return server.Failf(61003, "component is not authorized by this account") }

// authorizerToken is POST /cgi-bin/component/api_authorizer_token. The refresh token
// stays, or is replaced; see [Tenant.RotateRefreshToken].
func (a *Area) authorizerToken(c *server.Call, in componentCall) (any, error) {
	t := a.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	t.asked++
	if in.Refresh != t.refresh {
		return nil, server.Failf(61023, "invalid refresh_token")
	}
	if t.rotate {
		t.refresh = newRefreshToken()
	}
	c.Retire(t.token, server.Overlap)
	t.token = c.Issue()
	return server.Object{
		"authorizer_access_token": t.token.Value, "expires_in": int(c.Account.TokenLife / time.Second),
		"authorizer_refresh_token": t.refresh,
	}, nil
}

func newRefreshToken() string { return "refreshtoken@@@" + rand.Text() }

func (t *Tenant) authorization() server.Object {
	return server.Object{
		"authorizer_appid": t.appID, "authorizer_refresh_token": t.refresh,
		"func_info": []server.Object{
			{"funcscope_category": server.Object{"id": 1, "type": 0, "name": "消息管理权限", "desc": "帮助公众号接收用户消息"}},
			{"funcscope_category": server.Object{"id": 15, "type": 0, "name": "素材管理权限", "desc": "帮助公众号管理素材"},
				"confirm_info": server.Object{"need_confirm": 0, "already_confirm": 0, "can_confirm": 0}},
		},
	}
}

// authorizerInfo is POST /cgi-bin/component/api_get_authorizer_info.
func (a *Area) authorizerInfo(c *server.Call, in componentCall) (any, error) {
	t := a.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	return server.Object{
		"authorizer_info": server.Object{
			"nick_name": "账号 " + t.appID, "head_img": "https://wx.qlogo.cn/head/" + t.appID,
			"service_type_info": server.Object{"id": 2, "name": "服务号"}, "verify_type_info": server.Object{"id": 0, "name": "已认证"},
			"user_name": t.originalID, "alias": "", "qrcode_url": "https://mmbiz.qpic.cn/" + t.appID,
			"principal_name": "本地测试公司", "signature": "本地平台上的账号",
			"business_info":  server.Object{"open_store": 0, "open_scan": 0, "open_pay": 0, "open_card": 0, "open_shake": 0},
			"account_status": 1, "basic_config": server.Object{"is_phone_configured": true, "is_email_configured": true},
		},
		"authorization_info": t.authorization(),
	}, nil
}

// authorizerList is POST /cgi-bin/component/api_get_authorizer_list.
func (a *Area) authorizerList(c *server.Call, in componentCall) (any, error) {
	if in.Count < 1 || in.Count > 500 || in.Offset < 0 {
		return nil, server.Failf(40170, "args count exceed count limit")
	}
	order := a.order
	from := min(int(in.Offset), len(order))
	list := []server.Object{}
	for _, appID := range order[from:min(from+int(in.Count), len(order))] {
		t := a.tenants[appID]
		list = append(list, server.Object{"authorizer_appid": t.appID, "refresh_token": t.refresh, "auth_time": t.at.Unix()})
	}
	return server.Object{"total_count": len(order), "list": list}, nil
}

// getOption is POST /cgi-bin/component/api_get_authorizer_option.
func (a *Area) getOption(c *server.Call, in componentCall) (any, error) {
	t := a.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	value, err := t.option(in.Option)
	return server.Object{"authorizer_appid": t.appID, "option_name": in.Option, "option_value": value}, err
}

// setOption is POST /cgi-bin/component/api_set_authorizer_option.
func (a *Area) setOption(c *server.Call, in componentCall) (any, error) {
	t := a.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	return nil, t.setOption(in.Option, string(in.Value))
}

// caller is the account whose token a call carries.
func (a *Area) caller(c *server.Call) (*Tenant, error) {
	value := c.Query.Get("access_token")
	for _, t := range a.tenants {
		if t.token != nil && t.token.Value == value {
			return t, nil
		}
	}
	return nil, server.Failf(61003, "the token is not that of an account that authorised a component")
}

// getOwnOption is POST /cgi-bin/component/get_authorizer_option, with an account's token.
func (a *Area) getOwnOption(c *server.Call) (any, error) {
	t, in, err := a.ownCall(c)
	if err != nil {
		return nil, err
	}
	value, err := t.option(in.Option)
	return server.Object{"option_name": in.Option, "option_value": value}, err
}

// setOwnOption is POST /cgi-bin/component/set_authorizer_option, with an account's token.
func (a *Area) setOwnOption(c *server.Call) (any, error) {
	t, in, err := a.ownCall(c)
	if err != nil {
		return nil, err
	}
	return nil, t.setOption(in.Option, string(in.Value))
}

func (a *Area) ownCall(c *server.Call) (*Tenant, componentCall, error) {
	var in componentCall
	if err := c.Bind(&in); err != nil {
		return nil, in, err
	}
	t, err := a.caller(c)
	return t, in, err
}

// optionValues are the settings and their highest values.
func optionValues() map[string]string {
	return map[string]string{"location_report": "2", "voice_recognize": "1", "customer_service": "1"}
}

func (t *Tenant) option(name string) (string, error) {
	if _, known := optionValues()[name]; !known {
		return "", server.Failf(61012, "invalid option name")
	}
	if value, set := t.options[name]; set {
		return value, nil
	}
	return "0", nil
}

func (t *Tenant) setOption(name, value string) error {
	highest, known := optionValues()[name]
	switch {
	case !known:
		return server.Failf(61012, "invalid option name")
	case len(value) != 1 || value < "0" || value > highest:
		return server.Failf(61013, "invalid option value")
	}
	if t.options == nil {
		t.options = map[string]string{}
	}
	t.options[name] = value
	return nil
}

// componentClearQuota is POST /cgi-bin/component/clear_quota/v2, by secret.
func (a *Area) componentClearQuota(c *server.Call, in struct {
	AppID          string `json:"appid"`
	ComponentAppID string `json:"component_appid"`
	Secret         string `json:"appsecret"`
}) (any, error) {
	if err := a.componentSecret(c, in.ComponentAppID, in.Secret); err != nil {
		return nil, err
	}
	if in.AppID != c.Account.ComponentAppID && a.tenants[in.AppID] == nil {
		return nil, server.Fail(40013)
	}
	return nil, nil
}

// fastRegister is POST /cgi-bin/account/fastregister. Any ticket but an empty one is good.
func (a *Area) fastRegister(c *server.Call, in struct {
	Ticket string `json:"ticket"`
}) (any, error) {
	if in.Ticket == "" {
		return nil, server.Failf(61058, "invalid ticket")
	}
	if _, err := a.caller(c); err != nil {
		return nil, err
	}
	t := a.authorise(c, "wx"+strings.ToLower(rand.Text()[:16]))
	return server.Object{
		"errcode": 0, "errmsg": "ok", "appid": t.appID, "authorization_code": a.newGrantCode(c, t.appID),
		"is_wx_verify_succ": true, "is_link_succ": true,
	}, nil
}

// openCall is the caller and the body of a call of the area open.
func (a *Area) openCall(c *server.Call) (t *Tenant, openAppID string, err error) {
	var in struct {
		AppID     string `json:"appid"`
		OpenAppID string `json:"open_appid"`
	}
	if err := c.Bind(&in); err != nil {
		return nil, "", err
	}
	if t, err = a.caller(c); err == nil && in.AppID != t.appID {
		err = server.Fail(40013)
	}
	return t, in.OpenAppID, err
}

// openCreate is POST /cgi-bin/open/create.
func (a *Area) openCreate(c *server.Call) (any, error) {
	t, _, err := a.openCall(c)
	switch {
	case err != nil:
		return nil, err
	case t.open != "":
		return nil, server.Failf(89000, "account has bound open")
	}
	a.opened++
	t.open = fmt.Sprintf("wx0be40000%08x", a.opened)
	return server.Object{"errcode": 0, "errmsg": "ok", "open_appid": t.open}, nil
}

// openBind is POST /cgi-bin/open/bind, up to 100 accounts.
func (a *Area) openBind(c *server.Call) (any, error) {
	t, open, err := a.openCall(c)
	var n int
	if n, err = a.made(c, open, err); err != nil {
		return nil, err
	}
	bound := 0
	for _, other := range a.tenants {
		if other.open == open {
			bound++
		}
	}
	switch {
	case t.open != "":
		return nil, server.Failf(89000, "account has bound open")
	case n == 0:
		return nil, server.Failf(89003, "open account is not created by api")
	case bound >= 100:
		return nil, server.Failf(89004, "open account has bound too many accounts")
	}
	t.open = open
	return nil, nil
}

// made tells which of the open-platform accounts made here it is; 0 for none.
func (a *Area) made(c *server.Call, open string, err error) (int, error) {
	for n := 1; err == nil && n <= a.opened; n++ {
		if open == fmt.Sprintf("wx0be40000%08x", n) {
			return n, nil
		}
	}
	return 0, err
}

// openUnbind is POST /cgi-bin/open/unbind.
func (a *Area) openUnbind(c *server.Call) (any, error) {
	t, open, err := a.openCall(c)
	switch {
	case err != nil:
		return nil, err
	case t.open == "" || open != "" && open != t.open:
		return nil, server.Failf(89001, "not same contractor, invalid open_appid")
	}
	t.open = ""
	return nil, nil
}

// openGet is POST /cgi-bin/open/get.
func (a *Area) openGet(c *server.Call) (any, error) {
	t, _, err := a.openCall(c)
	switch {
	case err != nil:
		return nil, err
	case t.open == "":
		return nil, server.Failf(89002, "open not exists")
	}
	return server.Object{"errcode": 0, "errmsg": "ok", "open_appid": t.open}, nil
}

// openHave is POST /cgi-bin/open/have.
func (a *Area) openHave(c *server.Call) (any, error) {
	t, err := a.caller(c)
	if err != nil {
		return nil, err
	}
	return server.Object{"errcode": 0, "errmsg": "ok", "have_open": t.open != ""}, nil
}

// openSameEntity is GET /cgi-bin/open/sameentity.
func (a *Area) openSameEntity(c *server.Call) (any, error) {
	if _, err := a.caller(c); err != nil {
		return nil, err
	}
	return server.Object{"errcode": 0, "errmsg": "ok", "same_entity": true}, nil
}

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
