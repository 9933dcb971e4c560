package wechattest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// What the platform refuses of pictures, voices and texts.
func TestRecognitionRefusals(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const card, codes, crop = "/cv/ocr/idcard", "/cv/img/qrcode", "/cv/img/aicrop"
		const add, result, translate = "/cgi-bin/media/voice/addvoicetorecofortext", "/cgi-bin/media/voice/queryrecoresultfortext", "/cgi-bin/media/voice/translatecontent"
		query := func(path, q, body string) int {
			values, err := url.ParseQuery(q)
			require.NoError(t, err)
			values.Set("access_token", c.token)
			return c.do("POST", path, values, body).Code
		}
		require.Equal(t, 41005, query(card, "", "{}"))
		require.Equal(t, 41005, c.upload(card, "", "media", "a.jpg", "x").Code, "the field is img")
		require.Equal(t, 101002, c.upload(card, "", "img", "a.jpg", "").Code)
		require.Equal(t, 101002, c.upload(card, "", "img", "a.jpg", strings.Repeat("x", 2<<20+1)).Code)
		require.Zero(t, c.upload(card, "", "img", "a.jpg", strings.Repeat("x", 2<<20)).Code)
		require.Equal(t, 101000, query(card, "img_url=a.jpg", "{}"))
		require.Zero(t, query(codes, "img_url=http://a.cn/a.jpg", ""))
		require.Equal(t, 40035, query(crop, "img_url=http://a.cn/a.jpg&ratios=1,2,3,4,5,6", ""))
		require.Zero(t, query(crop, "img_url=http://a.cn/a.jpg&ratios=1,2,3,4,5", ""))
		require.Equal(t, 40035, query(crop, "img_url=http://a.cn/a.jpg&ratios=x", ""))
		require.Equal(t, 40035, query(crop, "img_url=http://a.cn/a.jpg&ratios=0", ""))
		require.Zero(t, query(crop, "img_url=http://a.cn/a.jpg", ""))
		c.p.SetRecognitionOfURL(card, "http://a.cn/none.jpg", nil)
		require.Equal(t, 101001, query(card, "img_url=http://a.cn/none.jpg", ""), "nothing is found")

		require.Equal(t, 40035, query(add, "format=mp3", ""))
		require.Equal(t, 40035, query(add, "format=mp3&voice_id=v&lang=fr_FR", ""))
		require.Equal(t, 40005, query(add, "format=amr&voice_id=v", ""))
		require.Equal(t, 41005, query(add, "format=mp3&voice_id=v", ""))
		require.Equal(t, 40035, query(result, "", ""))
		require.Equal(t, 40035, query(result, "voice_id=v&lang=fr_FR", ""))
		require.Zero(t, query(result, "voice_id=unknown&lang=en_US", ""))
		require.Equal(t, 40035, query(translate, "lto=en_US", `{"content": "x"}`))
		require.Equal(t, 40035, query(translate, "lfrom=zh_CN&lto=fr_FR", `{"content": "x"}`))
		require.Equal(t, 40035, query(translate, "lfrom=zh_CN&lto=en_US", `{"content": ""}`))
		require.Equal(t, 40035, query(translate, "lfrom=zh_CN&lto=en_US", `{"content": "`+strings.Repeat("x", 601)+`"}`))
		require.Zero(t, query(translate, "lfrom=zh_CN&lto=en_US", `{"content": "`+strings.Repeat("x", 600)+`"}`))
	})
}

// A voice is too large above 1 MB.
func TestVoiceToRecognize(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		give := func(content string) int {
			contentType, body := form(t, "media", "a.mp3", content)
			resp, err := c.http.Post(c.base+"/cgi-bin/media/voice/addvoicetorecofortext?format=mp3&voice_id=v&access_token="+c.token, contentType, bytes.NewReader(body))
			require.NoError(t, err)
			defer resp.Body.Close()
			var got answer
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&got))
			return got.Code
		}
		require.Equal(t, 44001, give(""))
		require.Equal(t, 40010, give(strings.Repeat("x", 1<<20+1)))
		require.Zero(t, give(strings.Repeat("x", 1<<20)))

		result := func() string {
			return c.do("POST", "/cgi-bin/media/voice/queryrecoresultfortext", url.Values{"access_token": {c.token}, "voice_id": {"v"}}, "").Body
		}
		c.p.Advance(10 * time.Second)
		require.NotContains(t, result(), `"result":""`, "within ten seconds")
		c.p.Advance(time.Second)
		require.JSONEq(t, `{"result":""}`, result(), "later")
	})
}

// The quota of recognition is of a code of its own, and a test can change it.
func TestRecognitionQuota(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		require.Equal(t, 100, c.exhaust("POST", "/cv/ocr/comm", 101003, 100))
		c.p.SetQuota("/cv/img/qrcode", 2, 0)
		require.Equal(t, 2, c.exhaust("POST", "/cv/img/qrcode", 45009, 2))
		c.p.Advance(24 * time.Hour)
		require.Equal(t, 100, c.exhaust("POST", "/cv/ocr/comm", 101003, 100))
	})
}

// A test that sets an impossible answer fails at once.
func TestSetRecognitionPanics(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	require.PanicsWithValue(t, "wechattest: /cgi-bin/menu/get is not an endpoint for pictures", func() { p.SetRecognition("/cgi-bin/menu/get", nil, nil) })
	require.PanicsWithValue(t, "wechattest: the answer for /cv/ocr/comm is not an object", func() { p.SetRecognition("/cv/ocr/comm", nil, "text") })
	require.Panics(t, func() { p.SetRecognitionOfURL("/cv/ocr/comm", "http://a.cn", make(chan int)) })
}

// What the platform refuses of links and jump rules.
func TestMiniProgramRefusals(t *testing.T) {
	limitCaller(t, func(t *testing.T, c caller) {
		const add, get = "/cgi-bin/wxopen/qrcodejumpadd", "/cgi-bin/wxopen/qrcodejumpget"
		require.Equal(t, 40013, c.send("/cgi-bin/wxopen/wxamplink", `{"appid": "gh_1"}`).Code)
		require.Equal(t, 85066, c.send(add, `{"prefix": "a.cn", "path": "p"}`).Code)
		require.Equal(t, 40097, c.send(add, `{"prefix": "http://a.cn"}`).Code)
		require.Equal(t, 85068, c.send(add, `{"prefix": "http://a.cn", "path": "p", "debug_url": ["http://b.cn"]}`).Code)
		require.Equal(t, 85066, c.send("/cgi-bin/wxopen/qrcodejumppublish", `{"prefix": "http://a.cn"}`).Code)
		require.Equal(t, 85066, c.send("/cgi-bin/wxopen/qrcodejumpdelete", `{"prefix": "http://a.cn"}`).Code)
		require.Zero(t, c.send(get, `{}`).Code)
		require.Zero(t, c.send(get, `{"get_type": "0"}`).Code)
		for _, bad := range []string{`"get_type": 3`, `"get_type": 1`, `"get_type": 2`, `"get_type": 2, "page_num": 1, "page_size": 201`, `"get_type": 2, "page_num": 9223372036854775807, "page_size": 200`} {
			require.Equal(t, 40097, c.send(get, `{`+bad+`}`).Code, bad)
		}
		prefixes := func(n int) string {
			return `{"get_type": 1, "prefix_list": ` + list(slicesRepeat("http://a.cn", n)...) + `}`
		}
		rule := func(prefix string, debug int) string {
			return `{"prefix": "` + prefix + `", "path": "p", "debug_url": ` + list(slicesRepeat(prefix, debug)...) + `}`
		}
		publish := `{"prefix": "http://a.cn"}`
		c.holds([]limit{
			{"rules by prefix: at least 1", get, prefixes(1), prefixes(0), 1, 40097},
			{"rules by prefix: at most 200", get, prefixes(200), prefixes(201), 1, 40097},
			{"rules: at most 200 a page", get, `{"get_type": 2, "page_num": 1, "page_size": 200}`, `{"get_type": 2, "page_num": 1, "page_size": 201}`, 1, 40097},
			{"rules: at least 1 a page", get, `{"get_type": 2, "page_num": 1, "page_size": 1}`, `{"get_type": 2, "page_num": 1, "page_size": 0}`, 1, 40097},
			{"rules: pages from 1", get, `{"get_type": 2, "page_num": 1, "page_size": 1}`, `{"get_type": 2, "page_num": 0, "page_size": 1}`, 1, 40097},
			{"rule: at most 5 debug links", add, rule("http://a.cn", 5), rule("http://b.cn", 6), 1, 40097},
			{"rule: added once", add, rule("http://b.cn", 0), rule("http://b.cn", 0), 1, 85071},
			{"rules: 100 publishes a month", "/cgi-bin/wxopen/qrcodejumppublish", publish, publish, 100, 886000},
			{"link: asked once", "/cgi-bin/wxopen/wxamplink", `{"appid": "wx1"}`, `{"appid": "wx1"}`, 1, 89010},
		})
		require.Equal(t, 85066, c.send(add, `{"prefix": "http://c.cn", "path": "p", "is_edit": 1}`).Code, "there is no such rule")
		require.Zero(t, c.send(add, `{"prefix": "http://b.cn", "path": "q", "is_edit": 1}`).Code)
		require.NoError(t, c.p.AnswerLink("wx1", true))
		require.Equal(t, 89015, c.send("/cgi-bin/wxopen/wxamplink", `{"appid": "wx1"}`).Code)
		require.Equal(t, 40013, c.send("/cgi-bin/wxopen/wxampunlink", `{"appid": "wx2"}`).Code)
		c.p.Advance(31 * 24 * time.Hour)
		require.Zero(t, c.send("/cgi-bin/wxopen/qrcodejumppublish", publish).Code, "a new month")
	})
}

// The advertising calls refuse in base_resp.
func TestAdIncomeRefusals(t *testing.T) {
	a := newAreaTest(t)
	ret := func(query string) string {
		t.Helper()
		return fmt.Sprint(a.get("/publisher/stat", query)["base_resp"].(map[string]any)["ret"])
	}
	const rest = "&page=1&page_size=90&start_date=2025-01-01&end_date="
	require.Equal(t, "45010", ret("action=x"))
	require.Equal(t, "2009", ret("action=publisher_settlement"+rest+"2025-01-01"))
	a.p.SetAdIncome(wechattest.AdIncome{})
	require.Equal(t, "0", ret("action=publisher_settlement"+rest+"2026-01-01"))
	require.Equal(t, "0", ret("action=publisher_adpos_general"+rest+"2025-03-31"))
	require.Equal(t, "1701", ret("action=publisher_adpos_general"+rest+"2025-04-01"))
	require.Equal(t, "0", ret("action=publisher_cps_general"+rest+"2025-03-01"))
	require.Equal(t, "1701", ret("action=publisher_cps_general"+rest+"2025-03-02"))
	require.Equal(t, "0", ret("action=publisher_settlement"+rest+"2025-01-01"), "one day")
	require.Equal(t, "0", ret("action=publisher_settlement&page_size=1"+rest+"2025-01-01"))
	for _, bad := range []string{"2024-12-31", "tomorrow", "2025-01-01&page=0", "2025-01-01&page_size=0", "2025-01-01&page_size=91"} {
		q := "action=publisher_settlement"
		if strings.Contains(bad, "page") {
			day, other, _ := strings.Cut(bad, "&")
			q += "&" + other + rest + day
		} else {
			q += rest + bad
		}
		require.Equal(t, "1701", ret(q), bad)
	}

	a.p.SetAdIncome(wechattest.AdIncome{Settlements: []wechattest.AdSettlement{
		{Year: 2025, Month: time.January, Half: 1, Status: 1, Income: map[string]int64{"SLOT_ID_BIZ_BOTTOM": 1}},
		{Year: 2025, Month: time.January, Half: 2, Status: 2, Income: map[string]int64{"SLOT_ID_BIZ_BOTTOM": 10}},
		{Year: 2025, Month: time.February, Half: 1, Status: 3, Income: map[string]int64{"SLOT_ID_BIZ_BOTTOM": 100}},
		{Year: 2025, Month: time.February, Half: 2, Status: 4, Income: map[string]int64{"SLOT_ID_BIZ_BOTTOM": 1000}},
	}})
	got := a.get("/publisher/stat", "action=publisher_settlement"+rest+"2025-12-31")
	require.Equal(t, "1111 1110", fmt.Sprint(got["revenue_all"], " ", got["settled_revenue_all"]), "a settlement of status 1 is still under way")
}

// A report of advertising has the days from the first to the last, and half months that
// share a day with them.
func TestAdIncomeDays(t *testing.T) {
	a := newAreaTest(t)
	day := func(n int) time.Time { return time.Date(2025, time.February, n, 12, 0, 0, 0, time.UTC) }
	var income wechattest.AdIncome
	for n := range 6 {
		income.Slots = append(income.Slots, wechattest.AdSlotDay{Date: day(13 + n), Slot: "SLOT_ID_BIZ_BOTTOM", Exposures: 1})
		income.Goods = append(income.Goods, wechattest.AdGoodsDay{Date: day(13 + n), Exposures: 1})
	}
	for half := 1; half <= 2; half++ {
		income.Settlements = append(income.Settlements, wechattest.AdSettlement{Year: 2025, Month: time.February, Half: half})
	}
	a.p.SetAdIncome(income)
	total := func(action string, first, last int) string {
		return fmt.Sprint(a.get("/publisher/stat", fmt.Sprintf("action=%s&page=1&page_size=90&start_date=2025-02-%02d&end_date=2025-02-%02d", action, first, last))["total_num"])
	}
	for _, action := range []string{"publisher_adpos_general", "publisher_cps_general"} {
		require.Equal(t, "3", total(action, 14, 16), action)
		require.Equal(t, "1", total(action, 18, 18), action)
		require.Equal(t, "0", total(action, 19, 20), action)
	}
	for _, row := range []struct {
		first, last int
		halves      string
	}{{1, 1, "1"}, {15, 15, "1"}, {16, 16, "1"}, {28, 28, "1"}, {15, 16, "2"}} {
		require.Equal(t, row.halves, total("publisher_settlement", row.first, row.last), "%+v", row)
	}
	got := a.get("/publisher/stat", "action=publisher_settlement&page=1&page_size=90&start_date=2025-02-01&end_date=2025-02-28")["settlement_list"].([]any)
	require.Equal(t, "2025年2月16日至28日", got[0].(map[string]any)["zone"])
	require.Equal(t, "2025年2月1日至15日", got[1].(map[string]any)["zone"])
}
