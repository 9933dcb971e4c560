package datacube_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/datacube"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
	span   = datacube.Span
)

// call is one report: what it sends beyond the dates, a full row as the platform writes it,
// and the report it must make of that.
type call struct {
	path string
	do   func(ctx, *datacube.Service, span) (any, error)
	more string // members of the request beyond the dates
	row  string
	want any
}

func report[T any](rows ...T) *datacube.Report[T] { return &datacube.Report[T]{Rows: rows} }

func delayed[T any](row T) *datacube.Report[T] {
	return &datacube.Report[T]{Rows: []T{row}, Delayed: true}
}

func plain[T any](get func(*datacube.Service, context.Context, span) (*datacube.Report[T], error)) func(ctx, *datacube.Service, span) (any, error) {
	return func(c ctx, s *datacube.Service, days span) (any, error) { return get(s, c, days) }
}

var (
	nov3     = datacube.Date(2025, time.November, 3) // a Monday
	row      = datacube.Row{Date: datacube.Day{Time: nov3}}
	counters = datacube.ArticleCounters{PageReadUsers: 1, PageReadCount: 2, SourceReadUsers: 3, SourceReadCount: 4, ShareUsers: 5, ShareCount: 6, CollectUsers: 7, CollectCount: 8}
	cardUse  = datacube.CardUse{ViewCount: 1, ViewUsers: 2, ReceivedCount: 3, ReceivedUsers: 4, VerifiedCount: 5, VerifiedUsers: 6}
	cards    = datacube.CardCounters{CardUse: cardUse, GivenCount: 7, GivenUsers: 8, ExpiredCount: 9, ExpiredUsers: 10}
	members  = datacube.MemberCounters{ActiveCount: 11, ActiveUsers: 12, TotalUsers: 13, TotalReceived: 14}
	callback = datacube.CallbackCounters{Callbacks: 36974, Failures: 67, TotalTime: datacube.Milliseconds{Duration: 14994291 * time.Millisecond}, MaxTime: datacube.Milliseconds{Duration: 5044 * time.Millisecond}}
	scenes   = []datacube.SceneCount{{Scene: datacube.SceneMessage, Users: 3}, {Scene: datacube.SceneAll, Users: 4}, {Scene: "新渠道", Users: 1}}
)

const (
	countersJSON = `"int_page_read_user": 1, "int_page_read_count": 2, "ori_page_read_user": 3, "ori_page_read_count": 4, "share_user": 5, "share_count": 6, "add_to_fav_user": 7, "add_to_fav_count": 8`
	cardUseJSON  = `"view_cnt": 1, "view_user": 2, "receive_cnt": 3, "receive_user": 4, "verify_cnt": 5, "verify_user": 6`
	cardsJSON    = cardUseJSON + `, "given_cnt": 7, "given_user": 8, "expire_cnt": 9, "expire_user": 10`
	membersJSON  = `"active_cnt": 11, "active_user": 12, "total_user": 13, "total_receive_user": 14`
	callbackJSON = `"callback_count": 36974, "fail_count": 67, "total_time_cost": 14994291, "max_time_cost": 5044`
	scenesJSON   = `"read_user_source": [{"scene_desc": "公众号消息", "user_count": 3}, {"scene_desc": "全部", "user_count": 4}, {"scene_desc": "新渠道", "user_count": 1}]`
)

func calls() []call {
	read := datacube.ArticleRead{Row: row, MsgID: "12003_3"}
	read.Detail.ReadUsers, read.Detail.Scenes = 4, scenes
	share := datacube.ArticleShare{Row: row, MsgID: "12003_3"}
	share.Detail.ShareUsers = 5
	return []call{
		{
			"/datacube/getusersummary", plain((*datacube.Service).GetUserSummary), ``,
			`"user_source": 30, "new_user": 5, "cancel_user": 2`,
			report(datacube.UserSummary{Row: row, Source: datacube.FromQRCode, New: 5, Canceled: 2}),
		},
		{
			"/datacube/getusercumulate", plain((*datacube.Service).GetUserCumulate), ``,
			`"cumulate_user": 1217056, "user_source": 7`,
			report(datacube.UserCumulate{Row: row, Total: 1217056, Source: 7}),
		},
		{
			"/datacube/getarticleread", plain((*datacube.Service).GetArticleRead), ``,
			`"msgid": "12003_3", "detail": {"read_user": 4, ` + scenesJSON + `}`,
			delayed(read),
		},
		{
			"/datacube/getarticleshare", plain((*datacube.Service).GetArticleShare), ``,
			`"msgid": "12003_3", "detail": {"share_user": 5}`,
			delayed(share),
		},
		{
			"/datacube/getbizsummary", plain((*datacube.Service).GetBizSummary), ``,
			`"detail": {"read_user": 1, ` + scenesJSON + `, "share_user": 2, "zaikan_user": 3, "like_user": 4, "comment_count": 5,
				"collection_user": 6, "redirect_ori_page_user": 7, "send_page_count": 8}`,
			delayed(datacube.BizSummary{Row: row, Detail: datacube.BizDetail{
				ReadUsers: 1, Scenes: scenes, ShareUsers: 2, ZaikanUsers: 3, LikeUsers: 4, Comments: 5, CollectUsers: 6, SourceUsers: 7, Published: 8,
			}}),
		},
		{
			"/datacube/getarticletotaldetail", plain((*datacube.Service).GetArticleTotalDetail), ``,
			`"msgid": "12003_3", "title": "标题", "content_url": "https://mp.weixin.qq.com/s/x", "publish_type": 1, "detail_list": [{
				"stat_date": "2025-11-03", "read_user": 1, ` + scenesJSON + `, "share_user": 2, "zaikan_user": 3, "like_user": 4, "comment_count": 5,
				"collection_user": 6, "praise_money": 1999, "read_subscribe_user": 7, "read_delivery_rate": 0.0271, "read_finish_rate": 0.5,
				"read_avg_activetime": 1.5, "read_jump_position": [{"position": 1, "rate": 0.25}]}]`,
			delayed(datacube.ArticleTotalDetail{
				Row: row, MsgID: "12003_3", Title: "标题", URL: "https://mp.weixin.qq.com/s/x", PublishType: datacube.NotNotified,
				Totals: []datacube.ArticleDay{{
					Date: row.Date, ReadUsers: 1, Scenes: scenes, ShareUsers: 2, ZaikanUsers: 3, LikeUsers: 4, Comments: 5, CollectUsers: 6,
					PraiseMoney: 1999, NewFollowers: 7, DeliveryReadRate: 0.0271, FinishRate: 0.5, AverageTime: datacube.Minutes{Duration: 90 * time.Second},
					Jumps: []datacube.JumpPosition{{Fifth: 1, Rate: 0.25}},
				}},
			}),
		},
		{
			"/datacube/getarticlesummary", plain((*datacube.Service).GetArticleSummary), ``,
			`"msgid": "12003_3", "title": "标题", "user_source": 7, ` + countersJSON,
			report(datacube.ArticleSummary{Row: row, MsgID: "12003_3", Title: "标题", Source: datacube.ReadInSearch, ArticleCounters: counters}),
		},
		{
			"/datacube/getarticletotal", plain((*datacube.Service).GetArticleTotal), ``,
			`"msgid": "12003_3", "title": "标题", "url": "https://mp.weixin.qq.com/s/x", "user_source": 99999999, "details": [{
				"stat_date": "2025-11-03", "target_user": 9, ` + countersJSON + `,
				"int_page_from_session_read_user": 11, "int_page_from_session_read_count": 12,
				"int_page_from_hist_msg_read_user": 13, "int_page_from_hist_msg_read_count": 14,
				"int_page_from_feed_read_user": 15, "int_page_from_feed_read_count": 16,
				"int_page_from_friends_read_user": 17, "int_page_from_friends_read_count": 18,
				"int_page_from_other_read_user": 19, "int_page_from_other_read_count": 20,
				"int_page_from_kanyikan_read_user": 21, "int_page_from_kanyikan_read_count": 22,
				"int_page_from_souyisou_read_user": 23, "int_page_from_souyisou_read_count": 24,
				"feed_share_from_session_user": 25, "feed_share_from_session_cnt": 26,
				"feed_share_from_feed_user": 27, "feed_share_from_feed_cnt": 28,
				"feed_share_from_other_user": 29, "feed_share_from_other_cnt": 30}]`,
			report(datacube.ArticleTotal{
				Row: row, MsgID: "12003_3", Title: "标题", URL: "https://mp.weixin.qq.com/s/x", Source: datacube.ReadAll,
				Totals: []datacube.ArticleTotalDay{{
					Date: row.Date, TargetUsers: 9, ArticleCounters: counters,
					ChatReadUsers: 11, ChatReadCount: 12, HistoryReadUsers: 13, HistoryReadCount: 14, MomentsReadUsers: 15, MomentsReadCount: 16,
					FriendReadUsers: 17, FriendReadCount: 18, OtherReadUsers: 19, OtherReadCount: 20, LookReadUsers: 21, LookReadCount: 22,
					SearchReadUsers: 23, SearchReadCount: 24, ChatShareUsers: 25, ChatShareCount: 26, MomentsShareUsers: 27, MomentsShareCount: 28,
					OtherShareUsers: 29, OtherShareCount: 30,
				}},
			}),
		},
		{
			"/datacube/getuserread", plain((*datacube.Service).GetUserRead), ``,
			`"user_source": 2, ` + countersJSON,
			report(datacube.UserRead{Row: row, Source: datacube.ReadInMoments, ArticleCounters: counters}),
		},
		{
			"/datacube/getuserreadhour", plain((*datacube.Service).GetUserReadHour), ``,
			`"ref_hour": 1500, "user_source": 2, "total_online_time": 9, ` + countersJSON,
			report(datacube.UserReadHour{Row: row, Hour: 15, Source: datacube.ReadInMoments, ArticleCounters: counters, OnlineTime: 9}),
		},
		{
			"/datacube/getusershare", plain((*datacube.Service).GetUserShare), ``,
			`"share_scene": 255, "share_user": 3, "share_count": 4`,
			report(datacube.UserShare{Row: row, Scene: datacube.ToOther, Users: 3, Count: 4}),
		},
		{
			"/datacube/getusersharehour", plain((*datacube.Service).GetUserShareHour), ``,
			`"ref_hour": 1200, "share_scene": 1, "share_user": 3, "share_count": 4`,
			report(datacube.UserShareHour{Row: row, Hour: 12, Scene: datacube.ToFriend, Users: 3, Count: 4}),
		},
		{
			"/datacube/getupstreammsg", plain((*datacube.Service).GetUpstreamMsg), ``,
			`"msg_type": 1, "msg_user": 282, "msg_count": 817, "user_source": 1`,
			report(datacube.UpstreamMsg{Row: row, Type: datacube.Text, Users: 282, Count: 817, Source: datacube.FromSearch}),
		},
		{
			"/datacube/getupstreammsghour", plain((*datacube.Service).GetUpstreamMsgHour), ``,
			`"ref_hour": 100, "msg_type": 3, "msg_user": 9, "msg_count": 10`,
			report(datacube.UpstreamMsgHour{Row: row, Hour: 1, Type: datacube.Voice, Users: 9, Count: 10}),
		},
		{
			"/datacube/getupstreammsgweek", plain((*datacube.Service).GetUpstreamMsgWeek), ``,
			`"msg_type": 4, "msg_user": 16, "msg_count": 27, "user_source": 1`,
			report(datacube.UpstreamMsg{Row: row, Type: datacube.Video, Users: 16, Count: 27, Source: datacube.FromSearch}),
		},
		{
			"/datacube/getupstreammsgmonth", plain((*datacube.Service).GetUpstreamMsgMonth), ``,
			`"msg_type": 6, "msg_user": 989, "msg_count": 1513, "user_source": 1`,
			report(datacube.UpstreamMsg{Row: row, Type: datacube.Link, Users: 989, Count: 1513, Source: datacube.FromSearch}),
		},
		{
			"/datacube/getupstreammsgdist", plain((*datacube.Service).GetUpstreamMsgDist), ``,
			`"count_interval": 1, "msg_user": 246`,
			report(datacube.UpstreamMsgDist{Row: row, Interval: datacube.Sent1To5, Users: 246}),
		},
		{
			"/datacube/getupstreammsgdistweek", plain((*datacube.Service).GetUpstreamMsgDistWeek), ``,
			`"count_interval": 2, "msg_user": 16`,
			report(datacube.UpstreamMsgDist{Row: row, Interval: datacube.Sent6To10, Users: 16}),
		},
		{
			"/datacube/getupstreammsgdistmonth", plain((*datacube.Service).GetUpstreamMsgDistMonth), ``,
			`"count_interval": 3, "msg_user": 16`,
			report(datacube.UpstreamMsgDist{Row: row, Interval: datacube.SentOver10, Users: 16}),
		},
		{
			"/datacube/getinterfacesummary", plain((*datacube.Service).GetInterfaceSummary), ``,
			callbackJSON,
			report(datacube.InterfaceSummary{Row: row, CallbackCounters: callback}),
		},
		{
			"/datacube/getinterfacesummaryhour", plain((*datacube.Service).GetInterfaceSummaryHour), ``,
			`"ref_hour": 2300, ` + callbackJSON,
			report(datacube.InterfaceSummaryHour{Row: row, Hour: 23, CallbackCounters: callback}),
		},
		{
			"/datacube/getcardbizuininfo", func(c ctx, s *datacube.Service, days span) (any, error) {
				return s.GetCardBizInfo(c, days, datacube.CardsOfConsole)
			}, `, "cond_source": 0`,
			cardsJSON,
			report(datacube.CardBizInfo{Row: row, CardCounters: cards}),
		},
		{
			"/datacube/getcardcardinfo", func(c ctx, s *datacube.Service, days span) (any, error) {
				return s.GetCardInfo(c, days, datacube.CardsOfAPI, "po8pktyDLmakNY2fn2VyhkiEPqGE")
			}, `, "cond_source": 1, "card_id": "po8pktyDLmakNY2fn2VyhkiEPqGE"`,
			`"card_id": "po8pktyDLmakNY2fn2VyhkiEPqGE", "card_type": 3, "is_pay": 1, ` + cardsJSON,
			report(datacube.CardInfo{Row: row, CardID: "po8pktyDLmakNY2fn2VyhkiEPqGE", CardType: datacube.Cash, Paid: 1, CardCounters: cards}),
		},
		{
			"/datacube/getcardmembercardinfo", func(c ctx, s *datacube.Service, days span) (any, error) {
				return s.GetMemberCardInfo(c, days, datacube.CardsOfAPI)
			}, `, "cond_source": 1`,
			cardUseJSON + `, ` + membersJSON,
			report(datacube.MemberCardInfo{Row: row, CardUse: cardUse, MemberCounters: members}),
		},
		{
			"/datacube/getcardmembercarddetail", func(c ctx, s *datacube.Service, days span) (any, error) {
				return s.GetMemberCardDetail(c, days, "po8pkt")
			}, `, "card_id": "po8pkt"`,
			`"cardid": "po8pkt", "merchanttype": 1, "submerchantid": "715613", "new_user": 2, "payOriginalFee": 3000000000, "fee": 2999999999, ` + cardUseJSON + `, ` + membersJSON,
			report(datacube.MemberCardDetail{
				Row: row, CardID: "po8pkt", MerchantType: 1, SubMerchantID: "715613", NewUsers: 2, OriginalFee: 3000000000, Fee: 2999999999,
				CardUse: cardUse, MemberCounters: members,
			}),
		},
	}
}

// answer is the answer of the platform with one row.
func (c call) answer() string {
	rest := ""
	if c.isNew() {
		rest = `, "is_delay": true`
	}
	return `{"list": [{"ref_date": "2025-11-03", ` + c.row + `}]` + rest + `}`
}

// isNew reports whether the answers of the report have is_delay.
func (c call) isNew() bool {
	return reflect.ValueOf(c.want).Elem().FieldByName("Delayed").Bool()
}

func (c call) on(days span) func(ctx, client) (any, error) {
	return func(x ctx, oa client) (any, error) { return c.do(x, datacube.New(oa), days) }
}

func TestCalls(t *testing.T) {
	var cases []apitest.Case
	for _, c := range calls() {
		apart := []string{}
		if !c.isNew() {
			apart = append(apart, "Delayed")
		}
		apitest.Filled(t, c.want, apart...)
		dates := `{"begin_date": "2025-11-03", "end_date": "2025-11-03"` + c.more + `}`
		cases = append(cases,
			apitest.Case{Do: c.on(span{First: nov3}), Path: c.path, Retried: true, Body: dates, Answer: c.answer(), Want: c.want},
			apitest.Case{
				Name: c.path + " refused", Do: c.on(span{First: nov3.Add(time.Hour), Last: nov3.Add(23 * time.Hour)}), Path: c.path, Body: dates,
				Answer: `{"errcode": 61503, "errmsg": "data not ready"}`, Fails: errcode.DataNotReady,
			})
	}
	cases = append(cases, apitest.Case{
		Name: "all coupons",
		Do: func(c ctx, oa client) (any, error) {
			return datacube.New(oa).GetCardInfo(c, span{First: nov3}, datacube.CardsOfConsole, "")
		},
		Path: "/datacube/getcardcardinfo", Retried: true, Body: `{"begin_date": "2025-11-03", "end_date": "2025-11-03", "cond_source": 0}`,
		Answer: `{"list": []}`, Want: &datacube.Report[datacube.CardInfo]{Rows: []datacube.CardInfo{}},
	})
	apitest.Run(t, cases)
}

// Rows are written as they are read, so that they can be kept as JSON.
func TestRowsSurviveJSON(t *testing.T) {
	for _, c := range calls() {
		kept, err := json.Marshal(c.want)
		require.NoError(t, err)
		again := reflect.New(reflect.TypeOf(c.want).Elem())
		require.NoError(t, json.Unmarshal(kept, again.Interface()), "%s", kept)
		require.Equal(t, c.want, again.Interface())
		require.Contains(t, string(kept), `"ref_date":"2025-11-03"`)
	}
}

func TestBadValues(t *testing.T) {
	for _, row := range []string{
		`{"ref_date": "yesterday"}`, `{"ref_date": 7}`, `{"ref_date": "2025-13-01"}`,
		`{"ref_hour": 2400}`, `{"ref_hour": -1}`, `{"ref_hour": "noon"}`,
		`{"total_time_cost": "slow"}`, `{"total_time_cost": 1e300}`, `{"max_time_cost": {}}`,
	} {
		oa := apitest.New(t, apitest.JSON(`{"list": [`+row+`]}`)).Client()
		_, err := datacube.New(oa).GetInterfaceSummaryHour(t.Context(), span{First: nov3})
		require.Error(t, err, row)
	}
	for row, want := range map[string]datacube.InterfaceSummaryHour{
		`{"ref_date": "2025-11-03 00:00:00"}`:       {Row: row},
		`{"ref_date": "", "ref_hour": ""}`:          {},
		`{"ref_hour": "0900", "max_time_cost": ""}`: {Hour: 9},
		`{"max_time_cost": 1.5}`: {CallbackCounters: datacube.CallbackCounters{
			MaxTime: datacube.Milliseconds{Duration: 1500 * time.Microsecond},
		}},
	} {
		oa := apitest.New(t, apitest.JSON(`{"list": [`+row+`]}`)).Client()
		got, err := datacube.New(oa).GetInterfaceSummaryHour(t.Context(), span{First: nov3})
		require.NoError(t, err, row)
		require.Equal(t, []datacube.InterfaceSummaryHour{want}, got.Rows, row)
	}
	empty, err := json.Marshal(datacube.Row{})
	require.NoError(t, err)
	require.JSONEq(t, `{"ref_date": ""}`, string(empty))
}

func ExampleService_GetUserSummary() {
	platform := apitest.Example(apitest.JSON(`{"list": [
		{"ref_date": "2025-11-03", "user_source": 30, "new_user": 12, "cancel_user": 1},
		{"ref_date": "2025-11-03", "user_source": 0, "new_user": 3, "cancel_user": 0}
	]}`))
	cubes := datacube.New(platform.Client())

	day := datacube.Date(2025, time.November, 3)
	report, err := cubes.GetUserSummary(context.Background(), datacube.Span{First: day})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range report.Rows {
		if row.Source == datacube.FromQRCode {
			fmt.Printf("%s: %d followed by QR code, %d left\n", row.Date.Format(time.DateOnly), row.New, row.Canceled)
		}
	}
	// Output: 2025-11-03: 12 followed by QR code, 1 left
}
