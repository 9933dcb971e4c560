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
		require.Equal(t, 40035, query(crop, "img_url=http://a.cn/a.jpg&ratios=x", ""))
		require.Zero(t, query(crop, "img_url=http://a.cn/a.jpg", ""))

		require.Equal(t, 40035, query(add, "format=mp3", ""))
		require.Equal(t, 40035, query(add, "format=mp3&voice_id=v&lang=fr_FR", ""))
		require.Equal(t, 40005, query(add, "format=amr&voice_id=v", ""))
		require.Equal(t, 41005, query(add, "format=mp3&voice_id=v", ""))
		require.Equal(t, 40035, query(result, "", ""))
		require.Zero(t, query(result, "voice_id=unknown", ""))
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
	for _, bad := range []string{"2024-12-31", "tomorrow", "2025-01-01&page=0", "2025-01-01&page_size=91"} {
		q := "action=publisher_settlement"
		if strings.Contains(bad, "page") {
			day, other, _ := strings.Cut(bad, "&")
			q += "&" + other + rest + day
		} else {
			q += rest + bad
		}
		require.Equal(t, "1701", ret(q), bad)
	}
}
