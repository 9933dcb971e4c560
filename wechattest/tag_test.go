package wechattest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func (a areaTest) createTag(name string) (id string) {
	a.t.Helper()
	got := a.send("/cgi-bin/tags/create", fmt.Sprintf(`{"tag":{"name":%q}}`, name))
	require.Equal(a.t, "0", code(got))
	tag := got["tag"].(map[string]any)
	require.Equal(a.t, name, tag["name"])
	return number(tag["id"])
}

func TestTags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		change := func(path, id, name string) string {
			return code(a.send("/cgi-bin/tags/"+path, fmt.Sprintf(`{"tag":{"id":%s,"name":%q}}`, id, name)))
		}
		require.Equal(t, "100", a.createTag("广东"))
		require.Equal(t, "101", a.createTag(strings.Repeat("字", 30)))
		require.Equal(t, "45158", change("create", "0", strings.Repeat("字", 31)))
		require.Equal(t, "45157", change("create", "0", "广东"))
		require.Equal(t, "45157", change("create", "0", ""))

		require.Equal(t, "0", change("update", "100", "广东人"))
		require.Equal(t, "0", change("update", "100", "广东人"))
		require.Equal(t, "45157", change("update", "101", "广东人"))
		require.Equal(t, "45158", change("update", "101", strings.Repeat("x", 31)))
		for _, id := range []string{"0", "1", "2"} {
			require.Equal(t, "45058", change("update", id, "x"))
			require.Equal(t, "45058", change("delete", id, ""))
		}
		for _, id := range []string{"-1", "3", "99", "102"} {
			require.Equal(t, "45159", change("update", id, "x"), id)
			require.Equal(t, "45159", change("delete", id, ""), id)
		}
		require.Equal(t, "0", change("delete", "101", ""))
		require.Equal(t, "102", a.createTag("新"), "ids are not given again")
		a.p.User("oA")
		require.Equal(t, "0", code(a.send("/cgi-bin/tags/members/batchtagging", `{"openid_list":["oA"],"tagid":102}`)))
		var tags []string
		for _, row := range a.get("/cgi-bin/tags/get", "")["tags"].([]any) {
			tag := row.(map[string]any)
			tags = append(tags, fmt.Sprint(tag["id"], tag["name"], tag["count"]))
		}
		require.Equal(t, []string{"2星标组0", "100广东人0", "102新1"}, tags)

		for i := range 98 {
			a.createTag(fmt.Sprint("tag ", i))
		}
		require.Equal(t, "45056", change("create", "0", "one more"))
	})
}

func TestTagging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		ids := a.many("o", 51)
		tag := a.createTag("常客")
		members := func(path string, tag string, ids ...string) string {
			return code(a.send("/cgi-bin/tags/members/"+path, fmt.Sprintf(`{"openid_list":%s,"tagid":%s}`, list(ids...), tag)))
		}
		require.Equal(t, "0", members("batchtagging", tag, ids[:50]...))
		require.Equal(t, "0", members("batchtagging", tag, ids[0]), "again is nothing new")
		for _, path := range []string{"batchtagging", "batchuntagging"} {
			require.Equal(t, "40032", members(path, tag, ids...))
			require.Equal(t, "40032", members(path, tag, []string{}...))
			require.Equal(t, "40003", members(path, tag, "oNobody"))
			require.Equal(t, "45159", members(path, "999", ids[0]))
		}
		require.Equal(t, "40003", members("batchtagging", tag, ids[50], "oNobody"))

		fans := func(after string) map[string]any {
			return a.send("/cgi-bin/user/tag/get", fmt.Sprintf(`{"tagid":%s,"next_openid":%q}`, tag, after))
		}
		got := fans("")
		require.Equal(t, "50", number(got["count"]), "o00050 was not tagged by the refused call")
		require.Equal(t, ids[49], got["next_openid"])
		require.NotContains(t, got, "total")
		require.NotContains(t, fans(ids[49]), "data")
		require.Equal(t, "40003", code(fans("oNobody")))
		require.Equal(t, "45159", code(a.send("/cgi-bin/user/tag/get", `{"tagid":999}`)))

		require.Equal(t, "0", members("batchuntagging", tag, ids[1], ids[50]))
		_, err := a.p.User(ids[2]).Unfollow()
		require.NoError(t, err)
		require.Equal(t, "48", number(fans("")["count"]))

		for i := range 19 {
			require.Equal(t, "0", members("batchtagging", a.createTag(fmt.Sprint(i)), ids[0]))
		}
		require.Equal(t, "45059", members("batchtagging", a.createTag("zu viel"), ids[1], ids[0]))
		require.Equal(t, "0", members("batchtagging", tag, ids[0]), "one that the user has")
		require.Equal(t, "[]", number(a.send("/cgi-bin/tags/getidlist", `{"openid":"`+ids[1]+`"}`)["tagid_list"]), "all or none")
		require.Len(t, a.send("/cgi-bin/tags/getidlist", `{"openid":"`+ids[0]+`"}`)["tagid_list"], 20)
		require.Equal(t, "40003", code(a.send("/cgi-bin/tags/getidlist", `{"openid":"oNobody"}`)))
		require.Equal(t, tag, number(a.get("/cgi-bin/user/info", "openid="+ids[0])["groupid"]))

		require.Equal(t, "0", code(a.send("/cgi-bin/tags/delete", `{"tag":{"id":`+tag+`}}`)))
		require.Equal(t, "[]", number(a.get("/cgi-bin/user/info", "openid="+ids[3])["tagid_list"]))
	})
}

// Menus and mass sends know the tags.
func TestTagsChooseReceivers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		a.many("o", 3)
		tag := a.createTag("常客")
		require.Equal(t, "0", code(a.send("/cgi-bin/tags/members/batchtagging", `{"openid_list":["o00001"],"tagid":`+tag+`}`)))
		mass := func(tag string) string {
			return code(a.send("/cgi-bin/message/mass/sendall", `{"filter":{"is_to_all":false,"tag_id":`+tag+`},"msgtype":"text","text":{"content":"老朋友"}}`))
		}
		require.Equal(t, "40152", mass("999"))
		require.Equal(t, "0", mass(tag))
		time.Sleep(time.Second)
		require.Empty(t, a.p.Messages("o00000"))
		require.Equal(t, "老朋友", a.p.Messages("o00001")[0].Content)

		require.Equal(t, "0", code(a.send("/cgi-bin/menu/create", `{"button":[{"type":"click","name":"所有人","key":"all"}]}`)))
		require.Equal(t, "0", code(a.send("/cgi-bin/menu/addconditional", `{"button":[{"type":"click","name":"常客","key":"some"}],"matchrule":{"tag_id":"`+tag+`"}}`)))
		match := func(id string) string { return fmt.Sprint(a.send("/cgi-bin/menu/trymatch", `{"user_id":"`+id+`"}`)) }
		require.Contains(t, match("o00001"), "常客")
		require.Contains(t, match("o00002"), "所有人")
	})
}

func TestBlacklist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		ids := a.many("o", 1001)
		members := func(path string, ids ...string) string {
			return code(a.send("/cgi-bin/tags/members/"+path, `{"openid_list":`+list(ids...)+`}`))
		}
		page := func(after string) map[string]any {
			return a.send("/cgi-bin/tags/members/getblacklist", `{"begin_openid":"`+after+`"}`)
		}
		require.NotContains(t, page(""), "data")
		for _, path := range []string{"batchblacklist", "batchunblacklist"} {
			require.Equal(t, "40032", members(path, ids[:21]...))
			require.Equal(t, "40032", members(path, []string{}...))
			require.Equal(t, "40003", members(path, "oNobody"))
		}
		for i := 0; i < len(ids); i += 20 {
			require.Equal(t, "0", members("batchblacklist", ids[i:min(i+20, len(ids))]...))
		}
		got := page("")
		require.Equal(t, "1001 1000 "+ids[999], fmt.Sprint(got["total"], " ", got["count"], " ", got["next_openid"]))
		require.Equal(t, []any{ids[1000]}, page(ids[999])["data"].(map[string]any)["openid"])
		require.Equal(t, "40003", code(page("oNobody")))
		require.Equal(t, "0", members("batchunblacklist", ids[1:21]...))
		require.Len(t, a.p.Blacklist(), 981)
	})
}
