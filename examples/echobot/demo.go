package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// demo runs the bot and the local platform on loopback, first in plaintext and
// then in safe mode, and prints what happens; unless once is set, the lines of
// in are then said to the bot in safe mode.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{ReplaceAttr: withoutTime})))
	t := &transcript{out: out}

	t.title("Plaintext mode (明文模式)")
	err := onLocalPlatform(ctx, wechattest.Plain, func(bot *wechattest.Bot, user *wechattest.User) error {
		t.verification(bot)
		t.step("follows", want("Welcome"), user.Follow)
		t.say(user, "Hello, 世界 🌏 & <friends>")
		return nil
	})
	if err != nil {
		return err
	}

	t.title("Safe mode (安全模式)")
	return onLocalPlatform(ctx, wechattest.Safe, func(bot *wechattest.Bot, user *wechattest.User) error {
		t.verification(bot)
		t.step("follows", want("Welcome"), user.Follow)
		t.say(user, "Hello, encrypted ]]> world")
		t.step("sends a picture", want("PICTURE_1"), func() (*wechattest.Reply, error) {
			return user.Send(wechattest.Image("http://mmbiz.example/picture.jpg", "PICTURE_1"))
		})
		t.forgery(user, wechattest.WrongMsgSignature)
		t.forgery(user, wechattest.PlaintextBody)
		if err := t.summary(); err != nil || once {
			return err
		}
		talk(ctx, in, out, user)
		return nil
	})
}

// onLocalPlatform gives the bot a platform and a user on loopback, over TCP as
// in real life, and has visit use them.
func onLocalPlatform(ctx context.Context, mode wechattest.Mode, visit func(*wechattest.Bot, *wechattest.User) error) error {
	platform, err := wechattest.Open(wechattest.Config{Mode: mode})
	if err != nil {
		return err
	}
	cfg := platform.Config()
	account := setup.Account{Token: cfg.Token, AppID: cfg.AppID}
	if mode == wechattest.Safe {
		account.EncodingAESKey = cfg.EncodingAESKey
	}
	bot, err := newBot(account)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- setup.ServeListener(serving, listener, bot) }()

	err = visit(platform.BotURL("http://"+listener.Addr().String()+"/wechat"), platform.User("oXiaoMing"))
	stop()
	return errors.Join(err, platform.Close(), <-served, setup.Drain(bot))
}

// transcript prints what happens and counts what should not have.
type transcript struct {
	out           io.Writer
	steps, failed int
}

func (t *transcript) title(text string) { fmt.Fprintf(t.out, "\n%s\n", text) }

// want returns a check: what the user sees must contain text.
func want(text string) func(*wechattest.Reply) bool {
	return func(r *wechattest.Reply) bool { return strings.Contains(r.Saw(), text) }
}

func (t *transcript) verification(bot *wechattest.Bot) {
	err := bot.Verify()
	t.line("the platform", "verifies the callback URL", verdict(err, "echostr came back"), err == nil)
}

func (t *transcript) say(user *wechattest.User, text string) {
	same := func(r *wechattest.Reply) bool { return r.Content == text }
	t.step(text, same, func() (*wechattest.Reply, error) { return user.Text(text) })
}

func (t *transcript) step(what string, right func(*wechattest.Reply) bool, do func() (*wechattest.Reply, error)) {
	reply, err := do()
	if err != nil {
		t.line("user", what, err.Error(), false)
		return
	}
	saw := reply.Saw()
	if reply.Encrypted {
		saw += "  (encrypted)"
	}
	t.line("user", what, saw, right(reply))
}

func (t *transcript) forgery(user *wechattest.User, f wechattest.Forgery) {
	d, err := user.Forge(f, wechattest.Text("let me in"))
	if err != nil {
		t.line("forger", f.String(), err.Error(), false)
		return
	}
	t.line("forger", f.String(), fmt.Sprintf("refused, HTTP %d", d.Status), d.Refused())
}

func (t *transcript) line(who, what, answer string, ok bool) {
	t.steps++
	mark := "ok  "
	if !ok {
		t.failed++
		mark = "FAIL"
	}
	fmt.Fprintf(t.out, "  %s %-12s %s\n       %-12s %s\n", mark, who+":", what, "→", answer)
}

// summary is an error when a step failed.
func (t *transcript) summary() error {
	if t.failed > 0 {
		return fmt.Errorf("%d of %d steps failed", t.failed, t.steps)
	}
	fmt.Fprintf(t.out, "\n%d steps, all as they should be.\n", t.steps)
	return nil
}

// talk says the lines of in to the bot and prints what the user sees.
func talk(ctx context.Context, in io.Reader, out io.Writer, user *wechattest.User) {
	fmt.Fprint(out, "\nTalk to the bot in safe mode; an empty line or Ctrl-D ends it.\n> ")
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(in); scan.Scan() && scan.Text() != ""; {
			select {
			case lines <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case text, more := <-lines:
			if !more {
				fmt.Fprintln(out)
				return
			}
			reply, err := user.Text(text)
			if err != nil {
				fmt.Fprintln(out, err)
			}
			fmt.Fprintf(out, "%s\n> ", reply.Saw())
		}
	}
}

func verdict(err error, ok string) string {
	if err != nil {
		return err.Error()
	}
	return ok
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}
