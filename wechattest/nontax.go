package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/nontax"
)

// PaymentNotice is a payment notice (缴款通知书) of a government body.
type PaymentNotice struct {
	No             string
	DepartmentCode string // collecting body (执收单位)
	DepartmentName string
	RegionCode     string
	UserName       string    // who has to pay
	Type           int       // 1 ordinary, 2 penalty
	Created        time.Time // zero: the platform's time
	Expiry         time.Time // last day of the payment; zero: not named
	Items          []PaymentItem
}

// PaymentItem is an item of a payment notice. Amounts are in fen.
type PaymentItem struct {
	ID      string
	Name    string
	Fee     int64 // total of the item with late fee and fine, in fen
	Overdue int64 // late fee, in fen
	Penalty int64 // fine, in fen
}

// AddPaymentNotice adds a notice that /nontax/queryfee finds. It replaces a notice with the
// same number and region.
func (p *Platform) AddPaymentNotice(n PaymentNotice) {
	var items []nontax.Item
	for _, i := range n.Items {
		items = append(items, nontax.Item(i))
	}
	p.nontax.Add(nontax.Notice{
		No: n.No, DepartmentCode: n.DepartmentCode, DepartmentName: n.DepartmentName, RegionCode: n.RegionCode, UserName: n.UserName,
		Type: n.Type, Created: n.Created, Expires: n.Expiry, Items: items,
	})
}

// ErrNontaxOrder means that an order does not wait for the user's payment: it is
// unknown, is paid already, or belongs to another user.
var ErrNontaxOrder = nontax.ErrOrder

// PayNontax pays an order of /nontax/unifiedorder.
func (u *User) PayNontax(orderID string) error { return u.platform.nontax.Pay(u.user, orderID) }

// PaymentCode returns a payment code (付款码) that the user shows. /nontax/micropay can
// charge it once.
func (u *User) PaymentCode() string { return u.platform.nontax.Code(u.user) }
