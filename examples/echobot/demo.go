package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"github.com/seed-f21aa8d8/wechat/examples/internal/local"
	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/console"
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
	stage, err := local.OpenPlain(out)
	if err != nil {
		return err
	}
	stage.Title("Plaintext mode (明文模式)")
	err = withBot(ctx, stage, func(bot *wechattest.Bot) { greet(stage, bot) })
	return errors.Join(err, stage.Close())
}

func safe(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := local.Open(out)
	if err != nil {
		return err
	}
	stage.Title("Safe mode (安全模式)")
	user := stage.Platform.User(openID)
	var talking error
	err = withBot(ctx, stage, func(bot *wechattest.Bot) {
		greet(stage, bot)
		stage.Step("user", "sends a picture", func() (string, error) {
			return local.Sees("PICTURE_1")(user.Send(wechattest.Image("http://mmbiz.example/picture.jpg", "PICTURE_1")))
		})
		forge(stage, wechattest.WrongMsgSignature)
		forge(stage, wechattest.PlaintextBody)
		if !once {
			talking = talk(ctx, stage, in, out)
		}
	})
	return errors.Join(err, talking, stage.Close())
}

const openID = "oXiaoMing"

// withBot serves the bot on loopback, over TCP as in real life, while visit runs.
func withBot(ctx context.Context, stage *local.Stage, visit func(*wechattest.Bot)) error {
	bot, err := newBot(stage.Account())
	if err != nil {
		return err
	}
	url, stop, err := serve(ctx, func(ctx context.Context, l net.Listener) error { return setup.ServeListener(ctx, l, bot) })
	if err != nil {
		return err
	}
	visit(stage.Platform.BotURL(url + "/wechat"))
	return errors.Join(stop(), setup.Drain(bot))
}

// serve runs a server on a free port of loopback until stop.
func serve(ctx context.Context, run func(context.Context, net.Listener) error) (url string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- run(ctx, listener) }()
	stop = func() error {
		cancel()
		return <-served
	}
	return "http://" + listener.Addr().String(), stop, nil
}

// greet is what happens in either mode: the platform verifies the callback URL, a
// user follows and says something.
func greet(stage *local.Stage, bot *wechattest.Bot) {
	const text = "Hello, 世界 🌏 & ]]> <friends>"
	user := stage.Platform.User(openID)
	stage.Step("platform", "verifies the callback URL", func() (string, error) {
		return "echostr comes back", bot.Verify()
	})
	stage.Step("user", "follows", func() (string, error) { return local.Sees("Welcome")(user.Follow()) })
	stage.Step("user", "says "+text, func() (string, error) {
		reply, err := user.Text(text)
		outcome, err := local.Sees(text)(reply, err)
		if reply.Encrypted {
			outcome += "  (encrypted)"
		}
		return outcome, err
	})
}

// forge sends what the bot must not let in.
func forge(stage *local.Stage, f wechattest.Forgery) {
	stage.Step("forger", f.String(), func() (string, error) {
		d, err := stage.Platform.User(openID).Forge(f, wechattest.Text("let me in"))
		if err == nil && !d.Refused() {
			err = errors.New("let in")
		}
		return fmt.Sprintf("refused, HTTP %d", d.Status), err
	})
}

// talk serves the platform's page, and says the lines of in to the bot.
func talk(ctx context.Context, stage *local.Stage, in io.Reader, out io.Writer) error {
	page := console.New(stage.Platform, console.Config{})
	url, stop, err := serve(ctx, page.Serve)
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
	return stop()
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
