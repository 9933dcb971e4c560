package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/openapi"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo moves an account of the local platform, and prints what happens.
func demo(ctx context.Context, out io.Writer, rdb *redis.Client, redisAddress string) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe})
	if err != nil {
		return err
	}
	return errors.Join(move(ctx, stage, rdb, redisAddress), stage.Close())
}

func move(ctx context.Context, stage *transcript.Stage, rdb *redis.Client, redisAddress string) error {
	platform := stage.Platform
	source := oldTokenOf(rdb, platform.Config().AppID)
	if err := rdb.Del(ctx, source.key).Err(); err != nil { // a real Redis may still have one
		return err
	}
	old := newOldProgram(ctx, platform, redisAddress)
	bot, err := newBot(platform.Config())
	if err != nil {
		return err
	}
	defer bot.Shutdown(ctx)
	shared, err := newClient(platform, source)
	if err != nil {
		return err
	}
	own, err := newClient(platform, nil)
	if err != nil {
		return err
	}
	user := platform.User("oXiaoMing")
	says := func(text string) {
		stage.Step(user.OpenID(), "says "+text, func() (string, error) { return transcript.Sees("收到：" + text)(user.Text(text)) })
	}
	tokens := func(do func() error, want int) func() (string, error) {
		return func() (string, error) {
			if err := do(); err != nil {
				return "", err
			}
			got := platform.TokenRequests()
			if got != want {
				return fmt.Sprintf("tokens fetched: %d", got), fmt.Errorf("(expected: %d)", want)
			}
			return fmt.Sprintf("done; tokens fetched so far: %d", got), nil
		}
	}
	callback := func(what string, handler http.Handler) {
		stage.Step("account", what, func() (string, error) { return "the URL is verified", platform.Bot(handler).Verify() })
	}

	stage.Title("The old program (silenceper/wechat) alone")
	callback("has its callback at the old program", old)
	stage.Step("old", "creates the menu", tokens(old.createMenu, 1))
	stage.Step(user.OpenID(), "follows", func() (string, error) { return transcript.Sees("欢迎关注")(user.Follow()) })
	stage.Step(user.OpenID(), "presses 今日歌曲", func() (string, error) { return transcript.Sees("茉莉花")(user.Tap("今日歌曲")) })
	says("你好")

	stage.Title("The new program makes calls, with the token from the old one's cache")
	call := func() error { _, err := openapi.New(shared).ListCallbackIPs(ctx); return err }
	stage.Step("new", "calls the platform", tokens(call, 1))
	stage.Step("both", "make 20 calls each", tokens(func() error {
		for range 20 {
			if err := errors.Join(old.call(), call()); err != nil {
				return err
			}
		}
		return nil
	}, 1))
	stage.Step("new", "compares the menu with menu.json", func() (string, error) {
		plan, err := menuPlan(ctx, shared)
		if err != nil {
			return "", err
		}
		if len(plan.Steps) > 0 {
			return plan.String(), errors.New("(expected no steps)")
		}
		return "equal", nil
	})

	stage.Title("The new handler gets the messages that the old one has recorded")
	stage.Step("rehearsal", "compares the answers", func() (string, error) { return rehearse(platform.Config(), old.recorded()) })

	stage.Title("The callback moves, back, and for good")
	callback("moves its callback to the new program", bot)
	says("还在吗")
	callback("goes back to the old program", old)
	says("退回了吗")
	callback("moves to the new program again", bot)
	says("谢谢")

	stage.Title("The old program is switched off")
	stage.Step("new", "calls with a token of its own", tokens(func() error { _, err := openapi.New(own).ListCallbackIPs(ctx); return err }, 2))
	return nil
}

// rehearse delivers recorded messages to a new bot on a platform of its own, and compares
// its answers with those recorded.
func rehearse(account wechattest.Config, records []record) (string, error) {
	platform, err := wechattest.Open(account)
	if err != nil {
		return "", err
	}
	defer platform.Close()
	bot, err := newBot(account)
	if err != nil {
		return "", err
	}
	platform.Bot(bot)
	for _, r := range records {
		reply, err := platform.Send(wechattest.Raw(r.body))
		if err != nil {
			return "", err
		}
		if got := reply.Saw(); got != r.answer {
			return got, fmt.Errorf("(the old program answered %q)", r.answer)
		}
	}
	return fmt.Sprintf("%d of %d answers are equal", len(records), len(records)), nil
}
