package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo has two users order from two instances of the bot at the same time.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool, redisAddress string) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, redisAddress, in, once), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage, redisAddress string, in io.Reader, once bool) error {
	shared, closeStore, err := open(redisAddress)
	if err != nil {
		return err
	}
	defer closeStore()
	one, err := newBot(localAccount(stage.Platform), shared)
	if err != nil {
		return err
	}
	two, err := newBot(localAccount(stage.Platform), shared)
	if err != nil {
		return err
	}
	defer one.Shutdown(ctx)
	defer two.Shutdown(ctx)
	bot := stage.Platform.Bot(one, two) // in turn, repeats included

	lin, fang := stage.Platform.User("oXiaoLin"), stage.Platform.User("oXiaoFang")
	lin.Unfollow() // whatever a Redis still knows of an earlier run
	fang.Unfollow()
	say := func(u *wechattest.User, text, answer string) {
		stage.Step(u.OpenID(), text, func() (string, error) {
			reply, err := u.Text(text)
			saw, err := transcript.Sees(answer)(reply, err)
			return fmt.Sprintf("%s  (instance %s)", saw, instances(reply)), err
		})
	}
	stage.Title("Two users, two instances, one conversation each")
	say(lin, "hello", "What would you like to drink?")
	say(fang, "hi", "What would you like to drink?")
	say(fang, "water", "Which size?")
	say(lin, "茶", "Which size?")
	say(lin, "large", "One large 茶, coming up.")
	say(fang, "small", "One small water, coming up.")

	stage.Title("The answer is lost, and the message comes again, to the other instance")
	say(lin, "again", "What would you like to drink?")
	bot.FailNext(wechattest.DeliveryFault{LoseAnswer: true})
	say(lin, "coffee", "Which size?")
	say(lin, "medium", "One medium coffee, coming up.")
	if !once {
		stage.Talk(ctx, in, "Order something", func(line string) string {
			reply, err := stage.Platform.User("oYou").Text(line)
			if err != nil {
				return err.Error()
			}
			return reply.Saw()
		})
	}
	return nil
}

// instances names those that got the message.
func instances(r *wechattest.Reply) string {
	var text string
	for i, d := range r.Deliveries {
		if i > 0 {
			text += ", then "
		}
		text += fmt.Sprint(d.Instance + 1)
	}
	return text
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
