package wechattest_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// number is a value of an answer as text, whatever its kind.
func number(v any) string { return fmt.Sprint(v) }

func list(ids ...string) string {
	b, err := json.Marshal(ids)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// many makes openids, and has the platform know them if known.
func (a areaTest) many(prefix string, n int) []string {
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("%s%05d", prefix, i))
		a.p.User(ids[i])
	}
	return ids
}

func TestProfile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		li := a.p.User("oLiLei")
		li.SetUnionID("uLiLei")
		began := time.Now().Unix()
		got := a.get("/cgi-bin/user/info", "openid=oLiLei&lang=zh_CN")
		require.NotContains(t, got, "errcode", "success carries no errcode")
		for key, want := range map[string]string{
			"subscribe": "1", "openid": "oLiLei", "unionid": "uLiLei", "nickname": "", "headimgurl": "", "sex": "0",
			"city": "", "province": "", "country": "", "language": "zh_CN", "subscribe_time": fmt.Sprint(began),
			"remark": "", "groupid": "0", "tagid_list": "[]", "subscribe_scene": "ADD_SCENE_SEARCH", "qr_scene": "0", "qr_scene_str": "",
		} {
			require.Contains(t, got, key)
			require.Equal(t, want, number(got[key]), key)
		}

		_, err := li.Unfollow()
		require.NoError(t, err)
		got = a.get("/cgi-bin/user/info", "openid=oLiLei")
		require.Equal(t, map[string]any{"subscribe": json.Number("0"), "openid": "oLiLei", "unionid": "uLiLei"}, got)

		time.Sleep(time.Hour)
		_, err = li.Scan("123", "TICKET")
		require.NoError(t, err)
		got = a.get("/cgi-bin/user/info", "openid=oLiLei")
		require.Equal(t, "ADD_SCENE_QR_CODE", got["subscribe_scene"])
		require.Equal(t, "123", number(got["qr_scene"]))
		require.Equal(t, fmt.Sprint(began+3600), number(got["subscribe_time"]))

		_, err = li.Unfollow()
		require.NoError(t, err)
		_, err = li.Scan("shop=7", "TICKET")
		require.NoError(t, err)
		got = a.get("/cgi-bin/user/info", "openid=oLiLei")
		require.Equal(t, "0", number(got["qr_scene"]))
		require.Equal(t, "shop=7", got["qr_scene_str"])

		require.Equal(t, "40003", code(a.get("/cgi-bin/user/info", "openid=oNobody")))
		require.Equal(t, "40003", code(a.get("/cgi-bin/user/info", "")))
	})
}

func TestProfilesAndRemark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		ids := a.many("o", 101)
		body := func(ids []string) string {
			var users []string
			for _, id := range ids {
				users = append(users, fmt.Sprintf(`{"openid":%q,"lang":"zh_CN"}`, id))
			}
			return `{"user_list":[` + strings.Join(users, ",") + `]}`
		}
		const batchget, updateremark = "/cgi-bin/user/info/batchget", "/cgi-bin/user/info/updateremark"
		require.Equal(t, "40032", code(a.send(batchget, body(ids))))
		require.Equal(t, "40032", code(a.send(batchget, body(nil))))
		require.Equal(t, "40003", code(a.send(batchget, body([]string{"o00000", "oNobody"}))))

		require.Equal(t, "0", code(a.send(updateremark, `{"openid":"o00001","remark":"老王 & 小王"}`)))
		require.Equal(t, "40003", code(a.send(updateremark, `{"openid":"oNobody","remark":"x"}`)))
		require.Len(t, a.send(batchget, body(ids[:1]))["user_info_list"], 1)
		rows := a.send(batchget, body(ids[:100]))["user_info_list"].([]any)
		require.Len(t, rows, 100)
		require.Equal(t, "老王 & 小王", rows[1].(map[string]any)["remark"])
		require.Equal(t, "o00099", rows[99].(map[string]any)["openid"])
		require.Equal(t, "0", code(a.send(updateremark, `{"openid":"o00001","remark":""}`)))
		require.Empty(t, a.get("/cgi-bin/user/info", "openid=o00001")["remark"])
		_, err := a.p.User("o00001").Unfollow()
		require.NoError(t, err)
		require.Equal(t, "43004", code(a.send(updateremark, `{"openid":"o00001","remark":"x"}`)), "only followers have one")
	})
}

func TestFollowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		require.Equal(t, `{"count":0,"next_openid":"","total":0}`, a.do("GET", "/cgi-bin/user/get", url.Values{"access_token": {a.token}}, "").Body, "no data when there is nobody")
		ids := a.many("o", 10_001)
		_, err := a.p.User("o00001").Unfollow()
		require.NoError(t, err)
		a.many("p", 1)

		page := a.get("/cgi-bin/user/get", "")
		require.Equal(t, "10001", number(page["total"]))
		require.Equal(t, "10000", number(page["count"]))
		openIDs := page["data"].(map[string]any)["openid"].([]any)
		require.Len(t, openIDs, 10_000)
		require.Equal(t, ids[0], openIDs[0])
		require.Equal(t, ids[10_000], page["next_openid"])

		page = a.get("/cgi-bin/user/get", "next_openid="+ids[10_000])
		require.Equal(t, "1", number(page["count"]))
		require.Equal(t, []any{"p00000"}, page["data"].(map[string]any)["openid"])
		page = a.get("/cgi-bin/user/get", "next_openid=p00000")
		require.Equal(t, "0", number(page["count"]))
		require.NotContains(t, page, "data")
		require.Empty(t, page["next_openid"])

		page = a.get("/cgi-bin/user/get", "next_openid=o00001")
		require.Equal(t, ids[2], page["data"].(map[string]any)["openid"].([]any)[0], "behind one who does not follow any more")
		require.Equal(t, "40003", code(a.get("/cgi-bin/user/get", "next_openid=oNobody")))
	})
}

func TestChangeOpenIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		const path = "/cgi-bin/changeopenid"
		a.p.Migrate("wxOld", map[string]string{"oldA": "newA"})
		got := a.send(path, `{"from_appid":"wxOld","openid_list":["oldA","oldB"]}`)
		require.Equal(t, []any{
			map[string]any{"ori_openid": "oldA", "new_openid": "newA", "err_msg": "ok"},
			map[string]any{"ori_openid": "oldB", "err_msg": "ori_openid error"},
		}, got["result_list"])
		require.Equal(t, "0", number(got["errcode"]))
		require.Equal(t, "0", code(a.send(path, `{"from_appid":"wxOld","openid_list":["oldA"]}`)))
		require.Equal(t, "63178", code(a.send(path, `{"from_appid":"wxOther","openid_list":["oldA"]}`)))
		require.Equal(t, "40032", code(a.send(path, `{"from_appid":"wxOld","openid_list":[]}`)))
		require.Equal(t, "40032", code(a.send(path, `{"from_appid":"wxOld","openid_list":`+list(make([]string, 101)...)+`}`)))
		require.Equal(t, "0", code(a.send(path, `{"from_appid":"wxOld","openid_list":`+list(make([]string, 100)...)+`}`)))
	})
}
