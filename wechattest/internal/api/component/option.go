package component

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// getOption is POST /cgi-bin/component/api_get_authorizer_option.
func (a *Area) getOption(_ *server.Call, t *Tenant, in componentCall) (any, error) {
	value, err := t.option(in.Option)
	return server.Object{"authorizer_appid": t.appID, "option_name": in.Option, "option_value": value}, err
}

// setOption is POST /cgi-bin/component/api_set_authorizer_option, and POST
// /cgi-bin/component/set_authorizer_option with an account's token.
func (a *Area) setOption(_ *server.Call, t *Tenant, in componentCall) (any, error) {
	return nil, t.setOption(in.Option, string(in.Value))
}

// caller returns the account of the token in a call.
func (a *Area) caller(c *server.Call) (*Tenant, error) {
	value := c.Query.Get("access_token")
	for _, t := range a.tenants {
		if t.token != nil && t.token.Value == value {
			return t, nil
		}
	}
	return nil, server.Failf(61003, "the token does not belong to an account that authorized a component")
}

// getOwnOption is POST /cgi-bin/component/get_authorizer_option, with an account's token.
func (a *Area) getOwnOption(_ *server.Call, t *Tenant, in componentCall) (any, error) {
	value, err := t.option(in.Option)
	return server.Object{"option_name": in.Option, "option_value": value}, err
}

// byOwner finds the account of the token in a call.
func (a *Area) byOwner(handle func(*server.Call, *Tenant, componentCall) (any, error)) server.Handler {
	return server.JSON(func(c *server.Call, in componentCall) (any, error) {
		t, err := a.caller(c)
		if err != nil {
			return nil, err
		}
		return handle(c, t, in)
	})
}

// optionValues holds the settings and their maximum values.
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
	t.options[name] = value
	return nil
}
