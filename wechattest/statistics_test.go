package wechattest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// china is a time in March 2026 in China, whose second is a Monday.
func china(day, hour int) time.Time {
	return time.Date(2026, time.March, day, hour, 0, 0, 0, time.FixedZone("UTC+8", 8*60*60))
}

func until(t time.Time) { time.Sleep(time.Until(t)) }

// statistics asks for a report about days of March 2026, and returns the rows and the
// errcode.
func (a areaTest) statistics(report string, first, last int) (rows []string, code string) {
	a.t.Helper()
	answer := a.send("/datacube/"+report, fmt.Sprintf(`{"begin_date":"2026-03-%02d","end_date":"2026-03-%02d"}`, first, last))
	if code, refused := answer["errcode"]; refused {
		return nil, fmt.Sprint(code)
	}
	for _, row := range answer["list"].([]any) {
		text, err := json.Marshal(row)
		require.NoError(a.t, err)
		rows = append(rows, string(text))
	}
	return rows, "0"
}

func (a areaTest) report(report string, first, last int, want ...string) {
	a.t.Helper()
	rows, code := a.statistics(report, first, last)
	require.Equal(a.t, "0", code)
	require.Len(a.t, rows, len(want), "%s", rows)
	for i := range want {
		require.JSONEq(a.t, want[i], rows[i])
	}
}

func TestStatisticsOfFollowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(2, 9))
		a := newAreaTest(t)
		p := a.p
		p.User("oOld") // follows since before
		do := func(_ *wechattest.Reply, err error) { require.NoError(t, err) }
		do(p.User("oA").Follow())
		do(p.User("oA").Follow()) // says nothing new
		do(p.Stranger("oB").Scan("shop", ""))
		until(china(3, 9))
		do(p.User("oB").Unfollow())
		do(p.User("oB").Unfollow())
		do(p.User("oOld").Unfollow())
		until(china(5, 9))
		do(p.User("oB").Follow())
		until(china(7, 8))

		a.report("getusersummary", 1, 6,
			`{"ref_date":"2026-03-02","user_source":1,"new_user":1,"cancel_user":0}`,
			`{"ref_date":"2026-03-02","user_source":30,"new_user":1,"cancel_user":0}`,
			`{"ref_date":"2026-03-03","user_source":1,"new_user":0,"cancel_user":1}`,
			`{"ref_date":"2026-03-03","user_source":30,"new_user":0,"cancel_user":1}`,
			`{"ref_date":"2026-03-05","user_source":1,"new_user":1,"cancel_user":0}`)
		var totals []string
		for i, total := range []int{1, 3, 1, 1, 2, 2} {
			totals = append(totals, fmt.Sprintf(`{"ref_date":"2026-03-%02d","cumulate_user":%d}`, i+1, total))
		}
		a.report("getusercumulate", 1, 6, totals...)
	})
}

func TestStatisticsOfMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(2, 9))
		a := newAreaTest(t)
		say := func(openid string, n int, m wechattest.Message) {
			for range n {
				_, err := a.p.User(openid).Send(m)
				require.NoError(t, err)
			}
		}
		say("oA", 11, wechattest.Text("hi"))
		say("oB", 5, wechattest.Text("hi"))
		until(china(2, 23))
		say("oA", 1, wechattest.Text("hi"))
		say("oA", 2, wechattest.Image("https://mmbiz.qpic.cn/x", "M"))
		say("oC", 1, wechattest.Click("KEY")) // not a message
		until(china(8, 12))
		say("oC", 6, wechattest.Text("hi"))
		until(china(31, 12))

		monday := `"ref_date":"2026-03-02"`
		a.report("getupstreammsg", 2, 7, `{`+monday+`,"msg_type":1,"msg_user":2,"msg_count":17}`, `{`+monday+`,"msg_type":2,"msg_user":1,"msg_count":2}`)
		a.report("getupstreammsghour", 2, 2,
			`{`+monday+`,"ref_hour":900,"msg_type":1,"msg_user":2,"msg_count":16}`,
			`{`+monday+`,"ref_hour":2300,"msg_type":1,"msg_user":1,"msg_count":1}`,
			`{`+monday+`,"ref_hour":2300,"msg_type":2,"msg_user":1,"msg_count":2}`)
		a.report("getupstreammsgweek", 2, 2, `{`+monday+`,"msg_type":1,"msg_user":3,"msg_count":23}`, `{`+monday+`,"msg_type":2,"msg_user":1,"msg_count":2}`)
		a.report("getupstreammsgdist", 2, 2, `{`+monday+`,"count_interval":1,"msg_user":1}`, `{`+monday+`,"count_interval":3,"msg_user":1}`)
		a.report("getupstreammsgdistweek", 2, 2,
			`{`+monday+`,"count_interval":1,"msg_user":1}`, `{`+monday+`,"count_interval":2,"msg_user":1}`, `{`+monday+`,"count_interval":3,"msg_user":1}`)
		a.report("getupstreammsgweek", 3, 8) // no week begins
		_, code := a.statistics("getupstreammsgmonth", 1, 1)
		require.Equal(t, "61503", code, "the month is not over")
		until(china(32, 8))
		a.report("getupstreammsgmonth", 1, 1, `{"ref_date":"2026-03-01","msg_type":1,"msg_user":3,"msg_count":23}`, `{"ref_date":"2026-03-01","msg_type":2,"msg_user":1,"msg_count":2}`)
		a.report("getupstreammsgdistmonth", 1, 1,
			`{"ref_date":"2026-03-01","count_interval":1,"msg_user":1}`, `{"ref_date":"2026-03-01","count_interval":2,"msg_user":1}`, `{"ref_date":"2026-03-01","count_interval":3,"msg_user":1}`)
	})
}

func TestStatisticsOfDeliveries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(2, 9))
		a := newAreaTest(t)
		a.p.Bot(http.HandlerFunc(echo)).FailNext(wechattest.DeliveryFault{LoseAnswer: true})
		_, err := a.p.User("oA").Text("hi") // fails once, after five seconds
		require.NoError(t, err)
		until(china(2, 10))
		_, err = a.p.User("oA").Click("KEY")
		require.NoError(t, err)
		until(china(3, 8))
		const head = `{"ref_date":"2026-03-02"`
		a.report("getinterfacesummary", 1, 2, head+`,"callback_count":3,"fail_count":1,"total_time_cost":5000,"max_time_cost":5000}`)
		a.report("getinterfacesummaryhour", 2, 2,
			head+`,"ref_hour":900,"callback_count":2,"fail_count":1,"total_time_cost":5000,"max_time_cost":5000}`,
			head+`,"ref_hour":1000,"callback_count":1,"fail_count":0,"total_time_cost":0,"max_time_cost":0}`)
	})
}

func TestStatisticsOfArticles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(2, 9))
		a := newAreaTest(t)
		li, han := a.p.User("oLi"), a.p.User("oHan")
		a.p.User("oMei")
		id := a.p.PublishArticles("文章1", "文章2")
		read := func(u *wechattest.User, index int, r wechattest.Reading) {
			require.NoError(t, u.ReadArticle(id, index, r))
		}
		require.ErrorContains(t, li.ReadArticle(id, 2, wechattest.Reading{}), "was not published")
		require.Error(t, li.ReadArticle(id, -1, wechattest.Reading{}))
		require.Error(t, li.ReadArticle("1", 0, wechattest.Reading{}))
		require.ErrorContains(t, li.ReadArticle("one", 0, wechattest.Reading{}), "not a number")
		read(li, 0, wechattest.Reading{Time: time.Minute, Finished: true, Shared: true, Liked: true, PraiseMoney: 500})
		read(li, 0, wechattest.Reading{Scene: "朋友圈"})
		read(han, 0, wechattest.Reading{Scene: "朋友圈", Time: 2 * time.Minute, Recommended: true, Collected: true, OpenedSource: true, Followed: true})
		read(han, 1, wechattest.Reading{})
		require.Equal(t, "0", code(a.send("/cgi-bin/comment/open", fmt.Sprintf(`{"msg_data_id":%s}`, id))))
		_, err := li.Comment(id, 0, "好")
		require.NoError(t, err)
		until(china(3, 12))
		read(li, 0, wechattest.Reading{})
		until(china(4, 8))

		first, second := fmt.Sprintf(`"msgid":"%s_1"`, id), fmt.Sprintf(`"msgid":"%s_2"`, id)
		const (
			monday = `"ref_date":"2026-03-02"`
			day1   = `"read_user":2,"read_user_source":[{"scene_desc":"全部","user_count":2},{"scene_desc":"公众号消息","user_count":1},{"scene_desc":"朋友圈","user_count":2}]`
			one    = `"read_user":1,"read_user_source":[{"scene_desc":"全部","user_count":1},{"scene_desc":"公众号消息","user_count":1}]`
		)
		a.report("getarticleread", 2, 2, `{`+monday+`,`+first+`,"detail":{`+day1+`}}`, `{`+monday+`,`+second+`,"detail":{`+one+`}}`)
		a.report("getarticleread", 3, 3, `{"ref_date":"2026-03-03",`+first+`,"detail":{`+one+`}}`)
		a.report("getarticleshare", 2, 2, `{`+monday+`,`+first+`,"detail":{"share_user":1}}`)
		a.report("getarticleshare", 3, 3)
		const quiet = `"share_user":0,"zaikan_user":0,"like_user":0,"collection_user":0,"comment_count":0`
		a.report("getbizsummary", 1, 3,
			`{"ref_date":"2026-03-01","detail":{"read_user":0,"read_user_source":[{"scene_desc":"全部","user_count":0}],`+quiet+`,"redirect_ori_page_user":0,"send_page_count":0}}`,
			`{`+monday+`,"detail":{"read_user":2,"read_user_source":[{"scene_desc":"全部","user_count":2},{"scene_desc":"公众号消息","user_count":2},{"scene_desc":"朋友圈","user_count":2}],
				"share_user":1,"zaikan_user":1,"like_user":1,"collection_user":1,"comment_count":1,"redirect_ori_page_user":1,"send_page_count":2}}`,
			`{"ref_date":"2026-03-03","detail":{`+one+`,`+quiet+`,"redirect_ori_page_user":0,"send_page_count":0}}`)

		const loud = `"share_user":1,"zaikan_user":1,"like_user":1,"collection_user":1,"comment_count":1,"praise_money":500,"read_subscribe_user":1,
			"read_jump_position":[],"read_delivery_rate":0.3333333333333333,"read_finish_rate":0.5`
		const still = quiet + `,"praise_money":0,"read_subscribe_user":0,"read_jump_position":[],"read_delivery_rate":0.3333333333333333,"read_finish_rate":0,"read_avg_activetime":0`
		url := fmt.Sprintf(`"content_url":"http://mp.weixin.qq.com/s?__biz=local&mid=%s&idx=`, id)
		a.report("getarticletotaldetail", 2, 2,
			`{`+monday+`,`+first+`,"title":"文章1",`+url+`1","publish_type":0,"detail_list":[
				{"stat_date":"2026-03-02",`+day1+`,`+loud+`,"read_avg_activetime":1},
				{"stat_date":"2026-03-03",`+day1+`,`+loud+`,"read_avg_activetime":0.75}]}`,
			`{`+monday+`,`+second+`,"title":"文章2",`+url+`2","publish_type":0,"detail_list":[
				{"stat_date":"2026-03-02",`+one+`,`+still+`},{"stat_date":"2026-03-03",`+one+`,`+still+`}]}`)

		until(china(2, 9).AddDate(0, 2, 0))
		rows, _ := a.statistics("getarticletotaldetail", 2, 2)
		var row struct {
			Days []any `json:"detail_list"`
		}
		require.NoError(t, json.Unmarshal([]byte(rows[0]), &row))
		require.Len(t, row.Days, 30, "an article is counted for 30 days")
	})
}

// A publication without a notice and a mass send are both articles that can be read.
func TestStatisticsKnowEveryPublication(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(2, 9))
		a := newAreaTest(t)
		a.p.User("oA")
		a.p.User("oB")
		draft := func() string { return a.addDraft(article(a.picture(), "标题", "")) }
		_, published := a.submit(draft())
		sent := a.send("/cgi-bin/message/mass/send", `{"touser":["oA","oB"],"mpnews":{"media_id":"`+draft()+`"},"msgtype":"mpnews","send_ignore_reprint":0}`)
		until(china(3, 8))
		rows, _ := a.statistics("getarticletotaldetail", 2, 2)
		require.Len(t, rows, 2)
		for _, want := range []string{
			fmt.Sprintf(`"msgid":"%s_1"`, published), fmt.Sprintf(`"msgid":"%v_1"`, sent["msg_data_id"]),
			`"publish_type":1`, `"publish_type":0`, `"title":"标题"`,
		} {
			require.Contains(t, rows[0]+rows[1], want)
		}
		a.report("getarticleread", 2, 2)
	})
}

func TestStatisticsRefuse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(20, 7))
		a := newAreaTest(t)
		for report, days := range map[string]int{
			"getusersummary": 7, "getusercumulate": 7, "getupstreammsg": 7, "getupstreammsghour": 1, "getupstreammsgdist": 15,
			"getinterfacesummaryhour": 1, "getarticleread": 1, "getarticleshare": 1, "getarticletotaldetail": 1,
		} {
			for _, test := range []struct {
				first, last int
				code        string
			}{
				{2, 1 + days, "0"},
				{2, 2 + days, "61501"},
				{3, 2, "61501"},
				{18, 18, "0"},
				{19, 19, "61503"}, // before 08:00
				{20, 20, "61501"},
				{21, 21, "61501"},
				{30, 99, "61500"},
			} {
				_, code := a.statistics(report, test.first, test.last)
				require.Equal(t, test.code, code, "%s of %d to %d", report, test.first, test.last)
			}
		}
		for _, dates := range []string{``, `"begin_date":"2026-03-02"`, `"end_date":"2026-03-02"`, `"begin_date":"20260302","end_date":"2026-03-02"`} {
			require.Equal(t, "61500", code(a.send("/datacube/getusersummary", `{`+dates+`}`)), dates)
		}
		for _, report := range []string{"getinterfacesummary", "getbizsummary"} {
			require.Equal(t, "0", code(a.send("/datacube/"+report, `{"begin_date":"2026-02-01","end_date":"2026-03-02"}`)), "%s: 30 days", report)
			require.Equal(t, "61501", code(a.send("/datacube/"+report, `{"begin_date":"2026-02-01","end_date":"2026-03-03"}`)), "%s: 31 days", report)
		}
		early := a.send("/datacube/getbizsummary", `{"begin_date":"2025-10-31","end_date":"2025-11-01"}`)
		require.Len(t, early["list"], 1, "there were no such numbers in October 2025")
		require.Equal(t, false, early["is_delay"])
		until(china(20, 8).Add(-time.Second))
		_, now := a.statistics("getusersummary", 19, 19)
		require.Equal(t, "61503", now)
		time.Sleep(time.Second)
		_, now = a.statistics("getusersummary", 19, 19)
		require.Equal(t, "0", now, "at 08:00")
	})
}

// A program moves the clock back, and simulates what has been.
func TestStatisticsOfASimulatedPast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until(china(20, 9))
		a := newAreaTest(t)
		a.p.Advance(-3 * 24 * time.Hour)
		_, err := a.p.User("oA").Text("hi")
		require.NoError(t, err)
		a.p.Advance(3 * 24 * time.Hour)
		require.Zero(t, a.p.Advanced())
		a.report("getupstreammsg", 15, 19, `{"ref_date":"2026-03-17","msg_type":1,"msg_user":1,"msg_count":1}`)
	})
}
