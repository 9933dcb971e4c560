// Command notify sends notifications and reports whether they arrived: a template
// message (模板消息) to a follower, and a subscription notice (订阅通知) to a user who
// has allowed one.
//
//	go run ./examples/notify
//
// Without an account in the environment it runs a demonstration on the local platform.
// It accepts -once like the other examples. The exit status is 1 if a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe
// mode) it serves the real platform on -addr, under /wechat, and logs the outcome of
// the account's notifications. To send one at the start:
//
//	go run ./examples/notify -to OPENID -template ID -data thing1=咖啡,time2=12:30
//	go run ./examples/notify -to OPENID -template ID -data thing1=咖啡,time2=12:30 -subscription
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
	"strings"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
)

// newBot returns a bot that never answers users, and reports the outcome of
// notifications.
func newBot(account Account, report func(string)) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
		Logger:         slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(_ context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
		report(fmt.Sprintf("template message %s to %s: %s", e.JobMsgID, e.FromUserName, e.Status))
		return nil, nil
	})
	message.On(bot, func(_ context.Context, e *message.SubscribeMsgPopupEvent) (message.Reply, error) {
		for _, answer := range e.Choices {
			report(fmt.Sprintf("%s answers the popup: %s", e.FromUserName, answer.Status))
		}
		return nil, nil
	})
	message.On(bot, func(_ context.Context, e *message.SubscribeMsgSentEvent) (message.Reply, error) {
		for _, r := range e.Results {
			report(fmt.Sprintf("notice %s to %s: %d %s", r.MsgID, e.FromUserName, r.ErrorCode, r.ErrorStatus))
		}
		return nil, nil
	})
	return bot, nil
}

// notification is the notification of the flags.
type notification struct {
	to, template string
	data         pairs
	subscription bool
}

func (n notification) send(ctx context.Context, oa *officialaccount.Client) error {
	data := notice.Data{}
	for name, value := range n.data {
		data[name] = notice.Value{Value: value}
	}
	var id string
	var err error
	if n.subscription {
		id, err = subscribe.New(oa).Send(ctx, subscribe.Message{To: n.to, TemplateID: n.template, Data: data})
	} else {
		id, err = template.New(oa).Send(ctx, template.Message{To: n.to, TemplateID: n.template, Data: data})
	}
	if err == nil {
		slog.Info("accepted by the platform", "msgid", id)
	}
	return err
}

// pairs is a flag like thing1=咖啡,time2=12:30.
type pairs map[string]string

func (p pairs) String() string { return fmt.Sprint(map[string]string(p)) }

func (p pairs) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return fmt.Errorf("%q is not name=value", pair)
		}
		p[name] = value
	}
	return nil
}

func main() {
	wanted := notification{data: pairs{}}
	flag.StringVar(&wanted.to, "to", "", "with an account: openid of the receiver")
	flag.StringVar(&wanted.template, "template", "", "with an account: id of the template")
	flag.Var(wanted.data, "data", "with an account: the values of the template's keywords, as name=value,name=value")
	flag.BoolVar(&wanted.subscription, "subscription", false, "with an account: send a subscription notice, not a template message")
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, wanted); err != nil {
		fmt.Fprintln(os.Stderr, "notify:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, wanted notification) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout)
	}
	if err != nil {
		return err
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	bot, err := newBot(account, func(text string) { slog.Info(text) })
	if err != nil {
		return err
	}
	if wanted.to != "" || wanted.template != "" {
		if err := wanted.send(ctx, oa); err != nil {
			return err
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	return listenAndServe(ctx, addr, mux, bot.Shutdown)
}
