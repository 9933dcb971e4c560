// Command slowbot answers after a while, as a bot does that asks a language model
// or a back office, and shows the three ways out of the platform's five seconds:
// the answer in time, the answer held over a repeat of the message, and the answer
// late, as a customer-service message (客服消息).
//
//	go run ./examples/slowbot
//	go run ./examples/slowbot -takes 9s
//
// Without an account in the environment it runs a demonstration on the local platform: the
// three ways one after the other, or what becomes of an answer that takes as long
// as you say. -once is accepted as by the other examples, and the exit status is 1
// when a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe
// mode) it serves the real platform on -addr, under /wechat. With -hold it does
// without customer-service messages, which not every account may send.
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

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// slowness is how a bot is slow.
type slowness struct {
	takes time.Duration // to find an answer
	hold  bool          // the platform's repeats are used to wait for it
}

// newBot is a bot that thinks before it answers. The handler need not know how long
// that may take: package message keeps the deadline, and late sends a late answer.
func newBot(account Account, s slowness, late message.LateReplier) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
		HoldForRetries: s.hold,
		LateReply:      late,
		Logger:         slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		answer, err := think(ctx, m.Content, s.takes)
		return message.TextReply(answer), err
	})
	return bot, nil
}

// think finds the answer to everything, and stops when nobody waits for it any more.
func think(ctx context.Context, question string, takes time.Duration) (string, error) {
	select {
	case <-time.After(takes):
		return "I have thought about “" + question + "”: 42.", nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func main() {
	var s slowness
	flag.DurationVar(&s.takes, "takes", 0, "how long an answer takes; without an account and this flag, all three ways are shown")
	flag.BoolVar(&s.hold, "hold", false, "with an account: wait for the answer over the platform's repeats, and send none late")
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, s); err != nil {
		fmt.Fprintln(os.Stderr, "slowbot:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, s slowness) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout, s)
	}
	if err != nil {
		return err
	}
	var late message.LateReplier
	if !s.hold {
		oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
		if err != nil {
			return err
		}
		late = customerservice.New(oa)
	}
	bot, err := newBot(account, s, late)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return listenAndServe(ctx, addr, mux, bot.Shutdown)
}
