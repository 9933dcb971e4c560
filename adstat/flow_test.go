package adstat_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/adstat"
	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// TestFlow reads the income that a test sets on the local platform.
func TestFlow(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	ctx := t.Context()
	ads := adstat.New(localtest.Client(t, p))
	year := datacube.Span{First: datacube.Date(2025, 1, 1), Last: datacube.Date(2025, 12, 31)}
	_, err := ads.ListSettlements(ctx, year, 1, 10)
	require.ErrorIs(t, err, adstat.ErrPublisher)

	income := wechattest.AdIncome{Owner: "示例有限公司"}
	for day := year.First; !day.After(year.Last); day = day.AddDate(0, 0, 1) {
		income.Slots = append(income.Slots, wechattest.AdSlotDay{Date: day, Slot: "SLOT_ID_BIZ_BOTTOM", Requests: 200, Exposures: 100, Clicks: 5, Income: 250})
		income.Goods = append(income.Goods, wechattest.AdGoodsDay{Date: day, Exposures: 100, Clicks: 10, Orders: 1, Sales: 9900, Commission: 990})
	}
	for _, half := range []int{1, 2} {
		income.Settlements = append(income.Settlements, wechattest.AdSettlement{
			Year: 2025, Month: time.February, Half: half, Status: half, Income: map[string]int64{"SLOT_ID_BIZ_BOTTOM": 3750},
		})
	}
	p.SetAdIncome(income)

	days, fen := map[string]bool{}, int64(0)
	for row, err := range ads.AllSlots(ctx, year, "") {
		require.NoError(t, err)
		require.Equal(t, adstat.SlotCounts{Requests: 200, Exposures: 100, ExposureRate: 0.5, Clicks: 5, ClickRate: 0.05, Income: 250, ECPM: 2500}, row.SlotCounts)
		days[row.Date.Format(time.DateOnly)] = true
		fen += row.Income
	}
	require.Len(t, days, 365)
	require.EqualValues(t, 365*250, fen)
	for _, err := range ads.AllSlots(ctx, year, adstat.Sponsor) {
		require.NoError(t, err)
		t.Error("there is no such slot")
	}

	page, err := ads.ListGoods(ctx, datacube.Span{First: datacube.Date(2025, 3, 1), Last: datacube.Date(2025, 3, 31)}, 2, 30)
	require.NoError(t, err)
	require.Equal(t, 31, page.Total)
	require.Len(t, page.Rows, 1)
	require.Equal(t, "2025-03-01", page.Rows[0].Date.Format(time.DateOnly))
	require.EqualValues(t, 31*990, page.Summary.Commission)
	require.InDelta(t, 0.1, page.Summary.OrderRate, 1e-9)

	settled, err := ads.ListSettlements(ctx, datacube.Span{First: datacube.Date(2025, 2, 16), Last: datacube.Date(2025, 2, 20)}, 1, 10)
	require.NoError(t, err)
	require.Equal(t, "示例有限公司", settled.Owner)
	require.EqualValues(t, 7500, settled.Income)
	require.EqualValues(t, 3750, settled.Settled)
	require.Len(t, settled.Settlements, 1)
	require.Equal(t, adstat.Settlement{
		Updated: datacube.Day{Time: datacube.Date(2025, 3, 10)}, Zone: "2025年2月16日至28日", Month: "202502", Half: adstat.SecondHalf, Status: adstat.Settled,
		Settled: 3750, Number: "S2025022", SlotIncome: []adstat.SlotIncome{{adstat.Bottom, 3750}},
	}, settled.Settlements[0])
}
