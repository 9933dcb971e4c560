package user_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/user"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

const profileJSON = `{"subscribe": 1, "openid": "oLiLei", "unionid": "u1", "subscribe_time": 1700000000,
	"subscribe_scene": "ADD_SCENE_QR_CODE", "language": "zh_CN", "remark": "老李", "tagid_list": [128, 2], "groupid": 128,
	"qr_scene": 98765, "qr_scene_str": "shop-7", "nickname": "李雷", "headimgurl": "http://wx.qlogo.cn/x/132",
	"sex": 1, "city": "广州", "province": "广东", "country": "中国"}`

func profile() *user.Profile {
	return &user.Profile{
		Following: true, OpenID: "oLiLei", UnionID: "u1",
		Followed: apitest.At(1700000000),
		Scene:    user.SceneQRCode, Language: officialaccount.SimplifiedChinese, Remark: "老李", TagIDs: []int{128, 2}, GroupID: 128,
		QRScene: 98765, QRSceneString: "shop-7",
		Nickname: "李雷", AvatarURL: "http://wx.qlogo.cn/x/132", Sex: 1, City: "广州", Province: "广东", Country: "中国",
	}
}

func TestProfiles(t *testing.T) {
	apitest.Filled(t, profile())
	apitest.Run(t, []apitest.Case{
		{
			Do: func(c ctx, oa client) (any, error) {
				return user.New(oa).GetProfile(c, user.ProfileQuery{OpenID: "oLiLei", Language: officialaccount.English})
			},
			Method: "GET", Path: "/cgi-bin/user/info", Query: "openid=oLiLei&lang=en",
			Answer: profileJSON, Want: profile(),
		},
		{
			Name: "no follower",
			Do: func(c ctx, oa client) (any, error) {
				return user.New(oa).GetProfile(c, user.ProfileQuery{OpenID: "oGone"})
			},
			Method: "GET", Path: "/cgi-bin/user/info", Query: "openid=oGone",
			Answer: `{"subscribe": 0, "openid": "oGone", "unionid": "u2", "tagid_list": []}`,
			Want:   &user.Profile{OpenID: "oGone", UnionID: "u2", TagIDs: []int{}},
		},
		{
			Name: "scene as a text",
			Do: func(c ctx, oa client) (any, error) {
				return user.New(oa).GetProfile(c, user.ProfileQuery{OpenID: "oLiLei"})
			},
			Method: "GET", Path: "/cgi-bin/user/info", Query: "openid=oLiLei",
			Answer: `{"subscribe": 1, "openid": "oLiLei", "qr_scene": "12"}`,
			Want:   &user.Profile{Following: true, OpenID: "oLiLei", QRScene: 12},
		},
		{
			Name:   "nobody",
			Do:     func(c ctx, oa client) (any, error) { return user.New(oa).GetProfile(c, user.ProfileQuery{OpenID: "x"}) },
			Method: "GET", Path: "/cgi-bin/user/info", Query: "openid=x",
			Answer: `{"errcode": 40003, "errmsg": "invalid openid"}`,
			Want:   (*user.Profile)(nil), Fails: errcode.InvalidOpenID,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return user.New(oa).GetProfiles(c, []user.ProfileQuery{{OpenID: "oLiLei", Language: officialaccount.TraditionalChinese}, {OpenID: "oHan"}})
			},
			Path: "/cgi-bin/user/info/batchget", Retried: true,
			Body:   `{"user_list": [{"openid": "oLiLei", "lang": "zh_TW"}, {"openid": "oHan"}]}`,
			Answer: `{"user_info_list": [` + profileJSON + `, {"subscribe": 0, "openid": "oHan"}]}`,
			Want:   []user.Profile{*profile(), {OpenID: "oHan"}},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).UpdateRemark(c, "oLiLei", "老李 & Co") },
			Path: "/cgi-bin/user/info/updateremark", Retried: true,
			Body: `{"openid": "oLiLei", "remark": "老李 & Co"}`,
		},
		{
			Name: "no remark",
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).UpdateRemark(c, "oLiLei", "") },
			Path: "/cgi-bin/user/info/updateremark", Retried: true,
			Body: `{"openid": "oLiLei", "remark": ""}`,
		},
		{
			Do: func(c ctx, oa client) (any, error) {
				return user.New(oa).ChangeOpenIDs(c, "wxold", []string{"o1", "o2"})
			},
			Path: "/cgi-bin/changeopenid", Retried: true,
			Body: `{"from_appid": "wxold", "openid_list": ["o1", "o2"]}`,
			Answer: `{"errcode": 0, "errmsg": "ok", "result_list": [
				{"ori_openid": "o1", "new_openid": "n1", "err_msg": "ok"}, {"ori_openid": "o2", "err_msg": "ori_openid error"}]}`,
			Want: []user.ChangedOpenID{{Old: "o1", New: "n1", Message: "ok"}, {Old: "o2", Message: "ori_openid error"}},
		},
	})
}

func TestLists(t *testing.T) {
	const answer = `{"total": 3, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"}`
	want := &user.Page{Total: 3, OpenIDs: []string{"o1", "o2"}, Next: "o2"}
	apitest.Filled(t, want)
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return user.New(oa).List(c, "o0") },
			Method: "GET", Path: "/cgi-bin/user/get", Query: "next_openid=o0",
			Answer: answer, Want: want,
		},
		{
			Name:   "no followers",
			Do:     func(c ctx, oa client) (any, error) { return user.New(oa).List(c, "") },
			Method: "GET", Path: "/cgi-bin/user/get",
			Answer: `{"total": 0, "count": 0, "next_openid": ""}`, Want: &user.Page{},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return user.New(oa).ListTagged(c, 128, "o0") },
			Path: "/cgi-bin/user/tag/get", Retried: true, Body: `{"tagid": 128, "next_openid": "o0"}`,
			Answer: answer, Want: want,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return user.New(oa).ListBlocked(c, "o0") },
			Path: "/cgi-bin/tags/members/getblacklist", Retried: true, Body: `{"begin_openid": "o0"}`,
			Answer: answer, Want: want,
		},
	})
}

func TestTags(t *testing.T) {
	tags := []user.Tag{{ID: 2, Name: "星标组", Count: 3}, {ID: 128, Name: "广东", Count: 5}}
	apitest.Filled(t, tags)
	apitest.Run(t, []apitest.Case{
		{
			Do:     func(c ctx, oa client) (any, error) { return user.New(oa).ListTags(c) },
			Method: "GET", Path: "/cgi-bin/tags/get",
			Answer: `{"tags": [{"id": 2, "name": "星标组", "count": 3}, {"id": 128, "name": "广东", "count": 5}]}`,
			Want:   tags,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return user.New(oa).CreateTag(c, "广东") },
			Path: "/cgi-bin/tags/create", Body: `{"tag": {"name": "广东"}}`,
			Answer: `{"tag": {"id": 128, "name": "广东"}}`,
			Want:   &user.Tag{ID: 128, Name: "广东"},
		},
		{
			Name: "tag there already",
			Do:   func(c ctx, oa client) (any, error) { return user.New(oa).CreateTag(c, "广东") },
			Path: "/cgi-bin/tags/create", Body: `{"tag": {"name": "广东"}}`,
			Answer: `{"errcode": 45157, "errmsg": "invalid tag name"}`,
			Want:   (*user.Tag)(nil), Fails: errcode.InvalidTagName,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).UpdateTag(c, 128, "广西") },
			Path: "/cgi-bin/tags/update", Retried: true, Body: `{"tag": {"id": 128, "name": "广西"}}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).DeleteTag(c, 128) },
			Path: "/cgi-bin/tags/delete", Body: `{"tag": {"id": 128}}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return user.New(oa).ListTagIDs(c, "oLiLei") },
			Path: "/cgi-bin/tags/getidlist", Retried: true, Body: `{"openid": "oLiLei"}`,
			Answer: `{"tagid_list": [134, 2]}`, Want: []int{134, 2},
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).Tag(c, 134, "o1", "o2") },
			Path: "/cgi-bin/tags/members/batchtagging", Retried: true, Body: `{"openid_list": ["o1", "o2"], "tagid": 134}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).Untag(c, 134, "o1") },
			Path: "/cgi-bin/tags/members/batchuntagging", Retried: true, Body: `{"openid_list": ["o1"], "tagid": 134}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).Block(c, "o1", "o2") },
			Path: "/cgi-bin/tags/members/batchblacklist", Retried: true, Body: `{"openid_list": ["o1", "o2"]}`,
		},
		{
			Do:   func(c ctx, oa client) (any, error) { return nil, user.New(oa).Unblock(c, "o1") },
			Path: "/cgi-bin/tags/members/batchunblacklist", Retried: true, Body: `{"openid_list": ["o1"]}`,
		},
	})
}

func ids(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("o%03d", i)
	}
	return ids
}

func queries(openIDs []string) (queries []user.ProfileQuery) {
	for _, id := range openIDs {
		queries = append(queries, user.ProfileQuery{OpenID: id})
	}
	return queries
}

// What is longer than the platform takes at once goes out in several calls, and
// what was read before one of them failed is not lost.
func TestReadsAreSplit(t *testing.T) {
	answer := func(from, to int) apitest.Answer {
		var rows []string
		for _, id := range ids(to)[from:] {
			rows = append(rows, fmt.Sprintf(`{"subscribe": 1, "openid": %q}`, id))
		}
		return apitest.JSON(`{"user_info_list": [` + strings.Join(rows, ",") + `]}`)
	}
	p := apitest.New(t, answer(0, 100), answer(100, 200), answer(200, 250))
	got, err := user.New(p.Client()).GetProfiles(t.Context(), queries(ids(250)))
	require.NoError(t, err)
	require.Len(t, p.Calls(), 3)
	for i, id := range ids(250) {
		require.Equal(t, id, got[i].OpenID)
	}

	p = apitest.New(t, answer(0, 100), apitest.JSON(`{"errcode": 40003, "errmsg": "invalid openid"}`))
	got, err = user.New(p.Client()).GetProfiles(t.Context(), queries(ids(101)))
	require.ErrorIs(t, err, errcode.InvalidOpenID)
	require.Len(t, got, 100)

	row := `{"errcode": 0, "result_list": [{"ori_openid": "a", "new_openid": "b", "err_msg": "ok"}]}`
	p = apitest.New(t, apitest.JSON(row), apitest.JSON(row))
	moved, err := user.New(p.Client()).ChangeOpenIDs(t.Context(), "wxold", ids(101))
	require.NoError(t, err)
	require.Len(t, moved, 2)
	require.Contains(t, p.Calls()[1].Body, `["o100"]`)
}

func TestAll(t *testing.T) {
	pages := []apitest.Answer{
		apitest.JSON(`{"total": 3, "count": 2, "data": {"openid": ["o1", "o2"]}, "next_openid": "o2"}`),
		apitest.JSON(`{"total": 3, "count": 1, "data": {"openid": ["o3"]}, "next_openid": "o3"}`),
		apitest.JSON(`{"total": 3, "count": 0, "next_openid": ""}`),
	}
	for name, list := range map[string]func(*user.Service, ctx) func(func(string, error) bool){
		"followers": func(s *user.Service, c ctx) func(func(string, error) bool) { return s.All(c) },
		"tag":       func(s *user.Service, c ctx) func(func(string, error) bool) { return s.AllTagged(c, 128) },
		"blacklist": func(s *user.Service, c ctx) func(func(string, error) bool) { return s.AllBlocked(c) },
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, pages...)
			var got []string
			for id, err := range list(user.New(p.Client()), t.Context()) {
				require.NoError(t, err)
				got = append(got, id)
			}
			require.Equal(t, []string{"o1", "o2", "o3"}, got)
			require.Len(t, p.Calls(), 3)
		})
	}
}

// A platform that answers an object or nothing for an empty list, each time with a new
// cursor, ends the iteration.
func TestAllEndsOnAnEmptyPage(t *testing.T) {
	for _, data := range []string{`{}`, `{"openid": []}`, `{"openid": [""]}`, `[]`, `""`, `null`} {
		p := apitest.New(t, apitest.JSON(`{"total": 9, "count": 1, "data": `+data+`, "next_openid": "o1"}`))
		for id, err := range user.New(p.Client()).All(t.Context()) {
			t.Errorf("data %s: %q, %v", data, id, err)
		}
		require.Len(t, p.Calls(), 1, data)
	}
}

// A platform that repeats a cursor is not asked forever.
func TestAllEndsOnARepeatedCursor(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"total": 9, "count": 1, "data": {"openid": ["o1"]}, "next_openid": "o1"}`))
	n := 0
	for _, err := range user.New(p.Client()).All(t.Context()) {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 1, n)
}

func TestBadInput(t *testing.T) {
	const none, many = "openIDs (openid_list) has 0 openids, at least 1", "openids, at most"
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"user/info: OpenID is empty":                     func(c ctx, oa client) (any, error) { return user.New(oa).GetProfile(c, user.ProfileQuery{OpenID: ""}) },
		"user/info/batchget: users (user_list) is empty": func(c ctx, oa client) (any, error) { return user.New(oa).GetProfiles(c, nil) },
		"users (user_list) has an empty openid": func(c ctx, oa client) (any, error) {
			return user.New(oa).GetProfiles(c, []user.ProfileQuery{{OpenID: "o1"}, {}})
		},
		"remark has 30 bytes, at most 29": func(c ctx, oa client) (any, error) {
			return nil, user.New(oa).UpdateRemark(c, "o1", strings.Repeat("长", 10))
		},
		"name has 31 characters, at most 30": func(c ctx, oa client) (any, error) { return user.New(oa).CreateTag(c, strings.Repeat("a", 31)) },
		"updateremark: openID is empty":      func(c ctx, oa client) (any, error) { return nil, user.New(oa).UpdateRemark(c, "", "x") },
		"fromAppID is empty":                 func(c ctx, oa client) (any, error) { return user.New(oa).ChangeOpenIDs(c, "", ids(1)) },
		"changeopenid: " + none:              func(c ctx, oa client) (any, error) { return user.New(oa).ChangeOpenIDs(c, "wxold", nil) },
		"tags/create: name has 0 characters": func(c ctx, oa client) (any, error) { return user.New(oa).CreateTag(c, "") },
		"tags/update: name has 0 characters": func(c ctx, oa client) (any, error) { return nil, user.New(oa).UpdateTag(c, 1, "") },
		"getidlist: openID is empty":         func(c ctx, oa client) (any, error) { return user.New(oa).ListTagIDs(c, "") },
		"batchtagging: " + none:              func(c ctx, oa client) (any, error) { return nil, user.New(oa).Tag(c, 1) },
		"openIDs (openid_list) has 51 " + many + " 50": func(c ctx, oa client) (any, error) {
			return nil, user.New(oa).Untag(c, 1, ids(51)...)
		},
		"has an empty openid": func(c ctx, oa client) (any, error) { return nil, user.New(oa).Tag(c, 1, "o1", "") },
		"openIDs (openid_list) has 21 " + many + " 20": func(c ctx, oa client) (any, error) {
			return nil, user.New(oa).Block(c, ids(21)...)
		},
		"batchunblacklist: " + none: func(c ctx, oa client) (any, error) { return nil, user.New(oa).Unblock(c) },
	})
}

// A limit on which the documents disagree is left to the platform, with a warning.
func TestDoubtfulLimits(t *testing.T) {
	p := apitest.New(t, apitest.JSON(`{"tag": {"id": 1, "name": "x"}}`))
	s := user.New(p.Client())
	require.NoError(t, s.UpdateRemark(t.Context(), "o1", strings.Repeat("长", 9)+"ab"), "29 bytes")
	_, err := s.CreateTag(t.Context(), strings.Repeat("长", 10))
	require.NoError(t, err)
	require.Empty(t, p.Log(), "30 bytes")
	_, err = s.CreateTag(t.Context(), strings.Repeat("长", 30))
	require.NoError(t, err)
	require.NoError(t, s.UpdateTag(t.Context(), 1, strings.Repeat("长", 30)))
	require.Len(t, p.Calls(), 4)
	require.Equal(t, 2, strings.Count(p.Log(), "the name of the tag may be too long"))
}

func ExampleService_All() {
	platform := apitest.Example(
		apitest.JSON(`{"total": 2, "count": 2, "data": {"openid": ["oLiLei", "oHanMeimei"]}, "next_openid": "oHanMeimei"}`),
		apitest.JSON(`{"total": 2, "count": 0, "next_openid": ""}`),
	)
	users := user.New(platform.Client())
	for id, err := range users.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(id)
	}
	// Output:
	// oLiLei
	// oHanMeimei
}

func ExampleService_Tag() {
	platform := apitest.Example(apitest.JSON(`{"tag": {"id": 128, "name": "VIP"}}`), apitest.JSON(apitest.OK))
	users := user.New(platform.Client())
	ctx := context.Background()

	vip, err := users.CreateTag(ctx, "VIP")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(vip.ID, users.Tag(ctx, vip.ID, "oLiLei", "oHanMeimei"))
	// Output: 128 <nil>
}
