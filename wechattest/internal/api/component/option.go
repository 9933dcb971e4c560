package component

import (
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// getOption is POST /cgi-bin/component/api_get_authorizer_option.
func (a *Area) getOption(c *server.Call, in componentCall) (any, error) {
	t := a.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorized()
	}
	value, err := t.option(in.Option)
	return server.Object{"authorizer_appid": t.appID, "option_name": in.Option, "option_value": value}, err
}

// setOption is POST /cgi-bin/component/api_set_authorizer_option.
func (a *Area) setOption(c *server.Call, in componentCall) (any, error) {
	t := a.tenants[in.AppID]
	if t == nil {
		return nil, notAuthorized()
	}
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
	if t.options == nil {
		t.options = map[string]string{}
	}
	t.options[name] = value
	return nil
}
