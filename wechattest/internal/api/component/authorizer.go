package component

import (
	"crypto/rand"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// createPreAuthCode is POST /cgi-bin/component/api_create_preauthcode.
func (a *Area) createPreAuthCode(c *server.Call, _ componentCall) (any, error) {
	code := "preauthcode@@@" + rand.Text()
	a.preAuth[code] = c.Now().Add(preAuthLife)
	return server.Object{"pre_auth_code": code, "expires_in": int(preAuthLife / time.Second)}, nil
}

// queryAuth is POST /cgi-bin/component/api_query_auth: a code is valid once.
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
		return nil, notAuthorized()
	}
	t.token = c.Issue()
	t.token.Owner = t.owner()
	info := t.authorization()
	info["authorizer_access_token"], info["expires_in"] = t.token.Value, int(c.Account.TokenLife/time.Second)
	return server.Object{"authorization_info": info}, nil
}

func notAuthorized() error { return server.Failf(61003, "component is not authorized by this account") }

// authorizerToken is POST /cgi-bin/component/api_authorizer_token. The refresh token
// stays the same, or is replaced after Rotate.
func (a *Area) authorizerToken(c *server.Call, t *Tenant, in componentCall) (any, error) {
	t.asked++
	if in.Refresh != t.refresh {
		return nil, server.Failf(61023, "invalid refresh_token")
	}
	if t.rotate {
		t.refresh = newRefreshToken()
	}
	c.Retire(t.token, server.Overlap)
	t.token = c.Issue()
	t.token.Owner = t.owner()
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
func (a *Area) authorizerInfo(_ *server.Call, t *Tenant, _ componentCall) (any, error) {
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
	list := []server.Object{}
	for _, appID := range server.Page(a.order, in.Offset, in.Count) {
		t := a.tenants[appID]
		list = append(list, server.Object{"authorizer_appid": t.appID, "refresh_token": t.refresh, "auth_time": t.at.Unix()})
	}
	return server.Object{"total_count": len(a.order), "list": list}, nil
}
