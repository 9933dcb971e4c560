package jssdk_test

import (
	"context"
	"fmt"

	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	pages := jssdk.New(oa)
	for _, page := range []string{"https://www.example.com/shop", "https://www.example.com/map#here"} {
		config, err := pages.SignPage(context.Background(), page, "scanQRCode")
		fmt.Println(config.AppID, config.APIs, len(config.Signature), err)
	}
	fmt.Println("tickets fetched:", len(p.Calls("/cgi-bin/ticket/getticket")))
	// Output:
	// wx5a1d7e92c04b6f38 [scanQRCode] 40 <nil>
	// wx5a1d7e92c04b6f38 [scanQRCode] 40 <nil>
	// tickets fetched: 1
}
