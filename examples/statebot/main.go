// Command statebot takes an order in two questions, and remembers of each user how
// far they have come.
//
//	go run ./examples/statebot
//	go run ./examples/statebot -redis 127.0.0.1:6379
//
// Two instances of the bot stand behind one address and answer in turn, so what one
// learns the other must know: they share a Redis, or memory when -redis is not set.
//
// Without an account in the environment it runs a demonstration on the local platform and
// then lets you order; -once stops after the transcript, with exit status 1 when a
// step failed.
//
// With WECHAT_TOKEN set (and WECHAT_APPID and WECHAT_AES_KEY in safe mode) it serves
// the real platform on -addr, under /wechat: one instance then, started as often as
// you like with the same Redis.
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
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
)

// order is how far a user has come.
type order struct {
	Step  step
	Drink string
}

type step int

const (
	greeted step = iota
	askedForDrink
	askedForSize
)

// next takes what the user said and returns what the bot says to it.
func (o *order) next(said string) string {
	switch o.Step {
	case askedForDrink:
		o.Step, o.Drink = askedForSize, said
		return "Which size?"
	case askedForSize:
		answer := fmt.Sprintf("One %s %s, coming up.", said, o.Drink)
		*o = order{}
		return answer
	}
	o.Step = askedForDrink
	return "What would you like to drink?"
}

// newBot is one instance of the bot. The store has what it knows of its users, and which
// messages it has handled.
func newBot(account Account, shared store.Store) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
		Store:          shared,
		Logger:         slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	orders := message.NewState[order](shared, "order", time.Hour) // a user who is silent for longer begins again
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		var answer string
		_, err := orders.Update(ctx, m, func(o *order) error {
			answer = o.next(m.Content)
			return nil
		})
		return message.TextReply(answer), err
	})
	message.On(bot, func(ctx context.Context, m *message.UnsubscribeEvent) (message.Reply, error) {
		return nil, orders.Delete(ctx, m)
	})
	return bot, nil
}

func main() {
	redisAddress := flag.String("redis", "", "address of a Redis server, such as 127.0.0.1:6379; memory if empty")
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once, *redisAddress); err != nil {
		fmt.Fprintln(os.Stderr, "statebot:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool, redisAddress string) error {
	account, err := accountFromEnv("WECHAT_TOKEN")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once, redisAddress)
	}
	if err != nil {
		return err
	}
	shared, closeStore, err := open(redisAddress)
	if err != nil {
		return err
	}
	bot, err := newBot(account, shared)
	if err != nil {
		return errors.Join(err, closeStore())
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return errors.Join(listenAndServe(ctx, addr, mux, bot.Shutdown), closeStore())
}

// open returns the store at a Redis address, or one in memory, and what closes it.
func open(redisAddress string) (store.Store, func() error, error) {
	if redisAddress == "" {
		return store.NewMemory(), func() error { return nil }, nil
	}
	client := redis.NewClient(&redis.Options{Addr: redisAddress, ContextTimeoutEnabled: true})
	st, err := redisstore.New(client, redisstore.Config{Prefix: "statebot:"})
	return st, client.Close, err
}
