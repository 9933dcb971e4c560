package nontax

import (
	"context"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Status is the state of an order or a refund. There may be other values.
type Status int

// The states. A refund in part does not change the state of the order.
const (
	Unpaid    Status = 1  // 未支付
	Paid      Status = 3  // 支付成功
	Paid4     Status = 4  // 支付成功; the documents do not say how it differs from Paid
	Refunded  Status = 5  // 退款完成
	Refunding Status = 6  // 退款中
	Closed    Status = 12 // 超时未支付，订单关闭
)

// IsPaid reports whether the order was paid and is not refunded.
func (s Status) IsPaid() bool { return s == Paid || s == Paid4 }

// Currency is the currency of an order (fee_type).
type Currency int

// The currencies.
const (
	CNY Currency = 1
	USD Currency = 2
)

// InfoSource says who gave the information about a payment.
type InfoSource int

// The sources of the information about a payment.
const (
	FromTreasury   InfoSource = 1 // 财政
	FromDepartment InfoSource = 2 // 委办局
)

// Order is an order. A time is zero until its event has happened. Fields that do not
// apply are empty.
type Order struct {
	AppID    string                    `json:"appid"`
	OpenID   string                    `json:"openid"`
	OrderID  string                    `json:"order_id"`
	Desc     string                    `json:"desc"`
	Created  officialaccount.Timestamp `json:"create_time"`
	PaidAt   officialaccount.Timestamp `json:"pay_finish_time"`
	Fee      int64                     `json:"fee"` // in fen, or in cents of the Currency
	Currency Currency                  `json:"fee_type"`
	TransID  string                    `json:"trans_id"` // transaction of WeChat Pay
	Status   Status                    `json:"status"`
	Scene    Scene                     `json:"scene"`

	BankID      string `json:"bank_id"`
	BankName    string `json:"bank_name"`
	BankAccount string `json:"bank_account"`

	RefundedAt    officialaccount.Timestamp `json:"refund_finish_time"`
	RefundReason  string                    `json:"refund_reason"`
	RefundOrderID string                    `json:"refund_order_id"`
	RefundOutID   string                    `json:"refund_out_id"`
	PartialRefund []PartialRefund           `json:"partial_refund_info"`

	Number
	DepartmentCode string     `json:"department_code"`
	DepartmentName string     `json:"department_name"`
	RegionCode     string     `json:"region_code"`
	NoticeType     NoticeType `json:"payment_notice_type"`
	Items          []Item     `json:"items"`

	BillTypeCode string     `json:"bill_type_code"` // of the receipt (票据)
	BillNo       string     `json:"bill_no"`        // of the receipt
	InfoSource   InfoSource `json:"payment_info_source"`

	Notices []NoticeHistory `json:"notify_history"`
}

// PartialRefund is a part of an order that was paid back.
type PartialRefund struct {
	RefundOrderID string                    `json:"refund_order_id"`
	Reason        string                    `json:"refund_reason"`
	OutID         string                    `json:"refund_out_id"`
	Fee           int64                     `json:"refund_fee"` // in fen
	RefundedAt    officialaccount.Timestamp `json:"refund_finish_time"`
	Status        Status                    `json:"refund_status"` // Refunded or Refunding
}

// NoticeHistory is how a third party was notified of the payment.
type NoticeHistory struct {
	AppID   string           `json:"appid"`
	Name    string           `json:"name"`
	Count   int              `json:"notify_cnt"` // notices sent
	Details []NotifiedDetail `json:"notify_detail"`
}

// ThirdPartyCode is a third party's answer to a notice. There may be other values.
type ThirdPartyCode int

// The codes of third parties.
const (
	ThirdPartyOK         ThirdPartyCode = 0
	ThirdPartyFormat     ThirdPartyCode = 210 // wrong format
	ThirdPartyPaid       ThirdPartyCode = 232 // paid already
	ThirdPartyRefused    ThirdPartyCode = 236 // the bank refused
	ThirdPartyDecryption ThirdPartyCode = 298
	ThirdPartySystem     ThirdPartyCode = 299
	ThirdPartySignature  ThirdPartyCode = 300
)

// NotifiedDetail is a notice to a third party: the first or the last one.
type NotifiedDetail struct {
	Time         officialaccount.Timestamp `json:"notify_time"`
	Duration     time.Duration             `json:"-"`
	Ret          int                       `json:"ret"`
	RetErrMsg    string                    `json:"ret_errmsg"`
	Status       int                       `json:"status"`
	URL          string                    `json:"url"`
	NontaxStr    string                    `json:"wxnontaxstr"`
	Code         ThirdPartyCode            `json:"errcode"` // of the third party, not of the platform
	Message      string                    `json:"errmsg"`  // of the third party
	Response     string                    `json:"third_resp"`
	ResponseData string                    `json:"third_resp_data"`
}

// history is a NoticeHistory on the wire.
type history struct {
	NoticeHistory
	Details []struct {
		NotifiedDetail
		Milliseconds int64 `json:"cost_time"`
	} `json:"notify_detail"`
}

func (h history) decoded() NoticeHistory {
	decoded := h.NoticeHistory
	for _, d := range h.Details {
		d.Duration = time.Duration(d.Milliseconds) * time.Millisecond
		decoded.Details = append(decoded.Details, d.NotifiedDetail)
	}
	return decoded
}

// GetOrder returns an order. The service id is optional.
//
// POST /nontax/getorder (获取订单)
func (s *Service) GetOrder(ctx context.Context, serviceID, orderID string) (*Order, error) {
	const path = "/nontax/getorder"
	if err := limit.Required(path, "orderID", orderID); err != nil {
		return nil, err
	}
	service, err := parseServiceID(path, serviceID)
	if err != nil {
		return nil, err
	}
	in := struct {
		account
		ServiceID int64  `json:"service_id,omitempty"`
		OrderID   string `json:"order_id"`
	}{s.account(), service, orderID}
	var out struct {
		Order
		Notices []history `json:"notify_history"`
	}
	if err := s.oa.Post(ctx, path, in, &out, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	for _, h := range out.Notices {
		out.Order.Notices = append(out.Order.Notices, h.decoded())
	}
	return &out.Order, nil
}

// OrderQuery selects orders by what they are for.
type OrderQuery struct {
	Number
	RegionCode     string `json:"region_code"`
	DepartmentCode string `json:"department_code"`
}

// OrderIDs are the ids of the orders for a number.
type OrderIDs struct {
	All  []string `json:"order_id_list"`
	Paid string   `json:"paid_order_id"` // the one that was paid; empty if none
}

// ListOrderIDs returns the ids of all orders for a payment notice, or for a number of the
// caller's own.
//
// POST /nontax/getorderlist (获取订单列表)
func (s *Service) ListOrderIDs(ctx context.Context, q OrderQuery) (*OrderIDs, error) {
	const path = "/nontax/getorderlist"
	if err := q.check(path); err != nil {
		return nil, err
	}
	if err := limit.Required(path, "RegionCode", q.RegionCode, "DepartmentCode", q.DepartmentCode); err != nil {
		return nil, err
	}
	in := struct {
		account
		OrderQuery
	}{s.account(), q}
	var ids OrderIDs
	if err := s.oa.Post(ctx, path, in, &ids, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &ids, nil
}

// StatementType selects the orders of a statement. Empty means all.
type StatementType string

// The types of statements.
const (
	AllOrders  StatementType = "ALL"
	PaidOnly   StatementType = "SUCCESS"
	RefundOnly StatementType = "REFUND"
)

// StatementQuery selects a statement.
type StatementQuery struct {
	MchID string        `json:"mch_id"` // merchant id
	Day   Day           `json:"bill_date"`
	Type  StatementType `json:"bill_type,omitempty"`
}

// DownloadStatement downloads the statement of a day: the orders of a merchant as CSV
// (对账单). The caller closes the file, which is streamed.
//
// POST /nontax/downloadbill (下载缴费对账单)
func (s *Service) DownloadStatement(ctx context.Context, q StatementQuery) (*officialaccount.File, error) {
	const path = "/nontax/downloadbill"
	if err := limit.Required(path, "MchID", q.MchID); err != nil {
		return nil, err
	}
	if q.Day.IsZero() {
		return nil, limit.Rule(path, "Day (bill_date)", "is zero")
	}
	in := struct {
		account
		StatementQuery
	}{s.account(), q}
	return s.oa.Download(ctx, path, officialaccount.WithBody(in))
}
