package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/console"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo runs the bot and the local platform on loopback, first in plaintext and
// then in safe mode, and prints what happens. Unless once is set, the platform's
// page is served then, and the lines of in are said to the bot.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
	if err := plain(ctx, out); err != nil {
		return err
	}
	return safe(ctx, in, out, once)
}

func plain(ctx context.Context, out io.Writer) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Plain, StrictTokens: true})
	if err != nil {
		return err
	}
	stage.Title("Plaintext mode (明文模式)")
	bot, err := newBot(localAccount(stage.Platform))
	if err != nil {
		return errors.Join(err, stage.Close())
	}
	return errors.Join(greet(stage, bot), bot.Shutdown(ctx), stage.Close())
}

func safe(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	bot, err := newBot(localAccount(stage.Platform))
	if err != nil {
		return errors.Join(err, stage.Close())
	}
	return errors.Join(visit(ctx, stage, bot, in, out, once), bot.Shutdown(ctx), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage, bot http.Handler, in io.Reader, out io.Writer, once bool) error {
	stage.Title("Safe mode (安全模式)")
	if err := greet(stage, bot); err != nil {
		return err
	}
	stage.Step("user", "sends a picture", func() (string, error) {
		return transcript.Sees("PICTURE_1")(stage.Platform.User(openID).Send(wechattest.Image("http://mmbiz.example/picture.jpg", "PICTURE_1")))
	})
	forge(stage, wechattest.WrongMsgSignature)
	forge(stage, wechattest.PlaintextBody)
	if once {
		return nil
	}
	return talk(ctx, stage, in, out)
}

const openID = "oXiaoMing"

// greet is what happens in either mode: the platform verifies the callback URL, a
// user follows and says something.
func greet(stage *transcript.Stage, handler http.Handler) error {
	address, err := stage.Serve(handler) // over TCP, as in real life
	if err != nil {
		return err
	}
	bot := stage.Platform.BotURL(address + "/wechat")
	const text = "Hello, 世界 🌏 & ]]> <friends>"
	user := stage.Platform.User(openID)
	stage.Step("platform", "verifies the callback URL", func() (string, error) {
		return "echostr comes back", bot.Verify()
	})
	stage.Step("user", "follows", func() (string, error) { return transcript.Sees("Welcome")(user.Follow()) })
	stage.Step("user", "says "+text, func() (string, error) {
		reply, err := user.Text(text)
		outcome, err := transcript.Sees(text)(reply, err)
		if reply.Encrypted {
			outcome += "  (encrypted)"
		}
		return outcome, err
	})
	return nil
}

// forge sends a request that the bot must refuse.
func forge(stage *transcript.Stage, f wechattest.Forgery) {
	stage.Step("forger", f.String(), func() (string, error) {
		d, err := stage.Platform.User(openID).Forge(f, wechattest.Text("let me in"))
		if err == nil && !d.Refused() {
			err = errors.New("(expected a refusal)")
		}
		return fmt.Sprintf("refused, HTTP %d", d.Status), err
	})
}

// talk serves the platform's page, and says the lines of in to the bot.
func talk(ctx context.Context, stage *transcript.Stage, in io.Reader, out io.Writer) error {
	url, err := stage.Serve(console.New(stage.Platform, console.Config{}))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nThe local platform has a page, with a chat and a developer's console: %s/\n", url)
	user := stage.Platform.User(openID)
	stage.Talk(ctx, in, "Talk to the bot there, or here", func(line string) string {
		reply, err := user.Text(line)
		if err != nil {
			return reply.Saw() + "  (" + err.Error() + ")"
		}
		return reply.Saw()
	})
	return nil
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
