// Package host knows the host names of the platform.
package host

import "net"

// Memory is the platform's name in tests. It is reserved and does not resolve.
const Memory = "api.wechat.test"

// ConfirmPath is the path to which the platform's pages for a browser send a user's
// answer. The address of the real platform is not documented.
const ConfirmPath = "/connect/confirm"

// Platform reports whether name, with or without port, is a host of the platform.
func Platform(name string) bool {
	if host, _, err := net.SplitHostPort(name); err == nil {
		name = host
	}
	switch name {
	case Memory,
		"api.weixin.qq.com", "api2.weixin.qq.com",
		"sh.api.weixin.qq.com", "sz.api.weixin.qq.com", "hk.api.weixin.qq.com",
		"mp.weixin.qq.com", "open.weixin.qq.com":
		return true
	}
	return false
}
