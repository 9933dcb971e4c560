package nontax

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Number identifies what an order is for: a payment notice, or a number that the caller
// has assigned. Exactly one of the two must be set.
type Number struct {
	PaymentNoticeNo string `json:"payment_notice_no,omitempty"` // number of the payment notice (缴款通知书编号)
	OrderNo         string `json:"order_no,omitempty"`          // own number (订单号)
}

func (n Number) check(path string) error {
	if (n.PaymentNoticeNo == "") == (n.OrderNo == "") {
		return limit.Rule(path, "PaymentNoticeNo", "and OrderNo: exactly one must be set")
	}
	return nil
}

// Payment is what a user has to pay. All fields are required except where noted.
type Payment struct {
	Number
	BankID         string                    `json:"bank_id,omitempty"`      // assigned by the platform; optional outside its test environment
	BankAccount    string                    `json:"bank_account,omitempty"` // only with clearing (清分)
	MchID          string                    `json:"mch_id,omitempty"`       // merchant id, which must belong to BankID; optional
	Desc           string                    `json:"desc"`                   // name of the service
	Fee            int64                     `json:"fee"`                    // total, in fen
	DepartmentCode string                    `json:"department_code"`        // collecting body (执收单位)
	DepartmentName string                    `json:"department_name"`
	NoticeType     NoticeType                `json:"payment_notice_type,omitempty"` // optional
	RegionCode     string                    `json:"region_code"`                   // 行政区划代码
	NoticeCreated  officialaccount.Timestamp `json:"payment_notice_create_time"`
	Expiry         Day                       `json:"payment_expire_date,omitzero"` // last day of the payment; optional
	UserName       string                    `json:"user_name,omitempty"`          // who has to pay; optional
	Items          []Item                    `json:"items"`
}

func (p Payment) check(path string) error {
	if err := p.Number.check(path); err != nil {
		return err
	}
	if p.Fee <= 0 {
		return limit.Rule(path, "Fee", "is "+strconv.FormatInt(p.Fee, 10)+", must be positive")
	}
	if p.NoticeCreated.IsZero() {
		return limit.Rule(path, "NoticeCreated (payment_notice_create_time)", "is zero")
	}
	if len(p.Items) == 0 {
		return limit.Rule(path, "Items", "is empty")
	}
	for i, item := range p.Items {
		at := "Items[" + strconv.Itoa(i) + "]."
		if item.No <= 0 {
			return limit.Rule(path, at+"No", "is not positive")
		}
		if err := limit.Required(path, at+"ItemID", item.ItemID, at+"Name (item_name)", item.Name); err != nil {
			return err
		}
	}
	return limit.Required(path, "Desc", p.Desc, "DepartmentCode", p.DepartmentCode, "DepartmentName", p.DepartmentName,
		"RegionCode", p.RegionCode)
}

// Scene is where a payment is made. There may be other values.
type Scene string

// The scenes. [Service.UnifiedOrder] accepts the first three.
const (
	SceneAccount     Scene = "biz"         // official account (公众号)
	SceneCityService Scene = "ctiyservice" // city service (城市服务); spelled so by the platform
	SceneMiniProgram Scene = "miniprogram" // mini program (小程序)
	SceneOffline     Scene = "offline"     // 线下
	ScenePC          Scene = "pc"
	SceneApp         Scene = "app"
	SceneOther       Scene = "other"
)

// TradeType is the way of a payment. Empty means JSAPI.
type TradeType string

// The trade types.
const (
	JSAPI TradeType = "JSAPI" // in WeChat
	MWeb  TradeType = "MWEB"  // in a browser outside WeChat (H5)
)

// OrderRequest places an order.
type OrderRequest struct {
	Payment
	ServiceID   string    `json:"-"`                    // a number that the platform has assigned; optional
	OpenID      string    `json:"openid,omitempty"`     // who pays; required unless TradeType is MWeb
	ReturnURL   string    `json:"return_url,omitempty"` // page after the payment; required unless Scene is SceneMiniProgram
	IP          string    `json:"ip"`                   // of the user
	Scene       Scene     `json:"scene"`
	AppAppID    string    `json:"app_appid,omitempty"` // of the app, if the user pays in one
	TradeType   TradeType `json:"trade_type,omitempty"`
	AutoCallPay bool      `json:"auto_call_pay,omitempty"`
}

// Placed is an order that waits for its payment.
//
// The platform's documents disagree on the answer: older ones name the first three fields,
// current ones those of Fees.
type Placed struct {
	OrderID     string      `json:"order_id"`
	PayURL      string      `json:"pay_url"` // page on which the user pays
	MiniProgram MiniProgram `json:"miniprogram"`
	Fees
}

// MiniProgram is the mini program in which a user pays.
type MiniProgram struct {
	AppID        string `json:"appid"`
	PagePath     string `json:"pagepath"`
	QueryString  string `json:"query_string"`
	BusinessType string `json:"business_type"`
}

// UnifiedOrder places an order, which the user pays on the page, or in the mini program,
// that it returns.
//
// POST /nontax/unifiedorder (支付下单)
func (s *Service) UnifiedOrder(ctx context.Context, r OrderRequest) (*Placed, error) {
	const path = "/nontax/unifiedorder"
	if err := r.check(path); err != nil {
		return nil, err
	}
	if err := limit.Required(path, "IP", r.IP, "Scene", string(r.Scene)); err != nil {
		return nil, err
	}
	if r.TradeType != MWeb {
		if err := limit.Required(path, "OpenID", r.OpenID); err != nil {
			return nil, err
		}
	}
	if r.Scene != SceneMiniProgram {
		if _, err := limit.Address(path, "ReturnURL", r.ReturnURL); err != nil {
			return nil, err
		}
	}
	service, err := parseServiceID(path, r.ServiceID)
	if err != nil {
		return nil, err
	}
	in := struct {
		account
		ServiceID int64 `json:"service_id,omitempty"`
		OrderRequest
	}{s.account(), service, r}
	var placed Placed
	if err := s.oa.Post(ctx, path, in, &placed); err != nil {
		return nil, err
	}
	return &placed, nil
}

// MicroPayment charges the payment code of a user.
type MicroPayment struct {
	Payment
	AuthCode string `json:"auth_code"`          // payment code: 18 digits, the first two of them 10 to 15
	OrderID  string `json:"order_id,omitempty"` // from the earlier answer, to ask again; optional
}

// MicroPay charges the payment code that a user shows (付款码) and returns the id of the
// order. [Service.GetOrder] tells whether it was paid.
//
// POST /nontax/micropay (付款码支付)
func (s *Service) MicroPay(ctx context.Context, m MicroPayment) (orderID string, err error) {
	const path = "/nontax/micropay"
	if err := m.check(path); err != nil {
		return "", err
	}
	if !isPaymentCode(m.AuthCode) {
		return "", limit.Rule(path, "AuthCode", "must have 18 digits and begin with 10 to 15")
	}
	in := struct {
		account
		MicroPayment
	}{s.account(), m}
	var out struct {
		OrderID string `json:"order_id"`
	}
	err = s.oa.Post(ctx, path, in, &out, officialaccount.WithRedacted(m.AuthCode))
	return out.OrderID, err
}

func isPaymentCode(code string) bool {
	if len(code) != 18 || code[0] != '1' || code[1] > '5' {
		return false
	}
	for i := range len(code) {
		if code[i] < '0' || code[i] > '9' {
			return false
		}
	}
	return true
}

// Refund pays back a whole order, or a part of it if Fee and OutID are set.
type Refund struct {
	OrderID string `json:"order_id"`
	Reason  string `json:"reason"`
	Fee     int64  `json:"refund_fee,omitempty"`    // part to pay back, in fen
	OutID   string `json:"refund_out_id,omitempty"` // the caller's own id of the part, unique
}

// Refund pays an order back and returns the id of the refund.
//
// POST /nontax/refund (退款)
func (s *Service) Refund(ctx context.Context, r Refund) (refundOrderID string, err error) {
	const path = "/nontax/refund"
	if err := limit.Required(path, "OrderID", r.OrderID, "Reason", r.Reason); err != nil {
		return "", err
	}
	if r.Fee < 0 {
		return "", limit.Rule(path, "Fee (refund_fee)", "is negative")
	}
	if (r.Fee == 0) != (r.OutID == "") {
		return "", limit.Rule(path, "Fee (refund_fee)", "and OutID (refund_out_id): both or none must be set")
	}
	in := struct {
		account
		Refund
	}{s.account(), r}
	var out struct {
		RefundOrderID string `json:"refund_order_id"`
	}
	err = s.oa.Post(ctx, path, in, &out)
	return out.RefundOrderID, err
}
