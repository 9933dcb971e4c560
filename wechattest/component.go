package wechattest

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
)

// DefaultComponentSecret is the secret (component_appsecret) of the third-party
// platform whose app id is [Config].ComponentAppID.
const DefaultComponentSecret = "d41f6a9b02c85e7731b0c4f8a6e29d55"

// components is the third-party platform as the platform sees it: its ticket and
// tokens, and the accounts that have authorised it.
type components struct {
	ticket     string
	ticketEnds time.Time
	token      *issuedToken
	issued     map[string]*issuedToken
	preAuth    map[string]time.Time // codes that were not used, and when they end
	codes      map[string]*grantCode
	tenants    map[string]*Tenant
	order      []string // app ids, in the order of authorisation
	opened     int      // open-platform accounts made so far
	userCodes  map[string]webGrant
	userTokens map[string]webGrant // by refresh token
}

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

	platform *Platform
	refresh  string
	token    *issuedToken
	at       time.Time
	options  map[string]string
	open     string // open-platform account that it is bound to
	rotate   bool
	asked    int // how often its token was asked for
}

const (
	ticketLife    = 12 * time.Hour
	preAuthLife   = 30 * time.Minute
	grantCodeLife = time.Hour
)

func componentEndpoints() []endpoint {
	post := func(path string, handle func(*call) (any, error)) endpoint {
		return endpoint{method: http.MethodPost, path: path, credential: appSecret, body: jsonBody, handle: handle}
	}
	own := func(path string, handle func(*call) (any, error)) endpoint {
		return endpoint{method: http.MethodPost, path: path, body: jsonBody, handle: handle}
	}
	return []endpoint{
		post("/cgi-bin/component/api_start_push_ticket", startPushTicket),
		post("/cgi-bin/component/api_component_token", componentToken),
		post("/cgi-bin/component/api_create_preauthcode", byComponent(createPreAuthCode)),
		post("/cgi-bin/component/api_query_auth", byComponent(queryAuth)),
		post("/cgi-bin/component/api_authorizer_token", byComponent(authorizerToken)),
		post("/cgi-bin/component/api_get_authorizer_info", byComponent(authorizerInfo)),
		post("/cgi-bin/component/api_get_authorizer_list", byComponent(authorizerList)),
		post("/cgi-bin/component/api_get_authorizer_option", byComponent(getOption)),
		post("/cgi-bin/component/api_set_authorizer_option", byComponent(setOption)),
		post("/cgi-bin/component/clear_quota/v2", componentClearQuota),
		own("/cgi-bin/component/get_authorizer_option", getOwnOption),
		own("/cgi-bin/component/set_authorizer_option", setOwnOption),
		own("/cgi-bin/account/fastregister", fastRegister),
		own("/cgi-bin/open/create", openCreate),
		own("/cgi-bin/open/bind", openBind),
		own("/cgi-bin/open/unbind", openUnbind),
		own("/cgi-bin/open/get", openGet),
		own("/cgi-bin/open/have", openHave),
		{method: http.MethodGet, path: "/cgi-bin/open/sameentity", handle: openSameEntity},
		{method: http.MethodGet, path: "/sns/oauth2/component/access_token", credential: appSecret, handle: byComponent(componentUserToken)},
		{method: http.MethodGet, path: "/sns/oauth2/component/refresh_token", credential: appSecret, handle: byComponent(refreshComponentUserToken)},
		{method: http.MethodGet, path: "/cgi-bin/componentloginpage", credential: noCredential, page: true, handle: loginPage},
		{method: http.MethodGet, path: "/wxaopen/safe/bindcomponent", credential: noCredential, page: true, handle: loginPage},
		{method: http.MethodGet, path: "/safe/bindcomponent", credential: noCredential, page: true, handle: loginPage},
	}
}

// componentCall is the body of the calls that name a component.
type componentCall struct {
	ComponentAppID string `json:"component_appid"`
	AppID          string `json:"authorizer_appid"`
	Refresh        string `json:"authorizer_refresh_token"`
	Code           string `json:"authorization_code"`
	Option         string `json:"option_name"`
	Value          scalar `json:"option_value"`
	Offset         number `json:"offset"`
	Count          number `json:"count"`
	Ticket         string `json:"component_verify_ticket"`
	AppSecret      string `json:"component_appsecret"`
	Secret         string `json:"component_secret"`
}

// byComponent admits calls with a component token, under either of its names.
func byComponent(handle func(*call, componentCall) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		value := c.query.Get("component_access_token")
		if value == "" {
			value = c.query.Get("access_token")
		}
		t := c.components.issued[value]
		switch {
		case !c.set.allows(c.from):
			return nil, failf(61004, "access clientip is not registered")
		case value == "":
			return nil, failf(41001, "component_access_token missing")
		case t == nil && c.credentials.issued[value] != nil:
			return nil, failf(61014, "must use component token for component api")
		case t == nil:
			return nil, fail(40001)
		case !t.accepted(c.now()):
			return nil, failf(42001, "component_access_token expired")
		}
		in := componentCall{ComponentAppID: c.query.Get("component_appid"), AppID: c.query.Get("appid")}
		if c.request.Method == http.MethodPost {
			if err := c.bind(&in); err != nil {
				return nil, err
			}
		}
		if in.ComponentAppID != c.set.ComponentAppID {
			return nil, fail(40013)
		}
		return handle(c, in)
	}
}

func (c *call) componentSecret(appID, secret string) error {
	switch {
	case !c.set.allows(c.from):
		return failf(61004, "access clientip is not registered")
	case appID != c.set.ComponentAppID:
		return fail(40013)
	case secret != DefaultComponentSecret:
		return fail(40125)
	}
	return nil
}

// startPushTicket is POST /cgi-bin/component/api_start_push_ticket: a ticket follows.
func startPushTicket(c *call) (any, error) {
	var in componentCall
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := c.componentSecret(in.ComponentAppID, in.Secret); err != nil {
		return nil, err
	}
	if bot, p := c.bot, c.Platform; bot != nil {
		c.later(0, func() { _ = p.PushTicket() })
	}
	return nil, nil
}

// componentToken is POST /cgi-bin/component/api_component_token.
func componentToken(c *call) (any, error) {
	var in componentCall
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := c.componentSecret(in.ComponentAppID, in.AppSecret); err != nil {
		return nil, err
	}
	s := &c.components
	switch {
	case in.Ticket == "" || in.Ticket != s.ticket:
		return nil, failf(61006, "component ticket is invalid")
	case !c.now().Before(s.ticketEnds):
		return nil, failf(61005, "component ticket is expired")
	}
	c.retire(s.token, overlap)
	s.token = &issuedToken{value: newToken(), expires: c.now().Add(c.set.TokenLife)}
	if s.issued == nil {
		s.issued = map[string]*issuedToken{}
	}
	s.issued[s.token.value] = s.token
	return object{"component_access_token": s.token.value, "expires_in": int(c.set.TokenLife / time.Second)}, nil
}

// createPreAuthCode is POST /cgi-bin/component/api_create_preauthcode.
func createPreAuthCode(c *call, _ componentCall) (any, error) {
	if c.components.preAuth == nil {
		c.components.preAuth = map[string]time.Time{}
	}
	code := "preauthcode@@@" + rand.Text()
	c.components.preAuth[code] = c.now().Add(preAuthLife)
	return object{"pre_auth_code": code, "expires_in": int(preAuthLife / time.Second)}, nil
}

// queryAuth is POST /cgi-bin/component/api_query_auth: a code is good once.
func queryAuth(c *call, in componentCall) (any, error) {
	code := c.components.codes[in.Code]
	switch {
	case code == nil:
		return nil, failf(61009, "code is invalid")
	case code.used || !c.now().Before(code.ends):
		return nil, failf(61010, "code is expired")
	}
	code.used = true
	t := c.components.tenants[code.appID]
	if t == nil {
		return nil, notAuthorised()
	}
	t.token = c.issue()
	info := t.authorization()
	info["authorizer_access_token"], info["expires_in"] = t.token.value, int(c.set.TokenLife/time.Second)
	return object{"authorization_info": info}, nil
}

func notAuthorised() error { return failf(61003, "component is not authorized by this account") }

// authorizerToken is POST /cgi-bin/component/api_authorizer_token. The refresh token
// stays, or is replaced; see [Tenant.RotateRefreshToken].
func authorizerToken(c *call, in componentCall) (any, error) {
	t := c.components.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	t.asked++
	if in.Refresh != t.refresh {
		return nil, failf(61023, "invalid refresh_token")
	}
	if t.rotate {
		t.refresh = newRefreshToken()
	}
	c.retire(t.token, overlap)
	t.token = c.issue()
	return object{
		"authorizer_access_token": t.token.value, "expires_in": int(c.set.TokenLife / time.Second),
		"authorizer_refresh_token": t.refresh,
	}, nil
}

func newRefreshToken() string { return "refreshtoken@@@" + rand.Text() }

func (t *Tenant) authorization() object {
	return object{
		"authorizer_appid": t.appID, "authorizer_refresh_token": t.refresh,
		"func_info": []object{
			{"funcscope_category": object{"id": 1, "type": 0, "name": "消息管理权限", "desc": "帮助公众号接收用户消息"}},
			{"funcscope_category": object{"id": 15, "type": 0, "name": "素材管理权限", "desc": "帮助公众号管理素材"},
				"confirm_info": object{"need_confirm": 0, "already_confirm": 0, "can_confirm": 0}},
		},
	}
}

// authorizerInfo is POST /cgi-bin/component/api_get_authorizer_info.
func authorizerInfo(c *call, in componentCall) (any, error) {
	t := c.components.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	return object{
		"authorizer_info": object{
			"nick_name": "账号 " + t.appID, "head_img": "https://wx.qlogo.cn/head/" + t.appID,
			"service_type_info": object{"id": 2, "name": "服务号"}, "verify_type_info": object{"id": 0, "name": "已认证"},
			"user_name": t.originalID, "alias": "", "qrcode_url": "https://mmbiz.qpic.cn/" + t.appID,
			"principal_name": "本地测试公司", "signature": "本地平台上的账号",
			"business_info":  object{"open_store": 0, "open_scan": 0, "open_pay": 0, "open_card": 0, "open_shake": 0},
			"account_status": 1, "basic_config": object{"is_phone_configured": true, "is_email_configured": true},
		},
		"authorization_info": t.authorization(),
	}, nil
}

// authorizerList is POST /cgi-bin/component/api_get_authorizer_list.
func authorizerList(c *call, in componentCall) (any, error) {
	if in.Count < 1 || in.Count > 500 || in.Offset < 0 {
		return nil, failf(40170, "args count exceed count limit")
	}
	order := c.components.order
	from := min(int(in.Offset), len(order))
	list := []object{}
	for _, appID := range order[from:min(from+int(in.Count), len(order))] {
		t := c.components.tenants[appID]
		list = append(list, object{"authorizer_appid": t.appID, "refresh_token": t.refresh, "auth_time": t.at.Unix()})
	}
	return object{"total_count": len(order), "list": list}, nil
}

// getOption is POST /cgi-bin/component/api_get_authorizer_option.
func getOption(c *call, in componentCall) (any, error) {
	t := c.components.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	value, err := t.option(in.Option)
	return object{"authorizer_appid": t.appID, "option_name": in.Option, "option_value": value}, err
}

// setOption is POST /cgi-bin/component/api_set_authorizer_option.
func setOption(c *call, in componentCall) (any, error) {
	t := c.components.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorised()
	}
	return nil, t.setOption(in.Option, string(in.Value))
}

// caller is the account whose token a call carries.
func (c *call) caller() (*Tenant, error) {
	value := c.query.Get("access_token")
	for _, t := range c.components.tenants {
		if t.token != nil && t.token.value == value {
			return t, nil
		}
	}
	return nil, failf(61003, "the token is not that of an account that authorised a component")
}

// getOwnOption is POST /cgi-bin/component/get_authorizer_option, with an account's token.
func getOwnOption(c *call) (any, error) {
	t, in, err := c.ownCall()
	if err != nil {
		return nil, err
	}
	value, err := t.option(in.Option)
	return object{"option_name": in.Option, "option_value": value}, err
}

// setOwnOption is POST /cgi-bin/component/set_authorizer_option, with an account's token.
func setOwnOption(c *call) (any, error) {
	t, in, err := c.ownCall()
	if err != nil {
		return nil, err
	}
	return nil, t.setOption(in.Option, string(in.Value))
}

func (c *call) ownCall() (*Tenant, componentCall, error) {
	var in componentCall
	if err := c.bind(&in); err != nil {
		return nil, in, err
	}
	t, err := c.caller()
	return t, in, err
}

// optionValues are the settings and their highest values.
func optionValues() map[string]string {
	return map[string]string{"location_report": "2", "voice_recognize": "1", "customer_service": "1"}
}

func (t *Tenant) option(name string) (string, error) {
	if _, known := optionValues()[name]; !known {
		return "", failf(61012, "invalid option name")
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
		return failf(61012, "invalid option name")
	case len(value) != 1 || value < "0" || value > highest:
		return failf(61013, "invalid option value")
	}
	if t.options == nil {
		t.options = map[string]string{}
	}
	t.options[name] = value
	return nil
}

// componentClearQuota is POST /cgi-bin/component/clear_quota/v2, by secret.
func componentClearQuota(c *call) (any, error) {
	var in struct {
		AppID          string `json:"appid"`
		ComponentAppID string `json:"component_appid"`
		Secret         string `json:"appsecret"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if err := c.componentSecret(in.ComponentAppID, in.Secret); err != nil {
		return nil, err
	}
	if in.AppID != c.set.ComponentAppID && c.components.tenants[in.AppID] == nil {
		return nil, fail(40013)
	}
	return nil, nil
}

// fastRegister is POST /cgi-bin/account/fastregister. Any ticket but an empty one is good.
func fastRegister(c *call) (any, error) {
	var in struct {
		Ticket string `json:"ticket"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	if in.Ticket == "" {
		return nil, failf(61058, "invalid ticket")
	}
	if _, err := c.caller(); err != nil {
		return nil, err
	}
	t := c.authorise("wx" + strings.ToLower(rand.Text()[:16]))
	return object{
		"errcode": 0, "errmsg": "ok", "appid": t.appID, "authorization_code": c.newGrantCode(t.appID),
		"is_wx_verify_succ": true, "is_link_succ": true,
	}, nil
}

// openCall is the caller and the body of a call of the area open.
func (c *call) openCall() (t *Tenant, openAppID string, err error) {
	var in struct {
		AppID     string `json:"appid"`
		OpenAppID string `json:"open_appid"`
	}
	if err := c.bind(&in); err != nil {
		return nil, "", err
	}
	if t, err = c.caller(); err == nil && in.AppID != t.appID {
		err = fail(40013)
	}
	return t, in.OpenAppID, err
}

// openCreate is POST /cgi-bin/open/create.
func openCreate(c *call) (any, error) {
	t, _, err := c.openCall()
	switch {
	case err != nil:
		return nil, err
	case t.open != "":
		return nil, failf(89000, "account has bound open")
	}
	c.components.opened++
	t.open = fmt.Sprintf("wx0be40000%08x", c.components.opened)
	return object{"errcode": 0, "errmsg": "ok", "open_appid": t.open}, nil
}

// openBind is POST /cgi-bin/open/bind, up to 100 accounts.
func openBind(c *call) (any, error) {
	t, open, err := c.openCall()
	var n int
	if n, err = c.made(open, err); err != nil {
		return nil, err
	}
	bound := 0
	for _, other := range c.components.tenants {
		if other.open == open {
			bound++
		}
	}
	switch {
	case t.open != "":
		return nil, failf(89000, "account has bound open")
	case n == 0:
		return nil, failf(89003, "open account is not created by api")
	case bound >= 100:
		return nil, failf(89004, "open account has bound too many accounts")
	}
	t.open = open
	return nil, nil
}

// made tells which of the open-platform accounts made here it is; 0 for none.
func (c *call) made(open string, err error) (int, error) {
	for n := 1; err == nil && n <= c.components.opened; n++ {
		if open == fmt.Sprintf("wx0be40000%08x", n) {
			return n, nil
		}
	}
	return 0, err
}

// openUnbind is POST /cgi-bin/open/unbind.
func openUnbind(c *call) (any, error) {
	t, open, err := c.openCall()
	switch {
	case err != nil:
		return nil, err
	case t.open == "" || open != "" && open != t.open:
		return nil, failf(89001, "not same contractor, invalid open_appid")
	}
	t.open = ""
	return nil, nil
}

// openGet is POST /cgi-bin/open/get.
func openGet(c *call) (any, error) {
	t, _, err := c.openCall()
	switch {
	case err != nil:
		return nil, err
	case t.open == "":
		return nil, failf(89002, "open not exists")
	}
	return object{"errcode": 0, "errmsg": "ok", "open_appid": t.open}, nil
}

// openHave is POST /cgi-bin/open/have.
func openHave(c *call) (any, error) {
	t, err := c.caller()
	if err != nil {
		return nil, err
	}
	return object{"errcode": 0, "errmsg": "ok", "have_open": t.open != ""}, nil
}

// openSameEntity is GET /cgi-bin/open/sameentity.
func openSameEntity(c *call) (any, error) {
	if _, err := c.caller(); err != nil {
		return nil, err
	}
	return object{"errcode": 0, "errmsg": "ok", "same_entity": true}, nil
}

// componentUserToken is GET /sns/oauth2/component/access_token.
func componentUserToken(c *call, in componentCall) (any, error) {
	code := c.query.Get("code")
	grant, known := c.components.userCodes[code]
	switch {
	case c.query.Get("grant_type") != "authorization_code":
		return nil, fail(40002)
	case !known || grant.appID != in.AppID:
		return nil, failf(40029, "invalid code")
	}
	delete(c.components.userCodes, code)
	return c.userGrant(grant, "userrefresh@@@"+rand.Text()), nil
}

// refreshComponentUserToken is GET /sns/oauth2/component/refresh_token.
func refreshComponentUserToken(c *call, in componentCall) (any, error) {
	refresh := c.query.Get("refresh_token")
	grant, known := c.components.userTokens[refresh]
	switch {
	case c.query.Get("grant_type") != "refresh_token":
		return nil, fail(40002)
	case !known || grant.appID != in.AppID:
		return nil, failf(40030, "invalid refresh_token")
	}
	return c.userGrant(grant, refresh), nil
}

func (c *call) userGrant(g webGrant, refresh string) object {
	if c.components.userTokens == nil {
		c.components.userTokens = map[string]webGrant{}
	}
	c.components.userTokens[refresh] = g
	return object{
		"access_token": "user_" + rand.Text(), "expires_in": 7200, "refresh_token": refresh,
		"openid": g.openID, "scope": g.scope, "unionid": "union_" + g.openID,
	}
}

// ConsentFor has a user consent to a web page of an account that authorised the
// third-party platform, and returns the code with which the page is visited.
func (p *Platform) ConsentFor(appID, openID, scope string) (code string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.components.userCodes == nil {
		p.components.userCodes = map[string]webGrant{}
	}
	code = rand.Text()
	p.components.userCodes[code] = webGrant{appID, openID, scope}
	return code
}

// loginPage is GET https://mp.weixin.qq.com/cgi-bin/componentloginpage: a page in
// place of the QR code. Who scans it is [Platform.Authorize].
func loginPage(c *call) (any, error) {
	page := func(status int, text string) (any, error) {
		return &attachment{status: status, contentType: "text/html; charset=utf-8",
			content: []byte("<!DOCTYPE html><html><body><h1>" + html.EscapeString(text) + "</h1></body></html>")}, nil
	}
	if err := c.checkPage(c.query); err != nil {
		return page(http.StatusOK, "授权页错误: "+err.Error())
	}
	return page(http.StatusOK, "请使用公众平台绑定的管理员个人微信号扫描")
}

// checkPage checks the parameters of an authorisation page.
func (c *call) checkPage(q url.Values) error {
	ends, known := c.components.preAuth[q.Get("pre_auth_code")]
	back, err := url.Parse(q.Get("redirect_uri"))
	switch {
	case q.Get("component_appid") != c.set.ComponentAppID:
		return fail(40013)
	case !known || !c.now().Before(ends):
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
