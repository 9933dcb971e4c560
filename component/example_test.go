package component_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A third-party platform with two accounts. The local platform stands in for WeChat;
// a real program has a durable store such as store/sqlstore.
func Example() {
	wechat, err := wechattest.Open(wechattest.Config{
		Mode: wechattest.Component, CallbackPath: "/wechat/$APPID$/callback", NoticePath: "/wechat/notices",
	})
	if err != nil {
		panic(err)
	}
	defer wechat.Close()
	account := wechat.Config()

	p, err := component.New(component.Config{
		AppID: account.ComponentAppID, Secret: wechattest.DefaultComponentSecret,
		Token: account.Token, EncodingAESKey: account.EncodingAESKey,
		InsecureMemory: true,
		HTTPClient:     wechat.Client(), BaseURL: wechat.URL(),
	})
	if err != nil {
		panic(err)
	}
	message.On(p.Messages(), func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(component.ClientFromContext(ctx).AppID() + ": " + m.Content), nil
	})
	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", p.Notices())
	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages)
	wechat.Bot(mux)

	_ = wechat.PushTicket()
	for _, appID := range []string{"wx00000000000000aa", "wx00000000000000bb"} {
		tenant, _ := wechat.Grant(appID)
		reply, err := tenant.Send("oLiLei", wechattest.Text("你好"))
		fmt.Println(reply.Content, err)
	}
	for e, err := range p.AllAuthorizers(context.Background()) {
		fmt.Println(e.AppID, err)
	}
	// Output:
	// wx00000000000000aa: 你好 <nil>
	// wx00000000000000bb: 你好 <nil>
	// wx00000000000000aa <nil>
	// wx00000000000000bb <nil>
}

// A store in memory is refused: it would lose every account at the next restart.
func ExampleNew_memory() {
	_, err := component.New(component.Config{
		AppID: "wx9c3e60d8b5f2a714", Secret: "secret", Token: "token",
		EncodingAESKey: wechattest.DefaultEncodingAESKey, Store: store.NewMemory(),
	})
	fmt.Println(err)
	// Output: component: Config.Store is in memory: refresh tokens must survive a restart; use store/sqlstore, or InsecureMemory for a trial
}
