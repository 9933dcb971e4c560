package wechattest

import "net/http"

func networkEndpoints() []endpoint {
	return []endpoint{
		{method: http.MethodGet, path: "/cgi-bin/get_api_domain_ip", handle: apiDomainIP},
		{method: http.MethodGet, path: "/cgi-bin/getcallbackip", handle: callbackIP},
		{method: http.MethodPost, path: "/cgi-bin/callback/check", body: jsonBody, handle: callbackCheck},
	}
}

// apiDomainIP is GET /cgi-bin/get_api_domain_ip, with addresses reserved for documentation.
func apiDomainIP(*call) (any, error) {
	return object{"ip_list": []string{"198.51.100.1", "198.51.100.2"}}, nil
}

// callbackIP is GET /cgi-bin/getcallbackip: addresses and blocks.
func callbackIP(*call) (any, error) {
	return object{"ip_list": []string{"203.0.113.99", "192.0.2.0/25"}}, nil
}

// callbackCheck is POST /cgi-bin/callback/check: everything is well.
func callbackCheck(c *call) (any, error) {
	var in struct {
		Action   string `json:"action"`
		Operator string `json:"check_operator"`
	}
	if err := c.bind(&in); err != nil {
		return nil, err
	}
	switch in.Operator {
	case "CHINANET", "UNICOM", "CAP", "DEFAULT":
	default:
		return nil, fail(40203)
	}
	dns := []object{{"ip": "198.51.100.80", "real_operator": in.Operator}}
	ping := []object{{"ip": "198.51.100.80", "from_operator": in.Operator, "package_loss": "0%", "time": "23.079ms"}}
	switch in.Action {
	case "dns":
		return object{"dns": dns}, nil
	case "ping":
		return object{"ping": ping}, nil
	case "all":
		return object{"dns": dns, "ping": ping}, nil
	}
	return nil, fail(40202)
}
