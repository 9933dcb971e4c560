// Package adstat models the advertising income of an account (流量主广告数据): what a test
// sets, with rates, sums and pages.
package adstat

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/server"
)

// Slot is a day of an ad slot.
type Slot struct {
	Date                                time.Time
	Slot                                string
	Requests, Exposures, Clicks, Income int64
}

// Goods is a day of the goods on commission.
type Goods struct {
	Date                                         time.Time
	Exposures, Clicks, Orders, Sales, Commission int64
}

// Settlement is the income of half a month.
type Settlement struct {
	Year   int
	Month  time.Month
	Half   int // 1 or 2
	Status int
	Income map[string]int64 // by slot
}

// Data is the advertising data of an account, as a test sets it.
type Data struct {
	Owner       string
	Slots       []Slot
	Goods       []Goods
	Settlements []Settlement
}

// Area is the state of the area; the lock of the server guards it.
type Area struct {
	s    *server.Server
	data *Data // nil: the account carries no ads
}

// The codes in base_resp.
const (
	badParam     = 1701
	noPublisher  = 2009
	unknownCall  = 45010
	maxPage      = 90
	maxSlotDays  = 90
	maxGoodsDays = 60
	goodsSlot    = "SLOT_ID_BIZ_CPS"
)

// Register adds the area to the server.
func Register(s *server.Server) *Area {
	a := &Area{s: s}
	s.Handle(server.Endpoint{Method: http.MethodGet, Path: "/publisher/stat", Handle: a.stat})
	return a
}

// Set sets what the account has.
func (a *Area) Set(d Data) {
	a.s.Lock()
	defer a.s.Unlock()
	a.data = &d
}

// query holds the parsed parameters of a call.
type query struct {
	first, last string // days, as 2006-01-02
	days        int
	page, size  int
	slot        string
}

// stat is GET /publisher/stat.
func (a *Area) stat(c *server.Call) (any, error) {
	reports := map[string]func(query) server.Object{
		"publisher_adpos_general": a.slots, "publisher_cps_general": a.goods, "publisher_settlement": a.settlements,
	}
	maxDays := map[string]int{"publisher_adpos_general": maxSlotDays, "publisher_cps_general": maxGoodsDays}
	action := c.Query.Get("action")
	report, known := reports[action]
	q, ok := read(c)
	switch most := maxDays[action]; {
	case !known:
		return refuse(unknownCall, "invalid action"), nil
	case a.data == nil:
		return refuse(noPublisher, "invalid publisher"), nil
	case !ok || most > 0 && q.days > most:
		return refuse(badParam, "invalid parameter"), nil
	}
	answer := report(q)
	answer["base_resp"] = server.Object{"ret": 0, "err_msg": "ok"}
	return answer, nil
}

func refuse(code int, text string) server.Object {
	return server.Object{"base_resp": server.Object{"ret": code, "err_msg": text}}
}

func read(c *server.Call) (q query, ok bool) {
	first, err1 := time.Parse(time.DateOnly, c.Query.Get("start_date"))
	last, err2 := time.Parse(time.DateOnly, c.Query.Get("end_date"))
	page, err3 := strconv.Atoi(c.Query.Get("page"))
	size, err4 := strconv.Atoi(c.Query.Get("page_size"))
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			return q, false
		}
	}
	q = query{first.Format(time.DateOnly), last.Format(time.DateOnly), int(last.Sub(first)/(24*time.Hour)) + 1, page, size, c.Query.Get("ad_slot")}
	return q, q.days >= 1 && page >= 1 && page <= 1e6 && size >= 1 && size <= maxPage
}

func (q query) has(day time.Time) bool {
	text := server.Day(day)
	return q.first <= text && text <= q.last
}

// answer has a page of the rows, the newest days first.
func (q query) answer(name string, rows []server.Object) server.Object {
	list := server.Page(rows, server.Number((q.page-1)*q.size), server.Number(q.size))
	if list == nil {
		list = []server.Object{}
	}
	return server.Object{name: list, "total_num": len(rows)}
}

func (a *Area) slots(q query) server.Object {
	var rows []server.Object
	var sum Slot
	for _, s := range byDay(a.data.Slots, func(s Slot) time.Time { return s.Date }) {
		if !q.has(s.Date) || (q.slot == "" && s.Slot == goodsSlot) || (q.slot != "" && s.Slot != q.slot) {
			continue
		}
		row := s.counts()
		row["date"], row["ad_slot"], row["slot_id"] = server.Day(s.Date), s.Slot, slotID(s.Slot)
		rows = append(rows, row)
		sum.Requests, sum.Exposures, sum.Clicks, sum.Income = sum.Requests+s.Requests, sum.Exposures+s.Exposures, sum.Clicks+s.Clicks, sum.Income+s.Income
	}
	answer := q.answer("list", rows)
	answer["summary"] = sum.counts()
	return answer
}

func (s Slot) counts() server.Object {
	return server.Object{
		"req_succ_count": s.Requests, "exposure_count": s.Exposures, "exposure_rate": rate(s.Exposures, s.Requests), "click_count": s.Clicks,
		"click_rate": rate(s.Clicks, s.Exposures), "income": s.Income, "ecpm": 1000 * rate(s.Income, s.Exposures),
	}
}

// slotID is a number for a slot, as large as the platform's are.
func slotID(slot string) int64 {
	id := int64(3_030_046_789_020_000)
	for _, c := range slot {
		id += int64(c)
	}
	return id
}

func (a *Area) goods(q query) server.Object {
	var rows []server.Object
	var sum Goods
	for _, g := range byDay(a.data.Goods, func(g Goods) time.Time { return g.Date }) {
		if !q.has(g.Date) {
			continue
		}
		row := g.counts()
		row["date"] = server.Day(g.Date)
		rows = append(rows, row)
		sum.Exposures, sum.Clicks, sum.Orders = sum.Exposures+g.Exposures, sum.Clicks+g.Clicks, sum.Orders+g.Orders
		sum.Sales, sum.Commission = sum.Sales+g.Sales, sum.Commission+g.Commission
	}
	answer := q.answer("list", rows)
	answer["summary"] = sum.counts()
	return answer
}

func (g Goods) counts() server.Object {
	return server.Object{
		"exposure_count": g.Exposures, "click_count": g.Clicks, "click_rate": rate(g.Clicks, g.Exposures), "order_count": g.Orders,
		"order_rate": rate(g.Orders, g.Clicks), "total_fee": g.Sales, "total_commission": g.Commission,
	}
}

func (a *Area) settlements(q query) server.Object {
	var rows []server.Object
	var all, settled int64
	for _, s := range byDay(a.data.Settlements, func(s Settlement) time.Time { return s.first() }) {
		var income int64
		slots := []server.Object{}
		for slot, fen := range s.Income {
			income += fen
			slots = append(slots, server.Object{"slot_id": slot, "slot_settled_revenue": fen})
		}
		slices.SortFunc(slots, func(x, y server.Object) int { return strings.Compare(x["slot_id"].(string), y["slot_id"].(string)) })
		all += income
		if s.Status > 1 {
			settled += income
		}
		if server.Day(s.last()) < q.first || server.Day(s.first()) > q.last {
			continue
		}
		month := s.first().Format("200601")
		rows = append(rows, server.Object{
			"date": server.Day(s.last().AddDate(0, 0, 10)), "zone": s.zone(), "month": month, "order": s.Half, "sett_status": s.Status,
			"settled_revenue": income, "sett_no": "S" + month + strconv.Itoa(s.Half), "mail_send_cnt": "0", "slot_revenue": slots,
		})
	}
	answer := q.answer("settlement_list", rows)
	answer["body"], answer["revenue_all"], answer["penalty_all"], answer["settled_revenue_all"] = a.data.Owner, all, 0, settled
	return answer
}

func (s Settlement) first() time.Time {
	return time.Date(s.Year, s.Month, 1+15*(s.Half-1), 0, 0, 0, 0, server.China())
}

func (s Settlement) last() time.Time {
	if s.Half == 1 {
		return s.first().AddDate(0, 0, 14)
	}
	return s.first().AddDate(0, 1, -16)
}

func (s Settlement) zone() string {
	return s.first().Format("2006年1月2日") + "至" + s.last().Format("2日")
}

// byDay is a copy of a list, the newest days first.
func byDay[T any](list []T, day func(T) time.Time) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y T) int { return day(y).Compare(day(x)) })
	return list
}

func rate(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
