package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/examples/internal/local"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// demo runs a login on the local platform and prints what happens. Unless once is set, it
// then serves a browser until the end of in.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := local.Open(out)
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, in, once), stage.Close())
}

func visit(ctx context.Context, stage *local.Stage, in io.Reader, once bool) (err error) {
	oa, err := stage.Client(nil)
	if err != nil {
		return err
	}
	platform, endPlatform, err := local.Serve(ctx, stage.Platform)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endPlatform()) }()

	var handler http.Handler // made once the site's address is known
	site, endSite, err := local.Serve(ctx, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, endSite()) }()
	if handler, err = newWebsite(oa, site, platform, newKey()); err != nil {
		return err
	}
	li := stage.Platform.User("oLiLei")
	li.SetPortrait("李雷", "")
	b := browsing{stage, local.NewBrowser(), site}

	stage.Title("Web authorization and JS-SDK (网页授权, JS-SDK)")
	b.login(li)
	b.step("opens the page with the JS-SDK", "/account?from=menu", http.StatusOK, `"jsApiList":["scanQRCode","getNetworkType"]`)
	stage.Step("visitor", "logs out", func() (string, error) {
		a, err := b.Post(site + "/logout")
		return "back on the first page", errors.Join(err, a.Check(http.StatusSeeOther, "/"))
	})
	b.step("opens the account page again", "/account", http.StatusFound, platform)
	b.step("comes with a state from elsewhere", "/wechat/login?code=C&state=FORGED", http.StatusForbidden, "没有登录")

	stage.Title("A snapshot page (快照页)")
	li.SetSnapshot(true)
	stage.Step("visitor", "consents in a snapshot", func() (string, error) {
		back, err := b.consent(li)
		if err != nil {
			return "", err
		}
		a, err := b.Get(back)
		return "the virtual user is turned away", errors.Join(err, a.Check(http.StatusForbidden, "没有登录"))
	})
	li.SetSnapshot(false)
	if !once {
		han := stage.Platform.User("oHanMeimei") // whom the platform still has to ask
		han.SetPortrait("韩梅梅", "")
		han.Browse()
		stage.Talk(ctx, in, "Open "+site+"/ in a browser", func(string) string { return "Open " + site + "/ in a browser." })
	}
	return nil
}

// browsing is a visitor's browser at the site.
type browsing struct {
	*local.Stage
	*local.Browser
	site string
}

// step opens a page of the site.
func (b browsing) step(what, path string, status int, text string) {
	b.Step("visitor", what, func() (string, error) {
		a, err := b.Get(b.site + path)
		return fmt.Sprintf("HTTP %d", a.Status), errors.Join(err, a.Check(status, text))
	})
}

// consent asks for the account page, and says yes on the platform's page. It returns
// the address to which the platform sends the browser back.
func (b browsing) consent(u *wechattest.User) (back string, err error) {
	a, err := b.Get(b.site + "/account")
	if err = errors.Join(err, a.Check(http.StatusFound, "snsapi_userinfo")); err != nil {
		return "", err
	}
	to, err := u.Authorize(a.Location)
	if err != nil {
		return "", err
	}
	return to.String(), nil
}

func (b browsing) login(u *wechattest.User) {
	b.step("opens the first page", "/", http.StatusOK, "Log in with WeChat")
	var back string
	b.Step("visitor", "asks for the account page, and consents", func() (outcome string, err error) {
		back, err = b.consent(u)
		return "sent back with a code", err
	})
	b.Step("visitor", "comes back", func() (string, error) {
		a, err := b.Get(back)
		return "sent on to /account", errors.Join(err, a.Check(http.StatusSeeOther, "/account"))
	})
	b.step("sees who they are", "/account", http.StatusOK, "李雷")
}
