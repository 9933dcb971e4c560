package qrcode_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/qrcode"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

func TestCalls(t *testing.T) {
	const (
		create    = "/cgi-bin/qrcode/create"
		temporary = `{"ticket": "gQH47joAAAA==", "expire_seconds": 60, "url": "http://weixin.qq.com/q/kZgfwMT"}`
		permanent = `{"ticket": "gQH47joAAAA==", "url": "http://weixin.qq.com/q/kZgfwMT"}`
	)
	code := qrcode.Code{Ticket: "gQH47joAAAA==", URL: "http://weixin.qq.com/q/kZgfwMT", Life: time.Minute}
	apitest.Filled(t, code)
	forever := code
	forever.Life = 0
	long := qrcode.LongData{Data: "a=1&b=<2>", Created: time.Unix(1700000000, 0), Life: 90 * time.Second}
	apitest.Filled(t, long)

	apitest.Run(t, []apitest.Case{
		{
			Do: func(c ctx, oa client) (any, error) {
				return qrcode.New(oa).CreateTemporary(c, qrcode.Number(4294967295), 30*24*time.Hour)
			},
			Path: create, Body: `{"expire_seconds": 2592000, "action_name": "QR_SCENE", "action_info": {"scene": {"scene_id": 4294967295}}}`,
			Answer: temporary, Want: &code,
		},
		{
			Name: "temporary text",
			Do: func(c ctx, oa client) (any, error) {
				return qrcode.New(oa).CreateTemporary(c, qrcode.Text("门店&7"), time.Minute+time.Millisecond)
			},
			Path: create, Body: `{"expire_seconds": 60, "action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "门店&7"}}}`,
			Answer: temporary, Want: &code,
		},
		{
			Name: "permanent number",
			Do:   func(c ctx, oa client) (any, error) { return qrcode.New(oa).CreatePermanent(c, qrcode.Number(100000)) },
			Path: create, Body: `{"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 100000}}}`,
			Answer: permanent, Want: &forever,
		},
		{
			Name: "permanent text",
			Do: func(c ctx, oa client) (any, error) {
				return qrcode.New(oa).CreatePermanent(c, qrcode.Text(strings.Repeat("长", 64)))
			},
			Path: create, Body: `{"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "` + strings.Repeat("长", 64) + `"}}}`,
			Answer: permanent, Want: &forever,
		},
		{
			Name: "refused",
			Do:   func(c ctx, oa client) (any, error) { return qrcode.New(oa).CreatePermanent(c, qrcode.Number(1)) },
			Path: create, Body: `{"action_name": "QR_LIMIT_SCENE", "action_info": {"scene": {"scene_id": 1}}}`,
			Answer: `{"errcode": 40053, "errmsg": "invalid action info"}`,
			Fails:  errcode.InvalidActionInfo,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return qrcode.New(oa).GenShortKey(c, "a=1&b=<2>", 24*time.Hour) },
			Path: "/cgi-bin/shorten/gen", Body: `{"long_data": "a=1&b=<2>", "expire_seconds": 86400}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "short_key": "abCD0123456789x"}`, Want: "abCD0123456789x",
		},
		{
			Name: "default life",
			Do:   func(c ctx, oa client) (any, error) { return qrcode.New(oa).GenShortKey(c, "x", 0) },
			Path: "/cgi-bin/shorten/gen", Body: `{"long_data": "x"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "short_key": "abCD0123456789x"}`, Want: "abCD0123456789x",
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return qrcode.New(oa).FetchShortKey(c, "abCD0123456789x") },
			Path: "/cgi-bin/shorten/fetch", Retried: true, Body: `{"short_key": "abCD0123456789x"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "long_data": "a=1&b=<2>", "create_time": 1700000000, "expire_seconds": 90}`,
			Want:   &long,
		},
		{
			Name: "unknown key",
			Do:   func(c ctx, oa client) (any, error) { return qrcode.New(oa).FetchShortKey(c, "none") },
			Path: "/cgi-bin/shorten/fetch", Body: `{"short_key": "none"}`,
			Answer: `{"errcode": 9410012, "errmsg": "short key not exist"}`,
			Fails:  errcode.ShortKeyNotFound,
		},
	})
}

func TestScene(t *testing.T) {
	require.Equal(t, "login-7f3a", qrcode.Text("login-7f3a").String())
	require.Equal(t, "42", qrcode.Number(42).String())
}

func TestImage(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Body: "\xff\xd8JPEG", ContentType: "image/jpg"})
	image, err := qrcode.New(p.Client()).DownloadImage(t.Context(), "gQH/7+jo==")
	require.NoError(t, err)
	content, err := io.ReadAll(image)
	require.NoError(t, err)
	require.NoError(t, image.Close())
	require.Equal(t, "\xff\xd8JPEG", string(content))
	require.Equal(t, "image/jpg", image.ContentType)

	call := p.Calls()[0]
	require.Equal(t, "GET mp.weixin.qq.com/cgi-bin/showqrcode", call.Method+" "+call.Host+call.Path)
	require.Equal(t, "ticket=gQH%2F7%2Bjo%3D%3D", call.Query.Encode(), "no token goes there")
	require.Equal(t, "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH%2F7%2Bjo%3D%3D", qrcode.ImageURL("gQH/7+jo=="))
}

func TestImageOfAnUnknownTicket(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Status: http.StatusNotFound, ContentType: "text/html", Body: "<h1>404</h1>"})
	_, err := qrcode.New(p.Client()).DownloadImage(t.Context(), "none")
	var answer *errcode.ResponseError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, http.StatusNotFound, answer.Status)
}

func TestBadInput(t *testing.T) {
	temporary := func(s qrcode.Scene, life time.Duration) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return qrcode.New(oa).CreateTemporary(c, s, life) }
	}
	permanent := func(s qrcode.Scene) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return qrcode.New(oa).CreatePermanent(c, s) }
	}
	shorten := func(data string, life time.Duration) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return qrcode.New(oa).GenShortKey(c, data, life) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"life (expire_seconds) is 999ms":                 temporary(qrcode.Number(1), 999*time.Millisecond),
		"life (expire_seconds) is 720h0m0.000000001s":    temporary(qrcode.Number(1), 30*24*time.Hour+1),
		"life (expire_seconds) is 720h0m1s":              temporary(qrcode.Number(1), 30*24*time.Hour+time.Second),
		"scene (scene_id) is 0, must be 1 to 4294967295": temporary(qrcode.Number(0), time.Minute),
		"scene (scene_id) is -1":                         temporary(qrcode.Number(-1), time.Minute),
		"scene (scene_id) is 4294967296":                 temporary(qrcode.Number(1<<32), time.Minute),
		"scene (scene_str) has 0 characters":             temporary(qrcode.Text(""), time.Minute),
		"scene (scene_str) has 65 characters":            permanent(qrcode.Text(strings.Repeat("长", 65))),
		"scene (scene_id) is 0, must be 1 to 100000":     permanent(qrcode.Number(0)),
		"scene (scene_id) is 100001":                     permanent(qrcode.Number(100001)),
		"ticket is empty":                                func(c ctx, oa client) (any, error) { return qrcode.New(oa).DownloadImage(c, "") },
		"data (long_data) has 0 bytes":                   shorten("", 0),
		"data (long_data) has 4097 bytes, at most 4096":  shorten(strings.Repeat("x", 4097), 0),
		"life (expire_seconds) is -1s":                   shorten("x", -time.Second),
		"life (expire_seconds) is 721h0m0s":              shorten("x", 721*time.Hour),
		"key (short_key) is empty":                       func(c ctx, oa client) (any, error) { return qrcode.New(oa).FetchShortKey(c, "") },
	})
}

func ExampleService_CreateTemporary() {
	platform := apitest.Example(apitest.JSON(`{"ticket": "gQH47joAAAA==", "expire_seconds": 300, "url": "http://weixin.qq.com/q/kZgfwMT"}`))
	codes := qrcode.New(platform.Client())

	code, err := codes.CreateTemporary(context.Background(), qrcode.Text("login-7f3a"), 5*time.Minute)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(code.Life, qrcode.ImageURL(code.Ticket))
	// Output: 5m0s https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH47joAAAA%3D%3D
}
