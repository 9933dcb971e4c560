package adstat_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/adstat"
	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const path = "/publisher/stat"

var march = datacube.Span{First: datacube.Date(2020, 3, 1), Last: datacube.Date(2020, 3, 31)}

const (
	slotsQuery = "action=publisher_adpos_general&page=2&page_size=90&start_date=2020-03-01&end_date=2020-03-31&ad_slot=SLOT_ID_BIZ_BOTTOM"
	goodsQuery = "action=publisher_cps_general&page=1&page_size=10&start_date=2020-03-01&end_date=2020-03-31"
	settQuery  = "action=publisher_settlement&page=1&page_size=10&start_date=2020-03-01&end_date=2020-03-31"
)

func TestSlots(t *testing.T) {
	counts := adstat.SlotCounts{443610, 181814, 0.409850995, 10095, 0.055523777, 52175, 286.969100289}
	page := adstat.SlotPage{
		Rows:    []adstat.SlotStat{{datacube.Day{Time: datacube.Date(2020, 4, 13)}, "3030046789020061", adstat.Bottom, counts}},
		Summary: counts, Total: 1,
	}
	apitest.Filled(t, page)
	const numbers = `"req_succ_count": 443610, "exposure_count": "181814", "exposure_rate": 0.409850995, "click_count": 10095,
		"click_rate": "0.055523777", "income": 52175.0, "ecpm": 286.969100289`
	const row = `{"slot_id": 3030046789020061, "ad_slot": "SLOT_ID_BIZ_BOTTOM", "date": "2020-04-13", ` + numbers + `}`
	list := func(c ctx, oa client) (any, error) {
		return adstat.New(oa).ListSlots(c, march, adstat.Bottom, 2, 90)
	}
	cases := []apitest.Case{
		{
			Do: list, Method: "GET", Path: path, Query: slotsQuery,
			Answer: `{"base_resp": {"err_msg": "ok", "ret": 0}, "list": [` + row + `], "summary": {` + numbers + `}, "total_num": 1}`, Want: &page,
		},
		{
			Name: "one row that is not in a list", Do: list, Method: "GET", Path: path, Query: slotsQuery,
			Answer: `{"base_resp": {"err_msg": "ok", "ret": "0"}, "list": ` + row + `, "summary": {` + numbers + `, "x": null}, "total_num": "1"}`, Want: &page,
		},
		{
			Name: "errcode", Do: list, Method: "GET", Path: path, Query: slotsQuery,
			Answer: `{"errcode": 48001, "errmsg": "api unauthorized"}`, Fails: errcode.APIUnauthorized,
		},
	}
	for code, is := range map[string]error{"2009": adstat.ErrPublisher, `"1701"`: adstat.ErrParam, "45010": adstat.ErrAction, "45009": adstat.ErrTooOften, "7": adstat.Code(7)} {
		cases = append(cases, apitest.Case{
			Name: "ret " + code, Do: list, Method: "GET", Path: path, Query: slotsQuery,
			Answer: `{"base_resp": {"err_msg": "no", "ret": ` + code + `}}`, Fails: is,
		})
	}
	for _, empty := range []string{`[]`, `{}`, `""`, `null`, `{"item": {}}`} {
		want := &adstat.SlotPage{}
		if empty == "[]" {
			want.Rows = []adstat.SlotStat{}
		}
		cases = append(cases, apitest.Case{
			Name: "no rows " + empty, Do: list, Method: "GET", Path: path, Query: slotsQuery,
			Answer: `{"base_resp": {"ret": 0}, "list": ` + empty + `, "summary": ""}`, Want: want,
		})
	}
	apitest.Run(t, cases)
}

func TestGoods(t *testing.T) {
	counts := adstat.GoodsCounts{5, 15153, 396, 38.26, 3, 0.007575758, 162900, 25021}
	page := adstat.GoodsPage{Rows: []adstat.GoodsStat{{datacube.Day{Time: datacube.Date(2020, 3, 1)}, counts}}, Summary: counts, Total: 7}
	apitest.Filled(t, page)
	const numbers = `"req_succ_count": 5, "exposure_count": 15153, "click_count": "396", "click_rate": 38.26, "order_count": 3,
		"order_rate": 0.007575758, "total_fee": 162900, "total_commission": "25021"`
	list := func(c ctx, oa client) (any, error) { return adstat.New(oa).ListGoods(c, march, 1, 10) }
	apitest.Run(t, []apitest.Case{
		{
			Do: list, Method: "GET", Path: path, Query: goodsQuery,
			Answer: `{"base_resp": {"err_msg": "ok", "ret": 0}, "list": [{"date": "2020-03-01", ` + numbers + `}], "summary": {` + numbers + `}, "total_num": 7}`, Want: &page,
		},
		{Name: "none", Do: list, Method: "GET", Path: path, Query: goodsQuery, Answer: `{"base_resp": {"ret": 0}, "list": null, "total_num": 0}`, Want: &adstat.GoodsPage{}},
		{Name: "refused", Do: list, Method: "GET", Path: path, Query: goodsQuery, Answer: `{"base_resp": {"ret": 2009}}`, Fails: adstat.ErrPublisher},
	})
}

func TestSettlements(t *testing.T) {
	page := adstat.SettlementPage{
		Owner: "腾讯", Income: 5178368698, Penalties: 1, Settled: 2613696765, Total: 1,
		Settlements: []adstat.Settlement{{
			Updated: datacube.Day{Time: datacube.Date(2020, 3, 25)}, Zone: "2020年3月1日至15日", Month: "202003", Half: adstat.FirstHalf,
			Status: adstat.Settling, Settled: 718926045, Number: "XXX", Reissues: 2, SlotIncome: []adstat.SlotIncome{{adstat.Bottom, 34139443}},
		}},
	}
	apitest.Filled(t, page)
	list := func(c ctx, oa client) (any, error) { return adstat.New(oa).ListSettlements(c, march, 1, 10) }
	apitest.Run(t, []apitest.Case{
		{
			Do: list, Method: "GET", Path: path, Query: settQuery,
			Answer: `{"base_resp": {"err_msg": "ok", "ret": 0}, "body": "腾讯", "penalty_all": "1", "revenue_all": 5178368698, "settled_revenue_all": 2613696765,
				"settlement_list": [{"date": "2020-03-25", "zone": "2020年3月1日至15日", "month": 202003, "order": "1", "sett_status": 1,
				"settled_revenue": 718926045, "sett_no": "XXX", "mail_send_cnt": "2", "slot_revenue": [{"slot_id": "SLOT_ID_BIZ_BOTTOM", "slot_settled_revenue": 34139443}]}],
				"total_num": 1}`,
			Want: &page,
		},
		{Name: "none", Do: list, Method: "GET", Path: path, Query: settQuery, Answer: `{"base_resp": {"ret": 0}, "settlement_list": null}`, Want: &adstat.SettlementPage{}},
		{Name: "refused", Do: list, Method: "GET", Path: path, Query: settQuery, Answer: `{"base_resp": {"ret": 1701}}`, Fails: adstat.ErrParam},
	})
}

// An error names the action, the code and its meaning. It is not an error of errcode: its
// codes have other meanings.
func TestError(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"base_resp": {"ret": 45009, "err_msg": "freq"}}`))
	_, err := adstat.New(p.Client()).ListGoods(t.Context(), march, 1, 1)
	require.EqualError(t, err, "adstat: publisher_cps_general: 45009 freq (too many calls: wait, and call less often)")
	require.NotErrorIs(t, err, errcode.ErrQuota)
	for _, code := range []adstat.Code{adstat.ErrAction, adstat.ErrParam, adstat.ErrPublisher, 7} {
		require.NotEmpty(t, code.Error())
	}
}

// rows returns a page of n rows, of a list that has total rows.
func rows(list string, n, total int) apitest.Answer {
	row := make([]string, n)
	for i := range row {
		row[i] = `{"date": "2020-01-01", "exposure_count": ` + strconv.Itoa(total-i) + `}`
	}
	return apitest.JSON(`{"base_resp": {"ret": 0}, "` + list + `": [` + strings.Join(row, ",") + `], "total_num": ` + strconv.Itoa(total) + `}`)
}

// A long span is requested in parts, each by its pages.
func TestAll(t *testing.T) {
	year := datacube.Span{First: datacube.Date(2019, 1, 1), Last: datacube.Date(2019, 5, 1)} // 121 days
	requests := func(p *apitest.Platform) (got []string) {
		for _, c := range p.Calls() {
			got = append(got, c.Query.Get("start_date")+" "+c.Query.Get("end_date")+" "+c.Query.Get("page")+" "+c.Query.Get("page_size"))
		}
		return got
	}
	t.Run("slots", func(t *testing.T) {
		p := apitest.New(t, rows("list", 90, 91), rows("list", 1, 91), rows("list", 0, 0))
		count := 0
		for _, err := range adstat.New(p.Client()).AllSlots(t.Context(), year, "") {
			require.NoError(t, err)
			count++
		}
		require.Equal(t, 91, count)
		require.Equal(t, []string{"2019-01-01 2019-03-31 1 90", "2019-01-01 2019-03-31 2 90", "2019-04-01 2019-05-01 1 90"}, requests(p))
	})
	t.Run("goods", func(t *testing.T) {
		p := apitest.New(t, rows("list", 1, 1))
		for row, err := range adstat.New(p.Client()).AllGoods(t.Context(), year) {
			require.NoError(t, err)
			require.Equal(t, "2020-01-01", row.Date.Format(time.DateOnly))
		}
		require.Equal(t, []string{"2019-01-01 2019-03-01 1 90", "2019-03-02 2019-04-30 1 90", "2019-05-01 2019-05-01 1 90"}, requests(p))
	})
	t.Run("settlements", func(t *testing.T) {
		p := apitest.New(t, rows("settlement_list", 2, 2))
		for _, err := range adstat.New(p.Client()).AllSettlements(t.Context(), year) {
			require.NoError(t, err)
		}
		require.Equal(t, []string{"2019-01-01 2019-05-01 1 90"}, requests(p))
	})
	t.Run("an error ends it", func(t *testing.T) {
		p := apitest.New(t, apitest.JSON(`{"base_resp": {"ret": 2009}}`))
		count := 0
		for _, err := range adstat.New(p.Client()).AllSlots(t.Context(), year, "") {
			require.ErrorIs(t, err, adstat.ErrPublisher)
			count++
		}
		require.Equal(t, 1, count)
		require.Len(t, p.Calls(), 1)
	})
	t.Run("the loop ends early", func(t *testing.T) {
		p := apitest.New(t, rows("list", 90, 900))
		for range adstat.New(p.Client()).AllGoods(t.Context(), year) {
			break
		}
		require.Len(t, p.Calls(), 1)
	})
	t.Run("a bad span", func(t *testing.T) {
		for _, span := range []datacube.Span{{}, {First: year.Last, Last: year.First}, {First: datacube.Date(2015, 12, 31)}} {
			p := apitest.New(t)
			count := 0
			for _, err := range adstat.New(p.Client()).AllSettlements(t.Context(), span) {
				require.ErrorIs(t, err, errcode.ErrLimit)
				count++
			}
			require.Equal(t, 1, count)
		}
	})
}

// Both ends of a span mean days in China, wherever the program runs.
func TestDays(t *testing.T) {
	p := apitest.New(t, rows("list", 0, 0))
	evening := time.Date(2020, 2, 29, 20, 0, 0, 0, time.UTC) // March 1 in China
	_, err := adstat.New(p.Client()).ListSlots(t.Context(), datacube.Span{First: evening}, "", 1, 1)
	require.NoError(t, err)
	require.Equal(t, "2020-03-01", p.Calls()[0].Query.Get("start_date"))
	require.Equal(t, "2020-03-01", p.Calls()[0].Query.Get("end_date"))
	require.NotContains(t, p.Calls()[0].Query, "ad_slot")
}

func TestBadInput(t *testing.T) {
	slots := func(first, last time.Time, page, size int) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			return adstat.New(oa).ListSlots(c, datacube.Span{First: first, Last: last}, "", page, size)
		}
	}
	first := datacube.Date(2020, 1, 1)
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"span.First (start_date) is not set":                                  slots(time.Time{}, first, 1, 1),
		"span.Last (end_date) is before First":                                slots(first, first.AddDate(0, 0, -1), 1, 1),
		"span.First (start_date) is before 2016-01-01":                        slots(datacube.Date(2015, 12, 31), time.Time{}, 1, 1),
		"page is below 1":                                                     slots(first, first, 0, 1),
		"size (page_size) has 0 rows":                                         slots(first, first, 1, 0),
		"size (page_size) has 91 rows, at most 90":                            slots(first, first, 1, 91),
		"span.Last (end_date) has 91 days from First on, at most 90 are allo": slots(first, first.AddDate(0, 0, 90), 1, 1),
		"span.Last (end_date) has 61 days from First on, at most 60 are allo": func(c ctx, oa client) (any, error) {
			return adstat.New(oa).ListGoods(c, datacube.Span{First: first, Last: first.AddDate(0, 0, 60)}, 1, 1)
		},
	})
}

func ExampleService_AllSlots() {
	platform := apitest.Example(apitest.JSON(`{"base_resp": {"err_msg": "ok", "ret": 0}, "list": [
		{"date": "2020-04-13", "ad_slot": "SLOT_ID_BIZ_BOTTOM", "exposure_count": 181814, "click_count": 10095, "income": 52175}],
		"summary": {"income": 52175}, "total_num": 1}`))
	span := datacube.Span{First: datacube.Date(2020, time.April, 13)}

	for row, err := range adstat.New(platform.Client()).AllSlots(context.Background(), span, "") {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %s %.2f yuan\n", row.Date.Format(time.DateOnly), row.Slot, float64(row.Income)/100)
	}
	// Output: 2020-04-13 SLOT_ID_BIZ_BOTTOM 521.75 yuan
}

func ExampleService_ListSettlements() {
	platform := apitest.Example(apitest.JSON(`{"base_resp": {"ret": 2009, "err_msg": "invalid publisher"}}`))

	_, err := adstat.New(platform.Client()).ListSettlements(context.Background(), datacube.LastDays(30), 1, 10)
	fmt.Println(err)
	// Output: adstat: publisher_settlement: 2009 invalid publisher (the account does not carry ads (流量主 is not open): apply for it on mp.weixin.qq.com)
}

func ExampleService_AllGoods() {
	platform := apitest.Example(apitest.JSON(`{"base_resp": {"err_msg": "ok", "ret": 0}, "list": [
		{"date": "2020-03-01", "click_count": 396, "order_count": 3, "total_fee": 162900, "total_commission": 25021}], "total_num": 1}`))
	span := datacube.Span{First: datacube.Date(2020, time.March, 1)}

	for row, err := range adstat.New(platform.Client()).AllGoods(context.Background(), span) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s: %d orders, commission %.2f yuan\n", row.Date.Format(time.DateOnly), row.Orders, float64(row.Commission)/100)
	}
	// Output: 2020-03-01: 3 orders, commission 250.21 yuan
}
