// Package notifications has the code of the page about notifications.
package notifications

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
)

// shipped is an order that has left the warehouse.
type shipped struct {
	OpenID, Order, Goods string
	At                   time.Time
}

// sendShipped sends a template message (模板消息). The id comes again in the event that
// reports the delivery.
func sendShipped(ctx context.Context, oa *officialaccount.Client, templateID string, s shipped) (msgID string, err error) {
	return template.New(oa).Send(ctx, template.Message{
		To:         s.OpenID,
		TemplateID: templateID,
		URL:        "https://shop.example.com/orders/" + s.Order,
		Data: notice.Data{
			"thing1": {Value: cut(s.Goods, 20)},
			"thing2": {Value: s.At.Format("1月2日 15:04")},
		},
		ClientMsgID: "shipped-" + s.Order, // within ten minutes a repeat is not sent
	})
}

// cut shortens a text to what a keyword takes: 20 characters for a thing.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return text
}

// explain says what to do about the error of a send.
func explain(err error) string {
	switch {
	case errors.Is(err, errcode.RequireSubscribe):
		return "the user does not follow the account: send an SMS"
	case errors.Is(err, errcode.UserRefusedMessage):
		return "the user has not agreed, or has used up the consent"
	case errors.Is(err, errcode.InvalidTemplateArgument):
		return "a value breaks the rule of its keyword: " + err.Error()
	case errors.Is(err, errcode.ReplyWindowClosed), errors.Is(err, errcode.TooManyReplies):
		return "customer service may not write now: use a template message"
	case errors.Is(err, errcode.ErrQuota):
		return "the quota of the day is used up"
	}
	return err.Error()
}

// reportDeliveries logs what became of messages.
func reportDeliveries(bot *message.Handler) {
	message.On(bot, func(ctx context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
		slog.Info("template message", "msgid", e.JobMsgID, "openid", e.FromUserName, "status", string(e.Status))
		return nil, nil
	})
	message.On(bot, func(ctx context.Context, e *message.SubscribeMsgSentEvent) (message.Reply, error) {
		for _, r := range e.Results {
			slog.Info("subscription notice", "msgid", r.MsgID, "code", r.ErrorCode, "status", r.ErrorStatus)
		}
		return nil, nil
	})
}

// countConsents counts how many notices a user has allowed.
func countConsents(bot *message.Handler, allow func(ctx context.Context, openID, templateID string) error) {
	message.On(bot, func(ctx context.Context, e *message.SubscribeMsgPopupEvent) (message.Reply, error) {
		for _, c := range e.Choices {
			if c.Status != message.SubscribeAccepted {
				continue
			}
			if err := allow(ctx, e.FromUserName, c.TemplateID); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// sendArrival sends a subscription notice (订阅通知) to a user who has allowed it.
func sendArrival(ctx context.Context, oa *officialaccount.Client, openID, templateID string, data notice.Data) (msgID string, err error) {
	return subscribe.New(oa).Send(ctx, subscribe.Message{
		To:         openID,
		TemplateID: templateID,
		URL:        "https://shop.example.com/goods/42",
		Data:       data,
	})
}

// once is a page where a user allows one message (一次性订阅消息), follower or not.
type once struct {
	templates  *template.Service
	templateID string
	scene      string // a number of your choice, 0 to 10000
}

// ask sends the browser to WeChat's page.
func (o *once) ask(w http.ResponseWriter, r *http.Request, session string) {
	url, err := o.templates.ConsentURL(template.Consent{
		Scene:       o.scene,
		TemplateID:  o.templateID,
		RedirectURL: "https://shop.example.com/allowed",
		Reserved:    session, // comes back: compare it, since anybody can make the query
	})
	if err != nil {
		http.Error(w, "not now", http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, url, http.StatusFound)
}

// allowed is where the browser returns. It sends the one message.
func (o *once) allowed(w http.ResponseWriter, r *http.Request, session string) {
	answer := template.ParseConsent(r.URL.Query())
	if answer.Reserved != session || !answer.Confirmed {
		http.Error(w, "not allowed", http.StatusForbidden)
		return
	}
	err := o.templates.SendOneTime(r.Context(), template.OneTimeMessage{
		To: answer.OpenID, TemplateID: answer.TemplateID, Scene: o.scene,
		Title: "到货提醒",
		Data:  template.OneTimeData{Content: notice.Value{Value: "您关注的商品到货了"}},
	})
	if err != nil {
		http.Error(w, explain(err), http.StatusBadGateway)
	}
}

// writeTo sends a customer-service message (客服消息) to a user who was active.
func writeTo(ctx context.Context, oa *officialaccount.Client, openID string) error {
	return customerservice.New(oa).Send(ctx, openID, customerservice.Menu{
		Head: "您的退货已完成。满意吗？",
		Items: []customerservice.MenuItem{
			{ID: "yes", Content: "满意"},
			{ID: "no", Content: "不满意"},
		},
		Tail: "谢谢！",
	})
}

// rated answers what the user tapped in the menu message.
func rated(ctx context.Context, m *message.Text) (message.Reply, error) {
	slog.Info("rated", "openid", m.FromUserName, "answer", m.MenuID)
	return message.TextReply("感谢您的评价！"), nil
}

func isRating(m message.Message) bool {
	text, ok := m.(*message.Text)
	return ok && text.MenuID != ""
}

// sendToAll sends a template message for each order. After a crash, call it again: those
// who have received it do not get it again.
func sendToAll(ctx context.Context, oa *officialaccount.Client, kept store.Store, ledger *broadcast.Ledger, templateID string, orders iter.Seq[shipped]) (*broadcast.Progress, error) {
	config := broadcast.Config{
		Name:         "shipped-2026-11-11", // the same name: the same broadcast
		Store:        kept,                 // durable, such as sqlstore
		Ledger:       ledger,
		Rate:         50, // a second
		RepeatWithin: 9 * time.Minute,
		Logger:       slog.Default(),
		OnResult: func(r broadcast.Result) {
			if r.Outcome != broadcast.Sent {
				slog.Warn("not sent", "receiver", r.Receiver, "outcome", string(r.Outcome), "code", int(r.Code))
			}
		},
	}
	return broadcast.RunFunc(ctx, config, broadcast.Each(orders),
		func(s shipped) string { return s.OpenID + "/" + s.Order },
		func(ctx context.Context, s shipped) (string, error) { return sendShipped(ctx, oa, templateID, s) })
}

// reportOf describes the result of a receiver and the delivery of its message.
func reportOf(ctx context.Context, ledger *broadcast.Ledger, r broadcast.Result) (string, error) {
	if r.Outcome != broadcast.Sent {
		return string(r.Outcome), nil
	}
	d, found, err := ledger.Find(ctx, r.MsgID)
	switch {
	case err != nil:
		return "", err
	case !found:
		return "sent, no event", nil
	case d.Delivered:
		return "delivered", nil
	}
	return d.Status, nil // such as failed:user block
}

// newLedger matches the delivery events with what was sent.
func newLedger(bot *message.Handler, appID string, kept store.Store) (*broadcast.Ledger, error) {
	ledger, err := broadcast.NewLedger(broadcast.LedgerConfig{
		Account: appID,
		Store:   kept,
		OnDelivery: func(ctx context.Context, d broadcast.Delivery) {
			slog.Info("delivery", "receiver", d.Receiver, "delivered", d.Delivered, "status", d.Status)
		},
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
		return nil, ledger.Record(ctx, e.JobMsgID, e.Status == message.TemplateSent, string(e.Status))
	})
	return ledger, nil
}
