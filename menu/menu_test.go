package menu_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/article"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// every is a menu with every type of button, and the same as the platform writes it.
var every = []menu.Button{
	menu.Submenu("扫码",
		menu.ScanCodeWaitButton("扫码带提示", "rselfmenu_0_0"),
		menu.ScanCodePushButton("扫码推事件", "rselfmenu_0_1"),
		menu.LocationSelectButton("发送位置", "rselfmenu_0_2"),
		menu.ClickButton("点 & 击 <a>", "V1001"),
	),
	menu.Submenu("发图",
		menu.PicSysPhotoButton("系统拍照发图", "rselfmenu_1_0"),
		menu.PicPhotoOrAlbumButton("拍照或者相册发图", "rselfmenu_1_1"),
		menu.PicWeixinButton("微信相册发图", "rselfmenu_1_2"),
		menu.MediaButton("图片", "MEDIA_ID1"),
		menu.ViewLimitedButton("图文消息", "MEDIA_ID2"),
	),
	menu.Submenu("更多",
		menu.ViewButton("搜索", "https://www.example.com/?a=1&b=2"),
		menu.MiniProgramButton("wxa", "wx286b93c14bbf93aa", "pages/lunar/index", "https://mp.weixin.qq.com"),
		menu.ArticleButton("发布后的图文消息", "ARTICLE_ID1"),
		menu.ArticleViewLimitedButton("发布后的图文", "ARTICLE_ID2"),
	),
}

const everyJSON = `[
	{"name":"扫码","sub_button":[
		{"type":"scancode_waitmsg","name":"扫码带提示","key":"rselfmenu_0_0"},
		{"type":"scancode_push","name":"扫码推事件","key":"rselfmenu_0_1"},
		{"type":"location_select","name":"发送位置","key":"rselfmenu_0_2"},
		{"type":"click","name":"点 & 击 <a>","key":"V1001"}]},
	{"name":"发图","sub_button":[
		{"type":"pic_sysphoto","name":"系统拍照发图","key":"rselfmenu_1_0"},
		{"type":"pic_photo_or_album","name":"拍照或者相册发图","key":"rselfmenu_1_1"},
		{"type":"pic_weixin","name":"微信相册发图","key":"rselfmenu_1_2"},
		{"type":"media_id","name":"图片","media_id":"MEDIA_ID1"},
		{"type":"view_limited","name":"图文消息","media_id":"MEDIA_ID2"}]},
	{"name":"更多","sub_button":[
		{"type":"view","name":"搜索","url":"https://www.example.com/?a=1&b=2"},
		{"type":"miniprogram","name":"wxa","appid":"wx286b93c14bbf93aa","pagepath":"pages/lunar/index","url":"https://mp.weixin.qq.com"},
		{"type":"article_id","name":"发布后的图文消息","article_id":"ARTICLE_ID1"},
		{"type":"article_view_limited","name":"发布后的图文","article_id":"ARTICLE_ID2"}]}]`

var fullRule = menu.MatchRule{TagID: 2, Client: menu.Android, Sex: "1", Country: "中国", Province: "广东", City: "广州", Language: "zh_CN", GroupID: 2}

const fullRuleJSON = `{"tag_id":"2","client_platform_type":"2","sex":"1","country":"中国","province":"广东","city":"广州","language":"zh_CN","group_id":"2"}`

func TestEndpoints(t *testing.T) {
	leaf := []menu.Button{menu.ClickButton("今日歌曲", "V1001_TODAY_MUSIC")}
	const leafJSON = `[{"type":"click","name":"今日歌曲","key":"V1001_TODAY_MUSIC"}]`
	// answered is a leaf as menu/get has it
	const answered = `[{"type":"click","name":"今日歌曲","key":"V1001_TODAY_MUSIC","sub_button":[]}]`

	apitest.Filled(t, fullRule)
	apitest.Run(t, []apitest.Case{
		{
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, menu.New(oa).Create(ctx, every...)
			},
			Path: "/cgi-bin/menu/create",
			Body: `{"button":` + everyJSON + `}`,
		}, {
			Do:     func(ctx context.Context, oa *officialaccount.Client) (any, error) { return menu.New(oa).Get(ctx) },
			Method: "GET",
			Path:   "/cgi-bin/menu/get",
			Answer: `{"menu":{"button":` + everyJSON + `,"menuid":208396938},"conditionalmenu":[
				{"button":` + answered + `,"matchrule":` + fullRuleJSON + `,"menuid":"208396993"},
				{"button":` + answered + `,"matchrule":{"tag_id":100,"client_platform_type":3,"sex":1,"group_id":100},"menuid":9007199254740993}]}`,
			Want: &menu.Menus{
				Default: menu.Menu{Buttons: every, ID: "208396938"},
				Conditional: []menu.ConditionalMenu{
					{Buttons: leaf, Rule: fullRule, ID: "208396993"},
					{Buttons: leaf, Rule: menu.MatchRule{TagID: 100, Client: menu.OtherPlatform, Sex: "1", GroupID: 100}, ID: "9007199254740993"},
				},
			},
		}, {
			Name:   "group_id alone",
			Do:     func(ctx context.Context, oa *officialaccount.Client) (any, error) { return menu.New(oa).Get(ctx) },
			Method: "GET",
			Path:   "/cgi-bin/menu/get",
			Answer: `{"menu":{"button":` + answered + `},"conditionalmenu":[{"button":[],"matchrule":{"group_id":2},"menuid":1}]}`,
			Want: &menu.Menus{
				Default:     menu.Menu{Buttons: leaf},
				Conditional: []menu.ConditionalMenu{{Rule: menu.MatchRule{TagID: 2, GroupID: 2}, ID: "1"}},
			},
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, menu.New(oa).Delete(ctx)
			},
			Method: "GET",
			Path:   "/cgi-bin/menu/delete",
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return menu.New(oa).AddConditional(ctx, fullRule, leaf...)
			},
			Path:   "/cgi-bin/menu/addconditional",
			Body:   `{"button":` + leafJSON + `,"matchrule":` + fullRuleJSON + `}`,
			Answer: `{"menuid":208379533}`,
			Want:   "208379533",
		}, {
			Name: "menuid as a string",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return menu.New(oa).AddConditional(ctx, menu.MatchRule{TagID: 100}, leaf...)
			},
			Path:   "/cgi-bin/menu/addconditional",
			Body:   `{"button":` + leafJSON + `,"matchrule":{"tag_id":"100"}}`,
			Answer: `{"menuid":"208379533"}`,
			Want:   "208379533",
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return nil, menu.New(oa).DeleteConditional(ctx, "208379533")
			},
			Path: "/cgi-bin/menu/delconditional",
			Body: `{"menuid":"208379533"}`,
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return menu.New(oa).TryMatch(ctx, "oLiLei")
			},
			Path: "/cgi-bin/menu/trymatch", Retried: true,
			Body:   `{"user_id":"oLiLei"}`,
			Answer: `{"button":` + everyJSON + `}`,
			Want:   every,
		}, {
			Name: "trymatch inside menu",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return menu.New(oa).TryMatch(ctx, "lilei_wechat")
			},
			Path: "/cgi-bin/menu/trymatch", Retried: true,
			Body:   `{"user_id":"lilei_wechat"}`,
			Answer: `{"menu":{"button":` + answered + `}}`,
			Want:   leaf,
		}, {
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return menu.New(oa).GetCurrent(ctx)
			},
			Method: "GET",
			Path:   "/cgi-bin/get_current_selfmenu_info",
			Answer: currentJSON,
			Want:   current,
		}, {
			Name: "current menu, none set",
			Do: func(ctx context.Context, oa *officialaccount.Client) (any, error) {
				return menu.New(oa).GetCurrent(ctx)
			},
			Method: "GET",
			Path:   "/cgi-bin/get_current_selfmenu_info",
			Answer: `{"is_menu_open":0,"selfmenu_info":[]}`,
			Want:   &menu.Current{},
		},
	})
}

var current = &menu.Current{
	Enabled: true,
	Menu: menu.CurrentMenu{Buttons: []menu.CurrentButton{
		{Name: "button", Sub: menu.CurrentSubmenu{Buttons: []menu.CurrentButton{
			{Type: menu.View, Name: "view_url", URL: "https://w.url.cn/s/x"},
			{Type: menu.MiniProgram, Name: "wxa", URL: "https://example.com", AppID: "wx286b93c14bbf93aa", PagePath: "pages/index"},
			{Type: menu.Media, Name: "media", MediaID: "MEDIA_ID"},
			{Type: menu.Article, Name: "article", ArticleID: "ARTICLE_ID"},
			{Type: menu.ConsoleNews, Name: "news", Value: "KQb_w_Tiz-nSdVLoTV35Psmty8hGBulGhEdbb9SKs-o", News: article.Summaries{Articles: []article.Summary{{
				Title: "MULTI_NEWS", Author: "JIMZHENG", Digest: "text", ShowCover: true,
				CoverURL: "http://mmbiz.qpic.cn/0", URL: "http://mp.weixin.qq.com/s?a=1&b=2", SourceURL: "http://example.com",
			}}}},
		}}},
		{Type: menu.ConsoleVideo, Name: "video", Value: "http://61.182.130.30/vweixinp.tc.qq.com/1007"},
		{Type: menu.Click, Name: "click", Key: "V1001"},
	}},
}

const currentJSON = `{"is_menu_open":1,"selfmenu_info":{"button":[
	{"name":"button","sub_button":{"list":[
		{"type":"view","name":"view_url","url":"https://w.url.cn/s/x"},
		{"type":"miniprogram","name":"wxa","url":"https://example.com","appid":"wx286b93c14bbf93aa","pagepath":"pages/index"},
		{"type":"media_id","name":"media","media_id":"MEDIA_ID"},
		{"type":"article_id","name":"article","article_id":"ARTICLE_ID"},
		{"type":"news","name":"news","value":"KQb_w_Tiz-nSdVLoTV35Psmty8hGBulGhEdbb9SKs-o","news_info":{"list":[
			{"title":"MULTI_NEWS","author":"JIMZHENG","digest":"text","show_cover":1,"cover_url":"http://mmbiz.qpic.cn/0",
			 "content_url":"http://mp.weixin.qq.com/s?a=1&b=2","source_url":"http://example.com"}]}}]}},
	{"type":"video","name":"video","value":"http://61.182.130.30/vweixinp.tc.qq.com/1007"},
	{"type":"click","name":"click","key":"V1001"}]}}`

// TestRefusals creates menus that the platform would refuse.
func TestRefusals(t *testing.T) {
	ok := menu.ClickButton("ok", "k")
	long := strings.Repeat("键", 43) // 129 bytes
	create := func(buttons ...menu.Button) func(context.Context, *officialaccount.Client) (any, error) {
		return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, menu.New(oa).Create(ctx, buttons...)
		}
	}
	apitest.Refuses(t, map[string]func(context.Context, *officialaccount.Client) (any, error){
		"button has 0 buttons, at least 1 are needed":                       create(),
		"button has 4 buttons, at most 3 are allowed":                       create(ok, ok, ok, ok),
		"button[1].name has 0 bytes, at least 1 are needed":                 create(ok, menu.ClickButton("", "k")),
		"button[0].name has 18 bytes, at most 16 are allowed":               create(menu.ClickButton("一二三四五六", "k")),
		"button[0].key has 129 bytes, at most 128 are allowed":              create(menu.ClickButton("长", long)),
		"button[0].type is empty, and the button has no sub-buttons":        create(menu.Button{Name: "x"}),
		"button[0].key is empty":                                            create(menu.ClickButton("x", "")),
		"button[0].url is empty":                                            create(menu.ViewButton("x", "")),
		"button[0].media_id is empty":                                       create(menu.MediaButton("x", "")),
		"menu/create: button[0].media_id is empty":                          create(menu.ViewLimitedButton("x", "")),
		"button[0].article_id is empty":                                     create(menu.ArticleButton("x", "")),
		"menu/create: button[0].article_id is empty":                        create(menu.ArticleViewLimitedButton("x", "")),
		"menu/create: button[0].appid is empty":                             create(menu.MiniProgramButton("x", "", "p", "u")),
		"menu/create: button[0].pagepath is empty":                          create(menu.MiniProgramButton("x", "a", "", "u")),
		"button[0].sub_button[0].url is empty":                              create(menu.Submenu("x", menu.MiniProgramButton("x", "a", "p", ""))),
		"button[0].sub_button has 6 buttons, at most 5 are allowed":         create(menu.Submenu("x", ok, ok, ok, ok, ok, ok)),
		"button[0].sub_button[1].name has 0 bytes, at least 1 are needed":   create(menu.Submenu("x", ok, menu.ClickButton("", "k"))),
		"button[0].sub_button[0].name has 63 bytes, at most 60 are allowed": create(menu.Submenu("x", menu.ClickButton(strings.Repeat("名", 21), "k"))),
		"button[0].sub_button[0].key has 129 bytes, at most 128":            create(menu.Submenu("x", menu.ClickButton("x", long))),
		"button[0].sub_button[0] has a type or a parent":                    create(menu.Submenu("x", menu.Submenu("y", ok))),
		"button[0] has a type or a parent, so it cannot have sub-buttons":   create(menu.Button{Type: menu.Click, Name: "x", Key: "k", Sub: []menu.Button{ok}}),
		"/cgi-bin/menu/addconditional: matchrule is empty":                  conditional(menu.MatchRule{}, ok),
		"/cgi-bin/menu/addconditional: button has 0 buttons, at least 1 ar": conditional(menu.MatchRule{TagID: 1}),
		"/cgi-bin/menu/delconditional: id (menuid) is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return nil, menu.New(oa).DeleteConditional(ctx, "")
		},
		"/cgi-bin/menu/trymatch: user (user_id) is empty": func(ctx context.Context, oa *officialaccount.Client) (any, error) {
			return menu.New(oa).TryMatch(ctx, "")
		},
	})
}

func conditional(rule menu.MatchRule, buttons ...menu.Button) func(context.Context, *officialaccount.Client) (any, error) {
	return func(ctx context.Context, oa *officialaccount.Client) (any, error) {
		return menu.New(oa).AddConditional(ctx, rule, buttons...)
	}
}

// TestWarnings sends what the platform's documents disagree on, with a warning.
func TestWarnings(t *testing.T) {
	for want, buttons := range map[string][]menu.Button{
		"the url of a button is long":           {menu.ViewButton("x", "https://example.com/"+strings.Repeat("a", 1005))},
		"the type of a button is unknown":       {{Type: "from_tomorrow", Name: "x"}},
		"field=button[0].sub_button[0] type=to": {menu.Submenu("x", menu.Button{Type: "tomorrow", Name: "x"})},
	} {
		p := apitest.New(t, apitest.JSON(apitest.OK))
		require.NoError(t, menu.New(p.Client()).Create(t.Context(), buttons...))
		require.Contains(t, p.Log(), want)
		require.Len(t, p.Calls(), 1)
	}
	p := apitest.New(t, apitest.JSON(`{"menuid":1}`))
	menus, pages := menu.New(p.Client()), func(hosts ...string) menu.Button {
		b := menu.Submenu("x")
		for _, host := range hosts {
			b.Sub = append(b.Sub, menu.ViewButton("x", "https://"+host+"/"))
		}
		return b
	}
	_, err := menus.AddConditional(t.Context(), menu.MatchRule{TagID: 1}, pages("a.com", "b.com", "c.com", "a.com:8080", "A.com"))
	require.NoError(t, err)
	require.NotContains(t, p.Log(), "domains")
	_, err = menus.AddConditional(t.Context(), menu.MatchRule{TagID: 1}, pages("a.com", "b.com", "c.com"), menu.ViewButton("x", "http://d.com/100%"))
	require.NoError(t, err)
	require.Contains(t, p.Log(), "domains=4 limit=3")
	_, err = menus.AddConditional(t.Context(), menu.MatchRule{TagID: 1, City: "广州"}, menu.ClickButton("x", "k"))
	require.NoError(t, err)
	require.Contains(t, p.Log(), "does not match anyone")

	p = apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, menu.New(p.Client()).Create(t.Context(), every...))
	require.Empty(t, p.Log())
}

// TestLongest creates a menu in which everything is as long as the platform allows.
func TestLongest(t *testing.T) {
	key, page := strings.Repeat("k", 128), "https://example.com/"+strings.Repeat("a", 1004)
	leaf := menu.Button{Type: menu.Click, Name: strings.Repeat("名", 20), Key: key}
	full := menu.Submenu("一二三四五b", leaf, leaf, leaf, leaf, menu.ViewButton("x", page))
	p := apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, menu.New(p.Client()).Create(t.Context(), full, full, menu.ClickButton(strings.Repeat("n", 16), key)))
	require.Empty(t, p.Log())
}

// TestOddAnswers reads ids, tags and switches in every form that the platform writes.
func TestOddAnswers(t *testing.T) {
	for _, answer := range []string{
		`{"menu":{"button":[],"menuid":208396938.0},"conditionalmenu":{"button":"","matchrule":{"tag_id":2,"client_platform_type":1.0,"sex":""},"menuid":2.08396993e8}}`,
		`{"menu":{"button":{},"menuid":"208396938"},"conditionalmenu":[{"matchrule":{"tag_id":"2","client_platform_type":"1","group_id":""},"menuid":"208396993"}]}`,
	} {
		got, err := menu.New(apitest.New(t, apitest.JSON(answer)).Client()).Get(t.Context())
		require.NoError(t, err)
		require.Equal(t, &menu.Menus{
			Default:     menu.Menu{ID: "208396938"},
			Conditional: []menu.ConditionalMenu{{Rule: menu.MatchRule{TagID: 2, Client: menu.IOS}, ID: "208396993"}},
		}, got)
	}
}

// TestText looks at the bytes: the platform shows escapes to the user.
func TestText(t *testing.T) {
	p := apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, menu.New(p.Client()).Create(t.Context(), menu.ViewButton("<搜 & 索>", "https://example.com/?a=1&b=2")))
	require.Contains(t, p.Calls()[0].Body, `"name":"<搜 & 索>","url":"https://example.com/?a=1&b=2"`)
}

func Example() {
	p := apitest.Example(apitest.JSON(apitest.OK))
	menus := menu.New(p.Client())

	err := menus.Create(context.Background(),
		menu.ClickButton("今日歌曲", "TODAY"),
		menu.Submenu("菜单",
			menu.ViewButton("搜索", "https://www.example.com/"),
			menu.ScanCodeWaitButton("扫一扫", "SCAN"),
		),
	)
	fmt.Println(err)
	fmt.Println(p.Calls()[0].Body)

	err = menus.Create(context.Background(), menu.ClickButton("名字太长的一个按钮", "LONG"))
	fmt.Println(err)
	// Output:
	// <nil>
	// {"button":[{"type":"click","name":"今日歌曲","key":"TODAY"},{"name":"菜单","sub_button":[{"type":"view","name":"搜索","url":"https://www.example.com/"},{"type":"scancode_waitmsg","name":"扫一扫","key":"SCAN"}]}]}
	// wechat: /cgi-bin/menu/create: button[0].name has 27 bytes, at most 16 are allowed
}
