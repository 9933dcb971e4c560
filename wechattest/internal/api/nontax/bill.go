package nontax

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// downloadBill is POST /nontax/downloadbill. The platform's documents do not name the
// columns.
func (a *Area) downloadBill(_ *server.Call, in struct {
	AppID string        `json:"appid"`
	MchID server.Scalar `json:"mch_id"`
	Day   server.Scalar `json:"bill_date"`
	Type  string        `json:"bill_type"`
}) (any, error) {
	if err := a.own(in.AppID); err != nil {
		return nil, err
	}
	day, err := time.ParseInLocation(dayLayout, string(in.Day), server.China())
	if err != nil || in.MchID == "" {
		return nil, server.Fail(40097)
	}
	successes, refunds := in.Type == "SUCCESS", in.Type == "REFUND"
	switch in.Type {
	case "", "ALL":
		successes, refunds = true, true
	case "SUCCESS", "REFUND":
	default:
		return nil, server.Fail(40097)
	}
	rows := [][]string{{"时间", "订单号", "类型", "金额(分)", "缴款通知书编号", "自有订单号"}}
	add := func(at time.Time, o *order, kind string, fen int64) {
		if !at.Before(day) && at.Before(day.AddDate(0, 0, 1)) {
			rows = append(rows, []string{
				at.In(server.China()).Format(time.DateTime), o.id, kind, strconv.FormatInt(fen, 10), string(o.NoticeNo), string(o.OrderNo),
			})
		}
	}
	for _, o := range a.orders {
		if o.MchID != in.MchID {
			continue
		}
		if successes {
			add(o.paidAt, o, "SUCCESS", int64(o.Fee))
		}
		if refunds {
			add(o.refundedAt, o, "REFUND", int64(o.Fee))
			for _, p := range o.parts {
				add(p.at, o, "REFUND", p.fee)
			}
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.WriteAll(rows) // a bytes.Buffer never fails
	return &server.Attachment{ContentType: "text/plain", Content: out.Bytes()}, nil
}
