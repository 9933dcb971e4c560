// Command echobot sends back what it receives, a text or a picture, and welcomes users
// who follow.
//
//	go run ./examples/echobot
//
// Without an account in the environment it also starts the local platform next to the
// bot, prints what the two say to each other in plaintext and in safe mode, and
// then lets you talk to the bot; -once stops after the transcript, with exit
// status 1 when a step failed.
//
// With WECHAT_TOKEN set (and WECHAT_APPID and WECHAT_AES_KEY in safe mode) it
// serves the real platform on -addr, under /wechat.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/message"
)

// newBot is the whole bot.
func newBot(account Account) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
		Logger:         slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(m.Content), nil
	})
	message.On(bot, func(ctx context.Context, m *message.Image) (message.Reply, error) {
		return message.ImageReply{MediaID: m.MediaID}, nil
	})
	message.On(bot, func(ctx context.Context, m *message.SubscribeEvent) (message.Reply, error) {
		return message.TextReply("Welcome! 欢迎关注。Say something and I say it back."), nil
	})
	return bot, nil
}

func main() {
	addr := flag.String("addr", ":8080", "address to serve the real platform on")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once); err != nil {
		fmt.Fprintln(os.Stderr, "echobot:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool) error {
	account, err := accountFromEnv("WECHAT_TOKEN")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once)
	}
	if err != nil {
		return err
	}
	bot, err := newBot(account)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return listenAndServe(ctx, addr, mux, bot.Shutdown)
}
