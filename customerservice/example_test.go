package customerservice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// silent is a bot that takes every message and answers none.
var silent = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "success") })

func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	p.Bot(silent)
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, kf, user := context.Background(), customerservice.New(oa), p.User("oLiLei")

	err = kf.Send(ctx, "oLiLei", customerservice.Text("Anybody there?"))
	fmt.Println("nobody wrote yet:", errors.Is(err, errcode.ReplyWindowClosed))

	user.Text("hello") // five messages may follow
	err = kf.Send(ctx, "oLiLei", customerservice.Menu{
		Head:  "Did that help?",
		Items: []customerservice.MenuItem{{ID: "101", Content: "Yes"}, {ID: "102", Content: "No"}},
	}, customerservice.WithAgent("kf1@account"))
	fmt.Println(err)
	fmt.Println(p.Messages("oLiLei")[0].Type)
	// Output:
	// nobody wrote yet: true
	// <nil>
	// msgmenu
}

// A reply that takes longer than the five seconds of a callback goes out as a
// customer-service message.
func ExampleService_LateReply() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	account := p.Config()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: account.AppID, Secret: account.Secret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	h, err := message.NewHandler(message.Config{
		Token:     account.Token,
		Deadline:  10 * time.Millisecond, // for the example; 4.5 seconds by default
		LateReply: customerservice.New(oa),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	calculated := make(chan bool)
	message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
		<-calculated // takes long
		return message.TextReply("42"), nil
	})
	p.Bot(h)

	p.User("oLiLei").Text("What is the answer?")
	close(calculated)
	h.Shutdown(context.Background()) // waits for what is still running
	for _, m := range p.Messages("oLiLei") {
		fmt.Println(m.Content, "by", m.Via)
	}
	// Output: 42 by customer_service
}
