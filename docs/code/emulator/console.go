// Package emulator has the code of the page about the emulator.
package emulator

import (
	"context"
	"net"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/console"
)

// newClient returns a client of the account on an emulator.
func newClient(emulator string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{
		AppID:   wechattest.DefaultAppID,
		Secret:  wechattest.DefaultSecret,
		BaseURL: emulator, // such as http://127.0.0.1:9090; empty: the real platform
	})
}

// serve serves platform and page in a program of yours, with users and files of your own.
func serve(ctx context.Context, listener net.Listener, bot string) error {
	platform, err := wechattest.Open(wechattest.Config{URL: "http://" + listener.Addr().String()})
	if err != nil {
		return err
	}
	defer platform.Close()
	platform.BotURL(bot)
	platform.User("oLiLei").SetProfile("李雷", "")
	platform.PublishArticles("双十一会场攻略")
	return console.New(platform, console.Config{}).Serve(ctx, listener)
}
