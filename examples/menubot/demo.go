package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo runs the bot on the local platform and prints a transcript. Unless once is set, it
// then presses the buttons that the lines of in name.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, in, once), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage, in io.Reader, once bool) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	bot, err := newBot(localAccount(stage.Platform))
	if err != nil {
		return err
	}
	defer bot.Shutdown(ctx)
	stage.Platform.Bot(bot)
	ming, fang := stage.Platform.User("oXiaoMing"), stage.Platform.User("oXiaoFang")
	ming.UsePhone(wechattest.Android)
	fang.UsePhone(wechattest.IOS)

	stage.Title("Menus (自定义菜单, 个性化菜单)")
	stage.Step("bot", "creates its menus", func() (string, error) { return "done", createMenus(ctx, oa) })
	press := func(user *wechattest.User, want string, names ...string) {
		stage.Step(user.OpenID(), "presses "+strings.Join(names, " › "), func() (string, error) {
			return transcript.Sees(want)(user.Tap(names...))
		})
	}
	press(ming, "茉莉花", "今日歌曲")
	press(ming, "I answer", "更多", "帮助")
	press(ming, "", "更多", "搜索")
	press(fang, "iPhone", "苹果专享")
	stage.Step(fang.OpenID(), "sees", func() (string, error) {
		got := names(fang.Menu())
		if got != "苹果专享, 更多" {
			return got, errors.New("(expected the menu for iPhones)")
		}
		return got, nil
	})
	if !once {
		stage.Talk(ctx, in, fmt.Sprintf("Press a button: %s, or 更多/帮助", names(ming.Menu())), func(line string) string {
			reply, err := ming.Tap(strings.Split(line, "/")...)
			if err != nil {
				return err.Error()
			}
			return reply.Saw()
		})
	}
	return nil
}

func names(buttons []wechattest.Button) string {
	var names []string
	for _, b := range buttons {
		names = append(names, b.Name)
	}
	return strings.Join(names, ", ")
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
