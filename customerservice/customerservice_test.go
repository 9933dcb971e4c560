package customerservice_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

type (
	ctx    = context.Context
	client = *officialaccount.Client
)

// messages is every kind of message with every field, and its JSON.
var messages = []struct {
	name    string
	message customerservice.Message
	json    string
}{
	{"text", customerservice.Text(`你好 & <a href="https://example.com">x</a>`), `{"content": "你好 & <a href=\"https://example.com\">x</a>"}`},
	{"image", customerservice.Image{MediaID: "M"}, `{"media_id": "M"}`},
	{"voice", customerservice.Voice{MediaID: "M"}, `{"media_id": "M"}`},
	{
		"video", customerservice.Video{MediaID: "M", ThumbMediaID: "T", Title: "t", Description: "d"},
		`{"media_id": "M", "thumb_media_id": "T", "title": "t", "description": "d"}`,
	},
	{
		"music", customerservice.Music{Title: "t", Description: "d", URL: "https://m", HQURL: "https://hq", ThumbMediaID: "T"},
		`{"title": "t", "description": "d", "musicurl": "https://m", "hqmusicurl": "https://hq", "thumb_media_id": "T"}`,
	},
	{
		"news", customerservice.Article{Title: "t", Description: "d", URL: "https://example.com/?a&b", PicURL: "https://p"},
		`{"articles": [{"title": "t", "description": "d", "url": "https://example.com/?a&b", "picurl": "https://p"}]}`,
	},
	{"mpnews", customerservice.NewsMaterial{MediaID: "M"}, `{"media_id": "M"}`},
	{"mpnewsarticle", customerservice.Published{ArticleID: "A"}, `{"article_id": "A"}`},
	{
		"msgmenu", customerservice.Menu{Head: "h", Items: []customerservice.MenuItem{{ID: "101", Content: "满意"}, {ID: "102", Content: "不满意"}}, Tail: "t"},
		`{"head_content": "h", "list": [{"id": "101", "content": "满意"}, {"id": "102", "content": "不满意"}], "tail_content": "t"}`,
	},
	{"wxcard", customerservice.Card{CardID: "C"}, `{"card_id": "C"}`},
	{
		"miniprogrampage", customerservice.MiniProgramPage{Title: "t", AppID: "wxmini", PagePath: "pages/index", ThumbMediaID: "T"},
		`{"title": "t", "appid": "wxmini", "pagepath": "pages/index", "thumb_media_id": "T"}`,
	},
	{
		"link", customerservice.Link{Title: "t", Description: "d", URL: "https://u", ThumbURL: "https://p"},
		`{"title": "t", "description": "d", "url": "https://u", "thumb_url": "https://p"}`,
	},
}

func TestSend(t *testing.T) {
	var cases []apitest.Case
	for _, m := range messages {
		apitest.Filled(t, m.message)
		cases = append(cases, apitest.Case{
			Name: m.name,
			Do:   func(c ctx, oa client) (any, error) { return nil, customerservice.New(oa).Send(c, "oLiLei", m.message) },
			Path: "/cgi-bin/message/custom/send",
			Body: fmt.Sprintf(`{"touser": "oLiLei", "msgtype": %q, %q: %s}`, m.name, m.name, m.json),
		})
	}
	text := customerservice.Text("hi")
	cases = append(cases,
		apitest.Case{
			Name: "options",
			Do: func(c ctx, oa client) (any, error) {
				return nil, customerservice.New(oa).Send(c, "oLiLei", &text,
					customerservice.WithAgent("test1@kftest"), customerservice.WithAIMark(), customerservice.WithBusiness("77"))
			},
			Path: "/cgi-bin/message/custom/send",
			Body: `{"touser": "oLiLei", "msgtype": "text", "text": {"content": "hi"},
				"customservice": {"kf_account": "test1@kftest"}, "aimsgcontext": {"is_ai_msg": 1}, "businessid": "77"}`,
		},
		apitest.Case{
			Name:   "refused",
			Do:     func(c ctx, oa client) (any, error) { return nil, customerservice.New(oa).Send(c, "oLiLei", text) },
			Path:   "/cgi-bin/message/custom/send",
			Body:   `{"touser": "oLiLei", "msgtype": "text", "text": {"content": "hi"}}`,
			Answer: `{"errcode": 45047, "errmsg": "out of response count limit rid: 62fb9bc8-078c24da-4202f278"}`,
			Fails:  errcode.TooManyReplies,
		},
	)
	apitest.Run(t, cases)
}

func TestSendsCharactersAsTheyAre(t *testing.T) {
	p := apitest.New(t, apitest.JSON(apitest.OK))
	require.NoError(t, customerservice.New(p.Client()).Send(t.Context(), "o", customerservice.Text("你好 & <b>\u2028")))
	require.Contains(t, p.Calls()[0].Body, "你好 & <b>\u2028")
}

// After a lost answer the message may have been delivered, so it is not sent again.
func TestSendsOnce(t *testing.T) {
	p := apitest.New(t, apitest.Answer{Status: 502, Body: "<html>"})
	require.Error(t, customerservice.New(p.Client()).Send(t.Context(), "o", customerservice.Text("x")))
	require.Len(t, p.Calls(), 1)
}

// What the documents leave open is sent, with a warning in the log.
func TestDoubts(t *testing.T) {
	for warning, do := range map[string]func(ctx, *customerservice.Service) error{
		"thumb_media_id": func(c ctx, s *customerservice.Service) error {
			return s.Send(c, "o", customerservice.Video{MediaID: "M"})
		},
		"mini programs": func(c ctx, s *customerservice.Service) error {
			return s.Send(c, "o", customerservice.Link{URL: "https://u"})
		},
	} {
		p := apitest.New(t, apitest.JSON(apitest.OK))
		require.NoError(t, do(t.Context(), customerservice.New(p.Client())))
		require.Len(t, p.Calls(), 1)
		require.Contains(t, p.Log(), warning)
	}
	p := apitest.New(t, apitest.JSON(apitest.OK))
	s := customerservice.New(p.Client())
	require.NoError(t, s.AddAccount(t.Context(), "a234567890@"+strings.Repeat("b", 30), strings.Repeat("名", 16)))
	require.NoError(t, s.Send(t.Context(), "o", customerservice.Text(strings.Repeat("长", 682)+"ab")), "2,048 bytes")
	_, err := s.ListRecords(t.Context(), customerservice.RecordQuery{Start: time.Unix(1, 0), End: time.Unix(24*3600+1, 0)})
	require.NoError(t, err)
	require.Empty(t, p.Log())
}

func TestCalls(t *testing.T) {
	accounts := []customerservice.Account{{
		Account: "test1@kftest", Nickname: "ntest1", ID: "1001", AvatarURL: "http://mmbiz.qpic.cn/a/0", WeChatID: "kfwx1", OpenID: "oKf",
		InvitedWeChat: "kfwx2", InviteExpiry: apitest.At(1700000000), InviteStatus: customerservice.InviteWaiting,
	}}
	online := []customerservice.OnlineAccount{{
		Account: "test1@kftest", Status: customerservice.OnlineWeb, ID: "1001", Sessions: 2, AutoAccept: 10, OpenID: "oKf",
	}}
	session := &customerservice.Session{Account: "test1@kftest", Created: apitest.At(1700000000)}
	sessions := []customerservice.UserSession{{OpenID: "oLiLei", Created: apitest.At(1700000000)}}
	waiting := &customerservice.WaitingPage{Total: 150, Users: []customerservice.WaitingUser{{
		OpenID: "oLiLei", LastMessage: apitest.At(1700000000), Created: apitest.At(1699999999), Account: "test1@kftest",
	}}}
	records := &customerservice.RecordPage{Next: "24900000000000001", Records: []customerservice.Record{
		{OpenID: "oLiLei", Operation: customerservice.AgentSent, Text: "您好", Time: apitest.At(1700000000), Account: "test1@kftest"},
		{OpenID: "oLiLei", Operation: customerservice.AgentReceived, Text: "hi", Time: apitest.At(1700000001), Account: "test1@kftest"},
	}}
	for _, v := range []any{accounts, online, session, sessions, waiting, records} {
		apitest.Filled(t, v)
	}
	do := func(f func(ctx, *customerservice.Service) (any, error)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return f(c, customerservice.New(oa)) }
	}
	apitest.Run(t, []apitest.Case{
		{
			Name: "typing",
			Do:   do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.Typing(c, "oLiLei") }),
			Path: "/cgi-bin/message/custom/typing",
			Body: `{"touser": "oLiLei", "command": "Typing"}`,
		},
		{
			Name: "cancel typing",
			Do:   do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.CancelTyping(c, "oLiLei") }),
			Path: "/cgi-bin/message/custom/typing",
			Body: `{"touser": "oLiLei", "command": "CancelTyping"}`,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return s.ListAccounts(c, customerservice.WithBusiness("77"))
			}),
			Method: "GET",
			Path:   "/cgi-bin/customservice/getkflist",
			Query:  "business_id=77",
			Answer: `{"kf_list": [{"kf_account": "test1@kftest", "kf_nick": "ntest1", "kf_id": 1001, "kf_headimgurl": " http://mmbiz.qpic.cn/a/0",
				"kf_wx": "kfwx1", "kf_openid": "oKf", "invite_wx": "kfwx2", "invite_expire_time": "1700000000", "invite_status": "waiting"}]}`,
			Want: accounts,
		},
		{
			Name:   "accounts, other kinds of values",
			Do:     do(func(c ctx, s *customerservice.Service) (any, error) { return s.ListAccounts(c) }),
			Method: "GET",
			Path:   "/cgi-bin/customservice/getkflist",
			Answer: `{"kf_list": [{"kf_account": "test1@kftest", "kf_nick": "ntest1", "kf_id": "1001", "kf_headimgurl": "http://mmbiz.qpic.cn/a/0",
				"kf_wx": "kfwx1", "kf_openid": "oKf", "invite_wx": "kfwx2", "invite_expire_time": 1700000000, "invite_status": "waiting"}]}`,
			Want: accounts,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return s.ListOnlineAccounts(c, customerservice.WithBusiness("77"))
			}),
			Method: "GET",
			Path:   "/cgi-bin/customservice/getonlinekflist",
			Query:  "business_id=77",
			Answer: `{"kf_online_list": [{"kf_account": "test1@kftest", "status": 1, "kf_id": 1001, "accepted_case": 2, "auto_accept": 10, "kf_openid": "oKf"}]}`,
			Want:   online,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return nil, s.AddAccount(c, "test_1@kftest", "客服1", customerservice.WithBusiness("77"))
			}),
			Path: "/customservice/kfaccount/add",
			Body: `{"kf_account": "test_1@kftest", "nickname": "客服1", "business_id": "77"}`,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return nil, s.UpdateAccount(c, "test1@kftest", "客服1")
			}),
			Path: "/customservice/kfaccount/update",
			Body: `{"kf_account": "test1@kftest", "nickname": "客服1"}`,
		},
		{
			Do:   do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.DeleteAccount(c, "test1@kftest") }),
			Path: "/customservice/kfaccount/del",
			Body: `{"kf_account": "test1@kftest"}`,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return nil, s.UploadAvatar(c, "test1@kftest", "avatar.jpg", io.MultiReader(strings.NewReader("JPEG")))
			}),
			Path:  "/customservice/kfaccount/uploadheadimg",
			Query: "kf_account=test1@kftest",
			File:  &apitest.File{Field: "media", Name: "avatar.jpg", ContentType: "image/jpeg", Content: "JPEG"},
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return nil, s.Invite(c, "test1@kftest", "kfwx2")
			}),
			Path: "/customservice/kfaccount/inviteworker",
			Body: `{"kf_account": "test1@kftest", "invite_wx": "kfwx2"}`,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return nil, s.CreateSession(c, "test1@kftest", "oLiLei")
			}),
			Path: "/customservice/kfsession/create",
			Body: `{"kf_account": "test1@kftest", "openid": "oLiLei"}`,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return nil, s.CloseSession(c, "test1@kftest", "oLiLei")
			}),
			Path: "/customservice/kfsession/close",
			Body: `{"kf_account": "test1@kftest", "openid": "oLiLei"}`,
		},
		{
			Do:     do(func(c ctx, s *customerservice.Service) (any, error) { return s.GetSession(c, "oLiLei") }),
			Method: "GET",
			Path:   "/customservice/kfsession/getsession",
			Query:  "openid=oLiLei",
			Answer: `{"errcode": 0, "errmsg": "ok", "kf_account": "test1@kftest", "createtime": 1700000000}`,
			Want:   session,
		},
		{
			Name:   "session, nobody",
			Do:     do(func(c ctx, s *customerservice.Service) (any, error) { return s.GetSession(c, "oLiLei") }),
			Method: "GET",
			Path:   "/customservice/kfsession/getsession",
			Query:  "openid=oLiLei",
			Answer: `{"errcode": 0, "errmsg": "ok", "kf_account": "", "createtime": 0}`,
			Want:   &customerservice.Session{},
		},
		{
			Do:     do(func(c ctx, s *customerservice.Service) (any, error) { return s.ListSessions(c, "test1@kftest") }),
			Method: "GET",
			Path:   "/customservice/kfsession/getsessionlist",
			Query:  "kf_account=test1@kftest",
			Answer: `{"sessionlist": [{"openid": "oLiLei", "createtime": 1700000000}]}`,
			Want:   sessions,
		},
		{
			Do:     do(func(c ctx, s *customerservice.Service) (any, error) { return s.ListWaiting(c) }),
			Method: "GET",
			Path:   "/customservice/kfsession/getwaitcase",
			Answer: `{"count": 150, "waitcaselist": [{"openid": "oLiLei", "latest_time": 1700000000, "createtime": 1699999999, "kf_account": "test1@kftest"}]}`,
			Want:   waiting,
		},
		{
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return s.ListRecords(c, customerservice.RecordQuery{Start: time.Unix(1700000000, 5), End: time.Unix(1700003600, 0), After: "20", Count: 50})
			}),
			Path: "/customservice/msgrecord/getmsglist", Retried: true,
			Body: `{"starttime": 1700000000, "endtime": 1700003600, "msgid": 20, "number": 50}`,
			Answer: `{"recordlist": [
				{"openid": "oLiLei", "opercode": 2002, "text": "您好", "time": 1700000000, "worker": "test1@kftest"},
				{"openid": "oLiLei", "opercode": 2003, "text": "hi", "time": 1700000001, "worker": "test1@kftest"}], "number": 2, "msgid": 24900000000000001}`,
			Want: records,
		},
		{
			Name: "records, first page",
			Do: do(func(c ctx, s *customerservice.Service) (any, error) {
				return s.ListRecords(c, customerservice.RecordQuery{Start: time.Unix(1700000000, 0), End: time.Unix(1700000000, 0)})
			}),
			Path: "/customservice/msgrecord/getmsglist", Retried: true,
			Body:   `{"starttime": 1700000000, "endtime": 1700000000, "msgid": 1, "number": 10000}`,
			Answer: `{"recordlist": [], "number": 0, "msgid": 1}`,
			Want:   &customerservice.RecordPage{Records: []customerservice.Record{}, Next: "1"},
		},
	})
}

func TestBadInput(t *testing.T) {
	do := func(f func(ctx, *customerservice.Service) (any, error)) func(ctx, client) (any, error) {
		return func(c ctx, oa client) (any, error) { return f(c, customerservice.New(oa)) }
	}
	send := func(m customerservice.Message) func(ctx, client) (any, error) {
		return do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.Send(c, "o", m) })
	}
	add := func(account, nickname string) func(ctx, client) (any, error) {
		return do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.AddAccount(c, account, nickname) })
	}
	records := func(q customerservice.RecordQuery) func(ctx, client) (any, error) {
		return do(func(c ctx, s *customerservice.Service) (any, error) { return s.ListRecords(c, q) })
	}
	now := time.Unix(1700000000, 0)
	page := customerservice.MiniProgramPage{Title: "t", AppID: "a", PagePath: "p", ThumbMediaID: "T"}
	long := strings.Repeat("长", 683)
	item := []customerservice.MenuItem{{ID: "1", Content: "yes"}}
	withoutThumb := page
	withoutThumb.ThumbMediaID = ""
	apitest.Refuses(t, map[string]func(ctx, client) (any, error){
		"openID (touser) is empty": do(func(c ctx, s *customerservice.Service) (any, error) {
			return nil, s.Send(c, "", customerservice.Text("x"))
		}),
		"custom/send: m is nil":                     send(nil),
		"m is nil":                                  send((*customerservice.Image)(nil)),
		"Text has 0 bytes":                          send(customerservice.Text("")),
		"Text has 2049 bytes, at most 2048":         send(customerservice.Text(strings.Repeat("长", 683))),
		"Menu.Head (head_content) has 2049 bytes":   send(customerservice.Menu{Head: long, Items: item}),
		"Menu.Tail (tail_content) has 2049 bytes":   send(customerservice.Menu{Tail: long, Items: item}),
		"Menu.Items[1].Content has 2049 bytes":      send(customerservice.Menu{Items: []customerservice.MenuItem{item[0], {ID: "2", Content: long}}}),
		"nickname has 17 characters, at most 16":    add("a@b", strings.Repeat("名", 17)),
		"has 31 characters after the @":             add("a@"+strings.Repeat("b", 31), "n"),
		"End (endtime) is more than 24 hours after": records(customerservice.RecordQuery{Start: now, End: now.Add(24*time.Hour + time.Second)}),
		"Image.MediaID is empty":                    send(customerservice.Image{}),
		"Voice.MediaID is empty":                    send(customerservice.Voice{}),
		"Video.MediaID is empty":                    send(customerservice.Video{ThumbMediaID: "T"}),
		"Music.URL (musicurl) is empty":             send(customerservice.Music{ThumbMediaID: "T"}),
		"Music.ThumbMediaID is empty":               send(customerservice.Music{URL: "https://m"}),
		"Article is empty":                          send(customerservice.Article{}),
		"NewsMaterial.MediaID is empty":             send(customerservice.NewsMaterial{}),
		"Published.ArticleID is empty":              send(customerservice.Published{}),
		"Menu.Items (list) is empty":                send(customerservice.Menu{Head: "h"}),
		"Menu.Items[1].ID is empty":                 send(customerservice.Menu{Items: []customerservice.MenuItem{{ID: "1", Content: "x"}, {Content: "y"}}}),
		"Menu.Items[0].Content has 0 bytes":         send(customerservice.Menu{Items: []customerservice.MenuItem{{ID: "1"}}}),
		"Card.CardID is empty":                      send(customerservice.Card{}),
		"MiniProgramPage.Title is empty":            send(customerservice.MiniProgramPage{}),
		"MiniProgramPage.ThumbMediaID is empty":     send(withoutThumb),
		"typing: openID (touser) is empty":          do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.Typing(c, "") }),
		"must have the form":                        add("kf", "n"),
		"add: account (kf_account) must have":       add("@account", "n"),
		"prefix with other characters":              add("客服@account", "n"),
		"has 11 characters before the @":            add("a2345678901@account", "n"),
		"add: nickname has 0 characters":            add("kf@account", ""),
		"update: nickname has 0 characters":         do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.UpdateAccount(c, "kf@account", "") }),
		"update: account (kf_account)":              do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.UpdateAccount(c, "", "n") }),
		"del: account (kf_account) is empty":        do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.DeleteAccount(c, "") }),
		"uploadheadimg: account (kf_account) is empty": do(func(c ctx, s *customerservice.Service) (any, error) {
			return nil, s.UploadAvatar(c, "", "a.jpg", strings.NewReader("x"))
		}),
		"name is empty": do(func(c ctx, s *customerservice.Service) (any, error) {
			return nil, s.UploadAvatar(c, "a@b", "", strings.NewReader("x"))
		}),
		"media has no reader": do(func(c ctx, s *customerservice.Service) (any, error) {
			return nil, s.UploadAvatar(c, "a@b", "a.jpg", nil)
		}),
		"weChatID (invite_wx) is empty":                 do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.Invite(c, "a@b", "") }),
		"create: openID is empty":                       do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.CreateSession(c, "a@b", "") }),
		"close: account (kf_account) is empty":          do(func(c ctx, s *customerservice.Service) (any, error) { return nil, s.CloseSession(c, "", "o") }),
		"getsession: openID is empty":                   do(func(c ctx, s *customerservice.Service) (any, error) { return s.GetSession(c, "") }),
		"getsessionlist: account (kf_account) is empty": do(func(c ctx, s *customerservice.Service) (any, error) { return s.ListSessions(c, "") }),
		"Count (number) has 10001 records":              records(customerservice.RecordQuery{Start: now, End: now, Count: 10001}),
		"Start (starttime) must be set":                 records(customerservice.RecordQuery{End: now}),
		"Start (starttime) must be set, ":               records(customerservice.RecordQuery{Start: now, End: now.Add(-time.Second)}),
		`After (msgid) is "x"`:                          records(customerservice.RecordQuery{Start: now, End: now, After: "x"}),
	})
}

// recordPage is an answer with records of these seconds.
func recordPage(msgID int, seconds ...int64) apitest.Answer {
	var rows []string
	for _, s := range seconds {
		rows = append(rows, fmt.Sprintf(`{"openid": "o", "opercode": 2002, "text": "%d", "time": %d, "worker": "a@b"}`, s, s))
	}
	return apitest.JSON(fmt.Sprintf(`{"recordlist": [%s], "number": %d, "msgid": %d}`, strings.Join(rows, ","), len(rows), msgID))
}

const dayLong = 24 * 3600

// The days meet in one second, of which the records may come twice or once.
func TestAllRecords(t *testing.T) {
	for name, answers := range map[string][]apitest.Answer{
		"the end counts": {
			recordPage(5, 10, 20), recordPage(6, dayLong), recordPage(7),
			recordPage(8, dayLong, dayLong+1), recordPage(9),
			recordPage(10, 2*dayLong+5), recordPage(11),
		},
		"the end does not count": {
			recordPage(5, 10, 20), recordPage(7),
			recordPage(8, dayLong, dayLong+1), recordPage(9),
			recordPage(10, 2*dayLong+5), recordPage(11),
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := apitest.New(t, answers...)
			var got []string
			for r, err := range customerservice.New(p.Client()).AllRecords(t.Context(), time.Unix(0, 7), time.Unix(2*dayLong+10, 0)) {
				require.NoError(t, err)
				got = append(got, r.Text)
			}
			require.Equal(t, []string{"10", "20", "86400", "86401", "172805"}, got)
			calls := p.Calls()
			require.JSONEq(t, `{"starttime": 0, "endtime": 86400, "msgid": 5, "number": 10000}`, calls[1].Body)
			require.JSONEq(t, `{"starttime": 172800, "endtime": 172810, "msgid": 10, "number": 10000}`, calls[len(calls)-1].Body)
			require.Empty(t, p.Log())
		})
	}
}

func TestAllRecordsStops(t *testing.T) {
	// A platform that answers an object for an empty list, each time with a new cursor.
	empty := apitest.New(t, apitest.JSON(`{"recordlist": {}, "number": 0, "msgid": 7}`), apitest.JSON(`{"recordlist": [{}], "number": 1, "msgid": 8}`))
	for r, err := range customerservice.New(empty.Client()).AllRecords(t.Context(), time.Unix(0, 0), time.Unix(dayLong+1, 0)) {
		require.NoError(t, err)
		t.Errorf("a record: %v", r)
	}
	require.Len(t, empty.Calls(), 2, "one for each day")

	p := apitest.New(t, recordPage(5, 10, 20))
	for range customerservice.New(p.Client()).AllRecords(t.Context(), time.Unix(0, 0), time.Unix(5*dayLong, 0)) {
		break
	}
	require.Len(t, p.Calls(), 1)

	p = apitest.New(t, apitest.JSON(`{"errcode": 65416, "errmsg": "invalid parameter"}`))
	var errs []error
	for _, err := range customerservice.New(p.Client()).AllRecords(t.Context(), time.Unix(0, 0), time.Unix(5*dayLong, 0)) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], errcode.KFParamInvalid)

	p = apitest.New(t)
	errs = nil
	for _, err := range customerservice.New(p.Client()).AllRecords(t.Context(), time.Unix(10, 0), time.Unix(5, 0)) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], errcode.ErrLimit)
}
