// Package firstbot has the code of the page about the first bot.
package firstbot

import (
	"context"
	"log/slog"

	"github.com/seed-f21aa8d8/wechat/message"
)

// registerReplies shows the common replies.
func registerReplies(bot *message.Handler) {
	message.On(bot, func(ctx context.Context, e *message.ClickEvent) (message.Reply, error) {
		return message.NewsReply{{
			Title:       "双十一主会场",
			Description: "满 300 减 50",
			PicURL:      "https://shop.example.com/banner.jpg",
			URL:         "https://shop.example.com/sale",
		}}, nil
	}, message.EventKey("SALE"))

	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TransferReply{}, nil // any available agent (转发到客服)
	}, message.ContentEquals("人工"))

	message.On(bot, func(ctx context.Context, e *message.UnsubscribeEvent) (message.Reply, error) {
		slog.Info("unfollowed", "openid", e.FromUserName)
		return nil, nil // answers success; the user sees nothing
	})

	bot.HandleDefault(func(ctx context.Context, m message.Message) (message.Reply, error) {
		slog.Info("no function for this message", "type", message.HeaderOf(m).MsgType)
		return nil, nil
	})
}

// welcomeByScene welcomes new followers by the place where they scanned the code.
func welcomeByScene(ctx context.Context, e *message.SubscribeEvent) (message.Reply, error) {
	if e.Scene != "" { // of the QR code (带参数二维码)
		return message.TextReply("欢迎来自" + e.Scene + "的朋友！"), nil
	}
	return message.TextReply("欢迎关注！"), nil
}

// logMessages is middleware: every message goes through it.
func logMessages(next message.HandlerFunc) message.HandlerFunc {
	return func(ctx context.Context, m message.Message) (message.Reply, error) {
		head := message.HeaderOf(m)
		slog.Info("message", "type", head.MsgType, "openid", head.FromUserName, "id", head.MsgID)
		return next(ctx, m)
	}
}
