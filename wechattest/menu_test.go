package wechattest_test

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// caller calls endpoints with a token of its own.
type caller struct {
	api
	token string
}

func newCaller(t *testing.T) caller {
	t.Helper()
	a := newAPI(t, wechattest.Config{})
	return caller{a, a.stable(false).AccessToken}
}

func (c caller) get(path string, pairs ...string) answer {
	c.t.Helper()
	q := url.Values{"access_token": {c.token}}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return c.do("GET", path, q, "")
}

func (c caller) send(path, body string) answer {
	c.t.Helper()
	return c.post(c.token, path, body)
}

// read decodes the answer.
func (a answer) read(t *testing.T, v any) {
	t.Helper()
	require.Zero(t, a.Code, a.Body)
	require.NoError(t, json.Unmarshal([]byte(a.Body), v), a.Body)
}

const menuBody = `{"button": [
	{"type": "click", "name": "今日歌曲", "key": "V1001_TODAY_MUSIC"},
	{"name": "菜单", "sub_button": [
		{"type": "view", "name": "搜索", "url": "http://www.soso.com/?a=1&b=2"},
		{"type": "miniprogram", "name": "wxa", "url": "http://mp.weixin.qq.com", "appid": "wx286b93c14bbf93aa", "pagepath": "pages/lunar/index"},
		{"type": "scancode_push", "name": "扫码", "key": "scan"}]}]}`

func TestMenu(t *testing.T) {
	c := newCaller(t)
	require.Equal(t, 46003, c.get("/cgi-bin/menu/get").Code)
	require.JSONEq(t, `{"is_menu_open": 0}`, c.get("/cgi-bin/get_current_selfmenu_info").Body)
	require.Nil(t, c.p.Menu())

	require.JSONEq(t, `{"errcode": 0, "errmsg": "ok"}`, c.send("/cgi-bin/menu/create", menuBody).Body)
	require.JSONEq(t, `{"menu": {"button": [
		{"type": "click", "name": "今日歌曲", "key": "V1001_TODAY_MUSIC", "sub_button": []},
		{"name": "菜单", "sub_button": [
			{"type": "view", "name": "搜索", "url": "http://www.soso.com/?a=1&b=2", "sub_button": []},
			{"type": "miniprogram", "name": "wxa", "url": "http://mp.weixin.qq.com", "appid": "wx286b93c14bbf93aa", "pagepath": "pages/lunar/index", "sub_button": []},
			{"type": "scancode_push", "name": "扫码", "key": "scan", "sub_button": []}]}]}}`, c.get("/cgi-bin/menu/get").Body)
	require.JSONEq(t, `{"is_menu_open": 1, "selfmenu_info": {"button": [
		{"type": "click", "name": "今日歌曲", "key": "V1001_TODAY_MUSIC"},
		{"name": "菜单", "sub_button": {"list": [
			{"type": "view", "name": "搜索", "url": "http://www.soso.com/?a=1&b=2"},
			{"type": "miniprogram", "name": "wxa", "url": "http://mp.weixin.qq.com", "appid": "wx286b93c14bbf93aa", "pagepath": "pages/lunar/index"},
			{"type": "scancode_push", "name": "扫码", "key": "scan"}]}}]}}`, c.get("/cgi-bin/get_current_selfmenu_info").Body)
	require.Equal(t, "菜单", c.p.Menu()[1].Name)

	require.Zero(t, c.get("/cgi-bin/menu/delete").Code)
	require.Equal(t, 46003, c.get("/cgi-bin/menu/get").Code)
}

func TestMenuRefusals(t *testing.T) {
	c := newCaller(t)
	long := strings.Repeat
	sub := func(button string) string { return `{"name": "m", "sub_button": [` + button + `]}` }
	leaf := `{"type": "click", "name": "n", "key": "k"}`
	temporary := c.uploadFile("/cgi-bin/media/upload", "image", "a.png", "PNG")
	for button, code := range map[string]int{
		"": 40016,
		leaf + "," + leaf + "," + leaf + "," + leaf:     40016,
		`{"type": "nonsense", "name": "n", "key": "k"}`: 40017,
		`{"name": "n"}`: 40017,
		`{"type": "click", "name": "", "key": "k"}`:                                 40018,
		`{"type": "click", "name": "` + long("n", 17) + `", "key": "k"}`:            40018,
		`{"type": "click", "name": "一二三四五六", "key": "k"}`:                           40018,
		`{"type": "click", "name": "n"}`:                                            40019,
		`{"type": "click", "name": "n", "key": "` + long("k", 129) + `"}`:           40019,
		`{"type": "view", "name": "n"}`:                                             40020,
		`{"sub_button": [` + leaf + `]}`:                                            40018,
		`{"type": "view", "name": "n", "url": "ftp://x"}`:                           40055,
		`{"type": "view", "name": "n", "url": "http:///x"}`:                         40055,
		`{"type": "view", "name": "n", "url": "http://[x"}`:                         40055,
		`{"type": "miniprogram", "name": "n", "url": "http://x"}`:                   40013,
		`{"type": "media_id", "name": "n"}`:                                         40117,
		`{"type": "media_id", "name": "n", "media_id": "none"}`:                     40007,
		`{"type": "media_id", "name": "n", "media_id": "` + temporary + `"}`:        40007,
		`{"type": "article_id", "name": "n"}`:                                       53600,
		sub(sub(leaf)):                                                              40022,
		sub(leaf + "," + leaf + "," + leaf + "," + leaf + "," + leaf + "," + leaf):  40023,
		sub(`{"type": "x", "name": "n"}`):                                           40024,
		sub(`{"type": "click", "key": "k"}`):                                        40025,
		sub(`{"type": "pic_weixin", "name": "n", "key": "` + long("k", 129) + `"}`): 40026,
		sub(`{"type": "view", "name": "n"}`):                                        40027,
		sub(`{"type": "view", "name": "n", "url": "x"}`):                            40054,
		sub(`{"type": "view_limited", "name": "n"}`):                                40118,
		`{"type": "click", "name": "\u4eca", "key": "k"}`:                           40033,
	} {
		require.Equal(t, code, c.send("/cgi-bin/menu/create", `{"button": [`+button+`]}`).Code, button)
	}
	require.Equal(t, 44002, c.send("/cgi-bin/menu/create", "").Code)
	require.Equal(t, 47001, c.send("/cgi-bin/menu/create", "{").Code)
	require.Equal(t, 43002, c.get("/cgi-bin/menu/create").Code)
	require.Equal(t, 43001, c.send("/cgi-bin/menu/delete", "{}").Code)
	require.Nil(t, c.p.Menu(), "nothing of all this was taken")

	ok := `{"type": "click", "name": "` + long("n", 16) + `", "key": "` + long("k", 128) + `"}`
	require.Zero(t, c.send("/cgi-bin/menu/create", `{"button": [`+ok+`]}`).Code)
}

func TestConditionalMenus(t *testing.T) {
	c := newCaller(t)
	add := func(rule string) answer {
		return c.send("/cgi-bin/menu/addconditional", `{"button": [{"type": "click", "name": "ios", "key": "k"}], "matchrule": `+rule+`}`)
	}
	require.Equal(t, 65303, add(`{"client_platform_type": "1"}`).Code)
	require.Zero(t, c.send("/cgi-bin/menu/create", menuBody).Code)
	require.Equal(t, 65304, add(`{}`).Code)
	require.Equal(t, 65320, add(`{"sex": "1", "country": "中国"}`).Code)
	for buttons, code := range map[string]int{
		``:             65307,
		`{"name":"n"}`: 65308,
		`{"name":"n","sub_button":[{"name":"x"}]}`: 65308,
		`{"name":"n","sub_button":[{"type":"view","name":"a","url":"http://a"},{"type":"view","name":"b","url":"http://b"},{"type":"view","name":"c","url":"http://c"},{"type":"view","name":"d","url":"http://d"}]}`: 65316,
		`{"type":"x","name":"n"}`: 40017,
	} {
		require.Equal(t, code, c.send("/cgi-bin/menu/addconditional", `{"button": [`+buttons+`], "matchrule": {"client_platform_type": 1}}`).Code, buttons)
	}

	var added struct{ MenuID string }
	add(`{"client_platform_type": "1"}`).read(t, &added)
	require.NotEmpty(t, added.MenuID)
	var menu struct {
		Menu struct {
			MenuID json.Number
		}
		Conditional []struct {
			MenuID json.Number
			Rule   struct {
				Platform int `json:"client_platform_type"`
			} `json:"matchrule"`
		} `json:"conditionalmenu"`
	}
	c.get("/cgi-bin/menu/get").read(t, &menu)
	require.NotEmpty(t, menu.Menu.MenuID)
	require.Len(t, menu.Conditional, 1)
	require.Equal(t, added.MenuID, menu.Conditional[0].MenuID.String())
	require.Equal(t, 1, menu.Conditional[0].Rule.Platform)

	c.p.User("oIOS").UsePhone(wechattest.IOS)
	c.p.User("oAndroid").UsePhone(wechattest.Android)
	match := func(openid string) string {
		var got struct{ Button []wechattest.Button }
		c.send("/cgi-bin/menu/trymatch", `{"user_id": "`+openid+`"}`).read(t, &got)
		require.Equal(t, got.Button, c.p.User(openid).Menu())
		return got.Button[0].Name
	}
	require.Equal(t, "ios", match("oIOS"))
	require.Equal(t, "今日歌曲", match("oAndroid"))
	require.Equal(t, 65302, c.send("/cgi-bin/menu/trymatch", `{"user_id": "nobody"}`).Code)

	require.Zero(t, add(`{"client_platform_type": 1, "language": "zh_CN"}`).Code)
	require.Equal(t, "ios", match("oIOS"), "the newer menu has a withdrawn field and matches no user")

	require.Equal(t, 65301, c.send("/cgi-bin/menu/delconditional", `{"menuid": "1"}`).Code)
	require.Zero(t, c.send("/cgi-bin/menu/delconditional", `{"menuid": `+added.MenuID+`}`).Code)
	require.Equal(t, "今日歌曲", match("oIOS"))
	require.Zero(t, c.get("/cgi-bin/menu/delete").Code)
	require.Equal(t, 46003, c.send("/cgi-bin/menu/trymatch", `{"user_id": "oIOS"}`).Code)
}

// A user with several tags is matched by the latest one.
func TestConditionalMenuByTag(t *testing.T) {
	c := newCaller(t)
	u := c.p.User("oA")
	u.UsePhone(wechattest.Android) // the rules are for any
	require.Zero(t, c.send("/cgi-bin/menu/create", menuBody).Code)
	for _, name := range []string{"a", "b"} {
		var created struct{ Tag struct{ ID int } }
		c.send("/cgi-bin/tags/create", `{"tag": {"name": "`+name+`"}}`).read(t, &created)
		id := strconv.Itoa(created.Tag.ID)
		require.Zero(t, c.send("/cgi-bin/menu/addconditional", `{"button": [{"type": "click", "name": "`+name+`", "key": "k"}], "matchrule": {"tag_id": "`+id+`"}}`).Code)
		require.NotEqual(t, name, u.Menu()[0].Name)
		require.Zero(t, c.send("/cgi-bin/tags/members/batchtagging", `{"openid_list": ["oA"], "tagid": `+id+`}`).Code)
		require.Equal(t, name, u.Menu()[0].Name)
	}
	var again struct {
		Tags []struct{ ID int }
	}
	c.get("/cgi-bin/tags/get").read(t, &again)
	first := strconv.Itoa(again.Tags[1].ID)
	require.Zero(t, c.send("/cgi-bin/menu/addconditional", `{"button": [{"type": "click", "name": "newer", "key": "k"}], "matchrule": {"group_id": `+first+`}}`).Code)
	require.Equal(t, "b", u.Menu()[0].Name, "the newer menu is for a tag that the user got earlier")
}

func TestTap(t *testing.T) {
	p, bot, _ := newStranger(t, wechattest.Config{}, func(m inbound) string { return m.text(m.Event + " " + m.EventKey) })
	c := caller{api: api{t, p, p.Client(), p.URL()}}
	c.token = c.stable(false).AccessToken
	media := c.uploadFile("/cgi-bin/material/add_material", "image", "a.png", "PNG")
	require.Zero(t, c.send("/cgi-bin/menu/create", `{"button": [
		{"type": "click", "name": "点", "key": "K1"},
		{"name": "二", "sub_button": [
			{"type": "view", "name": "v", "url": "http://example.com/"},
			{"type": "miniprogram", "name": "m", "url": "http://example.com/", "appid": "wx1", "pagepath": "pages/index"},
			{"type": "media_id", "name": "图", "media_id": "`+media+`"},
			{"type": "location_select", "name": "l", "key": "L"}]}]}`).Code)
	u := p.User("oLiLei")
	for _, step := range []struct{ names, saw string }{
		{"点", "CLICK K1"},
		{"二 v", "VIEW http://example.com/"},
		{"二 m", "view_miniprogram pages/index"},
		{"二 图", ""},
	} {
		r, err := u.Tap(strings.Fields(step.names)...)
		require.NoError(t, err)
		require.Equal(t, step.saw, r.Saw())
	}
	require.Len(t, bot.messages(), 3, "a material is shown without an event")
	require.NotContains(t, string(bot.messages()[1].XML), "<MenuId>", "there is no personalised menu")
	received := p.Messages("oLiLei")
	require.Equal(t, wechattest.ViaMenu, received[len(received)-1].Via)
	require.Equal(t, media, received[len(received)-1].MediaID)

	_, err := u.Tap("二")
	require.ErrorIs(t, err, wechattest.ErrNoButton)
	_, err = u.Tap()
	require.ErrorIs(t, err, wechattest.ErrNoButton)
	_, err = u.Tap("none")
	require.ErrorIs(t, err, wechattest.ErrNoButton)
	_, err = u.Tap("二", "l")
	require.ErrorIs(t, err, wechattest.ErrNeedsInput)

	require.Zero(t, c.send("/cgi-bin/menu/addconditional", `{"button": [{"type": "view", "name": "v", "url": "http://a"}], "matchrule": {"client_platform_type": 2}}`).Code)
	u.UsePhone(wechattest.Android)
	_, err = u.Tap("v")
	require.NoError(t, err)
	require.Contains(t, string(bot.messages()[3].XML), "<MenuId>2")
}

// A menu made on the console replaces the menus of the API, which does not know it.
func TestConsoleMenu(t *testing.T) {
	c := newCaller(t)
	require.Zero(t, c.send("/cgi-bin/menu/create", `{"button": [{"type": "click", "name": "n", "key": "k"}]}`).Code)
	require.Zero(t, c.send("/cgi-bin/menu/addconditional", `{"button": [{"type": "view", "name": "v", "url": "http://a"}], "matchrule": {"client_platform_type": 2}}`).Code)
	c.p.SetConsoleMenu(
		wechattest.Button{Name: "关于", Type: "text", Value: "我们是……"},
		wechattest.Button{Name: "更多", Sub: []wechattest.Button{{Name: "搜索", Type: "view", URL: "https://a.com/"}}},
	)
	require.Equal(t, 46003, c.get("/cgi-bin/menu/get").Code)
	require.Equal(t, 65303, c.send("/cgi-bin/menu/addconditional", `{"button": [{"type": "view", "name": "v", "url": "http://a"}], "matchrule": {"client_platform_type": 2}}`).Code)
	require.JSONEq(t, `{"is_menu_open": 1, "selfmenu_info": {"button": [
		{"name": "关于", "type": "text", "value": "我们是……"},
		{"name": "更多", "sub_button": {"list": [{"name": "搜索", "type": "view", "url": "https://a.com/"}]}}]}}`, c.get("/cgi-bin/get_current_selfmenu_info").Body)
	u := c.p.User("oLiLei")
	require.Equal(t, "我们是……", u.Menu()[0].Value)
	_, err := u.Tap("关于")
	require.NoError(t, err)
	received := c.p.Messages("oLiLei")
	require.Equal(t, "我们是……", received[len(received)-1].Content)
	require.Zero(t, c.send("/cgi-bin/menu/create", `{"button": [{"type": "click", "name": "n", "key": "k"}]}`).Code)
	require.Equal(t, "n", u.Menu()[0].Name)
	c.p.SetConsoleMenu(wechattest.Button{Name: "关于", Type: "text", Value: "我们"})
	require.Len(t, c.p.Menu(), 1)
	c.p.SetConsoleMenu()
	require.Nil(t, c.p.Menu())
	require.JSONEq(t, `{"is_menu_open": 0}`, c.get("/cgi-bin/get_current_selfmenu_info").Body)
}

func TestMenuQuota(t *testing.T) {
	c := newCaller(t)
	c.p.SetQuota("/cgi-bin/menu/create", 1, 0)
	require.Zero(t, c.send("/cgi-bin/menu/create", menuBody).Code)
	require.Equal(t, 45009, c.send("/cgi-bin/menu/create", menuBody).Code)
}
