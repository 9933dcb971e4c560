// Command aibot answers with a language model: any endpoint that speaks the OpenAI
// protocol.
//
//	go run ./examples/aibot
//	OPENAI_API_KEY=… go run ./examples/aibot -url https://api.example.com/v1 -model name
//
// Without -url, a small model in this process answers. It needs no key, and can do only
// what the transcript asks of it.
//
// The answer is shown as it arrives: what is ready in five seconds is the reply, the
// rest follows as customer-service messages. With -kept the account cannot send any
// (personal and unverified accounts), and the user asks for the rest with 继续.
//
// Without an account in the environment it runs a demonstration on the local platform and
// then lets you ask; -once stops after the transcript, with exit status 1 when a step
// failed. With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET (and WECHAT_AES_KEY in safe
// mode) set it serves the real platform on -addr, under /wechat.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

func main() {
	var o options
	flag.StringVar(&o.url, "url", "", "base URL of the model's endpoint; a small model in this process if empty")
	flag.StringVar(&o.model, "model", "small", "name of the model")
	flag.BoolVar(&o.kept, "kept", false, "the account cannot send customer-service messages")
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once, o); err != nil {
		fmt.Fprintln(os.Stderr, "aibot:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool, o options) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_APPID")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once, o, 10)
	}
	if err != nil {
		return err
	}
	c := config{account: account, model: o.chosen(1), store: store.NewMemory()}
	if !o.kept {
		oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
		if err != nil {
			return err
		}
		c.service = customerservice.New(oa)
	}
	bot, err := newBot(c)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return listenAndServe(ctx, addr, mux, bot.Shutdown)
}

// options are the flags.
type options struct {
	url, model string
	kept       bool
}

// chosen returns the model that the flags name. Its key comes from the environment.
func (o options) chosen(speed int) *model {
	if o.url == "" {
		return newModel("http://model.invalid/v1", "none", o.model, inMemory{smallModel{speed}})
	}
	return newModel(o.url, os.Getenv("OPENAI_API_KEY"), o.model, nil)
}
