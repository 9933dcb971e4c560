package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo runs logins on the local platform and prints what happens. Unless once is set, it
// then serves a browser until the end of in. Each line of in is an action of the
// visitor's phone.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, in, once), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage, in io.Reader, once bool) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	web := newWebsite(oa, logins{store.NewMemory()}, false)
	bot, err := newBot(localAccount(stage.Platform), web.logins)
	if err != nil {
		return err
	}
	defer bot.Shutdown(ctx)
	stage.Platform.Bot(bot)
	platform, err := stage.Serve(stage.Platform)
	if err != nil {
		return err
	}
	var handler http.Handler // made once the site's address is known
	site, err := stage.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	if err != nil {
		return err
	}
	const appID, secret = "wx0123456789abcdef", "the-secret-of-the-website"
	stage.Platform.AddWebsite(appID, secret)
	app, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, HTTPClient: stage.Platform.Client(), BaseURL: stage.Platform.URL()})
	if err != nil {
		return err
	}
	if err := web.loginByWebsite(app, site, platform, newKey()); err != nil {
		return err
	}
	handler = web.handler(bot)
	li, han := stage.Platform.User("oLiLei"), stage.Platform.User("oHanMeimei")
	if _, err := han.Unfollow(); err != nil {
		return err
	}

	stage.Title("A follower logs in (扫码登录)")
	pc := computer{stage, newBrowser(), site}
	pc.opens()
	pc.scans(li, ask)
	pc.shows(scanned)
	pc.scans(han, late)
	pc.says(li, "1", done)
	pc.shows(confirmed)
	pc.enters(li)
	pc.says(li, "1", none)
	stage.Step("visitor", "logs out", func() (string, error) {
		a, err := pc.post(site + "/logout")
		b, errAfter := pc.get(site + "/")
		return "the next visit leads to a code", errors.Join(err, a.check(http.StatusSeeOther, "/"), errAfter, b.check(http.StatusSeeOther, "/login"))
	})

	stage.Title("Somebody new follows by the code, and logs in")
	pc = computer{stage, newBrowser(), site}
	pc.opens()
	pc.scans(han, ask)
	pc.says(han, "1", done)
	pc.enters(han)

	stage.Title("A browser that knows the code, but did not begin the login")
	other := computer{stage, newBrowser(), site}
	pc.opens()
	pc.scans(li, ask)
	pc.says(li, "1", done)
	other.shows(expired)
	stage.Step("other", "asks to come in", func() (string, error) {
		a, err := other.post(site + "/login/finish")
		return "has to begin a login of its own", errors.Join(err, a.check(http.StatusSeeOther, "/login"))
	})

	stage.Title("The QR code of a website application (网站应用)")
	li.SetUnionID("uLiLei")
	pc = computer{stage, newBrowser(), site}
	pc.byWebsite(li)
	if !once {
		stage.Talk(ctx, in, "Open "+site+"/ in a browser, and be its phone here: say scan, then 1", func(line string) string {
			return phone(stage.Platform, li, line)
		})
	}
	return nil
}

// phone performs the action of a line: it scans the newest code, or sends a text to the
// account.
func phone(p *wechattest.Platform, u *wechattest.User, line string) string {
	do := func() (*wechattest.Reply, error) { return u.Text(line) }
	if line == "scan" {
		do = func() (*wechattest.Reply, error) { return u.ScanQRCode(newestCode(p)) }
	}
	reply, err := do()
	if err != nil {
		return err.Error()
	}
	return reply.Saw()
}

// newestCode returns the ticket of the newest QR code.
func newestCode(p *wechattest.Platform) string {
	calls := p.Calls("/cgi-bin/qrcode/create")
	if len(calls) == 0 {
		return ""
	}
	var made struct{ Ticket string }
	_ = json.Unmarshal(calls[len(calls)-1].Answer, &made) // a refusal has no ticket
	return made.Ticket
}

// computer is a visitor's browser at the site.
type computer struct {
	*transcript.Stage
	*browser
	site string
}

func (c computer) opens() {
	c.Step("visitor", "opens the login page", func() (string, error) {
		page, err := c.get(c.site + "/login")
		picture, errPicture := c.get(c.site + "/login/code.jpg")
		if !strings.HasPrefix(picture.Body, "\xff\xd8") {
			errPicture = errors.Join(errPicture, errors.New("the picture is not a JPEG"))
		}
		return "sees a QR code", errors.Join(err, page.check(http.StatusOK, "/login/code.jpg"), errPicture)
	})
}

// shows waits until the page shows a step.
func (c computer) shows(want step) {
	c.Step("page", "asks where the login stands", func() (string, error) {
		var a answer
		err := errors.New("the time is over")
		for began := time.Now(); err != nil && time.Since(began) < 10*time.Second; time.Sleep(20 * time.Millisecond) {
			if a, err = c.get(c.site + "/login/status"); err == nil {
				err = a.check(http.StatusOK, `"`+string(want)+`"`)
			}
		}
		return strings.TrimSpace(a.Body), err
	})
}

func (c computer) scans(u *wechattest.User, want string) {
	c.Step(u.OpenID(), "scans the code", func() (string, error) {
		return transcript.Sees(want)(u.ScanQRCode(newestCode(c.Platform)))
	})
}

func (c computer) says(u *wechattest.User, text, want string) {
	c.Step(u.OpenID(), "says "+text, func() (string, error) { return transcript.Sees(want)(u.Text(text)) })
}

// byWebsite logs a user in by the code that the platform's page shows.
func (c computer) byWebsite(u *wechattest.User) {
	var page string
	c.Step("visitor", "asks for the other code", func() (string, error) {
		a, err := c.get(c.site + "/open")
		page = a.Location
		return "sent to the platform's page", errors.Join(err, a.check(http.StatusFound, "/connect/qrconnect?"))
	})
	c.Step("visitor", "sees the platform's page", func() (string, error) {
		a, err := c.get(page)
		return "a code to scan", errors.Join(err, a.check(http.StatusOK, "使用微信扫一扫登录"))
	})
	c.Step(u.OpenID(), "scans it and consents", func() (string, error) {
		back, err := u.Authorize(page)
		if err != nil {
			return "", err
		}
		a, err := c.get(back.String())
		return "the browser comes back", errors.Join(err, a.check(http.StatusSeeOther, "/open"))
	})
	c.Step("visitor", "is logged in", func() (string, error) {
		a, err := c.get(c.site + "/open")
		home, errHome := c.get(c.site + "/")
		return "logged in by snsapi_login, unionid uLiLei", errors.Join(err, a.check(http.StatusSeeOther, "/"), errHome, home.check(http.StatusOK, "unionid uLiLei"))
	})
}

func (c computer) enters(u *wechattest.User) {
	c.Step("visitor", "comes in", func() (string, error) {
		a, err := c.post(c.site + "/login/finish")
		home, errHome := c.get(c.site + "/")
		return "logged in as " + u.OpenID(), errors.Join(err, a.check(http.StatusSeeOther, "/"), errHome, home.check(http.StatusOK, u.OpenID()))
	})
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
