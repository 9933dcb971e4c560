package subscribe_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/subscribe"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

// full is a notice with every field.
var full = subscribe.Message{
	To:          "oLiLei",
	TemplateID:  "SUB_1",
	URL:         "https://example.com/?a=1&b=<2>",
	MiniProgram: &notice.MiniProgram{AppID: "wxmini", PagePath: "pages/index?x=1"},
	Data:        notice.Data{"thing1": {Value: "你好 & <b>"}, "time2": {Value: "2026-11-21 20:00"}},

	MiniProgramVersion: subscribe.Trial,
	Language:           subscribe.HongKongChinese,
	ClientMsgID:        "order-42",
}

const fullBody = `{
	"touser": "oLiLei", "template_id": "SUB_1", "page": "https://example.com/?a=1&b=<2>",
	"miniprogram": {"appid": "wxmini", "pagepath": "pages/index?x=1"},
	"data": {"thing1": {"value": "你好 & <b>"}, "time2": {"value": "2026-11-21 20:00"}},
	"miniprogram_state": "trial", "lang": "zh_HK", "client_msg_id": "order-42"
}`

func TestCalls(t *testing.T) {
	categories := []subscribe.Category{{ID: "616", Name: "公交"}}
	titles := &subscribe.TitlePage{Total: 55, Titles: []subscribe.Title{
		{ID: "99", Title: "付款成功通知", Type: subscribe.OneTime, CategoryID: "616"},
		{ID: "100", Title: "到站通知", Type: subscribe.LongTerm, CategoryID: "617"},
	}}
	keywords := []subscribe.Keyword{{ID: "1", Name: "物品名称", Example: "名称", Rule: "thing"}}
	templates := []subscribe.Template{{
		ID: "SUB_1", Title: "到站通知", Content: "{{thing1.DATA}}", Example: "站", Type: subscribe.LongTerm,
		Enums: []subscribe.KeywordEnums{{Keyword: "enum_string1", Values: []string{"a", "b"}}},
	}}
	apitest.Filled(t, full, "Data.thing1.Color", "Data.time2.Color")
	for _, v := range []any{categories, titles, keywords, templates} {
		apitest.Filled(t, v)
	}
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return subscribe.New(oa).Send(c, full) },
			Path:   "/cgi-bin/message/subscribe/bizsend",
			Body:   fullBody,
			Answer: `{"errcode": 0, "errmsg": "ok", "msgid": 24900000000000001}`,
			Want:   "24900000000000001",
		},
		{
			Name:   "send, a quoted id",
			Do:     func(c ctx, oa client) (any, error) { return subscribe.New(oa).Send(c, full) },
			Path:   "/cgi-bin/message/subscribe/bizsend",
			Body:   fullBody,
			Answer: `{"errcode": 0, "errmsg": "ok", "msgid": "24900000000000001"}`,
			Want:   "24900000000000001",
		},
		{
			Name: "send, only what must be there",
			Do: func(c ctx, oa client) (any, error) {
				return subscribe.New(oa).Send(c, subscribe.Message{To: "o", TemplateID: "T", Data: notice.Data{"thing1": {Value: "x"}}})
			},
			Path: "/cgi-bin/message/subscribe/bizsend",
			Body: `{"touser": "o", "template_id": "T", "data": {"thing1": {"value": "x"}}}`,
			Want: "", // the documents do not promise an id
		},
		{
			Name:   "send, refused",
			Do:     func(c ctx, oa client) (any, error) { return subscribe.New(oa).Send(c, full) },
			Path:   "/cgi-bin/message/subscribe/bizsend",
			Body:   fullBody,
			Answer: `{"errcode": 43101, "errmsg": "user refuse to accept the msg hint: [KiBfOA0483e297]"}`,
			Want:   "", Fails: errcode.UserRefusedMessage,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return subscribe.New(oa).Add(c, subscribe.NewTemplate{TitleID: "401", Keywords: []string{"3", "1", "2"}, Scene: "测试数据"})
			},
			Path:   "/wxaapi/newtmpl/addtemplate",
			Body:   `{"tid": "401", "kidList": [3, 1, 2], "sceneDesc": "测试数据"}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "priTmplId": "SUB_1"}`,
			Want:   "SUB_1",
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, subscribe.New(oa).Delete(c, "SUB_1") },
			Path: "/wxaapi/newtmpl/deltemplate",
			Body: `{"priTmplId": "SUB_1"}`,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return subscribe.New(oa).ListCategories(c) },
			Method: "GET",
			Path:   "/wxaapi/newtmpl/getcategory",
			Answer: `{"errcode": 0, "errmsg": "ok", "data": [{"id": 616, "name": "公交"}]}`,
			Want:   categories,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return subscribe.New(oa).ListKeywords(c, "99") },
			Method: "GET",
			Path:   "/wxaapi/newtmpl/getpubtemplatekeywords",
			Query:  "tid=99",
			Answer: `{"errcode": 0, "errmsg": "ok", "count": 1, "data": [{"kid": 1, "name": "物品名称", "example": "名称", "rule": "thing"}]}`,
			Want:   keywords,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return subscribe.New(oa).ListTitles(c, subscribe.TitleQuery{Categories: []string{"616", "617"}, Offset: 5, Count: 10})
			},
			Method: "GET",
			Path:   "/wxaapi/newtmpl/getpubtemplatetitles",
			Query:  "ids=616,617&start=5&limit=10",
			Answer: `{"errcode": 0, "errmsg": "ok", "count": 55, "data": [
				{"tid": 99, "title": "付款成功通知", "type": 2, "categoryId": "616"},
				{"tid": 100, "title": "到站通知", "type": 3, "categoryId": 617}]}`,
			Want: titles,
		},
		{
			Do:     func(c ctx, oa client) (any, error) { return subscribe.New(oa).List(c) },
			Method: "GET",
			Path:   "/wxaapi/newtmpl/gettemplate",
			Answer: `{"errcode": 0, "errmsg": "ok", "data": [{"priTmplId": "SUB_1", "title": "到站通知", "content": "{{thing1.DATA}}", "example": "站", "type": 3,
				"keywordEnumValueList": [{"keywordCode": "enum_string1", "enumValueList": ["a", "b"]}]}]}`,
			Want: templates,
		},
	})
}

// After a lost answer the notice may have been delivered, so it is not sent again.
func TestSendsOnce(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Status: 502, Body: "<html>"})
	_, err := subscribe.New(p.Client()).Send(t.Context(), full)
	require.Error(t, err)
	require.Len(t, p.Calls(), 1)
}

func TestAllTitles(t *testing.T) {
	page := func(first, n int) apitest.Answer {
		var rows []string
		for i := range n {
			rows = append(rows, fmt.Sprintf(`{"tid": %d, "title": "t", "type": 2, "categoryId": "616"}`, first+i))
		}
		return apitest.JSON(`{"errcode": 0, "count": 42, "data": [` + strings.Join(rows, ",") + `]}`)
	}
	p := apitest.New(t, page(0, 30), page(30, 12))
	next := 0
	for title, err := range subscribe.New(p.Client()).AllTitles(t.Context(), "616") {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(next), title.ID)
		next++
	}
	require.Equal(t, 42, next)
	var starts []string
	for _, call := range p.Calls() {
		starts = append(starts, call.Query.Get("start"))
		require.Equal(t, "30", call.Query.Get("limit"))
	}
	require.Equal(t, []string{"0", "30"}, starts)
}

// A platform that answers an object for an empty list, or one page again and again, is
// not asked forever.
func TestAllTitlesEnds(t *testing.T) {
	const title = `[{"tid": 1, "title": "t", "type": 2, "categoryId": "6"}]`
	for answer, want := range map[string]struct{ titles, calls int }{
		`{"errcode": 0, "count": 9, "data": {}}`:             {0, 1},
		`{"errcode": 0, "count": 9, "data": [{}]}`:           {0, 1},
		`{"errcode": 0, "data": ` + title + `}`:              {1, 2},
		`{"errcode": 0, "count": 1, "data": ` + title + `}`:  {1, 1},
		`{"errcode": 0, "count": 99, "data": ` + title + `}`: {1, 2},
	} {
		p := apitest.New(t, apitest.JSON(answer))
		titles := 0
		for _, err := range subscribe.New(p.Client()).AllTitles(t.Context(), "6") {
			require.NoError(t, err)
			titles++
		}
		require.Equal(t, want.titles, titles, answer)
		require.Len(t, p.Calls(), want.calls, answer)
	}
}

func TestAllTitlesFails(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"errcode": 200019, "errmsg": "invalid ids"}`))
	var errs []error
	for _, err := range subscribe.New(p.Client()).AllTitles(t.Context(), "616") {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], errcode.SubscribeInvalidCategoryIDs)
}

func TestBadInput(t *testing.T) {
	send := func(m subscribe.Message) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return subscribe.New(oa).Send(c, m) }
	}
	add := func(n subscribe.NewTemplate) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return subscribe.New(oa).Add(c, n) }
	}
	titles := func(q subscribe.TitleQuery) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return subscribe.New(oa).ListTitles(c, q) }
	}
	data := notice.Data{"thing1": {Value: "x"}}
	kids := []string{"1", "2"}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"To (touser) is empty":                              send(subscribe.Message{TemplateID: "T", Data: data}),
		"TemplateID is empty":                               send(subscribe.Message{To: "o", Data: data}),
		"Data is empty":                                     send(subscribe.Message{To: "o", TemplateID: "T"}),
		"MiniProgram.AppID is empty":                        send(subscribe.Message{To: "o", TemplateID: "T", Data: data, MiniProgram: &notice.MiniProgram{PagePath: "p"}}),
		"addtemplate: TitleID (tid)":                        add(subscribe.NewTemplate{Keywords: kids, Scene: "s"}),
		"Scene (sceneDesc) is empty":                        add(subscribe.NewTemplate{TitleID: "1", Keywords: kids}),
		"Scene (sceneDesc) has 16 characters":               add(subscribe.NewTemplate{TitleID: "1", Keywords: kids, Scene: strings.Repeat("景", 16)}),
		"Keywords (kidList) has 1 keywords":                 add(subscribe.NewTemplate{TitleID: "1", Keywords: kids[:1], Scene: "s"}),
		"Keywords (kidList) has 6 keywords":                 add(subscribe.NewTemplate{TitleID: "1", Keywords: []string{"1", "2", "3", "4", "5", "6"}, Scene: "s"}),
		`Keywords (kidList) has "x", which is not a number`: add(subscribe.NewTemplate{TitleID: "1", Keywords: []string{"1", "x"}, Scene: "s"}),
		"deltemplate: templateID (priTmplId)":               func(c ctx, oa client) (any, error) { return nil, subscribe.New(oa).Delete(c, "") },
		"keywords: titleID (tid) is empty":                  func(c ctx, oa client) (any, error) { return subscribe.New(oa).ListKeywords(c, "") },
		"Categories (ids) is empty":                         titles(subscribe.TitleQuery{}),
		`Categories (ids) has "1,2"`:                        titles(subscribe.TitleQuery{Categories: []string{"1,2"}}),
		`Categories (ids) has ""`:                           titles(subscribe.TitleQuery{Categories: []string{""}}),
		"Offset (start) is negative":                        titles(subscribe.TitleQuery{Categories: kids, Offset: -1}),
		"Count (limit) has 31 titles, at most":              titles(subscribe.TitleQuery{Categories: kids, Count: 31}),
	})
	p := apitest.New(t, apitest.JSON(`{"errcode":0,"priTmplId":"x"}`))
	_, err := subscribe.New(p.Client()).Add(t.Context(), subscribe.NewTemplate{TitleID: "1", Keywords: kids, Scene: strings.Repeat("景", 15)})
	require.NoError(t, err, "15 characters are allowed")
}
