package wechattest

import (
	"errors"
	"time"
)

// QRCode is a parametric QR code (带参数二维码) of the account.
type QRCode struct {
	Ticket  string
	URL     string // what the code says
	Scene   string
	Expires time.Time // zero for a permanent code
}

// QRCodes returns the account's parametric QR codes whose time is not over, by scene.
func (p *Platform) QRCodes() []QRCode {
	var list []QRCode
	for _, c := range p.qrcodes.List() {
		list = append(list, QRCode(c))
	}
	return list
}

// ErrQRCode is a scan of a code that is not the account's, or whose time is over:
// the bot gets no event.
var ErrQRCode = errors.New("wechattest: the QR code is unknown or has expired")

// ScanQRCode scans a code that the account made by /cgi-bin/qrcode/create, named by
// its ticket or by what it says: the bot gets SCAN, or a follow with a qrscene_ key
// from a user who does not follow yet. See [User.Scan] for a scan without a code.
func (u *User) ScanQRCode(code string) (*Reply, error) {
	found, ok := u.platform.qrcodes.Find(code)
	if !ok {
		return &Reply{}, ErrQRCode
	}
	return u.Scan(found.Scene, found.Ticket)
}
