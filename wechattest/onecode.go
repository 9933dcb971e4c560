package wechattest

import "github.com/seed-f21aa8d8/wechat/wechattest/internal/api/onecode"

// ErrMarketingCode means that a scanned marketing code does not exist or is not
// activated.
var ErrMarketingCode = onecode.ErrCode

// ScanMarketingCode scans a marketing code (一物一码), given by its nine characters or its
// URL, and returns the ticket that the mini program receives (code_ticket).
func (u *User) ScanMarketingCode(code string) (ticket string, err error) {
	return u.platform.marketingCodes.Scan(u.user, code)
}
