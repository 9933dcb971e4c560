package subscribe_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A template is put together, the user agrees, one notice goes, and its outcome
// reaches the bot.
func TestNoticeToEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		account := p.Config()
		h, err := message.NewHandler(message.Config{Token: account.Token})
		require.NoError(t, err)
		var popups []*message.SubscribeMsgPopupEvent
		message.On(h, func(_ context.Context, e *message.SubscribeMsgPopupEvent) (message.Reply, error) {
			popups = append(popups, e)
			return nil, nil
		})
		var sent []*message.SubscribeMsgSentEvent
		message.On(h, func(_ context.Context, e *message.SubscribeMsgSentEvent) (message.Reply, error) {
			sent = append(sent, e)
			return nil, nil
		})
		p.Bot(h)
		defer func() { require.NoError(t, h.Shutdown(t.Context())) }()
		notices := subscribe.New(localtest.Client(t, p))

		categories, err := notices.ListCategories(t.Context())
		require.NoError(t, err)
		var ids []string
		for _, c := range categories {
			ids = append(ids, c.ID)
		}
		var title subscribe.Title
		for one, err := range notices.AllTitles(t.Context(), ids...) {
			require.NoError(t, err)
			if one.Type == subscribe.OneTime {
				title = one
			}
		}
		require.NotEmpty(t, title.ID)
		keywords, err := notices.ListKeywords(t.Context(), title.ID)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(keywords), 2)
		id, err := notices.Add(t.Context(), subscribe.NewTemplate{
			TitleID: title.ID, Keywords: []string{keywords[1].ID, keywords[0].ID}, Scene: "测试",
		})
		require.NoError(t, err)
		list, err := notices.List(t.Context())
		require.NoError(t, err)
		require.Equal(t, id, list[0].ID)

		m := subscribe.Message{To: "oLiLei", TemplateID: id, URL: "https://example.com/?a&b", Data: notice.Data{}}
		for _, k := range keywords[:2] {
			m.Data[fmt.Sprint(k.Rule, k.ID)] = notice.Value{Value: k.Example}
		}
		u := p.User("oLiLei")
		_, err = notices.Send(t.Context(), m)
		require.ErrorIs(t, err, errcode.UserRefusedMessage)
		_, err = u.AnswerPopup(wechattest.Consent{TemplateID: id, Status: "accept", Scene: 1})
		require.NoError(t, err)
		require.Len(t, popups, 1)
		msgID, err := notices.Send(t.Context(), m)
		require.NoError(t, err)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, sent, 1)
		require.Equal(t, "oLiLei", sent[0].FromUserName)
		require.Equal(t, sent[0].Results[0].MsgID, msgID)
		received := p.Messages("oLiLei")
		require.Len(t, received, 1)
		require.Contains(t, received[0].Content, keywords[0].Example)
		_, err = notices.Send(t.Context(), m)
		require.ErrorIs(t, err, errcode.UserRefusedMessage, "one consent, one notice")

		require.NoError(t, notices.Delete(t.Context(), id))
		_, err = notices.Send(t.Context(), m)
		require.ErrorIs(t, err, errcode.InvalidTemplateID)
	})
}

func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()
	notices := subscribe.New(oa)
	id, err := notices.Add(ctx, subscribe.NewTemplate{TitleID: "401", Keywords: []string{"1", "3"}, Scene: "到期提醒"})
	if err != nil {
		fmt.Println(err)
		return
	}
	p.User("oLiLei").AnswerPopup(wechattest.Consent{TemplateID: id, Status: "accept"})

	_, err = notices.Send(ctx, subscribe.Message{
		To:         "oLiLei",
		TemplateID: id,
		URL:        "https://example.com/renew",
		Data:       notice.Data{"thing1": {Value: "Cloud"}, "number3": {Value: "7"}},
	})
	fmt.Println(err, len(p.Messages("oLiLei")))
	// Output: <nil> 1
}
