package wxopen_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wxopen"
)

// A third-party platform manages the mini programs of an account that authorized it. The
// local platform stands in for WeChat, and for the mini program's administrator.
func Example_component() {
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
		InsecureMemory: true, // a real program has a durable store
		HTTPClient:     wechat.Client(), BaseURL: wechat.URL(),
	})
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", p.Notices())
	wechat.Bot(mux)
	_ = wechat.PushTicket()
	_, _ = wechat.Grant("wx00000000000000aa")

	ctx, mini := context.Background(), "wx286b93c14bbf93aa"
	open := wxopen.New(p.Client("wx00000000000000aa"))
	fmt.Println(open.Link(ctx, wxopen.LinkRequest{AppID: mini, ShowProfile: true}))
	_ = wechat.AnswerLink(mini, true)
	linked, err := open.ListLinked(ctx)
	fmt.Println(linked[0].Status == wxopen.Linked, err)

	file, err := open.GetVerificationFile(ctx) // serve it below the prefix
	fmt.Println(file.Name != "", err)
	rule := wxopen.Rule{Prefix: "https://www.example.com/shop", Path: "pages/index/index"}
	fmt.Println(open.AddRule(ctx, mini, rule), open.PublishRule(ctx, rule.Prefix))
	for r, err := range open.AllRules(ctx, mini) {
		fmt.Println(r.Prefix, r.State == wxopen.Published, err)
	}
	fmt.Println(open.DeleteRule(ctx, mini, rule.Prefix), open.Unlink(ctx, mini))
	// Output:
	// <nil>
	// true <nil>
	// true <nil>
	// <nil> <nil>
	// https://www.example.com/shop true <nil>
	// <nil> <nil>
}
