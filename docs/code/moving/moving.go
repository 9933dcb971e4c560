// Package moving has the code of the pages "Moving to this module".
package moving

import (
	"context"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// newClient fetches its own token, which leaves that of the old program alone.
func newClient(appID, secret string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret})
}

// newSharingClient uses the token that the old program keeps in Redis.
func newSharingClient(rdb *redis.Client, appID string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, TokenSource: silenceperRedis(rdb, appID, false)})
}

// replay delivers recorded messages to the new handler, in the mode of the platform p,
// and returns what the users would see.
func replay(p *wechattest.Platform, bot http.Handler, recorded [][]byte) (answers []string, err error) {
	p.Bot(bot)
	for _, body := range recorded {
		reply, err := p.Send(wechattest.Raw(body))
		if err != nil {
			return answers, err
		}
		answers = append(answers, reply.Saw())
	}
	return answers, nil
}

// compareMenu returns the plan from the menus of the account, whoever created them, to
// those of a file. It has no steps if they are equal.
func compareMenu(ctx context.Context, oa *officialaccount.Client, file []byte) (*menu.Plan, error) {
	wanted, err := menu.Parse(file)
	if err != nil {
		return nil, err
	}
	return menu.New(oa).Diff(ctx, wanted)
}

// newBot returns the new handler.
func newBot(account wechattest.Config) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("收到：" + m.Content), nil
	})
	message.On(bot, func(context.Context, *message.SubscribeEvent) (message.Reply, error) {
		return message.TextReply("欢迎关注"), nil
	})
	return bot, nil
}
