package message_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A personal account cannot send customer-service messages. Text that is too long or
// too late for one answer is kept, and sent as the answer to the user's next messages.
func ExampleKeptReplies() {
	kept := message.NewKeptReplies(store.NewMemory(), time.Hour, "\n（回复“继续”看下文）")
	h, err := message.NewHandler(message.Config{
		Token:     wechattest.DefaultToken,
		LateReply: kept,
		Interim: func(message.Message) message.Reply {
			return message.TextReply("正在思考，请稍后回复“继续”。")
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return kept.Next(ctx, m)
	}, message.ContentEquals("继续"))

	// The handler keeps what comes too late, here an answer of two pieces.
	ctx := context.Background()
	from := message.Header{ToUserName: "gh_account", FromUserName: "oLiLei"}
	from.MsgID = "1"
	late := message.LongTextReply(strings.Repeat("a", 2000) + "\n\n" + strings.Repeat("b", 1000))
	if err := kept.LateReply(ctx, &message.Text{Header: from}, late); err != nil {
		log.Fatal(err)
	}
	for _, id := range []string{"2", "3", "4"} {
		from.MsgID = id
		reply, err := kept.Next(ctx, &message.Text{Header: from, Content: "继续"})
		if err != nil {
			log.Fatal(err)
		}
		if text, ok := reply.(message.TextReply); ok {
			fmt.Printf("%.3s… %q\n", text, strings.TrimLeft(string(text), "ab"))
		} else {
			fmt.Println(reply)
		}
	}
	// Output:
	// aaa… "\n（回复“继续”看下文）"
	// bbb… ""
	// <nil>
}

// A model returns its text in pieces. The text that is ready at the deadline is the
// answer, and LateReply sends the rest. The deadline is short so that the example runs
// quickly.
func ExampleStreamReply() {
	h, err := message.NewHandler(message.Config{
		Token:     wechattest.DefaultToken,
		Deadline:  time.Second,
		LateReply: prints{}, // customerservice.New(oa)
	})
	if err != nil {
		log.Fatal(err)
	}
	thought := make(chan bool)
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.StreamReply(func(yield func(string, error) bool) {
			for _, token := range []string{"You asked: ", m.Content, "\n", "It is ", "42."} {
				if !yield(token, nil) {
					return
				}
				if token == "\n" {
					<-thought // the model takes long
				}
			}
		}), nil
	})

	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	reply, err := platform.User("oLiLei").Text("why?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("in time:", reply.Content)
	close(thought)
	h.Shutdown(context.Background()) // waits for the rest
	// Output:
	// in time: You asked: why?
	// late, to oLiLei: It is 42.
}
