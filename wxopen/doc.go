// Package wxopen links mini programs (小程序) to an account, and manages the rules by which an
// ordinary QR code opens a mini program (扫普通链接二维码打开小程序).
//
//	open := wxopen.New(oa)
//	err := open.Link(ctx, wxopen.LinkRequest{AppID: "wx286b93c14bbf93aa", ShowProfile: true})
//
// The administrator of the mini program confirms a link, unless both have the same owner.
//
// # Jump rules
//
// A rule makes QR codes whose URL begins with a prefix open a page of a mini program.
// Put the file of [Service.GetVerificationFile] below the prefix, add the rule with
// [Service.AddRule], try it, and publish it with [Service.PublishRule]. An account has
// 100 publishes a month; [RulePage.PublishQuota] says how many are left. The rule calls
// fail with errcode.QRRuleTooFast above five calls a second.
//
// # Third-party platforms
//
// The client may be that of an account which authorized a third-party platform: see
// package component. Linking needs permission set 33. With the client of a mini program,
// leave the AppID of the rule calls empty: the rules are its own.
package wxopen

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service manages links and jump rules of one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
