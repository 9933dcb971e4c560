package message_test

import (
	"context"
	"fmt"
	"log"
	"regexp"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// An echo bot. Any HTTP server serves the handler; here the platform in memory
// calls it.
func Example() {
	h, err := message.NewHandler(message.Config{
		Token:          wechattest.DefaultToken,
		AppID:          wechattest.DefaultAppID,
		EncodingAESKey: wechattest.DefaultEncodingAESKey, // empty in plaintext mode
	})
	if err != nil {
		log.Fatal(err)
	}
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(m.Content), nil
	})
	message.On(h, func(_ context.Context, m *message.Image) (message.Reply, error) {
		return message.ImageReply{MediaID: m.MediaID}, nil
	})

	platform, err := wechattest.Open(wechattest.Config{Mode: wechattest.Safe})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	reply, err := platform.User("oLiLei").Text("你好")
	fmt.Println(reply.Saw(), err)
	reply, err = platform.User("oLiLei").Send(wechattest.Image("http://example.com/cat.jpg", "media-7"))
	fmt.Println(reply.Type, reply.MediaID, err)
	// Output:
	// 你好 <nil>
	// image media-7 <nil>
}

// The first registered function that matches answers: put the narrow ones first.
func ExampleOn() {
	h, err := message.NewHandler(message.Config{Token: wechattest.DefaultToken})
	if err != nil {
		log.Fatal(err)
	}
	message.On(h, func(context.Context, *message.ClickEvent) (message.Reply, error) {
		return message.TextReply("Open from nine to five."), nil
	}, message.EventKey("HOURS"))
	message.On(h, func(_ context.Context, m *message.ClickEvent) (message.Reply, error) {
		return message.TextReply("Looking for " + m.EventKey), nil
	}, message.EventKeyPrefix("ORDER_"))
	message.On(h, func(_ context.Context, m *message.SubscribeEvent) (message.Reply, error) {
		if m.Scene != "" {
			return message.TextReply("Welcome to shop " + m.Scene), nil
		}
		return message.TextReply("Welcome"), nil
	})
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("Ticket " + m.Content + " is being looked after."), nil
	}, message.ContentRegexp(regexp.MustCompile(`^\d{4,}$`)))
	h.HandleDefault(func(_ context.Context, m message.Message) (message.Reply, error) {
		if message.HeaderOf(m).MsgType == "event" {
			return nil, nil // nothing to say
		}
		return message.TransferReply{}, nil // a person will answer
	})

	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	user := platform.User("oLiLei")
	for _, m := range []wechattest.Message{
		wechattest.SubscribeByScan("7", "ticket"),
		wechattest.Click("HOURS"),
		wechattest.Click("ORDER_1024"),
		wechattest.Click("OTHER"),
		wechattest.Text("20250118"),
		wechattest.Text("Where are you?"),
	} {
		reply, err := user.Send(m)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%q\n", reply.Saw())
	}
	// Output:
	// "Welcome to shop 7"
	// "Open from nine to five."
	// "Looking for ORDER_1024"
	// ""
	// "Ticket 20250118 is being looked after."
	// "[transferred to customer service]"
}

// Middleware sees every message before the function that answers it, and every
// reply after.
func ExampleHandler_Use() {
	h, err := message.NewHandler(message.Config{Token: wechattest.DefaultToken})
	if err != nil {
		log.Fatal(err)
	}
	h.Use(func(next message.HandlerFunc) message.HandlerFunc {
		return func(ctx context.Context, m message.Message) (message.Reply, error) {
			reply, err := next(ctx, m)
			fmt.Printf("%s from %s: %T, %v\n", message.HeaderOf(m).MsgType, message.HeaderOf(m).FromUserName, reply, err)
			return reply, err
		}
	})
	h.Use(func(next message.HandlerFunc) message.HandlerFunc {
		return func(ctx context.Context, m message.Message) (message.Reply, error) {
			if message.HeaderOf(m).FromUserName == "oBlocked" {
				return nil, nil
			}
			return next(ctx, m)
		}
	})
	message.On(h, func(context.Context, *message.Text) (message.Reply, error) {
		return message.TextReply("hello"), nil
	})

	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	for _, openID := range []string{"oLiLei", "oBlocked"} {
		if _, err := platform.User(openID).Text("hi"); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// text from oLiLei: message.TextReply, <nil>
	// text from oBlocked: <nil>, <nil>
}

// To change token and key without losing a message, let the bot accept both, then
// change the console, and remove the old ones an hour later.
func ExampleConfig_rotation() {
	const newToken, newKey = "localplatform2", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	h, err := message.NewHandler(message.Config{
		AppID:           wechattest.DefaultAppID,
		Token:           newToken,
		EncodingAESKey:  newKey,
		PreviousTokens:  []string{wechattest.DefaultToken},
		PreviousAESKeys: []string{wechattest.DefaultEncodingAESKey},
	})
	if err != nil {
		log.Fatal(err)
	}
	message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("got it " + m.Content), nil
	})

	platform, err := wechattest.Open(wechattest.Config{Mode: wechattest.Safe})
	if err != nil {
		log.Fatal(err)
	}
	defer platform.Close()
	platform.Bot(h)
	reply, err := platform.User("oLiLei").Text("before")
	fmt.Println(reply.Saw(), err)
	err = platform.Reconfigure(func(c *wechattest.Config) { c.Token, c.EncodingAESKey = newToken, newKey })
	if err != nil {
		log.Fatal(err)
	}
	reply, err = platform.User("oLiLei").Text("after")
	fmt.Println(reply.Saw(), err)
	// Output:
	// got it before <nil>
	// got it after <nil>
}

// A message that was verified elsewhere, such as by a gateway, and came through a
// queue.
func ExampleParse() {
	m, err := message.Parse([]byte(`<xml>
		<ToUserName><![CDATA[gh_712c1e3d601f]]></ToUserName>
		<FromUserName><![CDATA[oLiLei]]></FromUserName>
		<CreateTime>1735707398</CreateTime>
		<MsgType><![CDATA[event]]></MsgType>
		<Event><![CDATA[brand_new_event]]></Event>
		<NewInfo><Depth>3</Depth></NewInfo>
	</xml>`))
	if err != nil {
		log.Fatal(err)
	}
	switch m := m.(type) {
	case *message.Text:
		fmt.Println("text", m.Content)
	case *message.Unknown:
		depth, _ := m.Lookup("NewInfo", "Depth")
		fmt.Println("unknown", m.Event, m.FromUserName, m.CreateTime.UTC(), depth)
	}
	// Output: unknown brand_new_event oLiLei 2025-01-01 04:56:38 +0000 UTC 3
}

// A message that another process has verified, and put into a queue, is answered
// here: Parse reads it, Encode encodes the reply in the format of the push.
func ExampleEncode() {
	body := `{"ToUserName":"gh_1","FromUserName":"oLiLei","CreateTime":1700000000,"MsgType":"image","MediaId":"m1","MsgId":1}`
	m, err := message.Parse([]byte(body))
	if err != nil {
		log.Fatal(err)
	}
	var reply message.Reply
	if picture, ok := m.(*message.Image); ok {
		reply = message.ImageReply{MediaID: picture.MediaID}
	}
	head := message.HeaderOf(m)
	answer, err := message.Encode(reply, head.FromUserName, head.ToUserName, head.Format)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(regexp.MustCompile(`"CreateTime":\d+`).ReplaceAllString(string(answer), `"CreateTime":…`))
	// Output:
	// {"ToUserName":"oLiLei","FromUserName":"gh_1","CreateTime":…,"MsgType":"image","Image":{"MediaId":"m1"}}
}

// The pieces of a long text are sent one after the other.
func ExampleSplitText() {
	answer := strings.Repeat("第一段的一句话。", 80) + "\n\n" + strings.Repeat("Second paragraph. ", 50)
	for _, piece := range message.SplitText(answer) {
		fmt.Println(len(piece), piece[:len("第一段")], "…")
	}
	// Output:
	// 1920 第一段 …
	// 900 Second pa …
}
