package openapi_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/openapi"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const send = "/cgi-bin/message/custom/send"

func TestQuotaCalls(t *testing.T) {
	quota := &openapi.Quota{
		Daily: openapi.Daily{Limit: 500000, Used: 12, Left: 499988},
		Rate:  openapi.Rate{Calls: 5000, Per: time.Minute}, ComponentRate: openapi.Rate{Calls: 100, Per: time.Second},
	}
	apitest.Filled(t, quota)
	apitest.Run(t, []apitest.Case{
		{
			Do:   func(c ctx, oa client) (any, error) { return openapi.New(oa).GetQuota(c, send) },
			Path: "/cgi-bin/openapi/quota/get", Retried: true, Body: `{"cgi_path": "/cgi-bin/message/custom/send"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 500000, "used": 12, "remain": 499988},
				"rate_limit": {"call_count": 5000, "refresh_second": 60}, "component_rate_limit": {"call_count": 100, "refresh_second": 1}}`,
			Want: quota,
		},
		{
			Name: "quota without rates",
			Do:   func(c ctx, oa client) (any, error) { return openapi.New(oa).GetQuota(c, send) },
			Path: "/cgi-bin/openapi/quota/get", Retried: true, Body: `{"cgi_path": "/cgi-bin/message/custom/send"}`,
			Answer: `{"errcode": 0, "quota": {"daily_limit": 10, "used": 10, "remain": 0}}`,
			Want:   &openapi.Quota{Daily: openapi.Daily{Limit: 10, Used: 10}},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, openapi.New(oa).ClearQuota(c) },
			Path: "/cgi-bin/clear_quota", Body: `{"appid": "` + apitest.AppID + `"}`,
		},
		{
			Name: "no reset left",
			Do:   func(c ctx, oa client) (any, error) { return nil, openapi.New(oa).ClearQuota(c) },
			Path: "/cgi-bin/clear_quota", Body: `{"appid": "` + apitest.AppID + `"}`,
			Answer: `{"errcode": 48006, "errmsg": "forbid to clear quota because of reaching the limit"}`,
			Fails:  errcode.ClearQuotaLimit,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, openapi.New(oa).ClearPathQuota(c, send) },
			Path: "/cgi-bin/openapi/quota/clear", Body: `{"cgi_path": "/cgi-bin/message/custom/send"}`,
		},
	})
}

func TestClearQuotaAsksFirst(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode": 0, "quota": {"daily_limit": 10, "used": 9, "remain": 1}}`))
	err := openapi.New(p.Client()).ClearUsedQuota(t.Context(), send)
	require.ErrorIs(t, err, openapi.ErrQuotaLeft)
	require.ErrorContains(t, err, "1 of 10")
	require.Len(t, p.Calls(), 1)

	p = apitest.New(t, apitest.JSON(`{"errcode": 0, "quota": {"daily_limit": 10, "used": 10, "remain": 0}}`), apitest.JSON(apitest.OK))
	require.NoError(t, openapi.New(p.Client()).ClearUsedQuota(t.Context(), send))
	require.Equal(t, "/cgi-bin/clear_quota", p.Calls()[1].Path)

	p = apitest.New(t, apitest.JSON(`{"errcode": 76021, "errmsg": "cgi_path not found"}`))
	require.ErrorIs(t, openapi.New(p.Client()).ClearUsedQuota(t.Context(), "/none"), errcode.CGIPathNotFound)
}

// The secret goes into the body. If the platform misses it there, it goes into the query,
// once.
func TestClearQuotaBySecret(t *testing.T) {
	const (
		body  = `{"appid": "` + apitest.AppID + `", "appsecret": "` + apitest.Secret + `"}`
		query = "appid=" + apitest.AppID + "&appsecret=" + apitest.Secret
	)
	p := apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, openapi.New(p.Client()).ClearQuotaBySecret(t.Context()))
	require.Len(t, p.Calls(), 1)
	call := p.Calls()[0]
	require.Equal(t, "POST /cgi-bin/clear_quota/v2", call.Method+" "+call.Path)
	require.Empty(t, call.Query, "no token")
	require.JSONEq(t, body, call.Body)

	for _, missing := range []errcode.Code{errcode.MissingAppID, errcode.MissingAppSecret} {
		refusal := apitest.JSON(fmt.Sprintf(`{"errcode": %d, "errmsg": "missing"}`, missing))
		p = apitest.New(t, refusal, apitest.JSON(apitest.OK))
		require.NoError(t, openapi.New(p.Client()).ClearQuotaBySecret(t.Context()))
		require.Equal(t, query, p.Calls()[1].Query.Encode())

		p = apitest.New(t, refusal)
		require.ErrorIs(t, openapi.New(p.Client()).ClearQuotaBySecret(t.Context()), missing)
		require.Len(t, p.Calls(), 2, "once")
	}

	// A proxy that looks for the secret in the query refuses the first call with 401.
	p = apitest.New(t, apitest.Answer{Status: 401, Body: `{"errcode": 41004, "errmsg": "the key is missing"}`}, apitest.JSON(apitest.OK))
	require.NoError(t, openapi.New(p.Client()).ClearQuotaBySecret(t.Context()))
	require.Equal(t, query, p.Calls()[1].Query.Encode())

	p = apitest.New(t, apitest.JSON(`{"errcode": 48006, "errmsg": "forbid to clear quota: `+apitest.Secret+`"}`))
	err := openapi.New(p.Client()).ClearQuotaBySecret(t.Context())
	require.ErrorIs(t, err, errcode.ClearQuotaLimit)
	require.NotContains(t, err.Error(), apitest.Secret)
	require.Len(t, p.Calls(), 1)
}

func TestRequest(t *testing.T) {
	want := &openapi.Request{
		Time: time.Unix(1635927298, 0), Duration: 20 * time.Millisecond, Query: "access_token=redacted&lang=en",
		Body: `{"a":1}`, Answer: `{"errcode":45009}`, ClientIP: "203.0.113.7",
	}
	apitest.Filled(t, want)
	apitest.Run(t, []apitest.Case{{
		Do: func(c ctx, oa client) (any, error) {
			return openapi.New(oa).GetRequest(c, "61725984-6126f6f9-040f19c4")
		},
		Path: "/cgi-bin/openapi/rid/get", Retried: true, Body: `{"rid": "61725984-6126f6f9-040f19c4"}`,
		Answer: `{"errcode": 0, "errmsg": "ok", "request": {"invoke_time": 1635927298, "cost_in_ms": 20,
			"request_url": "access_token=50_Im7xxxx&lang=en", "request_body": "{\"a\":1}", "response_body": "{\"errcode\":45009}",
			"client_ip": "203.0.113.7"}}`,
		Want: want,
	}})
	for query, shown := range map[string]string{
		"lang=en":                             "lang=en",
		"lang=en&access_token=SECRET":         "lang=en&access_token=redacted",
		"access_token=SECRET":                 "access_token=redacted",
		"/x?access_token=S&access_token=T&a=": "/x?access_token=redacted&access_token=redacted&a=",
	} {
		p := apitest.New(t, apitest.JSON(fmt.Sprintf(`{"request": {"request_url": %q}}`, query)))
		got, err := openapi.New(p.Client()).GetRequest(t.Context(), "x")
		require.NoError(t, err)
		require.Equal(t, shown, got.Query)
	}
}

func TestNetworkCalls(t *testing.T) {
	blocks := []netip.Prefix{
		netip.MustParsePrefix("203.0.113.7/32"), netip.MustParsePrefix("101.226.103.0/25"), netip.MustParsePrefix("2001:db8::1/128"),
	}
	const list = `{"ip_list": ["203.0.113.7", "101.226.103.5/25", " 2001:db8::1"]}`
	check := &openapi.Check{
		DNS:  []openapi.DNS{{IP: "198.51.100.80", Operator: "UNICOM"}},
		Ping: []openapi.Ping{{IP: "198.51.100.80", Operator: "UNICOM", Loss: "0%", Time: "23.079ms"}},
	}
	apitest.Filled(t, check)
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return openapi.New(oa).ListCallbackIPs(c) },
			Method: "GET", Path: "/cgi-bin/getcallbackip", Answer: list, Want: blocks,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return openapi.New(oa).ListAPIIPs(c) },
			Method: "GET", Path: "/cgi-bin/get_api_domain_ip", Answer: list, Want: blocks,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return openapi.New(oa).CheckCallback(c, openapi.CheckAll, openapi.Unicom)
			},
			Path: "/cgi-bin/callback/check", Retried: true, Body: `{"action": "all", "check_operator": "UNICOM"}`,
			Answer: `{"dns": [{"ip": "198.51.100.80", "real_operator": "UNICOM"}],
				"ping": [{"ip": "198.51.100.80", "from_operator": "UNICOM", "package_loss": "0%", "time": "23.079ms"}]}`,
			Want: check,
		},
	})
	p := apitest.New(t, apitest.JSON(`{"ip_list": ["a.example"]}`))
	_, err := openapi.New(p.Client()).ListCallbackIPs(t.Context())
	require.ErrorContains(t, err, `"a.example", which is not an address`)
	p = apitest.New(t, apitest.JSON(`{"ip_list": ["", "203.0.113.7", " "]}`))
	got, err := openapi.New(p.Client()).ListCallbackIPs(t.Context())
	require.NoError(t, err)
	require.Equal(t, blocks[:1], got)
}

func TestAutoReplies(t *testing.T) {
	news := article.Summaries{Articles: []article.Summary{{
		Title: "题", Author: "店长", Digest: "摘要", ShowCover: true, CoverURL: "http://mmbiz.qpic.cn/c",
		URL: "http://mp.weixin.qq.com/s/x", SourceURL: "https://example.com/",
	}}}
	want := &openapi.AutoReplies{
		OnFollowEnabled: true, OnMessageEnabled: true,
		OnFollow:  &openapi.AutoReply{Type: openapi.TextReply, Content: "谢谢关注", News: article.Summaries{}},
		OnMessage: &openapi.AutoReply{Type: openapi.ImageReply, Content: "MEDIA"},
		Keywords: openapi.KeywordRuleList{Rules: []openapi.KeywordRule{{
			Name: "规则", Created: apitest.At(1423028166), Mode: openapi.ReplyAll,
			Keywords: []openapi.Keyword{{Type: openapi.TextReply, Match: openapi.MatchContain, Content: "营业"}},
			Replies:  []openapi.AutoReply{{Type: openapi.NewsReply, Content: "MEDIA", News: news}},
		}}},
	}
	apitest.Filled(t, want, "OnFollow.News", "OnMessage.News")
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return openapi.New(oa).GetAutoReplies(c) },
			Method: "GET", Path: "/cgi-bin/get_current_autoreply_info",
			Answer: `{"is_add_friend_reply_open": 1, "is_autoreply_open": 1,
				"add_friend_autoreply_info": {"type": "text", "content": "谢谢关注"},
				"message_default_autoreply_info": {"type": "img", "content": "MEDIA"},
				"keyword_autoreply_info": {"list": [{"rule_name": "规则", "create_time": 1423028166, "reply_mode": "reply_all",
					"keyword_list_info": [{"type": "text", "match_mode": "contain", "content": "营业"}],
					"reply_list_info": [{"type": "news", "content": "MEDIA", "news_info": {"list": [{"title": "题", "author": "店长",
						"digest": "摘要", "show_cover": 1, "cover_url": "http://mmbiz.qpic.cn/c",
						"content_url": "http://mp.weixin.qq.com/s/x", "source_url": "https://example.com/"}]}}]}]}}`,
			Want: want,
		},
		{
			Name:   "nothing set",
			Do:     func(c ctx, oa client) (any, error) { return openapi.New(oa).GetAutoReplies(c) },
			Method: "GET", Path: "/cgi-bin/get_current_autoreply_info",
			Answer: `{"is_add_friend_reply_open": 0, "is_autoreply_open": 0}`, Want: &openapi.AutoReplies{},
		},
	})
}

func TestBadInput(t *testing.T) {
	check := func(action openapi.CheckAction, through openapi.Operator) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return openapi.New(oa).CheckCallback(c, action, through) }
	}
	quota := func(path string) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return openapi.New(oa).GetQuota(c, path) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		`path (cgi_path) is ""`:               quota(""),
		`path (cgi_path) is "cgi-bin/menu"`:   quota("cgi-bin/menu"),
		`path (cgi_path) is "/cgi-bin/x?a=1"`: quota("/cgi-bin/x?a=1"),
		`quota/clear: path (cgi_path) is "x"`: func(c ctx, oa client) (any, error) { return nil, openapi.New(oa).ClearPathQuota(c, "x") },
		"rid is empty":                        func(c ctx, oa client) (any, error) { return openapi.New(oa).GetRequest(c, "") },
		`action is "trace"`:                   check("trace", openapi.DefaultOperator),
		`from (check_operator) is "chinanet"`: check(openapi.CheckDNS, "chinanet"),
	})
}

func ExampleService_GetQuota() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "quota": {"daily_limit": 500000, "used": 12, "remain": 499988}}`))
	quota, err := openapi.New(platform.Client()).GetQuota(context.Background(), "/cgi-bin/message/custom/send")
	fmt.Println(quota.Daily.Left, "of", quota.Daily.Limit, err)
	// Output: 499988 of 500000 <nil>
}
