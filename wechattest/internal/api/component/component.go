// Package component models third-party platforms (第三方平台) and open-platform accounts.
package component

import (
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/oauth"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Secret is the component_appsecret.
const Secret = "d41f6a9b02c85e7731b0c4f8a6e29d55"

type grantCode struct {
	appID string
	ends  time.Time
	used  bool
}

// Tenant is an account that has authorized the third-party platform.
type Tenant struct {
	appID      string
	originalID string // its name in messages, gh_…

	refresh string
	token   *server.Token
	at      time.Time
	options map[string]string
	open    string // the open-platform account to which it is bound
	rotate  bool
	asked   int // how often its token was requested
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
	preAuth    map[string]time.Time // unused codes and their expiry
	codes      map[string]*grantCode
	tenants    map[string]*Tenant
	order      []string // app ids, in the order of authorization
	opened     []string // app ids of the open-platform accounts
}

// Register adds the area to the server.
func Register(s *server.Server, web *oauth.Area) *Area {
	a := &Area{
		s: s, issued: map[string]*server.Token{}, preAuth: map[string]time.Time{},
		codes: map[string]*grantCode{}, tenants: map[string]*Tenant{},
	}
	web.ServeTenants(func(appID string) bool { return a.tenants[appID] != nil })
	post := func(path string, handle func(*server.Call) (any, error)) server.Endpoint {
		return server.Endpoint{Method: http.MethodPost, Path: path, Credential: server.AppSecret, Handle: handle}
	}
	own := func(path string, handle func(*server.Call) (any, error)) server.Endpoint {
		return server.Endpoint{Method: http.MethodPost, Path: path, Handle: handle}
	}
	s.Handle([]server.Endpoint{
		post("/cgi-bin/component/api_start_push_ticket", server.JSON(a.startPushTicket)),
		post("/cgi-bin/component/api_component_token", server.JSON(a.componentToken)),
		post("/cgi-bin/component/api_create_preauthcode", a.byComponent(a.createPreAuthCode)),
		post("/cgi-bin/component/api_query_auth", a.byComponent(a.queryAuth)),
		post("/cgi-bin/component/api_authorizer_token", a.byTenant(a.authorizerToken)),
		post("/cgi-bin/component/api_get_authorizer_info", a.byTenant(a.authorizerInfo)),
		post("/cgi-bin/component/api_get_authorizer_list", a.byComponent(a.authorizerList)),
		post("/cgi-bin/component/api_get_authorizer_option", a.byTenant(a.getOption)),
		post("/cgi-bin/component/api_set_authorizer_option", a.byTenant(a.setOption)),
		post("/cgi-bin/component/clear_quota/v2", server.JSON(a.componentClearQuota)),
		own("/cgi-bin/component/get_authorizer_option", a.byOwner(a.getOwnOption)),
		own("/cgi-bin/component/set_authorizer_option", a.byOwner(a.setOption)),
		own("/cgi-bin/account/fastregister", server.JSON(a.fastRegister)),
		own("/cgi-bin/open/create", a.openCall(a.openCreate)),
		own("/cgi-bin/open/bind", a.openCall(a.openBind)),
		own("/cgi-bin/open/unbind", a.openCall(openUnbind)),
		own("/cgi-bin/open/get", a.openCall(openGet)),
		own("/cgi-bin/open/have", a.openHave),
		{Method: http.MethodGet, Path: "/cgi-bin/open/sameentity", Handle: a.openSameEntity},
		{Method: http.MethodGet, Path: "/sns/oauth2/component/access_token", Credential: server.AppSecret, Handle: a.byTenant(forUser(web.Exchange))},
		{Method: http.MethodGet, Path: "/sns/oauth2/component/refresh_token", Credential: server.AppSecret, Handle: a.byTenant(forUser(web.Refresh))},
		{Method: http.MethodGet, Path: "/cgi-bin/componentloginpage", Credential: server.NoCredential, Page: true, Handle: a.loginPage},
		{Method: http.MethodGet, Path: "/wxaopen/safe/bindcomponent", Credential: server.NoCredential, Page: true, Handle: a.loginPage},
		{Method: http.MethodGet, Path: "/safe/bindcomponent", Credential: server.NoCredential, Page: true, Handle: a.loginPage},
	}...)
	return a
}

// componentCall is the body of calls with a component.
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

// byComponent checks the component token of a call, in either of its two parameters.
func (a *Area) byComponent(handle func(*server.Call, componentCall) (any, error)) server.Handler {
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

// byTenant checks a call like byComponent; its account must have authorized the
// third-party platform.
func (a *Area) byTenant(handle func(*server.Call, *Tenant, componentCall) (any, error)) server.Handler {
	return a.byComponent(func(c *server.Call, in componentCall) (any, error) {
		if t := a.tenants[in.AppID]; t != nil {
			return handle(c, t, in)
		}
		return nil, notAuthorized()
	})
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
	a.issued[a.token.Value] = a.token
	return server.Object{"component_access_token": a.token.Value, "expires_in": int(c.Account.TokenLife / time.Second)}, nil
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
