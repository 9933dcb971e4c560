// Command weblogin is a website inside WeChat. It identifies its visitors by web
// authorization (网页授权), and one of its pages uses the JS-SDK.
//
//	go run ./examples/weblogin
//
// Without an account in the environment it runs a login on the local platform, and then
// lets you log in with a browser. -once stops after the transcript, with exit status 1 if
// a step failed.
//
// With WECHAT_APPID and WECHAT_SECRET set it serves the real platform on -addr.
// -site is then the site's address as visitors know it, such as
// https://www.example.com. Enter its host on 微信开发者平台, as the domain for web
// authorization (网页授权域名) and for the JS-SDK (JS接口安全域名).
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

var site = flag.String("site", "", "with an account: the site's address as visitors know it")

var program = setup.Program{
	Name:  "weblogin",
	Need:  []string{setup.AppID, setup.Secret},
	Serve: serve,
	Demo:  demo,
}

func main() { program.Main() }

func serve(ctx context.Context, account setup.Account, addr string) error {
	if *site == "" {
		return errors.New("-site is missing: the address under which visitors reach this program, with https")
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	handler, err := newWebsite(oa, *site, "", newKey())
	if err != nil {
		return err
	}
	return setup.Serve(ctx, addr, handler)
}

// newKey returns a new random key, so sessions end with the program. A site with several
// processes needs one key for all of them, from its secret store.
func newKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
}
