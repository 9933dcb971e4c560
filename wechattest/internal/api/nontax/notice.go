package nontax

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Notice is a payment notice (缴款通知书), as the government body has it.
type Notice struct {
	No             string
	DepartmentCode string
	DepartmentName string
	RegionCode     string
	UserName       string
	Type           int
	Created        time.Time
	Expires        time.Time
	Items          []Item
}

// Item is an item of a payment. Amounts are in fen.
type Item struct {
	ID      string
	Name    string
	Fee     int64
	Overdue int64
	Penalty int64
}

// item is an Item on the wire.
type item struct {
	No      server.Number `json:"no"`
	ID      server.Scalar `json:"item_id"`
	Name    string        `json:"item_name"`
	Overdue server.Number `json:"overdue"`
	Penalty server.Number `json:"penalty"`
	Fee     server.Number `json:"fee"`
}

// Add adds a notice, or replaces the one with its number and region.
func (a *Area) Add(n Notice) {
	a.s.Lock()
	defer a.s.Unlock()
	if n.Created.IsZero() {
		n.Created = a.s.Now()
	}
	for i, old := range a.notices {
		if old.No == n.No && old.RegionCode == n.RegionCode {
			a.notices[i] = n
			return
		}
	}
	a.notices = append(a.notices, n)
}

// queryFee is POST /nontax/queryfee.
func (a *Area) queryFee(_ *server.Call, in struct {
	AppID          string        `json:"appid"`
	ServiceID      server.Number `json:"service_id"`
	No             server.Scalar `json:"payment_notice_no"`
	DepartmentCode server.Scalar `json:"department_code"`
	RegionCode     server.Scalar `json:"region_code"`
}) (any, error) {
	if err := a.own(in.AppID); err != nil {
		return nil, err
	}
	if err := server.Present(40097, string(in.No), string(in.DepartmentCode), string(in.RegionCode)); err != nil {
		return nil, err
	}
	if in.ServiceID <= 0 {
		return nil, server.Fail(40097)
	}
	for _, n := range a.notices {
		if n.No == string(in.No) && n.RegionCode == string(in.RegionCode) && n.DepartmentCode == string(in.DepartmentCode) {
			return n.answer(), nil
		}
	}
	return nil, server.Failf(40097, "invalid args: payment notice not found")
}

func (n Notice) answer() server.OK {
	var items []item
	var total int64
	for i, one := range n.Items {
		items = append(items, item{
			No: server.Number(i + 1), ID: server.Scalar(one.ID), Name: one.Name,
			Overdue: server.Number(one.Overdue), Penalty: server.Number(one.Penalty), Fee: server.Number(one.Fee),
		})
		total += one.Fee
	}
	answer := server.OK{
		"user_name": n.UserName, "fee": total, "items": items, "payment_notice_no": n.No,
		"department_code": n.DepartmentCode, "department_name": n.DepartmentName, "payment_notice_type": n.Type, "region_code": n.RegionCode,
		"payment_notice_create_time": n.Created.Unix(),
	}
	if !n.Expires.IsZero() {
		answer["payment_expire_date"] = n.Expires.In(server.China()).Format(dayLayout)
	}
	return answer
}

const dayLayout = "20060102"
