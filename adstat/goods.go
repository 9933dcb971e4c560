package adstat

import (
	"context"
	"iter"

	"github.com/seed-f21aa8d8/wechat/datacube"
)

// GoodsStat has the counts of the goods on commission on one day.
type GoodsStat struct {
	Date datacube.Day `json:"date"`
	GoodsCounts
}

// GoodsCounts are the counts of goods on commission.
type GoodsCounts struct {
	Requests   int64   `json:"req_succ_count,omitempty"` // not in all answers
	Exposures  int64   `json:"exposure_count"`
	Clicks     int64   `json:"click_count"`
	ClickRate  float64 `json:"click_rate"`
	Orders     int64   `json:"order_count"`
	OrderRate  float64 `json:"order_rate"`
	Sales      int64   `json:"total_fee"`        // in fen
	Commission int64   `json:"total_commission"` // in fen
}

// GoodsPage is a page of the statistics of goods on commission.
type GoodsPage struct {
	Rows    []GoodsStat `json:"list"`
	Summary GoodsCounts `json:"summary"`   // of all rows of the span
	Total   int         `json:"total_num"` // rows of all pages
}

var goods = report{"publisher_cps_general", 60}

// ListGoods returns a page of the statistics of goods on commission (返佣商品), for at most 60
// days. Pages count from 1 and have 1 to 90 rows. [Service.AllGoods] returns the rows of all
// pages and of any span.
//
// GET /publisher/stat?action=publisher_cps_general (获取公众号返佣商品数据)
func (s *Service) ListGoods(ctx context.Context, span datacube.Span, page, size int) (*GoodsPage, error) {
	var out struct {
		Base baseResp `json:"base_resp"`
		GoodsPage
	}
	if err := s.fetch(ctx, goods, span, "", page, size, &out.Base, &out); err != nil {
		return nil, err
	}
	return &out.GoodsPage, nil
}

// AllGoods returns the statistics of goods on commission for a span of any length. It requests
// each page when the loop reaches it. An error is the last thing it yields.
//
// GET /publisher/stat?action=publisher_cps_general (获取公众号返佣商品数据)
func (s *Service) AllGoods(ctx context.Context, span datacube.Span) iter.Seq2[GoodsStat, error] {
	return walk(ctx, goods, span, func(ctx context.Context, part datacube.Span, page int) ([]GoodsStat, int, error) {
		p, err := s.ListGoods(ctx, part, page, maxRows)
		if err != nil {
			return nil, 0, err
		}
		return p.Rows, p.Total, nil
	})
}
