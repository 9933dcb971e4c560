// Package slowbots has the code of the page about slow bots.
package slowbots

import (
	"context"
	"iter"
	"time"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

// withService returns a bot of an account that can send customer-service messages (客服消息).
func withService(c message.Config, oa *officialaccount.Client) (*message.Handler, error) {
	kf := customerservice.New(oa)
	c.LateReply = kf
	bot, err := message.NewHandler(c)
	if err != nil {
		return nil, err
	}
	bot.Use(kf.WhileTyping) // 对方正在输入
	return bot, nil
}

// registerSlow registers a function that may be slow. It does not know of the five seconds.
func registerSlow(bot *message.Handler, find func(ctx context.Context, order string) (string, error)) {
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		status, err := find(ctx, m.Content) // two seconds, or twenty
		if err != nil {
			return nil, err
		}
		return message.TextReply(status), nil
	})
}

// withInterim returns a bot that says at the deadline that the answer is on its way.
func withInterim(c message.Config, oa *officialaccount.Client) (*message.Handler, error) {
	c.LateReply = customerservice.New(oa)
	c.Interim = func(m message.Message) message.Reply {
		if message.HeaderOf(m).MsgType == "event" {
			return nil // a click or a follow is answered with nothing
		}
		return message.TextReply("正在查询，请稍候…")
	}
	return message.NewHandler(c)
}

// holding returns a bot that uses the platform's repeats, without customer-service messages.
func holding(c message.Config) (*message.Handler, error) {
	c.HoldForRetries = true // up to 14 seconds
	return message.NewHandler(c)
}

// keeping returns a bot that keeps late answers until the user writes again.
func keeping(c message.Config, shared store.Store) (*message.Handler, error) {
	kept := message.NewKeptReplies(shared, time.Hour, "\n（回复“继续”看下文）")
	c.LateReply = kept
	c.Interim = func(m message.Message) message.Reply {
		return message.TextReply("正在思考，请稍后回复“继续”。")
	}
	bot, err := message.NewHandler(c)
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		reply, err := kept.Next(ctx, m)
		if reply == nil && err == nil {
			reply = message.TextReply("没有更多了。")
		}
		return reply, err
	}, message.ContentEquals("继续"))
	return bot, nil
}

// registerLong answers with a text of any length.
func registerLong(bot *message.Handler, terms func() string) {
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.LongTextReply(terms()), nil
	}, message.ContentEquals("售后政策"))
}

// registerModel answers with the text of a language model, as it arrives.
func registerModel(bot *message.Handler, ask func(ctx context.Context, question string) iter.Seq2[string, error]) {
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.StreamReply(ask(ctx, m.Content)), nil
	})
}
