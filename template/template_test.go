package template_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/template"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

// full is a message with every field.
var full = template.Message{
	To:          "oLiLei",
	TemplateID:  "TM_1",
	URL:         "https://example.com/?a=1&b=<2>",
	MiniProgram: &notice.MiniProgram{AppID: "wxmini", PagePath: "pages/index?x=1"},
	Data: notice.Data{
		"first":  {Value: "你好 & <b>", Color: "#173177"},
		"thing1": {Value: "Order 42", Color: "#000000"},
	},
	ClientMsgID: "MSG_000001",
}

const fullBody = `{
	"touser": "oLiLei", "template_id": "TM_1", "url": "https://example.com/?a=1&b=<2>",
	"miniprogram": {"appid": "wxmini", "pagepath": "pages/index?x=1"},
	"data": {"first": {"value": "你好 & <b>", "color": "#173177"}, "thing1": {"value": "Order 42", "color": "#000000"}},
	"client_msg_id": "MSG_000001"
}`

var fullOneTime = template.OneTimeMessage{
	To:          "oLiLei",
	TemplateID:  "ONE_1",
	URL:         "https://example.com/",
	MiniProgram: &notice.MiniProgram{AppID: "wxmini", PagePath: "pages/index"},
	Scene:       "1000",
	Title:       "开奖通知",
	Data:        template.OneTimeData{Content: notice.Value{Value: "You won.", Color: "#ff0000"}},
}

func TestCalls(t *testing.T) {
	templates := []template.Template{{
		ID: "TM_1", Title: "领取奖金提醒", PrimaryIndustry: "IT科技", SecondaryIndustry: "互联网|电子商务",
		Content: "{{result.DATA}}", Example: "尊敬的用户",
	}}
	blocked := []template.BlockedMessage{{
		ID: "87", MsgID: "24900000000000001", Title: "Title", Content: "Content",
		Sent: apitest.At(1700000000), OpenID: "oLiLei",
	}}
	industries := &template.Industries{
		Primary:   template.IndustryName{Class: "运输与仓储", Name: "快递"},
		Secondary: template.IndustryName{Class: "IT科技", Name: "互联网|电子商务"},
	}
	for _, v := range []any{full, fullOneTime, templates, blocked, industries} {
		apitest.Filled(t, v)
	}
	query := func(c ctx, oa client) (any, error) {
		return template.New(oa).ListBlocked(c, template.BlockedQuery{MsgID: "24900000000000001", After: "86", Count: 10})
	}
	const (
		queryBody = `{"tmpl_msg_id": "24900000000000001", "largest_id": 86, "limit": 10}`
		row       = `"id": 87, "tmpl_msg_id": "24900000000000001", "title": "Title", "content": "Content", "send_timestamp": 1700000000, "openid": "oLiLei"`
	)
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return template.New(oa).Send(c, full) },
			Path:   "/cgi-bin/message/template/send",
			Body:   fullBody,
			Answer: `{"errcode": 0, "errmsg": "ok", "msgid": 24900000000000001}`,
			Want:   "24900000000000001",
		},
		{
			Name: "send, only what must be there",
			Do: func(c ctx, oa client) (any, error) {
				return template.New(oa).Send(c, template.Message{To: "o", TemplateID: "T", Data: notice.Data{"first": {Value: "x"}}})
			},
			Path:   "/cgi-bin/message/template/send",
			Body:   `{"touser": "o", "template_id": "T", "data": {"first": {"value": "x"}}}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "msgid": "1"}`,
			Want:   "1",
		},
		{
			Name:   "send, refused",
			Do:     func(c ctx, oa client) (any, error) { return template.New(oa).Send(c, full) },
			Path:   "/cgi-bin/message/template/send",
			Body:   fullBody,
			Answer: `{"errcode": 47003, "errmsg": "argument invalid! data.thing1.value invalid"}`,
			Fails:  errcode.InvalidTemplateArgument,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return nil, template.New(oa).SetIndustries(c, template.Internet, template.Electronics)
			},
			Path: "/cgi-bin/template/api_set_industry",
			Body: `{"industry_id1": "1", "industry_id2": "4"}`,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return template.New(oa).GetIndustries(c) },
			Method: "GET",
			Path:   "/cgi-bin/template/get_industry",
			Answer: `{"primary_industry": {"first_class": "运输与仓储", "second_class": "快递"}, "secondary_industry": {"first_class": "IT科技", "second_class": "互联网|电子商务"}}`,
			Want:   industries,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return template.New(oa).Add(c, "2023", "商品名称", "签收时间")
			},
			Path:   "/cgi-bin/template/api_add_template",
			Body:   `{"template_id_short": "2023", "keyword_name_list": ["商品名称", "签收时间"]}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "template_id": "TM_1"}`,
			Want:   "TM_1",
		},
		{
			Name:   "add by industry",
			Do:     func(c ctx, oa client) (any, error) { return template.New(oa).Add(c, "TM00015") },
			Path:   "/cgi-bin/template/api_add_template",
			Body:   `{"template_id_short": "TM00015"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "template_id": "TM_1"}`,
			Want:   "TM_1",
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return template.New(oa).List(c) },
			Method: "GET",
			Path:   "/cgi-bin/template/get_all_private_template",
			Answer: `{"template_list": [{"template_id": "TM_1", "title": "领取奖金提醒", "primary_industry": "IT科技", "deputy_industry": "互联网|电子商务", "content": "{{result.DATA}}", "example": "尊敬的用户"}]}`,
			Want:   templates,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, template.New(oa).Delete(c, "TM_1") },
			Path: "/cgi-bin/template/del_private_template",
			Body: `{"template_id": "TM_1"}`,
		},
		{
			Do:   query,
			Path: "/wxa/sec/queryblocktmplmsg", Retried: true,
			Body:   queryBody,
			Answer: `{"errcode": 0, "errmsg": "ok", "msginfo": {` + row + `}}`,
			Want:   blocked,
		},
		{
			Name: "blocked, a list",
			Do:   query,
			Path: "/wxa/sec/queryblocktmplmsg", Retried: true,
			Body:   queryBody,
			Answer: `{"errcode": 0, "errmsg": "ok", "msginfo": [{` + row + `}]}`,
			Want:   blocked,
		},
		{
			Name: "blocked, the older form",
			Do:   query,
			Path: "/wxa/sec/queryblocktmplmsg", Retried: true,
			Body:   queryBody,
			Answer: `{"errcode": 0, "errmsg": "ok", ` + row + `}`,
			Want:   blocked,
		},
		{
			Name: "blocked, none",
			Do: func(c ctx, oa client) (any, error) {
				rows, err := template.New(oa).ListBlocked(c, template.BlockedQuery{MsgID: "7"})
				return len(rows), err
			},
			Path: "/wxa/sec/queryblocktmplmsg", Retried: true,
			Body:   `{"tmpl_msg_id": "7", "largest_id": 0, "limit": 100}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "msginfo": []}`,
			Want:   0,
		},
		{
			Name: "blocked, an empty object",
			Do: func(c ctx, oa client) (any, error) {
				rows, err := template.New(oa).ListBlocked(c, template.BlockedQuery{MsgID: "7"})
				return len(rows), err
			},
			Path: "/wxa/sec/queryblocktmplmsg", Retried: true,
			Body:   `{"tmpl_msg_id": "7", "largest_id": 0, "limit": 100}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "msginfo": {}}`,
			Want:   0,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, template.New(oa).SendOneTime(c, fullOneTime) },
			Path: "/cgi-bin/message/template/subscribe",
			Body: `{
				"touser": "oLiLei", "template_id": "ONE_1", "url": "https://example.com/",
				"miniprogram": {"appid": "wxmini", "pagepath": "pages/index"},
				"scene": "1000", "title": "开奖通知", "data": {"content": {"value": "You won.", "color": "#ff0000"}}
			}`,
		},
	})
}

func TestSendsCharactersAsTheyAre(t *testing.T) {
	p := apitest.New(t, apitest.JSON(apitest.OK))
	_, err := template.New(p.Client()).Send(t.Context(), full)
	require.NoError(t, err)
	require.NotContains(t, p.Calls()[0].Body, `\u`)
	require.Contains(t, p.Calls()[0].Body, `你好 & <b>`)
}

// After a lost answer the message may have been delivered, so it is not sent again.
func TestSendsOnce(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Status: 502, Body: "<html>"})
	_, err := template.New(p.Client()).Send(t.Context(), full)
	require.Error(t, err)
	require.Len(t, p.Calls(), 1)
}

func TestAllBlocked(t *testing.T) {
	p := apitest.New(t,
		apitest.JSON(`{"errcode": 0, "msginfo": [{"id": 3, "title": "a"}, {"id": 9, "title": "b"}, {"id": 5, "title": "c"}]}`),
		apitest.JSON(`{"errcode": 0, "msginfo": [{"id": 12, "title": "d"}]}`),
		apitest.JSON(`{"errcode": 0, "msginfo": []}`),
	)
	var titles string
	for row, err := range template.New(p.Client()).AllBlocked(t.Context(), "7") {
		require.NoError(t, err)
		titles += row.Title
	}
	require.Equal(t, "abcd", titles)
	var cursors []string
	for _, call := range p.Calls() {
		cursors = append(cursors, call.Body)
	}
	require.Len(t, cursors, 3)
	require.JSONEq(t, `{"tmpl_msg_id": "7", "largest_id": 9, "limit": 100}`, cursors[1])
	require.JSONEq(t, `{"tmpl_msg_id": "7", "largest_id": 12, "limit": 100}`, cursors[2])
}

// A platform that repeats its rows is not asked forever.
func TestAllBlockedEnds(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode": 0, "msginfo": {"id": 3, "title": "a"}}`))
	rows := 0
	for _, err := range template.New(p.Client()).AllBlocked(t.Context(), "7") {
		require.NoError(t, err)
		rows++
	}
	require.Equal(t, 1, rows)
	require.Len(t, p.Calls(), 2)
}

func TestAllBlockedFails(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode": 48001, "errmsg": "api unauthorized"}`))
	var errs []error
	for _, err := range template.New(p.Client()).AllBlocked(t.Context(), "7") {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], errcode.APIUnauthorized)
}

func TestConsentURL(t *testing.T) {
	templates := template.New(apitest.New(t).Client())
	page, err := templates.ConsentURL(template.Consent{Scene: "1000", TemplateID: "ONE_1", RedirectURL: "https://example.com/back?a=1&b=2", Reserved: "n0nce"})
	require.NoError(t, err)
	require.Equal(t, "https://mp.weixin.qq.com/mp/subscribemsg?action=get_confirm&appid="+apitest.AppID+
		"&scene=1000&template_id=ONE_1&redirect_url=https%3A%2F%2Fexample.com%2Fback%3Fa%3D1%26b%3D2&reserved=n0nce#wechat_redirect", page)

	page, err = templates.ConsentURL(template.Consent{Scene: "0", TemplateID: "ONE_1", RedirectURL: "https://example.com/save/50%?at=100%"})
	require.NoError(t, err)
	require.Contains(t, page, "&redirect_url=https%3A%2F%2Fexample.com%2Fsave%2F50%25%3Fat%3D100%25#wechat_redirect")

	page, err = templates.ConsentURL(template.Consent{Scene: "0", TemplateID: "ONE_1", RedirectURL: "http://example.com"})
	require.NoError(t, err)
	require.NotContains(t, page, "reserved")
}

func TestParseConsent(t *testing.T) {
	query, err := url.ParseQuery("openid=oLiLei&template_id=ONE_1&action=confirm&scene=1000&reserved=n0nce")
	require.NoError(t, err)
	got := template.ParseConsent(query)
	require.Equal(t, template.ConsentAnswer{OpenID: "oLiLei", TemplateID: "ONE_1", Confirmed: true, Scene: "1000", Reserved: "n0nce"}, got)
	query.Set("action", "cancel")
	require.False(t, template.ParseConsent(query).Confirmed)
	require.Equal(t, template.ConsentAnswer{}, template.ParseConsent(nil))
}

func TestBadInput(t *testing.T) {
	send := func(m template.Message) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return template.New(oa).Send(c, m) }
	}
	oneTime := func(change func(*template.OneTimeMessage)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			m := fullOneTime
			change(&m)
			return nil, template.New(oa).SendOneTime(c, m)
		}
	}
	consent := func(consent template.Consent) func(ctx, client) (any, error) {
		return func(_ ctx, oa client) (any, error) { return template.New(oa).ConsentURL(consent) }
	}
	blocked := func(q template.BlockedQuery) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return template.New(oa).ListBlocked(c, q) }
	}
	data := notice.Data{"first": {Value: "x"}}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"/cgi-bin/message/template/send: To (touser)":       send(template.Message{TemplateID: "T", Data: data}),
		"/cgi-bin/message/template/send: TemplateID":        send(template.Message{To: "o", Data: data}),
		"/cgi-bin/message/template/send: Data":              send(template.Message{To: "o", TemplateID: "T"}),
		"/cgi-bin/message/template/send: MiniProgram.AppID": send(template.Message{To: "o", TemplateID: "T", Data: data, MiniProgram: &notice.MiniProgram{}}),
		`primary (industry_id1) is "0"`:                     func(c ctx, oa client) (any, error) { return nil, template.New(oa).SetIndustries(c, "0", "1") },
		`secondary (industry_id2) is "42"`:                  func(c ctx, oa client) (any, error) { return nil, template.New(oa).SetIndustries(c, "1", "42") },
		`secondary (industry_id2) is "+1"`:                  func(c ctx, oa client) (any, error) { return nil, template.New(oa).SetIndustries(c, "1", "+1") },
		"shortID (template_id_short) is empty":              func(c ctx, oa client) (any, error) { return template.New(oa).Add(c, "") },
		"keywords (keyword_name_list) has an empty name":    func(c ctx, oa client) (any, error) { return template.New(oa).Add(c, "1", "a", "") },
		"del_private_template: templateID":                  func(c ctx, oa client) (any, error) { return nil, template.New(oa).Delete(c, "") },
		"MsgID (tmpl_msg_id) is empty":                      blocked(template.BlockedQuery{}),
		"Count (limit) has 101 rows, at most 100":           blocked(template.BlockedQuery{MsgID: "1", Count: 101}),
		"Count (limit) has -1 rows":                         blocked(template.BlockedQuery{MsgID: "1", Count: -1}),
		`After (largest_id) is "x"`:                         blocked(template.BlockedQuery{MsgID: "1", After: "x"}),
		"template/subscribe: To (touser)":                   oneTime(func(m *template.OneTimeMessage) { m.To = "" }),
		"template/subscribe: TemplateID":                    oneTime(func(m *template.OneTimeMessage) { m.TemplateID = "" }),
		"template/subscribe: Scene":                         oneTime(func(m *template.OneTimeMessage) { m.Scene = "" }),
		"template/subscribe: Title":                         oneTime(func(m *template.OneTimeMessage) { m.Title = "" }),
		"template/subscribe: Data.Content.Value":            oneTime(func(m *template.OneTimeMessage) { m.Data = template.OneTimeData{} }),
		"Scene is \"10001\", not a number from 0 to 10000":  oneTime(func(m *template.OneTimeMessage) { m.Scene = "10001" }),
		"Scene is \"x\", not a number":                      oneTime(func(m *template.OneTimeMessage) { m.Scene = "x" }),
		"Title has 16 characters, at most 15":               oneTime(func(m *template.OneTimeMessage) { m.Title = strings.Repeat("题", 16) }),
		"Data.Content.Value has 201 characters":             oneTime(func(m *template.OneTimeMessage) { m.Data.Content.Value = strings.Repeat("字", 201) }),
		"template/subscribe: MiniProgram.AppID":             oneTime(func(m *template.OneTimeMessage) { m.MiniProgram = &notice.MiniProgram{} }),
		"subscribemsg: TemplateID":                          consent(template.Consent{Scene: "1", RedirectURL: "https://example.com"}),
		"RedirectURL is empty":                              consent(template.Consent{Scene: "1", TemplateID: "T"}),
		"RedirectURL is not":                                consent(template.Consent{TemplateID: "T", RedirectURL: "javascript:alert(1)", Scene: "1"}),
		"subscribemsg: Scene is empty":                      consent(template.Consent{TemplateID: "T", RedirectURL: "https://example.com"}),
		"Scene is \"-1\", not a number from 0 to 10000":     consent(template.Consent{TemplateID: "T", RedirectURL: "https://example.com", Scene: "-1"}),
		"Scene is \"1&a=b\", not a number":                  consent(template.Consent{TemplateID: "T", RedirectURL: "https://example.com", Scene: "1&a=b"}),
		"Scene is \"007\", not a number":                    consent(template.Consent{TemplateID: "T", RedirectURL: "https://example.com", Scene: "007"}),
		"Reserved has 129 bytes":                            consent(template.Consent{Scene: "1", TemplateID: "T", RedirectURL: "https://example.com", Reserved: strings.Repeat("x", 129)}),
	})
}

// The greatest title, content and scene are sent.
func TestOneTimeLimits(t *testing.T) {
	p := apitest.New(t, apitest.JSON(apitest.OK))
	m := fullOneTime
	m.Title, m.Data.Content.Value, m.Scene = strings.Repeat("题", 15), strings.Repeat("字", 200), "10000"
	require.NoError(t, template.New(p.Client()).SendOneTime(t.Context(), m))
	require.Len(t, p.Calls(), 1)
	require.Empty(t, p.Log())
}

func TestIndustries(t *testing.T) {
	for i := 1; i <= 41; i++ {
		p := apitest.New(t, apitest.JSON(apitest.OK))
		code := template.Industry(fmt.Sprint(i))
		require.NoError(t, template.New(p.Client()).SetIndustries(t.Context(), code, template.OtherIndustries))
	}
}
