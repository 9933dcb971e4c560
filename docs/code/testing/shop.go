// Package testing has the code of the page about testing: a bot and its tests.
package testing

import (
	"context"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// orders is what the bot needs of the shop.
type orders interface {
	Status(ctx context.Context, number string) (string, error)
}

// newBot is the bot under test.
func newBot(c message.Config, oa *officialaccount.Client, shop orders) (*message.Handler, error) {
	c.LateReply = customerservice.New(oa)
	bot, err := message.NewHandler(c)
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		status, err := shop.Status(ctx, m.Content)
		if err != nil {
			return nil, err
		}
		return message.TextReply(m.Content + "：" + status), nil
	})
	return bot, nil
}
