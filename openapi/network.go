package openapi

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// The endpoints of address lists.
const (
	callbackIPs = "/cgi-bin/getcallbackip"
	apiIPs      = "/cgi-bin/get_api_domain_ip"
)

// ListCallbackIPs returns the addresses that the platform calls from (获取微信推送服务器IP),
// as blocks of one or more addresses. They change: refresh them daily.
//
// GET /cgi-bin/getcallbackip (获取微信推送服务器IP)
func (s *Service) ListCallbackIPs(ctx context.Context) ([]netip.Prefix, error) {
	return s.listIPs(ctx, callbackIPs)
}

// ListAPIIPs returns the addresses of the platform's API (获取微信API服务器IP), for a
// firewall that needs them. They change: refresh them daily, and never call the API by
// address.
//
// GET /cgi-bin/get_api_domain_ip (获取微信API服务器IP)
func (s *Service) ListAPIIPs(ctx context.Context) ([]netip.Prefix, error) {
	return s.listIPs(ctx, apiIPs)
}

// listIPs returns an error for an entry that is not an address. Empty entries are
// skipped.
func (s *Service) listIPs(ctx context.Context, path string) ([]netip.Prefix, error) {
	list, bad, err := s.addresses(ctx, path)
	if err != nil {
		return nil, err
	}
	for _, text := range bad {
		if text != "" {
			return nil, fmt.Errorf("openapi: %s: the answer has %q, which is not an address", path, text)
		}
	}
	return list, nil
}

// addresses returns the addresses of a list, and the entries that are not addresses.
func (s *Service) addresses(ctx context.Context, path string) (list []netip.Prefix, bad []string, err error) {
	var out struct {
		List []string `json:"ip_list"`
	}
	if err := s.oa.Get(ctx, path, nil, &out); err != nil {
		return nil, nil, err
	}
	list = make([]netip.Prefix, 0, len(out.List))
	for _, text := range out.List {
		text = strings.TrimSpace(text)
		if block, err := parseBlock(text); err == nil {
			list = append(list, block)
		} else {
			bad = append(bad, text)
		}
	}
	return list, bad, nil
}

// parseBlock parses 192.0.2.1 or 192.0.2.0/24. Bits after the mask are ignored.
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

// CheckAction tells what [Service.CheckCallback] tests.
type CheckAction string

// The actions.
const (
	CheckDNS  CheckAction = "dns"
	CheckPing CheckAction = "ping"
	CheckAll  CheckAction = "all"
)

// Operator is the network from which the platform tests.
type Operator string

// The networks.
const (
	Telecom         Operator = "CHINANET" // 中国电信
	Unicom          Operator = "UNICOM"   // 中国联通
	Tencent         Operator = "CAP"      // 腾讯自建出口
	DefaultOperator Operator = "DEFAULT"  // chosen by the address of the server
)

// Check is the result of [Service.CheckCallback].
type Check struct {
	DNS  []DNS  `json:"dns,omitempty"`
	Ping []Ping `json:"ping,omitempty"`
}

// DNS is an address to which the name of the server resolves.
type DNS struct {
	IP       string `json:"ip"`
	Operator string `json:"real_operator"` // of that address
}

// Ping is the result of a ping to an address.
type Ping struct {
	IP       string `json:"ip"`
	Operator string `json:"from_operator"` // from which the platform tested
	Loss     string `json:"package_loss"`  // such as "0%"
	Time     string `json:"time"`          // such as "23.079ms"
}

// CheckCallback tests whether the platform reaches the server of the callback URL
// (网络通信检测).
//
// Errors: errcode.InvalidCheckURL if the account has no callback URL,
// InvalidCheckAction, InvalidCheckOperator.
//
// POST /cgi-bin/callback/check (网络通信检测)
func (s *Service) CheckCallback(ctx context.Context, action CheckAction, from Operator) (*Check, error) {
	const path = "/cgi-bin/callback/check"
	switch action {
	case CheckDNS, CheckPing, CheckAll:
	default:
		return nil, limit.Rule(path, "action", fmt.Sprintf("is %q, not one of dns, ping, all", string(action)))
	}
	switch from {
	case Telecom, Unicom, Tencent, DefaultOperator:
	default:
		return nil, limit.Rule(path, "from (check_operator)", fmt.Sprintf("is %q, not one of CHINANET, UNICOM, CAP, DEFAULT", string(from)))
	}
	in := struct {
		Action CheckAction `json:"action"`
		From   Operator    `json:"check_operator"`
	}{action, from}
	var out Check
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &out, nil
}
