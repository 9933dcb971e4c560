package message_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// prints is a LateReplier that prints instead of sending. In a bot it is
// customerservice.New(oa).
type prints struct{}

func (prints) LateReply(_ context.Context, m message.Message, r message.Reply) error {
	fmt.Printf("late, to %s: %s\n", message.HeaderOf(m).FromUserName, r)
	return nil
}

// A handler may take longer than the platform waits: the platform receives success, and
// LateReply sends the reply. The deadline is short so that the example runs quickly.
func ExampleConfig_lateReply() {
	h, err := message.NewHandler(message.Config{
		Token:     wechattest.DefaultToken,
		Deadline:  50 * time.Millisecond,
		LateReply: prints{}, // customerservice.New(oa)
	})
	if err != nil {
		log.Fatal(err)
	}
	thought := make(chan bool)
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		<-thought // takes long
		return message.TextReply("I have thought about it."), nil
	})

	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	reply, err := platform.User("oLiLei").Text("what is the meaning of life?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("in time: %q\n", reply.Content)
	close(thought)
	h.Shutdown(context.Background()) // waits for the late reply
	// Output:
	// in time: ""
	// late, to oLiLei: I have thought about it.
}

// A bot shuts down: first the server stops, then the messages that are being handled
// are finished.
func ExampleHandler_Shutdown() {
	h, err := message.NewHandler(message.Config{Token: wechattest.DefaultToken})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	// go server.ListenAndServe(), and wait for a signal to end.

	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Print(err)
	}
	if err := h.Shutdown(ctx); err != nil {
		log.Print(err) // how many messages were lost or will come again
	}
	fmt.Println(h.Stats().Running, "messages running")
	// Output: 0 messages running
}

// A conversation of two questions. With a shared store, every process knows the answers
// so far.
func ExampleState() {
	type order struct{ Drink, Size string }
	orders := message.NewState[order](store.NewMemory(), "order", time.Hour)

	h, err := message.NewHandler(message.Config{Token: wechattest.DefaultToken})
	if err != nil {
		log.Fatal(err)
	}
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		o, err := orders.Update(ctx, m, func(o *order) error {
			if o.Drink == "" {
				o.Drink = m.Content
			} else {
				o.Size = m.Content
			}
			return nil
		})
		switch {
		case err != nil:
			return nil, err
		case o.Size == "":
			return message.TextReply("Which size?"), nil
		}
		return message.TextReply("One " + o.Size + " " + o.Drink + "."), orders.Delete(ctx, m)
	})

	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	for _, said := range []string{"tea", "large"} {
		reply, err := platform.User("oLiLei").Text(said)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reply.Content)
	}
	// Output:
	// Which size?
	// One large tea.
}
