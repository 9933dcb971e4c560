package notifications

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// account is an account on the platform in memory with a bot.
type account struct {
	*wechattest.Platform
	oa  *officialaccount.Client
	bot *message.Handler
}

func open(t *testing.T) account {
	p := wechattest.New(t, wechattest.Config{})
	return account{p, localtest.Client(t, p), localtest.Bot(t, p)}
}

func TestShipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t)
		reportDeliveries(a.bot)
		id, err := template.New(a.oa).Add(t.Context(), "2023", "商品名称", "签收时间")
		require.NoError(t, err)
		order := shipped{OpenID: "oLiLei", Order: "1042", Goods: "加厚保暖连帽羽绒服中长款女装黑色均码包邮", At: time.Now()}

		_, err = sendShipped(t.Context(), a.oa, id, order)
		require.ErrorIs(t, err, errcode.InvalidOpenID, "the openid is unknown")

		user := a.User("oLiLei")
		_, err = user.Unfollow()
		require.NoError(t, err)
		_, err = sendShipped(t.Context(), a.oa, id, order)
		require.ErrorIs(t, err, errcode.RequireSubscribe)
		require.Contains(t, explain(err), "does not follow")

		_, err = user.Follow()
		require.NoError(t, err)
		_, err = sendShipped(t.Context(), a.oa, id, order)
		require.NoError(t, err)
		require.Len(t, a.Messages("oLiLei"), 1)
	})
}

func TestSubscription(t *testing.T) {
	a := open(t)
	var allowed []string
	countConsents(a.bot, func(_ context.Context, openID, templateID string) error {
		allowed = append(allowed, openID)
		return nil
	})
	notices := subscribe.New(a.oa)
	categories, err := notices.ListCategories(t.Context())
	require.NoError(t, err)
	var id string
	data := notice.Data{}
	for title, err := range notices.AllTitles(t.Context(), categories[0].ID) {
		require.NoError(t, err)
		keywords, err := notices.ListKeywords(t.Context(), title.ID)
		require.NoError(t, err)
		for _, k := range keywords[:2] {
			data[k.Rule+k.ID] = notice.Value{Value: k.Example}
		}
		id, err = notices.Add(t.Context(), subscribe.NewTemplate{TitleID: title.ID, Keywords: []string{keywords[0].ID, keywords[1].ID}, Scene: "到货提醒"})
		require.NoError(t, err)
		break
	}
	user := a.User("oLiLei")
	_, err = sendArrival(t.Context(), a.oa, "oLiLei", id, data)
	require.ErrorIs(t, err, errcode.UserRefusedMessage)
	_, err = user.AnswerPopup(wechattest.Consent{TemplateID: id, Status: "accept", Scene: 1})
	require.NoError(t, err)
	_, err = sendArrival(t.Context(), a.oa, "oLiLei", id, data)
	require.NoError(t, err)
	require.Equal(t, []string{"oLiLei"}, allowed)
}

func TestOnce(t *testing.T) {
	a := open(t)
	o := &once{templates: template.New(a.oa), templateID: "ONCE", scene: "12"}
	w := httptest.NewRecorder()
	o.ask(w, httptest.NewRequest(http.MethodGet, "/", nil), "s1")
	back, err := a.Stranger("oVisitor").ConsentOnce(w.Header().Get("Location"))
	require.NoError(t, err)

	w = httptest.NewRecorder()
	o.allowed(w, httptest.NewRequest(http.MethodGet, back.String(), nil), "another session")
	require.Equal(t, http.StatusForbidden, w.Code)
	w = httptest.NewRecorder()
	o.allowed(w, httptest.NewRequest(http.MethodGet, back.String(), nil), "s1")
	require.Equal(t, http.StatusOK, w.Code, w.Body)
	require.Len(t, a.Messages("oVisitor"), 1)
}

func TestWindow(t *testing.T) {
	a := open(t)
	message.On(a.bot, rated, isRating)
	user := a.User("oLiLei")
	require.ErrorIs(t, writeTo(t.Context(), a.oa, "oLiLei"), errcode.ReplyWindowClosed)
	_, err := user.Text("退货")
	require.NoError(t, err)
	for range 5 {
		require.NoError(t, writeTo(t.Context(), a.oa, "oLiLei"))
	}
	require.ErrorIs(t, writeTo(t.Context(), a.oa, "oLiLei"), errcode.TooManyReplies)
	reply, err := user.Send(wechattest.MenuReply("满意", "yes"))
	require.NoError(t, err)
	require.Equal(t, "感谢您的评价！", reply.Content)
	a.Advance(49 * time.Hour)
	require.ErrorIs(t, writeTo(t.Context(), a.oa, "oLiLei"), errcode.ReplyWindowClosed)
}

func TestSendToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t)
		kept := store.NewMemory()
		ledger, err := newLedger(a.bot, a.Config().AppID, kept)
		require.NoError(t, err)
		id, err := template.New(a.oa).Add(t.Context(), "2023", "商品名称", "签收时间")
		require.NoError(t, err)
		var orders []shipped
		for i := range 100 {
			openID := fmt.Sprintf("oUser%d", i)
			a.User(openID)
			orders = append(orders, shipped{OpenID: openID, Order: fmt.Sprint(i), Goods: "羽绒服", At: time.Now()})
		}
		a.User("oUser3").MuteTemplates(true)
		a.User("oUser4").Unfollow()
		for _, earlier := range []int{0, 100} {
			p, err := sendToAll(t.Context(), a.oa, kept, ledger, id, slices.Values(orders))
			require.NoError(t, err)
			require.Equal(t, 99, p.Outcomes["sent"])
			require.Equal(t, earlier, p.Earlier)
		}
		require.Len(t, a.Messages("oUser7"), 1)

		time.Sleep(time.Minute) // the events have come
		reports := map[string]int{}
		config := broadcast.Config{Name: "shipped-2026-11-11", Store: kept, OnResult: func(r broadcast.Result) {
			require.True(t, r.Earlier)
			report, err := reportOf(t.Context(), ledger, r)
			require.NoError(t, err)
			reports[report]++
		}}
		_, err = broadcast.RunFunc(t.Context(), config, broadcast.Each(slices.Values(orders)),
			func(s shipped) string { return s.OpenID + "/" + s.Order },
			func(context.Context, shipped) (string, error) { panic("sends again") })
		require.NoError(t, err)
		require.Equal(t, map[string]int{"delivered": 98, "failed:user block": 1, "not a follower": 1}, reports)
	})
}
