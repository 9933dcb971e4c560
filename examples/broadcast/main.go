// Command broadcast sends a template message (模板消息) to all followers, with a progress
// bar. If it is killed and started again, it continues: each follower gets the message
// once, or is reported as one who may have got it.
//
//	go run ./examples/broadcast
//
// Without an account in the environment it runs a demonstration on the local platform, with a
// Redis inside the program: a process that sends to 10,000 followers is killed in the
// middle, and another one goes on. It accepts -once like the other examples. The exit
// status is 1 if a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe mode)
// it sends to the followers of the real account, writes one line for each to the file
// -results, and serves the platform on -addr, under /wechat, to log which messages were not
// delivered:
//
//	go run ./examples/broadcast -redis 127.0.0.1:6379 -name moving-2026 -template ID -data thing1=咖啡,time2=12:30
//
// Start it again with the same name after a crash, or when it has ended early. The Redis
// of -redis remembers who got the message. It needs the setting "appendonly yes": those
// whom it forgets get the message again.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/user"
)

// campaign is a broadcast to all followers.
type campaign struct {
	name     string
	template string
	data     notice.Data
	results  string  // CSV file, written again by each run
	rate     float64 // messages a second
	ledger   *broadcast.Ledger
}

// run sends the messages that have not been sent, and draws the progress.
func (c campaign) run(ctx context.Context, oa *officialaccount.Client, kept store.Store, out io.Writer) (_ *broadcast.Progress, err error) {
	file, err := os.Create(c.results)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	rows := csv.NewWriter(file)
	users, templates := user.New(oa), template.New(oa)
	first, err := users.List(ctx, "")
	if err != nil {
		return nil, err
	}
	progress := newBar(out, first.Total)
	defer progress.end()
	p, err := broadcast.Run(ctx, broadcast.Config{
		Name: c.name, Store: kept, Ledger: c.ledger,
		Concurrency: 16, Rate: c.rate,
		OnProgress: progress.draw,
		OnResult: func(r broadcast.Result) {
			_ = rows.Write([]string{r.Receiver, string(r.Outcome), strconv.Itoa(int(r.Code)), r.MsgID}) // Flush has the error
		},
	}, users.All(ctx), func(ctx context.Context, openID string) (msgID string, err error) {
		return templates.Send(ctx, template.Message{To: openID, TemplateID: c.template, Data: c.data})
	})
	rows.Flush()
	return p, errors.Join(err, rows.Error())
}

// newBot returns a bot that passes the delivery events to the ledger.
func newBot(account Account, ledger *broadcast.Ledger) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          account.Token,
		AppID:          account.AppID,
		EncodingAESKey: account.EncodingAESKey, // empty: plaintext mode
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
		return nil, ledger.Record(ctx, e.JobMsgID, e.Status == message.TemplateSent, string(e.Status))
	})
	return bot, nil
}

// pairs is a flag like thing1=咖啡,time2=12:30.
type pairs struct{ data notice.Data }

func (p pairs) String() string { return fmt.Sprint(map[string]notice.Value(p.data)) }

func (p pairs) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(pair, "=")
		if !found || name == "" {
			return fmt.Errorf("%q is not name=value", pair)
		}
		p.data[name] = notice.Value{Value: value}
	}
	return nil
}

func main() {
	if child() {
		return
	}
	c := campaign{data: notice.Data{}}
	flag.StringVar(&c.name, "name", "", "with an account: name of the broadcast, the same to go on")
	flag.StringVar(&c.template, "template", "", "with an account: id of the template")
	flag.Var(pairs{c.data}, "data", "with an account: the values of the template's keywords, as name=value,name=value")
	flag.StringVar(&c.results, "results", "results.csv", "with an account: file for one line a follower")
	flag.Float64Var(&c.rate, "rate", 50, "with an account: messages a second")
	redisAddress := flag.String("redis", "", "with an account: address of the Redis server that remembers who got the message, such as 127.0.0.1:6379")
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, c, *redisAddress); err != nil {
		fmt.Fprintln(os.Stderr, "broadcast:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, c campaign, redisAddress string) (err error) {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout, 10_000, killed)
	}
	if err != nil {
		return err
	}
	if c.name == "" || c.template == "" {
		return errors.New("-name and -template are required")
	}
	kept, closeRedis, err := openRedis(redisAddress, "broadcast:")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRedis()) }()
	c.ledger, err = broadcast.NewLedger(broadcast.LedgerConfig{
		Account: account.AppID, Store: kept,
		OnDelivery: func(_ context.Context, d broadcast.Delivery) {
			if !d.Delivered {
				slog.Warn("not delivered", "openid", d.Receiver, "msgid", d.MsgID, "status", d.Status)
			}
		},
	})
	if err != nil {
		return err
	}
	bot, err := newBot(account, c.ledger)
	if err != nil {
		return err
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	sent := make(chan error, 1)
	go func() {
		p, err := c.run(ctx, oa, kept, os.Stdout)
		if err != nil {
			stop()
		} else {
			slog.Info("all have a result; serving the delivery events until interrupted", "outcomes", p.Outcomes)
		}
		sent <- err
	}()
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	endRun := func(context.Context) error { stop(); return <-sent }
	return listenAndServe(ctx, addr, mux, endRun, bot.Shutdown)
}
