package wechattest

import (
	"errors"
	"time"
)

// QRCode is a parametric QR code (带参数二维码) of the account.
type QRCode struct {
	Ticket string
	URL    string // content of the code
	Scene  string
	Expiry time.Time // zero for a permanent code
}

// QRCodes returns the account's valid parametric QR codes, sorted by scene.
func (p *Platform) QRCodes() []QRCode {
	var list []QRCode
	for _, c := range p.qrcodes.List() {
		list = append(list, QRCode(c))
	}
	return list
}

// ErrQRCode means that a scanned code is not the account's or has expired. The bot
// receives no event.
var ErrQRCode = errors.New("wechattest: the QR code is unknown or has expired")

// ScanQRCode scans a code from /cgi-bin/qrcode/create, given by its ticket or its
// content. The bot receives SCAN or, from a user who does not follow yet, a follow with
// a qrscene_ key. See [User.Scan] for a scan without a code.
func (u *User) ScanQRCode(code string) (*Reply, error) {
	found, ok := u.platform.qrcodes.Find(code)
	if !ok {
		return &Reply{}, ErrQRCode
	}
	return u.Scan(found.Scene, found.Ticket)
}
