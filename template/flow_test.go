package template_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A template message is sent, read by its receiver, and its outcome reaches the bot.
func TestSendToEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		h := localtest.Bot(t, p)
		var finished []*message.TemplateSendJobFinishEvent
		message.On(h, func(_ context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
			finished = append(finished, e)
			return nil, nil
		})
		defer func() { require.NoError(t, h.Shutdown(t.Context())) }()
		templates := template.New(localtest.Client(t, p))
		p.User("oLiLei")

		id, err := templates.Add(t.Context(), "2023", "商品名称", "签收时间")
		require.NoError(t, err)
		list, err := templates.List(t.Context())
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.Equal(t, id, list[0].ID)
		require.Contains(t, list[0].Content, "商品名称:{{thing1.DATA}}")

		m := template.Message{
			To: "oLiLei", TemplateID: id, URL: "https://example.com/?a=1&b=2", ClientMsgID: "order-42",
			Data: notice.Data{"thing1": {Value: "自行车"}, "thing2": {Value: "今天"}},
		}
		msgID, err := templates.Send(t.Context(), m)
		require.NoError(t, err)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(t, finished, 1)
		require.Equal(t, msgID, finished[0].JobMsgID)
		require.Equal(t, message.TemplateStatus("success"), finished[0].Status)
		require.Equal(t, "oLiLei", finished[0].FromUserName)
		received := p.Messages("oLiLei")
		require.Len(t, received, 1)
		require.Equal(t, "商品名称:自行车\n签收时间:今天\n", received[0].Content)

		again, err := templates.Send(t.Context(), m)
		require.NoError(t, err)
		require.Equal(t, msgID, again, "the same client_msg_id within ten minutes is the same message")

		p.User("oLiLei").MuteTemplates(true)
		m.ClientMsgID = ""
		_, err = templates.Send(t.Context(), m)
		require.NoError(t, err)
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, message.TemplateStatus("failed:user block"), finished[1].Status)

		m.Data["thing1"] = notice.Value{Value: "一二三四五六七八九十一二三四五六七八九十一"}
		_, err = templates.Send(t.Context(), m)
		require.ErrorIs(t, err, errcode.InvalidTemplateArgument)

		require.NoError(t, templates.Delete(t.Context(), id))
		_, err = templates.Send(t.Context(), m)
		require.ErrorIs(t, err, errcode.InvalidTemplateID)
	})
}

// The page asks, the user agrees, one message goes.
func TestOneTimeSubscription(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	templates := template.New(localtest.Client(t, p))
	page, err := templates.ConsentURL(template.Consent{
		Scene: "7", TemplateID: "1uDxHNXwYQfBmXOfPJcjAS3FynHArD8aWMEFNRGSbCc",
		RedirectURL: "https://example.com/back?order=42", Reserved: "n0nce",
	})
	require.NoError(t, err)
	back, err := p.User("oLiLei").ConsentOnce(page)
	require.NoError(t, err)
	answer := template.ParseConsent(back.Query())
	require.Equal(t, "oLiLei", answer.OpenID)
	require.True(t, answer.Confirmed)
	require.Equal(t, "n0nce", answer.Reserved)
	require.Equal(t, "42", back.Query().Get("order"))

	m := template.OneTimeMessage{
		To: answer.OpenID, TemplateID: answer.TemplateID, Scene: answer.Scene, Title: "开奖",
		Data: template.OneTimeData{Content: notice.Value{Value: "You won."}},
	}
	require.NoError(t, templates.SendOneTime(t.Context(), m))
	require.ErrorIs(t, templates.SendOneTime(t.Context(), m), errcode.UserRefusedMessage, "the consent is used up")
}

func TestIndustryOfPlatform(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	templates := template.New(localtest.Client(t, p))
	require.NoError(t, templates.SetIndustries(t.Context(), template.Express, template.OtherIndustries))
	got, err := templates.GetIndustries(t.Context())
	require.NoError(t, err)
	require.Equal(t, template.IndustryName{Class: "运输与仓储", Name: "快递"}, got.Primary)
	require.Equal(t, template.IndustryName{Class: "其它", Name: "其它"}, got.Secondary)
	require.ErrorIs(t, templates.SetIndustries(t.Context(), template.Software, template.Hardware), errcode.ChangeTemplateTooOften)
}

func TestBlockedOfPlatform(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	for range 250 {
		p.BlockTemplateMessage("24900000000000001", "oLiLei", "Title", "Content")
	}
	rows := 0
	for row, err := range template.New(localtest.Client(t, p)).AllBlocked(t.Context(), "24900000000000001") {
		require.NoError(t, err)
		require.Equal(t, "Title", row.Title)
		rows++
	}
	require.Equal(t, 250, rows)
}
