package adstat

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/datacube"
)

// Slot is a kind of ad slot (广告位类型). The platform also returns slots without a
// constant, such as those of mini programs (SLOT_ID_WEAPP_…).
type Slot string

// The ad slots of accounts.
const (
	Bottom     Slot = "SLOT_ID_BIZ_BOTTOM"      // below articles (底部广告)
	MidContext Slot = "SLOT_ID_BIZ_MID_CONTEXT" // inside articles (文中广告)
	VideoEnd   Slot = "SLOT_ID_BIZ_VIDEO_END"   // after videos (视频后贴)
	Sponsor    Slot = "SLOT_ID_BIZ_SPONSOR"     // chosen by both sides (互选广告)
	CPS        Slot = "SLOT_ID_BIZ_CPS"         // goods on commission (返佣商品); see Service.ListGoods
)

// SlotStat has the counts of one ad slot on one day.
type SlotStat struct {
	Date   datacube.Day `json:"date"`
	SlotID string       `json:"slot_id"`
	Slot   Slot         `json:"ad_slot"`
	SlotCounts
}

// SlotCounts are the counts of ads.
type SlotCounts struct {
	Requests     int64   `json:"req_succ_count"` // ads that were fetched (拉取量)
	Exposures    int64   `json:"exposure_count"`
	ExposureRate float64 `json:"exposure_rate"` // Exposures divided by Requests
	Clicks       int64   `json:"click_count"`
	ClickRate    float64 `json:"click_rate"` // Clicks divided by Exposures
	Income       int64   `json:"income"`     // in fen
	ECPM         float64 `json:"ecpm"`       // income of a thousand exposures, in fen
}

// SlotPage is a page of the statistics of ad slots.
type SlotPage struct {
	Rows    []SlotStat `json:"list"`
	Summary SlotCounts `json:"summary"`   // of all rows of the span
	Total   int        `json:"total_num"` // rows of all pages
}

var slots = report{"publisher_adpos_general", 90}

// ListSlots returns a page of the statistics of ad slots, for at most 90 days. Pages count from
// 1 and have 1 to 90 rows. If slot is empty, the rows are those of all slots except [CPS].
// [Service.AllSlots] returns the rows of all pages and of any span.
//
// GET /publisher/stat?action=publisher_adpos_general (获取公众号分广告位数据)
func (s *Service) ListSlots(ctx context.Context, span datacube.Span, slot Slot, page, size int) (*SlotPage, error) {
	var out struct {
		Base baseResp `json:"base_resp"`
		SlotPage
	}
	if err := s.fetch(ctx, slots, span, slot, page, size, &out.Base, &out); err != nil {
		return nil, err
	}
	return &out.SlotPage, nil
}

// AllSlots returns the statistics of ad slots for a span of any length. It requests each
// page when the loop reaches it. An error is the last thing it yields.
//
// GET /publisher/stat?action=publisher_adpos_general (获取公众号分广告位数据)
func (s *Service) AllSlots(ctx context.Context, span datacube.Span, slot Slot) iter.Seq2[SlotStat, error] {
	return walk(ctx, slots, span, func(ctx context.Context, part datacube.Span, page int) ([]SlotStat, int, error) {
		p, err := s.ListSlots(ctx, part, slot, page, maxRows)
		if err != nil {
			return nil, 0, err
		}
		return p.Rows, p.Total, nil
	})
}
