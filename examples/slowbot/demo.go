package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo asks the bot on the local platform and prints how the answer comes.
func demo(ctx context.Context, out io.Writer, s slowness) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	if s.takes > 0 {
		show(ctx, stage, "An answer that takes "+s.takes.String(), slowness{takes: s.takes}, "")
		show(ctx, stage, "The same, held over the platform's repeats", slowness{takes: s.takes, hold: true}, "")
	} else {
		show(ctx, stage, "In time", slowness{takes: time.Second}, "in time, with delivery 1")
		show(ctx, stage, "Held over a repeat", slowness{takes: 7 * time.Second, hold: true}, "in time, with delivery 2")
		show(ctx, stage, "Late", slowness{takes: 7 * time.Second}, "late, as a customer-service message")
	}
	return stage.Close()
}

// show asks a bot one question. The answer must come in the way that is wanted.
func show(ctx context.Context, stage *transcript.Stage, title string, s slowness, want string) {
	stage.Title(title)
	stage.Step("user", fmt.Sprintf("asks a bot that takes %v", s.takes), func() (string, error) {
		way, err := ask(ctx, stage, s)
		if err == nil && !strings.Contains(way, want) {
			err = fmt.Errorf("(expected: %s)", want)
		}
		return way, err
	})
}

// ask puts a question to a new bot, and tells how the answer came.
func ask(ctx context.Context, stage *transcript.Stage, s slowness) (way string, err error) {
	oa, err := stage.Client()
	if err != nil {
		return "", err
	}
	bot, err := newBot(localAccount(stage.Platform), s, customerservice.New(oa))
	if err != nil {
		return "", err
	}
	stage.Platform.Bot(bot)
	user := stage.Platform.User("oXiaoMing")
	before := len(stage.Platform.Messages(user.OpenID()))
	begin := time.Now()
	reply, err := user.Text("what is the meaning of life?")
	answered := time.Since(begin)
	err = errors.Join(err, bot.Shutdown(ctx)) // a late answer is sent before this returns
	after := time.Since(begin)
	got := stage.Platform.Messages(user.OpenID())[before:]
	switch {
	case err != nil:
		return "", err
	case len(got) != 1:
		return "", fmt.Errorf("the user got %d answers", len(got))
	case reply.Content != "":
		return fmt.Sprintf("%q in time, with delivery %d, after %s", got[0].Content, len(reply.Deliveries), seconds(answered)), nil
	}
	return fmt.Sprintf("success after %s; %q late, as a customer-service message, after %s", seconds(answered), got[0].Content, seconds(after)), nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
