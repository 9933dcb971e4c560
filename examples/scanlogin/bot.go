package main

import (
	"context"
	"log/slog"

	"github.com/seed-f21aa8d8/wechat/message"
)

// What the bot says.
const (
	ask  = "Somebody logs in to our website on a computer. Is that you? Reply 1 to log in. 有人正在电脑上登录，是你本人请回复 1。"
	done = "Logged in. 登录成功。"
	late = "This login has expired: reload the page. 二维码已失效，请刷新页面。"
	none = "There is no login to confirm. 没有需要确认的登录。"
)

// newBot returns the bot, which receives the scans. It asks the user before a login, so that
// nobody logs in a stranger's browser with a code that the stranger sent them.
func newBot(account Account, l logins) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
		Logger:         slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, e *message.ScanEvent) (message.Reply, error) {
		return l.answerScan(ctx, e.Scene, e.FromUserName)
	})
	message.On(bot, func(ctx context.Context, e *message.SubscribeEvent) (message.Reply, error) {
		if e.Scene != "" {
			return l.answerScan(ctx, e.Scene, e.FromUserName)
		}
		return message.TextReply("Welcome! 欢迎关注。"), nil
	})
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		ok, err := l.confirm(ctx, m.FromUserName)
		if !ok {
			return message.TextReply(none), err
		}
		return message.TextReply(done), nil
	}, message.ContentEquals("1"))
	return bot, nil
}

func (l logins) answerScan(ctx context.Context, scene, openID string) (message.Reply, error) {
	ok, err := l.scan(ctx, scene, openID)
	if err != nil || !ok {
		return message.TextReply(late), err
	}
	return message.TextReply(ask), nil
}
