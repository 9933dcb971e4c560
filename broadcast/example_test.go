package broadcast_test

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/subscribe"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// local makes a client of a local platform, which has three followers.
func local() (oa *officialaccount.Client, done func()) {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	for _, openID := range []string{"oAnna", "oBert", "oCora"} {
		p.User(openID)
	}
	account := p.Config()
	oa, err = officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		panic(err)
	}
	return oa, func() {
		if err := p.Close(); err != nil {
			panic(err)
		}
	}
}

// A template message goes to all followers. The second run is that of a program that was
// started again: it sends nothing.
func Example() {
	ctx := context.Background()
	oa, done := local()
	defer done()
	templates := template.New(oa)
	id, err := templates.Add(ctx, "2023", "What", "When")
	if err != nil {
		fmt.Println(err)
		return
	}

	config := broadcast.Config{Name: "moving-2026", Store: store.NewMemory(), Rate: 50}
	for range 2 {
		progress, err := broadcast.Run(ctx, config, user.New(oa).All(ctx), func(ctx context.Context, openID string) (string, error) {
			return templates.Send(ctx, template.Message{
				To: openID, TemplateID: id,
				Data: notice.Data{"thing1": {Value: "We have moved"}, "thing2": {Value: "today"}},
			})
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(progress.Outcomes[broadcast.Sent], "sent,", progress.Earlier, "of them earlier")
	}
	// Output:
	// 3 sent, 0 of them earlier
	// 3 sent, 3 of them earlier
}

// No user has written to the account or allowed a notice.
func ExampleRun_outcomes() {
	ctx := context.Background()
	oa, done := local()
	defer done()

	receivers := []string{"oAnna", "oNobody"}
	config := broadcast.Config{
		Concurrency: 1,
		OnResult:    func(r broadcast.Result) { fmt.Println(r.Receiver, r.Outcome, int(r.Code)) },
	}
	service, notices := customerservice.New(oa), subscribe.New(oa)
	_, _ = broadcast.Run(ctx, config, broadcast.Each(slices.Values(receivers)), func(ctx context.Context, openID string) (string, error) {
		return "", service.Send(ctx, openID, customerservice.Text("Are you there?"))
	})
	_, err := broadcast.Run(ctx, config, broadcast.Each(slices.Values(receivers)), func(ctx context.Context, openID string) (string, error) {
		return notices.Send(ctx, subscribe.Message{To: openID, TemplateID: "NO_TEMPLATE", Data: notice.Data{"thing1": {Value: "x"}}})
	})
	fmt.Println(err != nil) // the template is wrong for all
	// Output:
	// oAnna window closed 45015
	// oNobody unknown receiver 40003
	// true
}

// Each order has a message of its own, and the key of a receiver says which.
func ExampleRunFunc() {
	type order struct{ openID, number string }
	orders := []order{{"oAnna", "17"}, {"oAnna", "18"}, {"oBert", "19"}}
	config := broadcast.Config{Name: "orders", Store: store.NewMemory(), Concurrency: 1}
	progress, err := broadcast.RunFunc(context.Background(), config, broadcast.Each(slices.Values(orders)),
		func(o order) string { return o.openID + "/" + o.number },
		func(_ context.Context, o order) (string, error) {
			if o.number == "18" {
				return "", fmt.Errorf("%w: order %s is canceled", broadcast.ErrSkip, o.number)
			}
			return "", nil // a real program sends here
		})
	fmt.Println(progress.Outcomes, err)
	// Output: map[sent:2 skipped:1] <nil>
}

// The bot records the events, the broadcast its results. They may be two programs.
func ExampleLedger() {
	kept := store.NewMemory()
	ledger, err := broadcast.NewLedger(broadcast.LedgerConfig{
		Account: "wx5a1d7e92c04b6f38", Store: kept,
		OnDelivery: func(_ context.Context, d broadcast.Delivery) { fmt.Println(d.Receiver, d.Delivered, d.Status) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	bot, err := message.NewHandler(message.Config{Token: "token"})
	if err != nil {
		fmt.Println(err)
		return
	}
	message.On(bot, func(ctx context.Context, e *message.TemplateSendJobFinishEvent) (message.Reply, error) {
		return nil, ledger.Record(ctx, e.JobMsgID, e.Status == message.TemplateSent, string(e.Status))
	})

	config := broadcast.Config{Name: "news", Store: kept, Ledger: ledger}
	ctx := context.Background()
	_, err = broadcast.Run(ctx, config, broadcast.Each(slices.Values([]string{"oAnna"})), func(ctx context.Context, openID string) (string, error) {
		return "200163836", nil // a real program sends here
	})
	if err != nil {
		fmt.Println(err)
	}
	_ = ledger.Record(ctx, "200163836", false, "failed:user block") // what the bot does with an event
	// Output: oAnna false failed:user block
}
