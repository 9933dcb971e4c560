package component

import (
	"crypto/rand"
	"slices"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// fastRegister is POST /cgi-bin/account/fastregister. Any ticket is valid unless it is
// empty.
func (a *Area) fastRegister(c *server.Call, in struct {
	Ticket string `json:"ticket"`
}) (any, error) {
	if in.Ticket == "" {
		return nil, server.Failf(61058, "invalid ticket")
	}
	if _, err := a.caller(c); err != nil {
		return nil, err
	}
	t := a.authorize("wx" + strings.ToLower(rand.Text()[:16]))
	return server.OK{
		"appid": t.appID, "authorization_code": a.newGrantCode(t.appID),
		"is_wx_verify_succ": true, "is_link_succ": true,
	}, nil
}

// openCall checks that a call of the area open names the account of its token.
func (a *Area) openCall(handle func(t *Tenant, openAppID string) (any, error)) server.Handler {
	return server.JSON(func(c *server.Call, in struct {
		AppID     string `json:"appid"`
		OpenAppID string `json:"open_appid"`
	}) (any, error) {
		t, err := a.caller(c)
		switch {
		case err != nil:
			return nil, err
		case in.AppID != t.appID:
			return nil, server.Fail(40013)
		}
		return handle(t, in.OpenAppID)
	})
}

// openCreate is POST /cgi-bin/open/create.
func (a *Area) openCreate(t *Tenant, _ string) (any, error) {
	if t.open != "" {
		return nil, server.Failf(89000, "account has bound open")
	}
	t.open = "wx0be4" + strings.ToLower(rand.Text()[:12])
	a.opened = append(a.opened, t.open)
	return openAnswer(t)
}

func openAnswer(t *Tenant) (any, error) {
	return server.OK{"open_appid": t.open}, nil
}

// openBind is POST /cgi-bin/open/bind, up to 100 accounts.
func (a *Area) openBind(t *Tenant, open string) (any, error) {
	bound := 0
	for _, other := range a.tenants {
		if other.open == open {
			bound++
		}
	}
	switch {
	case t.open != "":
		return nil, server.Failf(89000, "account has bound open")
	case !slices.Contains(a.opened, open):
		return nil, server.Failf(89003, "open account is not created by api")
	case bound >= 100:
		return nil, server.Failf(89004, "open account has bound too many accounts")
	}
	t.open = open
	return nil, nil
}

// openUnbind is POST /cgi-bin/open/unbind.
func openUnbind(t *Tenant, open string) (any, error) {
	if t.open == "" || open != "" && open != t.open {
		return nil, server.Failf(89001, "not same contractor, invalid open_appid")
	}
	t.open = ""
	return nil, nil
}

// openGet is POST /cgi-bin/open/get.
func openGet(t *Tenant, _ string) (any, error) {
	if t.open == "" {
		return nil, server.Failf(89002, "open not exists")
	}
	return openAnswer(t)
}

// openHave is POST /cgi-bin/open/have.
func (a *Area) openHave(c *server.Call) (any, error) {
	t, err := a.caller(c)
	if err != nil {
		return nil, err
	}
	return server.OK{"have_open": t.open != ""}, nil
}

// openSameEntity is GET /cgi-bin/open/sameentity.
func (a *Area) openSameEntity(c *server.Call) (any, error) {
	if _, err := a.caller(c); err != nil {
		return nil, err
	}
	return server.OK{"same_entity": true}, nil
}
