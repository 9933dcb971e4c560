// Command aibot answers with a language model: any endpoint that speaks the OpenAI
// protocol.
//
//	go run ./examples/aibot
//	OPENAI_API_KEY=… go run ./examples/aibot -url https://api.example.com/v1 -model name
//
// Without -url a small model in this process answers, which knows no more than what it
// is asked to do in the transcript, so no key is needed.
//
// The answer is shown as it arrives: what is ready in five seconds is the reply, the
// rest follows as customer-service messages. With -kept the account cannot send any
// (personal and unverified accounts), and the user asks for the rest with 继续.
//
// Without an account in the environment it shows itself on the local platform and
// then lets you ask; -once stops after the transcript, with exit status 1 when a step
// failed. With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET (and WECHAT_AES_KEY in safe
// mode) set it serves the real platform on -addr, under /wechat.
package main

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"os"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

func main() {
	var o options
	flag.StringVar(&o.url, "url", "", "base URL of the model's endpoint; a small model in this process if empty")
	flag.StringVar(&o.model, "model", "small", "name of the model")
	flag.BoolVar(&o.kept, "kept", false, "the account cannot send customer-service messages")
	program(&o).Main()
}

// options are the flags.
type options struct {
	url, model string
	kept       bool
}

func program(o *options) setup.Program {
	return setup.Program{
		Name:  "aibot",
		Need:  []string{setup.Token, setup.AppID},
		Serve: func(ctx context.Context, a setup.Account, addr string) error { return serve(ctx, a, addr, *o) },
		Demo:  demo(o, 10),
	}
}

// chosen returns the model that the flags name. Its key comes from the environment.
func (o options) chosen(speed int) *model {
	if o.url == "" {
		return newModel("http://model.invalid/v1", "none", o.model, inMemory{smallModel{speed}})
	}
	return newModel(o.url, os.Getenv("OPENAI_API_KEY"), o.model, nil)
}

func serve(ctx context.Context, a setup.Account, addr string, o options) error {
	c := config{account: a, model: o.chosen(1), store: store.NewMemory()}
	if !o.kept {
		oa, err := officialaccount.New(officialaccount.Config{AppID: a.AppID, Secret: a.Secret})
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
	return errors.Join(setup.Serve(ctx, addr, mux), setup.Drain(bot))
}
