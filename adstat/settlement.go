package adstat

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/datacube"
)

// SettlementStatus is the state of a settlement. There may be other values.
type SettlementStatus int

// The states of a settlement. 2 and 3 both mean that it is settled.
const (
	Settling    SettlementStatus = 1 // 结算中
	Settled     SettlementStatus = 2 // 已结算
	AlsoSettled SettlementStatus = 3 // 已结算
	Paying      SettlementStatus = 4 // 付款中
	Paid        SettlementStatus = 5 // 已付款
)

// HalfMonth is a half of a month.
type HalfMonth int

// The halves of a month.
const (
	FirstHalf  HalfMonth = 1 // 1st to 15th (上半月)
	SecondHalf HalfMonth = 2 // 16th to the end (下半月)
)

// Settlement is the income of half a month.
type Settlement struct {
	Updated    datacube.Day     `json:"date"`  // day of the last change
	Zone       string           `json:"zone"`  // days as a text, such as 2020年3月1日至15日
	Month      string           `json:"month"` // such as 202003
	Half       HalfMonth        `json:"order"`
	Status     SettlementStatus `json:"sett_status"`
	Settled    int64            `json:"settled_revenue"` // in fen
	Number     string           `json:"sett_no"`         // of the settlement's bill
	Reissues   int              `json:"mail_send_cnt"`   // how often the bill was sent again
	SlotIncome []SlotIncome     `json:"slot_revenue"`
}

// SlotIncome is the settled income of an ad slot.
type SlotIncome struct {
	Slot    Slot  `json:"slot_id"`
	Settled int64 `json:"slot_settled_revenue"` // in fen
}

// SettlementPage is a page of settlements.
type SettlementPage struct {
	Owner       string       `json:"body"`                // who is paid (主体名称)
	Income      int64        `json:"revenue_all"`         // of all time, in fen
	Penalties   int64        `json:"penalty_all"`         // of all time, in fen
	Settled     int64        `json:"settled_revenue_all"` // of all time, in fen
	Settlements []Settlement `json:"settlement_list"`
	Total       int          `json:"total_num"` // settlements of all pages
}

var settlements = report{"publisher_settlement", 0}

// ListSettlements returns a page of the settlements that overlap a span, which may have any
// length. Pages count from 1 and have 1 to 90 settlements. [Service.AllSettlements] returns
// those of all pages.
//
// GET /publisher/stat?action=publisher_settlement (获取公众号结算收入数据及结算主体信息)
func (s *Service) ListSettlements(ctx context.Context, span datacube.Span, page, size int) (*SettlementPage, error) {
	var out struct {
		Base baseResp `json:"base_resp"`
		SettlementPage
	}
	if err := s.fetch(ctx, settlements, span, "", page, size, &out.Base, &out); err != nil {
		return nil, err
	}
	return &out.SettlementPage, nil
}

// AllSettlements returns all settlements that overlap a span. It requests each page when
// the loop reaches it. An error is the last thing it yields.
//
// GET /publisher/stat?action=publisher_settlement (获取公众号结算收入数据及结算主体信息)
func (s *Service) AllSettlements(ctx context.Context, span datacube.Span) iter.Seq2[Settlement, error] {
	return walk(ctx, settlements, span, func(ctx context.Context, part datacube.Span, page int) ([]Settlement, int, error) {
		p, err := s.ListSettlements(ctx, part, page, maxRows)
		if err != nil {
			return nil, 0, err
		}
		return p.Settlements, p.Total, nil
	})
}
