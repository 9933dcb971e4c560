// Package qrcode creates QR codes that carry a scene (带参数的二维码) and short keys for long
// data (短key托管).
//
// A user who scans the code follows the account, or enters its chat if they follow it
// already. The bot receives a SubscribeEvent or a ScanEvent of package message, whose
// field Scene is the scene. Scenes distinguish shops, campaigns, invitations and logins.
//
//	codes := qrcode.New(oa)
//	code, err := codes.CreateTemporary(ctx, qrcode.Text("login-7f3a"), 5*time.Minute)
//	if err != nil {
//		return err
//	}
//	image, err := codes.DownloadImage(ctx, code.Ticket)
//
// A page can show the image at [ImageURL]. [Code.URL] is the content of the code, for
// programs that draw it themselves.
package qrcode

import "github.com/seed-f21aa8d8/wechat/officialaccount"

// Service calls the endpoints of QR codes and short keys for one account.
type Service struct{ oa *officialaccount.Client }

// New returns the service of the client's account.
func New(oa *officialaccount.Client) *Service { return &Service{oa} }
