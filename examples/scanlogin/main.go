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
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
)

var site = flag.String("site", "", "with a website application: the site's address as visitors know it")

// The variables that describe a website application.
const (
	websiteAppID  = "WECHAT_WEBSITE_APPID"
	websiteSecret = "WECHAT_WEBSITE_SECRET"
)

func main() {
	addr := flag.String("addr", ":8080", "address of the server for the real platform")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *once); err != nil {
		fmt.Fprintln(os.Stderr, "scanlogin:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr string, once bool) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdin, os.Stdout, once)
	}
	if err != nil {
		return err
	}
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
	return listenAndServe(ctx, addr, web.handler(bot), bot.Shutdown)
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
