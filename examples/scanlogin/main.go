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
//
// With WECHAT_WEBSITE_APPID and WECHAT_WEBSITE_SECRET set too, the login page offers the QR
// code of a website application (网站应用, snsapi_login) as well. -site is then the site's
// address, whose host is that of the application on 微信开放平台.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"os"

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

var site = flag.String("site", "", "with a website application: the site's address as visitors know it")

// The variables that describe a website application.
const (
	websiteAppID  = "WECHAT_WEBSITE_APPID"
	websiteSecret = "WECHAT_WEBSITE_SECRET"
)

func main() { program.Main() }

func serve(ctx context.Context, account setup.Account, addr string) error {
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	web := newWebsite(oa, logins{store.NewMemory()}, true)
	if err := addWebsite(web); err != nil {
		return err
	}
	bot, err := newBot(account, web.logins)
	if err != nil {
		return err
	}
	return errors.Join(setup.Serve(ctx, addr, web.handler(bot)), setup.Drain(bot))
}

// addWebsite adds the website application of the environment, if there is one.
func addWebsite(web *website) error {
	appID, secret := os.Getenv(websiteAppID), os.Getenv(websiteSecret)
	switch {
	case appID == "":
		return nil
	case secret == "":
		return errors.New(websiteSecret + " is not set")
	case *site == "":
		return errors.New("-site is missing: the address under which visitors reach this program, with https")
	}
	app, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret})
	if err != nil {
		return err
	}
	return web.loginByWebsite(app, *site, "", newKey())
}

// newKey returns a new random key, so logins that are under way end with the program.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}
