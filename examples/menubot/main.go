// Command menubot has a menu at the bottom of its chat and another one for iPhones, and
// answers when a button is pressed.
//
//	go run ./examples/menubot
//
// Without an account in the environment it runs on the local platform and prints a
// transcript; after that you can press buttons by name. With -once it stops after the
// transcript, with exit status 1 if a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe
// mode) it serves the real platform on -addr, under /wechat. It replaces the menu of the
// account only with -create.
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

	"github.com/seed-f21aa8d8/wechat/menu"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// The keys of the buttons; a click event carries the key.
const (
	song  = "SONG"
	help  = "HELP"
	apple = "APPLE"
)

// createMenus creates the menu of the account, or replaces it, and a menu for users with
// an iPhone.
func createMenus(ctx context.Context, oa *officialaccount.Client) error {
	menus := menu.New(oa)
	more := menu.Submenu("更多",
		menu.ViewButton("搜索", "https://www.example.com/search?from=menu&lang=zh"),
		menu.ClickButton("帮助", help),
	)
	if err := menus.Create(ctx, menu.ClickButton("今日歌曲", song), more); err != nil {
		return err
	}
	_, err := menus.AddConditional(ctx, menu.MatchRule{Client: menu.IOS}, menu.ClickButton("苹果专享", apple), more)
	return err
}

// newBot returns the bot.
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
	for key, answer := range map[string]string{
		song:  "Today's song: 茉莉花",
		help:  "Press a button, and I answer.",
		apple: "For users with an iPhone.",
	} {
		message.On(bot, func(context.Context, *message.ClickEvent) (message.Reply, error) {
			return message.TextReply(answer), nil
		}, message.EventKey(key))
	}
	message.On(bot, func(_ context.Context, e *message.ViewEvent) (message.Reply, error) {
		slog.Info("opened from the menu", "url", e.EventKey) // the user does not see a reply to this event
		return nil, nil
	})
	return bot, nil
}

var create = flag.Bool("create", false, "with an account: replace its menu first")

func main() {
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once); err != nil {
		fmt.Fprintln(os.Stderr, "menubot:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once)
	}
	if err != nil {
		return err
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	if *create {
		if err := createMenus(ctx, oa); err != nil {
			return err
		}
	}
	bot, err := newBot(account)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return listenAndServe(ctx, addr, mux, bot.Shutdown)
}
