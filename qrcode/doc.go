// Package qrcode makes QR codes that bring a scene with them (带参数的二维码) and short
// keys for long data (短key托管), as in the "QR codes" and "Short keys" chapters of the
// platform's documents (账号管理).
//
// A user who scans the code follows the account, or is led into its chat, and the
// bot hears of the scene: a SubscribeEvent whose Scene method returns it, or a
// ScanEvent whose EventKey is the scene. So one tells shops, campaigns, invitations
// and logins apart.
//
//	codes := qrcode.New(oa)
//	code, err := codes.Temporary(ctx, qrcode.Text("login-7f3a"), 5*time.Minute)
//	if err != nil {
//		return err
//	}
//	image, err := codes.Image(ctx, code.Ticket)
//
// The image is also at [ImageURL], which a page may show, and [Code.URL] is what it
// says, for those who draw it themselves.
package qrcode

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service makes QR codes and short keys for one account. It holds nothing but the client.
type Service struct{ oa *officialaccount.Client }

// New returns the QR codes and short keys of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
