package component

import (
	"crypto/rand"
	"fmt"
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
	t := a.authorize(c, "wx"+strings.ToLower(rand.Text()[:16]))
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

// made returns the number of an open-platform account that was created here, or 0.
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
