package wxopen_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wxopen"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const mini = "wx286b93c14bbf93aa"

var rule = wxopen.Rule{
	Prefix: "https://www.example.com/shop", Path: "pages/index/index", Use: wxopen.Exclusive, Version: wxopen.Trial,
	DebugURLs: []string{"https://www.example.com/shop?id=1"}, State: wxopen.Published,
}

const ruleAnswer = `{"prefix": "https://www.example.com/shop", "path": "pages/index/index", "permit_sub_rule": "2", "open_version": 2,
	"debug_url": ["https://www.example.com/shop?id=1"], "state": "2"}`

func TestLinks(t *testing.T) {
	program := wxopen.MiniProgram{
		Status: wxopen.WaitingForUs, AppID: mini, UserName: "gh_1", Nickname: "微信", AvatarURL: "http://mmbiz.qpic.cn/1",
		Email: "a@example.com", Source: "NORMAL", OnProfile: true, Nearby: true, Released: true, VerificationCopying: 1,
		Functions: []wxopen.Function{{1, "微信认证", 2}},
	}
	apitest.Filled(t, program)
	answer := func(functions string) string {
		return `{"errcode": 0, "errmsg": "ok", "wxopens": {"items": [{"status": "12", "appid": "` + mini + `", "username": "gh_1", "nickname": "微信",
			"headimg_url": "http://mmbiz.qpic.cn/1", "email": "a@example.com", "source": "NORMAL", "selected": 1, "nearby_display_status": 2,
			"released": "1", "copy_verify_status": 1, "` + functions + `": [{"id": "1", "name": "微信认证", "status": 2}], "new": {}}]}}`
	}
	list := func(c ctx, oa client) (any, error) { return wxopen.New(oa).ListLinked(c) }
	link := func(c ctx, oa client) (any, error) {
		return nil, wxopen.New(oa).Link(c, wxopen.LinkRequest{AppID: mini, Notify: true})
	}
	const get, add = "/cgi-bin/wxopen/wxamplinkget", "/cgi-bin/wxopen/wxamplink"
	cases := []apitest.Case{
		{Do: list, Path: get, Retried: true, Answer: answer("func_infos"), Want: []wxopen.MiniProgram{program}},
		{Name: "func_info", Do: list, Path: get, Retried: true, Answer: answer("func_info"), Want: []wxopen.MiniProgram{program}},
		{Do: link, Path: add, Body: `{"appid": "` + mini + `", "notify_users": 1, "show_profile": 0}`},
		{
			Name: "linked before", Do: link, Path: add, Body: `{"appid": "` + mini + `", "notify_users": 1, "show_profile": 0}`,
			Answer: `{"errcode": 89015, "errmsg": "has linked wxa"}`, Fails: errcode.WxaAlreadyLinked,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).Unlink(c, mini) },
			Path: "/cgi-bin/wxopen/wxampunlink", Body: `{"appid": "` + mini + `"}`,
		},
	}
	for _, empty := range []string{`{"wxopens": {"items": []}}`, `{"wxopens": {"items": ""}}`, `{"wxopens": {"items": {}}}`, `{"wxopens": {}}`, `{"wxopens": null}`, `{"wxopens": []}`} {
		cases = append(cases, apitest.Case{Name: "no links " + empty, Do: list, Path: get, Retried: true, Answer: empty, Want: []wxopen.MiniProgram(nil)})
	}
	apitest.Run(t, cases)
}

func TestRules(t *testing.T) {
	page := wxopen.RulePage{Enabled: true, PublishQuota: 99, Total: 1, Rules: []wxopen.Rule{rule}}
	apitest.Filled(t, page)
	const (
		get       = "/cgi-bin/wxopen/qrcodejumpget"
		add       = "/cgi-bin/wxopen/qrcodejumpadd"
		shortRule = `"prefix": "https://www.example.com/shop", "path": "pages/index/index"`
		pages     = `{"errcode": 0, "errmsg": "ok", "rule_list": [` + ruleAnswer + `], "qrcodejump_open": "1", "qrcodejump_pub_quota": "99", "list_size": 1, "total_count": 1}`
	)
	short := wxopen.Rule{Prefix: rule.Prefix, Path: rule.Path}
	list := func(c ctx, oa client) (any, error) { return wxopen.New(oa).ListRules(c, mini, 2, 200) }
	listBody := `{"appid": "` + mini + `", "get_type": 2, "page_num": 2, "page_size": 200}`
	apitest.Run(t, []apitest.Case{
		{Do: list, Path: get, Retried: true, Body: listBody, Answer: pages, Want: &page},
		{
			Name: "one rule that is not in a list", Do: list, Path: get, Retried: true, Body: listBody,
			Answer: `{"rule_list": ` + ruleAnswer + `, "qrcodejump_open": true, "qrcodejump_pub_quota": 99.0, "total_count": "1"}`, Want: &page,
		},
		{Name: "no rules", Do: list, Path: get, Retried: true, Body: listBody, Answer: `{"errcode": 0, "rule_list": "", "qrcodejump_open": 0}`, Want: &wxopen.RulePage{}},
		{
			Name: "by prefix", Do: func(c ctx, oa client) (any, error) { return wxopen.New(oa).GetRules(c, "", rule.Prefix) },
			Path: get, Retried: true, Body: `{"get_type": 1, "prefix_list": ["https://www.example.com/shop"]}`, Answer: pages, Want: &page,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).AddRule(c, mini, short) },
			Path: add, Body: `{"appid": "` + mini + `", ` + shortRule + `, "is_edit": 0}`,
		},
		{
			Name: "of a mini program", Do: func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).UpdateRule(c, "", rule) },
			Path: add, Body: `{` + shortRule + `, "permit_sub_rule": 2, "open_version": 2, "debug_url": ["https://www.example.com/shop?id=1"], "state": 2, "is_edit": 1}`,
		},
		{
			Name: "no verification file", Do: func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).AddRule(c, mini, short) },
			Path: add, Body: `{"appid": "` + mini + `", ` + shortRule + `, "is_edit": 0}`,
			Answer: `{"errcode": 85069, "errmsg": "check verify file fail"}`, Fails: errcode.QRRuleVerifyFileFailed,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).PublishRule(c, rule.Prefix) },
			Path: "/cgi-bin/wxopen/qrcodejumppublish", Body: `{"prefix": "https://www.example.com/shop"}`,
		},
		{
			Name: "no publishes left", Do: func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).PublishRule(c, rule.Prefix) },
			Path: "/cgi-bin/wxopen/qrcodejumppublish", Body: `{"prefix": "https://www.example.com/shop"}`,
			Answer: `{"errcode": 886000, "errmsg": "quota"}`, Fails: errcode.ErrQuota,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).DeleteRule(c, mini, rule.Prefix) },
			Path: "/cgi-bin/wxopen/qrcodejumpdelete", Body: `{"appid": "` + mini + `", "prefix": "https://www.example.com/shop"}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return wxopen.New(oa).GetVerificationFile(c) },
			Path: "/cgi-bin/wxopen/qrcodejumpdownload", Retried: true, Answer: `{"errcode": 0, "file_name": "x.txt", "file_content": 123}`,
			Want: &wxopen.VerificationFile{Name: "x.txt", Content: "123"},
		},
	})
}

// AllRules requests pages until one is not full.
func TestAllRules(t *testing.T) {
	full := make([]string, 200)
	for i := range full {
		full[i] = `{"prefix": "https://www.example.com/` + strconv.Itoa(i) + `"}`
	}
	first := `{"rule_list": [` + strings.Join(full, ",") + `]}`
	for name, tt := range map[string]struct {
		answers []apitest.Answer
		rules   int
		calls   int
	}{
		"two pages":         {[]apitest.Answer{apitest.JSON(first), apitest.JSON(`{"rule_list": [` + ruleAnswer + `]}`)}, 201, 2},
		"a full last page":  {[]apitest.Answer{apitest.JSON(first), apitest.JSON(`{"rule_list": []}`)}, 200, 2},
		"a total":           {[]apitest.Answer{apitest.JSON(`{"total_count": 200, ` + first[1:])}, 200, 1},
		"no rule":           {[]apitest.Answer{apitest.JSON(`{}`)}, 0, 1},
		"always one answer": {[]apitest.Answer{apitest.JSON(first)}, 200, 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, tt.answers...)
			rules := 0
			for _, err := range wxopen.New(p.Client()).AllRules(t.Context(), mini) {
				require.NoError(t, err)
				rules++
			}
			require.Equal(t, tt.rules, rules)
			require.Len(t, p.Calls(), tt.calls)
			require.Contains(t, p.Calls()[tt.calls-1].Body, `"page_num":`+strconv.Itoa(tt.calls))
		})
	}
}

func TestBadInput(t *testing.T) {
	list := func(page, size int) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return wxopen.New(oa).ListRules(c, mini, page, size) }
	}
	get := func(count int) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) {
			return wxopen.New(oa).GetRules(c, mini, slices.Repeat([]string{"https://a.cn"}, count)...)
		}
	}
	add := func(change func(*wxopen.Rule)) func(ctx, client) (any, error) {
		r := rule
		change(&r)
		return func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).AddRule(c, mini, r) }
	}
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"/cgi-bin/wxopen/wxamplink: AppID is empty":            func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).Link(c, wxopen.LinkRequest{}) },
		"/cgi-bin/wxopen/wxampunlink: appID is empty":          func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).Unlink(c, "") },
		"page (page_num) is below 1":                           list(0, 1),
		"size (page_size) has 0 rules":                         list(1, 0),
		"size (page_size) has 201 rules, at most 200":          list(1, 201),
		"prefixes (prefix_list) has 0 prefixes":                get(0),
		"prefixes (prefix_list) has 201 prefixes, at most 200": get(201),
		"qrcodejumpadd: prefix is not an http":                 add(func(r *wxopen.Rule) { r.Prefix = "www.example.com" }),
		"Path is empty":                                        add(func(r *wxopen.Rule) { r.Path = "" }),
		"DebugURLs (debug_url) has 6 URLs, at most 5":          add(func(r *wxopen.Rule) { r.DebugURLs = slices.Repeat(r.DebugURLs, 6) }),
		"DebugURLs (debug_url) has a URL that does not begin":  add(func(r *wxopen.Rule) { r.DebugURLs = []string{"https://a.cn"} }),
		"qrcodejumppublish: prefix is not an http":             func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).PublishRule(c, "") },
		"qrcodejumpdelete: prefix is not an http":              func(c ctx, oa client) (any, error) { return nil, wxopen.New(oa).DeleteRule(c, "", "") },
	})
}

func ExampleService_ListLinked() {
	platform := apitest.Example(apitest.JSON(`{"errcode": 0, "wxopens": {"items": [{"status": 1, "username": "gh_1", "appid": "wx286b93c14bbf93aa", "nickname": "商城", "selected": 1, "released": 1}]}}`))

	linked, err := wxopen.New(platform.Client()).ListLinked(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, program := range linked {
		fmt.Println(program.Nickname, program.AppID, program.Status == wxopen.Linked)
	}
	// Output: 商城 wx286b93c14bbf93aa true
}

func ExampleService_AddRule() {
	platform := apitest.Example(apitest.JSON(apitest.OK))
	open := wxopen.New(platform.Client())
	ctx := context.Background()

	rule := wxopen.Rule{Prefix: "https://www.example.com/shop", Path: "pages/index/index"}
	if err := open.AddRule(ctx, "wx286b93c14bbf93aa", rule); err != nil {
		fmt.Println(err)
		return
	}
	if err := open.PublishRule(ctx, rule.Prefix); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("published")
	// Output: published
}
