package nontax

import (
	"cmp"
	"crypto/rand"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// The states of an order.
const (
	unpaid   = 1
	paid     = 3
	refunded = 5
)

// order is a payment with its state and its refunds.
type order struct {
	payment
	id      string
	openID  string
	scene   string
	state   int
	transID string
	created time.Time
	paidAt  time.Time

	refundID     string
	refundReason string
	refundedAt   time.Time
	parts        []part
}

// part is a part of an order that was paid back.
type part struct {
	id, reason, outID string
	fee               int64
	at                time.Time
}

// payment is the common part of the requests that place an order.
type payment struct {
	AppID          string        `json:"appid"`
	BankID         string        `json:"bank_id"`
	BankAccount    string        `json:"bank_account"`
	MchID          server.Scalar `json:"mch_id"`
	Desc           string        `json:"desc"`
	Fee            server.Number `json:"fee"`
	NoticeNo       server.Scalar `json:"payment_notice_no"`
	OrderNo        server.Scalar `json:"order_no"`
	DepartmentCode server.Scalar `json:"department_code"`
	DepartmentName string        `json:"department_name"`
	NoticeType     server.Number `json:"payment_notice_type"`
	RegionCode     server.Scalar `json:"region_code"`
	NoticeCreated  server.Number `json:"payment_notice_create_time"`
	Items          []item        `json:"items"`
}

// sameNumber reports whether both payments are for the same notice or own number.
func (p payment) sameNumber(other payment) bool {
	return p.NoticeNo == other.NoticeNo && p.OrderNo == other.OrderNo && p.RegionCode == other.RegionCode && p.DepartmentCode == other.DepartmentCode
}

func (a *Area) check(p payment) error {
	if err := a.own(p.AppID); err != nil {
		return err
	}
	if err := server.Present(40097, p.Desc, string(p.DepartmentCode), p.DepartmentName, string(p.RegionCode)); err != nil {
		return err
	}
	if p.Fee <= 0 || p.NoticeCreated <= 0 || len(p.Items) == 0 || (p.NoticeNo == "") == (p.OrderNo == "") {
		return server.Fail(40097)
	}
	for _, i := range p.Items {
		if i.No <= 0 || i.ID == "" || i.Name == "" {
			return server.Fail(40097)
		}
	}
	for _, o := range a.orders {
		if o.sameNumber(p) && o.state == paid {
			return server.Failf(40097, "invalid args: paid already")
		}
	}
	return nil
}

func (a *Area) place(c *server.Call, p payment, openID, scene string) *order {
	o := &order{payment: p, id: strconv.FormatInt(c.NextID(), 10), openID: openID, scene: scene, state: unpaid, created: c.Now()}
	a.orders = append(a.orders, o)
	return o
}

// unifiedOrder is POST /nontax/unifiedorder.
func (a *Area) unifiedOrder(c *server.Call, in struct {
	payment
	OpenID    string `json:"openid"`
	ReturnURL string `json:"return_url"`
	IP        string `json:"ip"`
	Scene     string `json:"scene"`
	TradeType string `json:"trade_type"`
}) (any, error) {
	if err := a.check(in.payment); err != nil {
		return nil, err
	}
	if in.IP == "" || in.TradeType != "MWEB" && in.OpenID == "" || in.Scene != "miniprogram" && in.ReturnURL == "" {
		return nil, server.Fail(40097)
	}
	switch in.Scene {
	case "biz", "ctiyservice", "miniprogram":
	default:
		return nil, server.Fail(40097)
	}
	if in.OpenID != "" {
		if _, err := c.Receiver(in.OpenID); err != nil {
			return nil, err
		}
	}
	o := a.place(c, in.payment, in.OpenID, in.Scene)
	answer := server.OK{
		"order_id": o.id, "pay_url": "https://payapp.weixin.qq.com/nontax/order?" + url.Values{"order_id": {o.id}}.Encode(),
	}
	if in.Scene == "miniprogram" {
		answer["miniprogram"] = server.Object{
			"appid": "wxbd687630cd02ce1d", "pagepath": "pages/nontax/order", "query_string": "order_id=" + o.id, "business_type": "nontax",
		}
	}
	return answer, nil
}

// microPay is POST /nontax/micropay.
func (a *Area) microPay(c *server.Call, in struct {
	payment
	AuthCode string        `json:"auth_code"`
	OrderID  server.Scalar `json:"order_id"`
}) (any, error) {
	if in.OrderID != "" { // asked again
		o, err := a.find(in.AppID, in.OrderID)
		if err != nil {
			return nil, err
		}
		return server.OK{"order_id": o.id}, nil
	}
	if err := a.check(in.payment); err != nil {
		return nil, err
	}
	u := a.codes[in.AuthCode]
	if u == nil {
		return nil, server.Failf(40097, "invalid args: auth_code is unknown or was used")
	}
	delete(a.codes, in.AuthCode)
	o := a.place(c, in.payment, u.OpenID, "offline")
	o.pay(c.Now(), u)
	return server.OK{"order_id": o.id}, nil
}

func (o *order) pay(now time.Time, u *server.User) {
	o.state, o.paidAt, o.transID, o.openID = paid, now, "42"+digits(26), cmp.Or(o.openID, u.OpenID)
}

// digits returns n random digits.
func digits(n int) string {
	text := make([]byte, n)
	_, _ = rand.Read(text) // never fails
	for i := range text {
		text[i] = '0' + text[i]%10
	}
	return string(text)
}

// Code returns a payment code of a user, which can be charged once.
func (a *Area) Code(u *server.User) string {
	a.s.Lock()
	defer a.s.Unlock()
	code := "13" + digits(16)
	a.codes[code] = u
	return code
}

// ErrOrder is an order that does not wait for the payment of the user.
var ErrOrder = errors.New("wechattest: the order does not wait for a payment of this user")

// Pay has a user pay an order.
func (a *Area) Pay(u *server.User, orderID string) error {
	a.s.Lock()
	defer a.s.Unlock()
	o := server.Find(a.orders, func(o *order) bool { return o.id == orderID })
	if o == nil || o.state != unpaid || o.openID != "" && o.openID != u.OpenID {
		return ErrOrder
	}
	for _, other := range a.orders {
		if other.sameNumber(o.payment) && other.state == paid {
			return ErrOrder
		}
	}
	o.pay(a.s.Now(), u)
	return nil
}

// find returns an order of the account.
func (a *Area) find(appID string, id server.Scalar) (*order, error) {
	if err := a.own(appID); err != nil {
		return nil, err
	}
	o := server.Find(a.orders, func(o *order) bool { return o.id == string(id) })
	if o == nil {
		return nil, server.Failf(40097, "invalid args: order not found")
	}
	return o, nil
}

// orderName names an order in a request.
type orderName struct {
	AppID   string        `json:"appid"`
	OrderID server.Scalar `json:"order_id"`
}

// getOrder is POST /nontax/getorder.
func (a *Area) getOrder(_ *server.Call, in orderName) (any, error) {
	o, err := a.find(in.AppID, in.OrderID)
	if err != nil {
		return nil, err
	}
	parts := []server.Object{}
	for _, p := range o.parts {
		parts = append(parts, server.Object{
			"refund_order_id": p.id, "refund_reason": p.reason, "refund_out_id": p.outID, "refund_fee": p.fee,
			"refund_finish_time": p.at.Unix(), "refund_status": refunded,
		})
	}
	return server.OK{
		"appid": o.AppID, "openid": o.openID, "order_id": o.id, "desc": o.Desc,
		"create_time": o.created.Unix(), "pay_finish_time": unix(o.paidAt), "fee": o.Fee, "fee_type": 1, "trans_id": o.transID, "status": o.state,
		"bank_id": o.BankID, "bank_account": o.BankAccount, "refund_finish_time": unix(o.refundedAt), "refund_reason": o.refundReason,
		"refund_order_id": o.refundID, "payment_notice_no": o.NoticeNo, "order_no": o.OrderNo, "department_code": o.DepartmentCode,
		"department_name": o.DepartmentName, "region_code": o.RegionCode, "payment_notice_type": o.NoticeType, "items": o.Items,
		"partial_refund_info": parts, "notify_history": []any{}, "scene": o.scene,
	}, nil
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// getOrderList is POST /nontax/getorderlist.
func (a *Area) getOrderList(_ *server.Call, in payment) (any, error) {
	if err := a.own(in.AppID); err != nil {
		return nil, err
	}
	if in.RegionCode == "" || in.DepartmentCode == "" || (in.NoticeNo == "") == (in.OrderNo == "") {
		return nil, server.Fail(40097)
	}
	ids, one := []string{}, ""
	for _, o := range a.orders {
		if o.sameNumber(in) {
			ids = append(ids, o.id)
			if o.state == paid {
				one = o.id
			}
		}
	}
	return server.OK{"order_id_list": ids, "paid_order_id": one}, nil
}

// refund is POST /nontax/refund.
func (a *Area) refund(c *server.Call, in struct {
	orderName
	Reason string        `json:"reason"`
	Fee    server.Number `json:"refund_fee"`
	OutID  server.Scalar `json:"refund_out_id"`
}) (any, error) {
	o, err := a.find(in.AppID, in.OrderID)
	switch {
	case err != nil:
		return nil, err
	case in.Reason == "" || in.Fee < 0 || (in.Fee == 0) != (in.OutID == ""):
		return nil, server.Fail(40097)
	case o.state != paid:
		return nil, server.Failf(40097, "invalid args: the order is not paid")
	}
	left := int64(o.Fee)
	for _, p := range o.parts {
		if p.outID == string(in.OutID) {
			return server.OK{"refund_order_id": p.id}, nil // a repetition
		}
		left -= p.fee
	}
	if int64(in.Fee) > left || in.Fee == 0 && len(o.parts) > 0 {
		return nil, server.Failf(40097, "invalid args: refund_fee is more than what is left")
	}
	id := strconv.FormatInt(c.NextID(), 10)
	if in.Fee == 0 {
		o.state, o.refundID, o.refundReason, o.refundedAt = refunded, id, in.Reason, c.Now()
	} else {
		o.parts = append(o.parts, part{id, in.Reason, string(in.OutID), int64(in.Fee), c.Now()})
	}
	return server.OK{"refund_order_id": id}, nil
}

// notifyInconsistentOrder is POST /nontax/notifyinconsistentorder.
func (a *Area) notifyInconsistentOrder(_ *server.Call, in orderName) (any, error) {
	_, err := a.find(in.AppID, in.OrderID)
	return nil, err
}
