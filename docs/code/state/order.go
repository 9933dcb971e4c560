// Package state has the code of the page about conversation state.
package state

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
)

// returning is how far a user has come with the return of goods.
type returning struct {
	Order  string
	Reason string
}

// next takes what the user said and returns the bot's answer.
func (r *returning) next(said string) string {
	switch {
	case r.Order == "":
		r.Order = said
		return "退货原因是什么？"
	case r.Reason == "":
		r.Reason = said
	}
	return "已登记：订单 " + r.Order + "，原因：" + r.Reason
}

// newBot asks two questions. Everything it remembers is in the store.
func newBot(c message.Config, shared store.Store) (*message.Handler, error) {
	c.Store = shared
	bot, err := message.NewHandler(c)
	if err != nil {
		return nil, err
	}
	returns := message.NewState[returning](shared, "returns", 30*time.Minute)
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("请输入订单号。"), returns.Set(ctx, m, returning{})
	}, message.ContentEquals("退货"))
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("已取消。"), returns.Delete(ctx, m)
	}, message.ContentEquals("取消"))
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		if _, found, err := returns.Get(ctx, m); err != nil || !found {
			return nil, err // no conversation is open
		}
		var answer string
		now, err := returns.Update(ctx, m, func(r *returning) error {
			answer = r.next(m.Content)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if now.Reason != "" {
			slog.Info("return registered", "order", now.Order)
			err = returns.Delete(ctx, m)
		}
		return message.TextReply(answer), err
	})
	return bot, nil
}

// openRedis returns a store that all processes share. It logs whether Redis answers.
func openRedis(ctx context.Context, address string) (*redisstore.Store, error) {
	client := redis.NewClient(&redis.Options{
		Addr: address, ContextTimeoutEnabled: true,
		DialTimeout: time.Second, ReadTimeout: time.Second, WriteTimeout: time.Second,
		DialerRetries: 1, MaxRetries: 1, // an answer has five seconds in all
	})
	if err := client.Ping(ctx).Err(); err != nil {
		slog.Error("Redis does not answer", "address", address, "error", err)
	}
	return redisstore.New(client, redisstore.Config{Prefix: "shopbot:"})
}

// errTaken makes an Update store nothing.
var errTaken = errors.New("the coupon is taken")

// takeCoupon gives a user one coupon, even if two messages arrive at once.
func takeCoupon(ctx context.Context, coupons *message.State[bool], m message.Message) (bool, error) {
	_, err := coupons.Update(ctx, m, func(taken *bool) error {
		if *taken {
			return errTaken
		}
		*taken = true
		return nil
	})
	if errors.Is(err, errTaken) {
		return false, nil
	}
	return err == nil, err
}

// fromPage reads the state of a user on a web page, where there is no message.
func fromPage(ctx context.Context, returns *message.State[returning], account, openID string) (returning, bool, error) {
	return returns.Get(ctx, &message.Header{ToUserName: account, FromUserName: openID})
}
