package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// newBot returns the handler that takes over.
func newBot(a wechattest.Config) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{Token: a.Token, AppID: a.AppID, EncodingAESKey: a.EncodingAESKey})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(context.Context, *message.SubscribeEvent) (message.Reply, error) {
		return message.TextReply("欢迎关注"), nil
	})
	message.On(bot, func(context.Context, *message.ClickEvent) (message.Reply, error) {
		return message.TextReply("茉莉花"), nil
	}, message.EventKey("SONG"))
	message.On(bot, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("收到：" + m.Content), nil
	})
	bot.HandleDefault(func(context.Context, message.Message) (message.Reply, error) {
		return message.TextReply("听不懂"), nil
	})
	return bot, nil
}

// oldToken is a token.Source that reads the token that the old program keeps in Redis.
type oldToken struct {
	rdb *redis.Client
	key string
}

// oldTokenOf returns the source for an account whose old program uses
// GET /cgi-bin/token, the default of silenceper/wechat.
func oldTokenOf(rdb *redis.Client, appID string) oldToken {
	return oldToken{rdb, "gowechat_officialaccount__access_token_" + appID}
}

// Token returns the token in Redis. Its key ends 25 minutes before it, and a token that
// the old program has replaced is accepted for about 5 more minutes. So it is used for up
// to 4 minutes after its key.
func (s oldToken) Token(ctx context.Context) (token.Token, error) {
	now := time.Now()
	pipe := s.rdb.TxPipeline() // value and life in one reading
	value, left := pipe.Get(ctx, s.key), pipe.PTTL(ctx, s.key)
	if _, err := pipe.Exec(ctx); errors.Is(err, redis.Nil) {
		return token.Token{}, fmt.Errorf("no token at %s: the old program has not fetched one", s.key)
	} else if err != nil {
		return token.Token{}, fmt.Errorf("token of the old program: %w", err)
	}
	return token.New(value.Val(), now.Add(left.Val()+4*time.Minute)), nil
}

// newClient returns a client of the account. Without a source it fetches tokens of its
// own, which leave those of the old program alone.
func newClient(p *wechattest.Platform, source token.Source) (*officialaccount.Client, error) {
	a := p.Config()
	return officialaccount.New(officialaccount.Config{
		AppID: a.AppID, Secret: a.Secret, TokenSource: source, HTTPClient: p.Client(), BaseURL: p.URL(),
	})
}

//go:embed menu.json
var menuFile []byte

// menuPlan returns the plan from the menu of the account to the one in menu.json.
func menuPlan(ctx context.Context, oa *officialaccount.Client) (*menu.Plan, error) {
	wanted, err := menu.Parse(menuFile)
	if err != nil {
		return nil, err
	}
	return menu.New(oa).Diff(ctx, wanted)
}
