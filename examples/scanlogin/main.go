// Command scanlogin is a website for browsers on a computer, where visitors log in by
// scanning a QR code with WeChat (扫码登录): the account's own parametric code (带参数的二维码),
// so scanning it also brings followers.
//
//	go run ./examples/scanlogin
//
// Without an account in the environment it runs a login on the local platform, and then
// lets you log in with a browser. -once stops after the transcript, with exit status 1 if
// a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe
// mode) it serves the real platform on -addr: the bot under /wechat, the site under /.
// Put a proxy with TLS in front: browsers send the site's cookies over https only.
package main

import (
	"context"
	"errors"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

var program = setup.Program{
	Name:  "scanlogin",
	Need:  []string{setup.Token, setup.Secret},
	Serve: serve,
	Demo:  demo,
}

func main() { program.Main() }

func serve(ctx context.Context, account setup.Account, addr string) error {
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	site := newWebsite(oa, logins{store.NewMemory()}, true)
	bot, err := newBot(account, site.logins)
	if err != nil {
		return err
	}
	return errors.Join(setup.Serve(ctx, addr, site.handler(bot)), setup.Drain(bot))
}
