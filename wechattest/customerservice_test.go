package wechattest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestAgents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		agents := func() []any { return a.get("/cgi-bin/customservice/getkflist", "")["kf_list"].([]any) }
		require.Empty(t, agents())
		for body, want := range map[string]string{
			`{"kf_account":"test1","nickname":"客服1"}`:               "65404",
			`{"kf_account":"@gh_test","nickname":"客服1"}`:            "65404",
			`{"kf_account":"elevenchars@gh_test","nickname":"客服1"}`: "65404",
			`{"kf_account":"客服@gh_test","nickname":"客服1"}`:          "65404",
			`{"kf_account":"test1@gh_test","nickname":""}`:          "65403",
		} {
			require.Equal(t, want, code(a.send("/customservice/kfaccount/add", body)), body)
		}
		require.Equal(t, "0", code(a.send("/customservice/kfaccount/add", `{"kf_account":"test1@gh_test","nickname":"客服1"}`)))
		require.Equal(t, "65406", code(a.send("/customservice/kfaccount/add", `{"kf_account":"test1@gh_test","nickname":"客服1"}`)))
		require.Equal(t, "65401", code(a.send("/customservice/kfaccount/update", `{"kf_account":"none@gh_test","nickname":"客服1"}`)))
		require.Equal(t, "65403", code(a.send("/customservice/kfaccount/update", `{"kf_account":"test1@gh_test"}`)))
		require.Equal(t, "0", code(a.send("/customservice/kfaccount/update", `{"kf_account":"test1@gh_test","nickname":"小李"}`)))
		require.Equal(t, []any{map[string]any{
			"kf_account": "test1@gh_test", "kf_nick": "小李", "kf_id": json.Number("1001"), "kf_headimgurl": "http://mmbiz.qpic.cn/mmbiz/test1@gh_test/0",
		}}, agents())
		require.Equal(t, "65401", code(a.send("/customservice/kfaccount/del", `{"kf_account":"none@gh_test"}`)))
		require.Equal(t, "0", code(a.send("/customservice/kfaccount/del", `{"kf_account":"test1@gh_test"}`)))
		require.Empty(t, agents())
		for i := range 100 {
			require.Equal(t, "0", code(a.send("/customservice/kfaccount/add", fmt.Sprintf(`{"kf_account":"t%d@gh_test","nickname":"客服"}`, i))))
		}
		require.Equal(t, "65405", code(a.send("/customservice/kfaccount/add", `{"kf_account":"more@gh_test","nickname":"客服"}`)))
	})
}

func TestAgentAvatar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		require.Equal(t, "0", code(a.send("/customservice/kfaccount/add", `{"kf_account":"test1@gh_test","nickname":"客服1"}`)))
		upload := func(account, field, content string) string {
			contentType, body := form(t, field, "avatar.jpg", content)
			resp, err := a.http.Post(a.base+"/customservice/kfaccount/uploadheadimg?kf_account="+account+"&access_token="+a.token, contentType, bytes.NewReader(body))
			require.NoError(t, err)
			defer resp.Body.Close()
			var got bytes.Buffer
			_, err = got.ReadFrom(resp.Body)
			require.NoError(t, err)
			return code(a.object(answer{Status: resp.StatusCode, Body: got.String()}))
		}
		require.Equal(t, "65401", upload("none@gh_test", "media", "\xff\xd8\xff"))
		require.Equal(t, "41005", upload("test1@gh_test", "file", "\xff\xd8\xff"))
		require.Equal(t, "41005", upload("test1@gh_test", "media", ""))
		require.Equal(t, "40005", upload("test1@gh_test", "media", "GIF89a"))
		picture := func(size int) string { return "\xff\xd8\xff" + strings.Repeat("x", size-3) }
		require.Equal(t, "0", upload("test1@gh_test", "media", picture(5<<20)))
		require.Equal(t, "40009", upload("test1@gh_test", "media", picture(5<<20+1)), "more than 5 MB")
		require.Equal(t, "0", upload("test1@gh_test", "media", "\xff\xd8\xff and more"))
		require.Contains(t, fmt.Sprint(a.get("/cgi-bin/customservice/getkflist", "")), "test1@gh_test/12")
		require.Equal(t, "41005", code(a.object(a.do("POST", "/customservice/kfaccount/uploadheadimg",
			map[string][]string{"kf_account": {"test1@gh_test"}, "access_token": {a.token}}, "no form"))))
	})
}

func TestInvitation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		for _, name := range []string{"a", "b"} {
			require.Equal(t, "0", code(a.send("/customservice/kfaccount/add", `{"kf_account":"`+name+`@gh","nickname":"客服"}`)))
		}
		invite := func(account, wechatID string) string {
			return code(a.send("/customservice/kfaccount/inviteworker", fmt.Sprintf(`{"kf_account":%q,"invite_wx":%q}`, account, wechatID)))
		}
		row := func(i int) map[string]any {
			return a.get("/cgi-bin/customservice/getkflist", "")["kf_list"].([]any)[i].(map[string]any)
		}
		require.Equal(t, "65401", invite("none@gh", "lilei"))
		require.Equal(t, "65409", invite("a@gh", ""))
		require.Equal(t, "0", invite("a@gh", "lilei"))
		require.Equal(t, "65408", invite("a@gh", "lilei"))
		require.Equal(t, "65411", invite("a@gh", "hanmeimei"))
		require.Equal(t, "waiting", row(0)["invite_status"])
		require.Equal(t, "lilei", row(0)["invite_wx"])
		require.Equal(t, fmt.Sprint(time.Now().Add(24*time.Hour).Unix()), fmt.Sprint(row(0)["invite_expire_time"]))
		require.NoError(t, a.p.AnswerInvitation("a@gh", false))
		require.Equal(t, "rejected", row(0)["invite_status"])
		require.Equal(t, "0", invite("a@gh", "lilei"))
		a.p.Advance(24 * time.Hour)
		require.Error(t, a.p.AnswerInvitation("a@gh", true))
		require.Equal(t, "expired", row(0)["invite_status"])
		require.Equal(t, "0", invite("a@gh", "lilei"))
		require.NoError(t, a.p.AnswerInvitation("a@gh", true))
		require.Equal(t, "lilei", row(0)["kf_wx"])
		require.NotContains(t, row(0), "invite_wx")
		require.Equal(t, "65412", invite("a@gh", "hanmeimei"))
		require.Equal(t, "65407", invite("b@gh", "lilei"))
		require.Error(t, a.p.AnswerInvitation("none@gh", true))
	})
}

func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		a.p.User("oLiLei")
		for _, name := range []string{"a", "b"} {
			require.Equal(t, "0", code(a.send("/customservice/kfaccount/add", `{"kf_account":"`+name+`@gh","nickname":"客服"}`)))
		}
		session := func(do, account, openid string) string {
			return code(a.send("/customservice/kfsession/"+do, fmt.Sprintf(`{"kf_account":%q,"openid":%q}`, account, openid)))
		}
		require.Equal(t, "65401", session("create", "none@gh", "oLiLei"))
		require.Equal(t, "40003", session("create", "a@gh", "oNobody"))
		require.Equal(t, "65415", session("create", "a@gh", "oLiLei"))
		require.NoError(t, a.p.SetAgentOnline("a@gh", true))
		require.Error(t, a.p.SetAgentOnline("none@gh", true))
		require.Equal(t, "65413", session("close", "a@gh", "oLiLei"))
		require.Equal(t, "0", session("create", "a@gh", "oLiLei"))
		event := a.lastEvent()
		require.Equal(t, "kf_create_session", event.Event)
		require.Equal(t, "oLiLei", event.FromUserName)
		require.Contains(t, string(event.XML), "<KfAccount><![CDATA[a@gh]]></KfAccount>")
		require.Equal(t, "0", session("create", "a@gh", "oLiLei"))
		require.Equal(t, "65414", session("create", "b@gh", "oLiLei"))
		require.Equal(t, "65414", session("close", "b@gh", "oLiLei"))

		now := fmt.Sprint(time.Now().Unix())
		got := a.get("/customservice/kfsession/getsession", "openid=oLiLei")
		require.Equal(t, "a@gh "+now, fmt.Sprint(got["kf_account"], " ", got["createtime"]))
		require.Equal(t, "40003", code(a.get("/customservice/kfsession/getsession", "openid=oNobody")))
		require.Equal(t, "[map[createtime:"+now+" openid:oLiLei]]", fmt.Sprint(a.get("/customservice/kfsession/getsessionlist", "kf_account=a@gh")["sessionlist"]))
		require.Equal(t, "[]", fmt.Sprint(a.get("/customservice/kfsession/getsessionlist", "kf_account=b@gh")["sessionlist"]))
		require.Equal(t, "65401", code(a.get("/customservice/kfsession/getsessionlist", "kf_account=none@gh")))
		require.Equal(t, "[map[accepted_case:1 kf_account:a@gh kf_id:1001 status:1]]", fmt.Sprint(a.get("/cgi-bin/customservice/getonlinekflist", "")["kf_online_list"]))

		require.Equal(t, "0", session("close", "a@gh", "oLiLei"))
		require.Equal(t, "kf_close_session", a.lastEvent().Event)
		got = a.get("/customservice/kfsession/getsession", "openid=oLiLei")
		require.Equal(t, " 0", fmt.Sprint(got["kf_account"], " ", got["createtime"]))
		require.Equal(t, "0", session("create", "a@gh", "oLiLei"))
		require.Equal(t, "0", code(a.send("/customservice/kfaccount/del", `{"kf_account":"a@gh"}`)))
		require.Empty(t, a.get("/customservice/kfsession/getsession", "openid=oLiLei")["kf_account"])
	})
}

// transferring is a bot that sends every message to customer service.
func transferring(agent string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var m inbound
		if body := new(bytes.Buffer); must(body.ReadFrom(r.Body)) == 0 || decode(body.Bytes(), &m) != nil {
			return
		}
		fmt.Fprint(w, reply(m.FromUserName, m.ToUserName,
			"<MsgType>transfer_customer_service</MsgType><TransInfo><KfAccount>"+agent+"</KfAccount></TransInfo>"))
	})
}

// TestWaitingAndRecords follows users from a transfer through their chat with an agent.
func TestWaitingAndRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAreaTest(t)
		require.Equal(t, "0", code(a.send("/customservice/kfaccount/add", `{"kf_account":"a@gh","nickname":"客服"}`)))
		a.p.Bot(transferring("a@gh"))
		han, li := a.p.User("oHan"), a.p.User("oLiLei")
		began := time.Now()
		for _, u := range []*wechattest.User{li, han} {
			_, err := u.Text("在吗")
			require.NoError(t, err)
			time.Sleep(time.Second)
		}
		waiting := a.get("/customservice/kfsession/getwaitcase", "")
		require.Equal(t, "2", fmt.Sprint(waiting["count"]), "the agent is offline")
		require.Equal(t, fmt.Sprintf("[map[latest_time:%d openid:oLiLei] map[latest_time:%d openid:oHan]]", began.Unix(), began.Unix()+1), fmt.Sprint(waiting["waitcaselist"]))

		require.NoError(t, a.p.SetAgentOnline("a@gh", true))
		require.Error(t, a.p.AgentSend("a@gh", "oLiLei", "您好"), "no session yet")
		_, err := li.Text("还在吗")
		require.NoError(t, err)
		require.Equal(t, "1", fmt.Sprint(a.get("/customservice/kfsession/getwaitcase", "")["count"]))
		require.NoError(t, a.p.AgentSend("a@gh", "oLiLei", "您好"))
		_, err = li.Send(wechattest.Image("http://example.com/p.jpg", "MEDIA"))
		require.NoError(t, err)
		messages := a.p.Messages("oLiLei")
		require.Equal(t, "您好", messages[len(messages)-1].Content)

		records := func(from, to, msgID any, number int) map[string]any {
			return a.send("/customservice/msgrecord/getmsglist", fmt.Sprintf(`{"starttime":%v,"endtime":%v,"msgid":%v,"number":%d}`, from, to, msgID, number))
		}
		from, to := began.Unix(), began.Add(24*time.Hour).Unix()
		for _, bad := range []map[string]any{records(0, to, 1, 10), records(to, from, 1, 10), records(from, to, 0, 10), records(from, to, 1, 0), records(from, to, 1, 10_001)} {
			require.Equal(t, "65416", code(bad))
		}
		require.Equal(t, "65417", code(records(from, to+1, 1, 10)))
		page := records(from, to, 1, 2)
		require.Equal(t, "2", fmt.Sprint(page["number"]))
		now := began.Add(2 * time.Second).Unix()
		require.Equal(t, fmt.Sprintf("[map[openid:oLiLei opercode:2003 text:还在吗 time:%d worker:a@gh] map[openid:oLiLei opercode:2002 text:您好 time:%d worker:a@gh]]", now, now), fmt.Sprint(page["recordlist"]))
		page = records(from, to, page["msgid"], 2)
		require.Equal(t, fmt.Sprintf("[map[openid:oLiLei opercode:2003 text:[image] time:%d worker:a@gh]]", now), fmt.Sprint(page["recordlist"]))
		last := page["msgid"]
		page = records(from, to, last, 2)
		require.Equal(t, "0", fmt.Sprint(page["number"]))
		require.Equal(t, last, page["msgid"])
		for _, text := range []string{"请讲", "请等"} {
			require.NoError(t, a.p.AgentSend("a@gh", "oLiLei", text))
		}
		page = records(from, to, last, 1)
		require.Contains(t, fmt.Sprint(page["recordlist"]), "请讲")
		require.Contains(t, fmt.Sprint(records(from, to, page["msgid"], 1)["recordlist"]), "请等")
		for span, number := range map[[2]int64]string{{now, now}: "5", {now + 1, now + 1}: "0", {now - 1, now - 1}: "0"} {
			require.Equal(t, number, fmt.Sprint(records(span[0], span[1], 1, 10)["number"]), "both ends belong to the span")
		}
	})
}
