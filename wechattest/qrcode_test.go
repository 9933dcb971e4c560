package wechattest_test

import (
	"bytes"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

type qrAnswer struct {
	Ticket  string
	Expires *int `json:"expire_seconds"`
	URL     string
}

func (c caller) qrcode(body string) qrAnswer {
	c.t.Helper()
	var got qrAnswer
	c.send("/cgi-bin/qrcode/create", body).read(c.t, &got)
	return got
}

const qrCreate = "/cgi-bin/qrcode/create"

func TestQRCodeScan(t *testing.T) {
	p, bot, _ := newStranger(t, wechattest.Config{}, func(m inbound) string { return m.text(m.Event + " " + m.EventKey) })
	c := caller{api: api{t, p, p.Client(), p.URL()}}
	c.token = c.stable(false).AccessToken
	code := c.qrcode(`{"expire_seconds": 604800, "action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 4294967295}}}`)
	require.Equal(t, 604800, *code.Expires)

	u := p.User("oLiLei")
	reply, err := u.ScanQRCode(code.Ticket)
	require.NoError(t, err)
	require.Equal(t, "SCAN 4294967295", reply.Saw())
	require.Equal(t, code.Ticket, bot.messages()[0].Ticket)

	_, err = u.Unfollow()
	require.NoError(t, err)
	text := c.qrcode(`{"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "门店 7"}}}`)
	require.Nil(t, text.Expires, "a permanent code")
	reply, err = u.ScanQRCode(text.URL)
	require.NoError(t, err)
	require.Equal(t, "subscribe qrscene_门店 7", reply.Saw())
	require.True(t, u.Following())

	_, err = u.ScanQRCode("unknown")
	require.ErrorIs(t, err, wechattest.ErrQRCode)
	p.Advance(604700 * time.Second)
	_, err = u.ScanQRCode(code.Ticket)
	require.NoError(t, err)
	p.Advance(100 * time.Second)
	_, err = u.ScanQRCode(code.Ticket)
	require.ErrorIs(t, err, wechattest.ErrQRCode)
	_, err = u.ScanQRCode(text.Ticket)
	require.NoError(t, err)
}

func TestQRCodeLimits(t *testing.T) {
	c := newCaller(t)
	for body, code := range map[string]int{
		`{"action_name": "QR", "action_info": {"scene": {"scene_id": 1}}}`: 40052,
		`{}`: 40052,
		`{"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 0}}}`:                                      40053,
		`{"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 4294967296}}}`:                             40053,
		`{"action_name": "QR_SCENE", "action_info": {"scene": {"scene_str": "x"}}}`:                                   40053,
		`{"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100001}}}`:                           40053,
		`{"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": ""}}}`:                                40053,
		`{"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "` + strings.Repeat("景", 65) + `"}}}`: 40053,
		`{"action_name": "QR_SCENE", "expire_seconds": 2592001, "action_info": {"scene": {"scene_id": 1}}}`:           40097,
		`{"action_name": "QR_SCENE", "expire_seconds": 0, "action_info": {"scene": {"scene_id": 1}}}`:                 40097,
		`{"action_name": "QR_SCENE", "expire_seconds": 1, "action_info": {"scene": {"scene_id": 1}}}`:                 0,
		`{"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100000}}}`:                           0,
		`{"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "` + strings.Repeat("景", 64) + `"}}}`: 0,
		`{"action_name": "QR_SCENE", "expire_seconds": 2592000, "action_info": {"scene": {"scene_id": 1}}}`:           0,
	} {
		require.Equal(t, code, c.send(qrCreate, body).Code, body)
	}
	require.Equal(t, 60, *c.qrcode(`{"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 1}}}`).Expires, "the default")
}

// An account has 100,000 permanent codes; codes that expire do not count.
func TestPermanentQRCodes(t *testing.T) {
	t.Parallel()
	c := newCaller(t)
	c.p.SetQuota(qrCreate, 0, 0)
	r := httptest.NewRequest("POST", qrCreate+"?access_token="+c.token, nil)
	w := &lastAnswer{header: http.Header{}}
	create := func(action string) string {
		r.Body = io.NopCloser(strings.NewReader(`{"action_name": "` + action + `", "action_info": {"scene": {"scene_id": 1}}}`))
		c.p.ServeHTTP(w, r)
		return w.body
	}
	create("QR_SCENE")
	for range 100_000 {
		create("QR_LIMIT_SCENE")
	}
	require.Contains(t, w.body, `"ticket"`)
	require.Contains(t, create("QR_LIMIT_SCENE"), `"errcode":45029`)
	require.Contains(t, create("QR_SCENE"), `"ticket"`)
}

func TestQRCodePicture(t *testing.T) {
	c := newCaller(t)
	code := c.qrcode(`{"action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 1}}}`)
	address := "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=" + url.QueryEscape(code.Ticket)
	resp, picture := c.follow("GET", address, "")
	require.Equal(t, "image/jpg", resp.Header.Get("Content-Type"))
	require.Equal(t, code.URL, readQR(t, []byte(picture)))

	resp, _ = c.follow("GET", "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=x", "")
	require.Equal(t, 404, resp.StatusCode)
	c.p.Advance(time.Minute)
	resp, _ = c.follow("GET", address, "")
	require.Equal(t, 404, resp.StatusCode)
}

// readQR reads a code of version 3 under mask 0 in byte mode, from the middle of
// each module.
func readQR(t *testing.T, picture []byte) string {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	require.NoError(t, err)
	const modules, quiet = 29, 4
	scale := img.Bounds().Dx() / (modules + 2*quiet)
	dark := func(x, y int) bool {
		r, _, _, _ := img.At((x+quiet)*scale+scale/2, (y+quiet)*scale+scale/2).RGBA()
		return r < 1<<15
	}
	pattern := func(x, y int) bool {
		return x <= 8 && y <= 8 || x >= modules-8 && y <= 8 || x <= 8 && y >= modules-8 || // finders and format
			x == 6 || y == 6 || x >= 20 && x <= 24 && y >= 20 && y <= 24 // timing, alignment
	}
	format := 0
	for i := range 8 {
		if dark(modules-1-i, 8) {
			format |= 1 << i
		}
	}
	require.Equal(t, 0xC4, format, "level L and mask 0")
	var bits []int
	up := true
	for right := modules - 1; right > 0; right -= 2 {
		if right == 6 {
			right--
		}
		for step := range modules {
			y := step
			if up {
				y = modules - 1 - step
			}
			for _, x := range []int{right, right - 1} {
				if pattern(x, y) {
					continue
				}
				bit := 0
				if dark(x, y) != ((x+y)%2 == 0) {
					bit = 1
				}
				bits = append(bits, bit)
			}
		}
		up = !up
	}
	take := func(n int) (v int) {
		for range n {
			v, bits = v<<1|bits[0], bits[1:]
		}
		return v
	}
	require.Len(t, bits, 70*8+7)
	require.Equal(t, 4, take(4), "byte mode")
	text := make([]byte, take(8))
	for i := range text {
		text[i] = byte(take(8))
	}
	return string(text)
}

func TestShortKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCaller(t)
		const gen, fetch = "/cgi-bin/shorten/gen", "/cgi-bin/shorten/fetch"
		var key struct {
			Key string `json:"short_key"`
		}
		c.send(gen, `{"long_data": "loooooong 数据", "expire_seconds": 100}`).read(t, &key)
		require.Len(t, key.Key, 15)
		var got struct {
			Data    string `json:"long_data"`
			Created int64  `json:"create_time"`
			Expires int    `json:"expire_seconds"`
		}
		c.p.Advance(40 * time.Second)
		c.send(fetch, `{"short_key": "`+key.Key+`"}`).read(t, &got)
		require.Equal(t, "loooooong 数据", got.Data)
		require.Equal(t, 60, got.Expires)
		require.Equal(t, time.Now().Unix(), got.Created)
		c.p.Advance(59 * time.Second)
		require.Zero(t, c.send(fetch, `{"short_key": "`+key.Key+`"}`).Code)
		c.p.Advance(time.Second)
		require.Equal(t, 9410012, c.send(fetch, `{"short_key": "`+key.Key+`"}`).Code)
		require.Equal(t, 9410012, c.send(fetch, `{"short_key": "unknown"}`).Code)
		require.Equal(t, 47003, c.send(fetch, `{}`).Code)
		require.Equal(t, 47003, c.send(gen, `{}`).Code)
		require.Equal(t, 9410010, c.send(gen, `{"long_data": "`+strings.Repeat("x", 4097)+`"}`).Code)
		require.Equal(t, 9410011, c.send(gen, `{"long_data": "x", "expire_seconds": 2592001}`).Code)
		require.Zero(t, c.send(gen, `{"long_data": "`+strings.Repeat("x", 4096)+`", "expire_seconds": 2592000}`).Code)
		c.send(gen, `{"long_data": "x"}`).read(t, &key)
		c.send(fetch, `{"short_key": "`+key.Key+`"}`).read(t, &got)
		require.Equal(t, 2592000, got.Expires)
	})
}
