// Package network models the lists of addresses and the check of the callback.
package network

import (
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Register adds the area to the server.
func Register(s *server.Server) {
	s.Handle([]server.Endpoint{
		{Method: http.MethodGet, Path: "/cgi-bin/get_api_domain_ip", Handle: apiDomainIP},
		{Method: http.MethodGet, Path: "/cgi-bin/getcallbackip", Handle: callbackIP},
		{Method: http.MethodPost, Path: "/cgi-bin/callback/check", Handle: server.JSON(callbackCheck)},
	}...)
}

// apiDomainIP is GET /cgi-bin/get_api_domain_ip, with addresses reserved for documentation.
func apiDomainIP(*server.Call) (any, error) {
	return server.Object{"ip_list": []string{"198.51.100.1", "198.51.100.2"}}, nil
}

// callbackIP is GET /cgi-bin/getcallbackip: addresses and blocks.
func callbackIP(*server.Call) (any, error) {
	return server.Object{"ip_list": []string{"203.0.113.99", "192.0.2.0/25"}}, nil
}

// callbackCheck is POST /cgi-bin/callback/check. It reports no problems.
func callbackCheck(c *server.Call, in struct {
	Action   string `json:"action"`
	Operator string `json:"check_operator"`
}) (any, error) {
	switch in.Operator {
	case "CHINANET", "UNICOM", "CAP", "DEFAULT":
	default:
		return nil, server.Fail(40203)
	}
	dns := []server.Object{{"ip": "198.51.100.80", "real_operator": in.Operator}}
	ping := []server.Object{{"ip": "198.51.100.80", "from_operator": in.Operator, "package_loss": "0%", "time": "23.079ms"}}
	switch in.Action {
	case "dns":
		return server.Object{"dns": dns}, nil
	case "ping":
		return server.Object{"ping": ping}, nil
	case "all":
		return server.Object{"dns": dns, "ping": ping}, nil
	}
	return nil, server.Fail(40202)
}
