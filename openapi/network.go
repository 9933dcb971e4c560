package openapi

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// CallbackIPs returns the addresses that the platform calls from (获取微信推送服务器IP), one
// by one or as blocks; a single one is a block of its own. They change: ask daily.
//
// GET /cgi-bin/getcallbackip (获取微信推送服务器IP)
func (s *Service) CallbackIPs(ctx context.Context) ([]netip.Prefix, error) {
	return s.addresses(ctx, "/cgi-bin/getcallbackip")
}

// APIIPs returns the addresses of the platform's API (获取微信API服务器IP), for a firewall
// that must name them. They change: ask daily, and never call them by address.
//
// GET /cgi-bin/get_api_domain_ip (获取微信API服务器IP)
func (s *Service) APIIPs(ctx context.Context) ([]netip.Prefix, error) {
	return s.addresses(ctx, "/cgi-bin/get_api_domain_ip")
}

func (s *Service) addresses(ctx context.Context, path string) ([]netip.Prefix, error) {
	var out struct {
		List []string `json:"ip_list"`
	}
	if err := s.oa.Get(ctx, path, nil, &out); err != nil {
		return nil, err
	}
	list := make([]netip.Prefix, 0, len(out.List))
	for _, text := range out.List {
		block, err := parseBlock(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("openapi: %s: %w", path, err)
		}
		list = append(list, block)
	}
	return list, nil
}

// parseBlock reads 192.0.2.1 or 192.0.2.0/24. Bits beyond the mask are ignored.
func parseBlock(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		block, err := netip.ParsePrefix(text)
		return block.Masked(), err
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	addr = addr.Unmap()
	return netip.PrefixFrom(addr, addr.BitLen()), nil
}

// CheckAction is what a check of the network does.
type CheckAction string

// What can be checked.
const (
	CheckDNS  CheckAction = "dns"
	CheckPing CheckAction = "ping"
	CheckAll  CheckAction = "all"
)

// Operator is the carrier that a check goes through.
type Operator string

// The carriers.
const (
	Telecom         Operator = "CHINANET" // 中国电信
	Unicom          Operator = "UNICOM"   // 中国联通
	Tencent         Operator = "CAP"      // 腾讯自建出口
	DefaultOperator Operator = "DEFAULT"  // chosen by the address
)

// Check is how the platform reaches the account's server.
type Check struct {
	DNS  []DNS  `json:"dns,omitempty"`
	Ping []Ping `json:"ping,omitempty"`
}

// DNS is an address that the name of the server leads to.
type DNS struct {
	IP       string `json:"ip"`
	Operator string `json:"real_operator"` // of that address
}

// Ping is how an address answered.
type Ping struct {
	IP       string `json:"ip"`
	Operator string `json:"from_operator"` // that it was reached through
	Loss     string `json:"package_loss"`  // such as "0%"
	Time     string `json:"time"`          // such as "23.079ms"
}

// CheckCallback has the platform look for the account's server (网络通信检测), the one of
// the callback URL.
//
// Errors: errcode.InvalidCheckURL when there is no callback URL, InvalidCheckAction,
// InvalidCheckOperator.
//
// POST /cgi-bin/callback/check (网络通信检测)
func (s *Service) CheckCallback(ctx context.Context, action CheckAction, through Operator) (Check, error) {
	const path = "/cgi-bin/callback/check"
	switch action {
	case CheckDNS, CheckPing, CheckAll:
	default:
		return Check{}, limit.Rule(path, "action", fmt.Sprintf("is %q, none of dns, ping, all", string(action)))
	}
	switch through {
	case Telecom, Unicom, Tencent, DefaultOperator:
	default:
		return Check{}, limit.Rule(path, "check_operator", fmt.Sprintf("is %q, none of CHINANET, UNICOM, CAP, DEFAULT", string(through)))
	}
	in := struct {
		Action  CheckAction `json:"action"`
		Through Operator    `json:"check_operator"`
	}{action, through}
	var out Check
	err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry())
	return out, err
}
