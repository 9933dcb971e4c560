package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo runs logins on the local platform and prints what happens. Unless once is set, it
// then serves a browser until the end of in.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, in, once), stage.Close())
}

// The people of the company in the demo.
var demoStaff = staff{"lilei": "winter-jasmine", "hanmeimei": "spring-rain"}

func visit(ctx context.Context, stage *transcript.Stage, in io.Reader, once bool) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	platform, err := stage.Serve(stage.Platform)
	if err != nil {
		return err
	}
	cfg := stage.Platform.Config()
	bot, err := message.NewHandler(message.Config{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey})
	if err != nil {
		return err
	}
	stage.Platform.Bot(bot) // receives the events of users who follow and leave
	li, han := stage.Platform.User("oLiLei"), stage.Platform.User("oHanMeimei")
	li.SetProfile("李雷", "")
	li.SetUnionID("uLiLei")
	bound := store.NewMemory()

	site, err := open(stage, oa, platform, *keep, bound)
	if err != nil {
		return err
	}
	b := browsing{stage, newBrowser(), site}

	stage.Title("Silent first, asked where it is needed (网页授权), and the JS-SDK")
	b.opens("the first page", "/", "Log in with WeChat")
	b.logsIn(li, "/account?from=menu", "snsapi_base", "oLiLei")
	b.opens("the account page again", "/account", `"jsApiList":["scanQRCode","getNetworkType"]`)
	b.logsIn(li, "/profile", "snsapi_userinfo", "李雷")
	b.opens("the account page, with the same session", "/account", "oLiLei")

	stage.Title("Bind the company's user (绑定账号)")
	b.sends("a wrong password", "/bind", http.StatusForbidden, "没有绑定", "name", "lilei", "password", "x")
	b.sends("the right password", "/bind", http.StatusSeeOther, "/account", "name", "lilei", "password", demoStaff["lilei"])
	b.opens("the account page", "/account", "Bound to lilei, unionid uLiLei.")
	b.opens("the account page: a follower", "/account", "已关注")
	stage.Step("oLiLei", "leaves the account", func() (string, error) {
		_, err := li.Unfollow()
		return "the binding stays", err
	})
	b.opens("the account page: not a follower", "/account", "未关注")
	other := browsing{stage, newBrowser(), site}
	other.logsIn(han, "/account", "snsapi_base", "oHanMeimei")
	other.sends("the password of a user who is bound", "/bind", http.StatusConflict, "已绑定其他账号", "name", "lilei", "password", demoStaff["lilei"])

	stage.Title("Not logged in")
	b.sends("the wish to log out", "/logout", http.StatusSeeOther, "/")
	b.shows("opens the account page again", "/account", http.StatusFound, platform)
	b.shows("comes with a state from elsewhere", "/wechat/login?code=C&state=FORGED", http.StatusForbidden, "没有登录")
	li.SetSnapshot(true)
	stage.Step("visitor", "consents in a snapshot (快照页)", func() (string, error) {
		back, err := b.consent(li, "/profile", "snsapi_userinfo")
		if err != nil {
			return "", err
		}
		a, err := b.get(back)
		return "the virtual user is turned away", errors.Join(err, a.check(http.StatusForbidden, "没有登录"))
	})
	li.SetSnapshot(false)

	for _, kind := range []string{"scs", "gorilla"} {
		stage.Title("The same login in the sessions of " + kind)
		if err := ownSessions(stage, oa, platform, kind, bound); err != nil {
			return err
		}
	}
	if !once {
		han.SetProfile("韩梅梅", "") // whom the platform still has to ask
		han.Browse()
		stage.Talk(ctx, in, "Open "+site+"/ in a browser", func(string) string { return "Open " + site + "/ in a browser." })
	}
	return nil
}

// open serves the site.
func open(stage *transcript.Stage, oa *officialaccount.Client, platform, kind string, bound store.Store) (site string, err error) {
	var handler http.Handler // made once the site's address is known
	site, err = stage.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	if err != nil {
		return "", err
	}
	handler, err = newWebsite(oa, config{address: site, platform: platform, key: newKey(), sessions: kind, company: demoStaff, store: bound})
	if err != nil {
		return "", err
	}
	return site, nil
}

// ownSessions logs a visitor in where another package keeps the sessions.
func ownSessions(stage *transcript.Stage, oa *officialaccount.Client, platform, kind string, bound store.Store) error {
	site, err := open(stage, oa, platform, kind, bound)
	if err != nil {
		return err
	}
	b, li := browsing{stage, newBrowser(), site}, stage.Platform.User("oLiLei")
	b.logsIn(li, "/account", "snsapi_base", "Bound to lilei")
	b.logsIn(li, "/profile", "snsapi_userinfo", "李雷")
	b.opens("the account page, with the same session", "/account", "oLiLei")
	b.sends("the wish to log out", "/logout", http.StatusSeeOther, "/")
	b.shows("opens the account page again", "/account", http.StatusFound, "snsapi_base")
	return nil
}

// browsing is a visitor's browser at the site.
type browsing struct {
	*transcript.Stage
	*browser
	site string
}

// opens opens a page that the visitor may see.
func (b browsing) opens(what, path, text string) { b.shows("opens "+what, path, http.StatusOK, text) }

// shows opens a page whose answer has a status and a text.
func (b browsing) shows(what, path string, status int, text string) {
	b.Step("visitor", what, func() (string, error) {
		a, err := b.get(b.site + path)
		return fmt.Sprintf("HTTP %d", a.Status), errors.Join(err, a.check(status, text))
	})
}

// sends sends a form.
func (b browsing) sends(what, path string, status int, text string, fields ...string) {
	b.Step("visitor", "sends "+what, func() (string, error) {
		a, err := b.post(b.site+path, fields...)
		return fmt.Sprintf("HTTP %d", a.Status), errors.Join(err, a.check(status, text))
	})
}

// consent opens a page for which the visitor must log in with a scope, and says yes on the
// platform's page. It returns the address to which the platform sends the browser back.
func (b browsing) consent(u *wechattest.User, path, scope string) (back string, err error) {
	a, err := b.get(b.site + path)
	if err = errors.Join(err, a.check(http.StatusFound, "scope="+scope+"&")); err != nil {
		return "", err
	}
	to, err := u.Authorize(a.Location)
	if err != nil {
		return "", err
	}
	return to.String(), nil
}

// logsIn logs a visitor in with a scope, on the way to a page that has the text.
func (b browsing) logsIn(u *wechattest.User, path, scope, text string) {
	page, _, _ := strings.Cut(path, "?")
	b.Step("visitor", "opens "+page+", and goes through WeChat", func() (string, error) {
		back, err := b.consent(u, path, scope)
		if err != nil {
			return "", err
		}
		a, err := b.get(back)
		if err := errors.Join(err, a.check(http.StatusSeeOther, path)); err != nil {
			return "", err
		}
		a, err = b.get(a.Location)
		return scope + ", and back on the page", errors.Join(err, a.check(http.StatusOK, text))
	})
}
