package wechattest

import (
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/api/adstat"
)

// AdIncome is the advertising income of an account that carries ads (流量主). The platform
// computes rates and sums from it. Amounts are in fen (分). Only the day of a time is
// used, in the time zone of China.
type AdIncome struct {
	Owner       string // who is paid (主体名称)
	Slots       []AdSlotDay
	Goods       []AdGoodsDay
	Settlements []AdSettlement
}

// AdSlotDay is a day of an ad slot.
type AdSlotDay struct {
	Date      time.Time
	Slot      string // such as SLOT_ID_BIZ_BOTTOM
	Requests  int64
	Exposures int64
	Clicks    int64
	Income    int64
}

// AdGoodsDay is a day of the goods on commission (返佣商品).
type AdGoodsDay struct {
	Date       time.Time
	Exposures  int64
	Clicks     int64
	Orders     int64
	Sales      int64
	Commission int64
}

// AdSettlement is the settled income of half a month.
type AdSettlement struct {
	Year   int
	Month  time.Month
	Half   int              // 1 or 2
	Status int              // 1 is being settled, 2 and 3 are settled, 4 is being paid, 5 is paid
	Income map[string]int64 // by slot
}

// SetAdIncome sets the advertising income, which the calls of /publisher/stat return.
// Until it is called, the account carries no ads, and these calls answer with ret 2009
// in base_resp.
func (p *Platform) SetAdIncome(income AdIncome) {
	data := adstat.Data{Owner: income.Owner}
	for _, s := range income.Slots {
		data.Slots = append(data.Slots, adstat.Slot(s))
	}
	for _, g := range income.Goods {
		data.Goods = append(data.Goods, adstat.Goods(g))
	}
	for _, s := range income.Settlements {
		data.Settlements = append(data.Settlements, adstat.Settlement(s))
	}
	p.adIncome.Set(data)
}
