package nontax

import (
	"context"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/internal/limit"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// NoticeType is the type of a payment notice. Values that are not listed here are sent as
// they are.
type NoticeType int

// The types of payment notices.
const (
	OrdinaryNotice NoticeType = 1 // 普通缴费
	PenaltyNotice  NoticeType = 2 // 处罚缴费
)

// FeeQuery identifies a payment notice (缴款通知书). BankID and NoticeType are optional.
type FeeQuery struct {
	ServiceID       string     `json:"-"`                 // a number that the platform has assigned
	BankID          string     `json:"bank_id,omitempty"` // assigned by the platform
	PaymentNoticeNo string     `json:"payment_notice_no"`
	DepartmentCode  string     `json:"department_code"` // collecting body (执收单位)
	NoticeType      NoticeType `json:"payment_notice_type,omitempty"`
	RegionCode      string     `json:"region_code"` // 行政区划代码
}

// Fees are what a payment notice asks for.
type Fees struct {
	UserName        string                    `json:"user_name"` // who has to pay
	Fee             int64                     `json:"fee"`       // total, in fen
	Items           []Item                    `json:"items"`
	PaymentNoticeNo string                    `json:"payment_notice_no"`
	DepartmentCode  string                    `json:"department_code"`
	DepartmentName  string                    `json:"department_name"`
	NoticeType      NoticeType                `json:"payment_notice_type"`
	RegionCode      string                    `json:"region_code"`
	NoticeCreated   officialaccount.Timestamp `json:"payment_notice_create_time"`
	Expiry          Day                       `json:"payment_expire_date"` // last day of the payment
}

// Item is an item of a payment (缴费项目). Amounts are in fen.
type Item struct {
	No      int    `json:"no"`      // 1, 2, 3 and so on
	ItemID  string `json:"item_id"` // code of the item
	Name    string `json:"item_name"`
	Overdue int64  `json:"overdue,omitempty"` // late fee (滞纳金), in fen
	Penalty int64  `json:"penalty,omitempty"` // fine (加罚金额), in fen
	Fee     int64  `json:"fee"`               // total of the item with late fee and fine, in fen
}

// GetFees returns what a payment notice asks for.
//
// POST /nontax/queryfee (查询应收信息)
func (s *Service) GetFees(ctx context.Context, q FeeQuery) (*Fees, error) {
	const path = "/nontax/queryfee"
	id, err := parseServiceID(path, q.ServiceID)
	if err != nil {
		return nil, err
	}
	if err := limit.Required(path, "ServiceID", q.ServiceID, "PaymentNoticeNo", q.PaymentNoticeNo, "DepartmentCode", q.DepartmentCode,
		"RegionCode", q.RegionCode); err != nil {
		return nil, err
	}
	in := struct {
		account
		ServiceID int64 `json:"service_id"`
		FeeQuery
	}{s.account(), id, q}
	var fees Fees
	if err := s.oa.Post(ctx, path, in, &fees, officialaccount.WithRetry()); err != nil {
		return nil, err
	}
	return &fees, nil
}

// parseServiceID returns the id of a service as the platform writes it, 0 for none.
func parseServiceID(path, id string) (int64, error) {
	if id == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n <= 0 {
		return 0, limit.Rule(path, "ServiceID (service_id)", "is "+strconv.Quote(id)+", not a positive number")
	}
	return n, nil
}
