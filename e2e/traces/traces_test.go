package traces

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/qrcode"
	"github.com/seed-f21aa8d8/wechat/tracing"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const openID = "oLiLei-abcdefghijklmnopqrst"

// written is what a user writes.
const written = "my number is 13800138000"

// handler makes calls, fails and is slow as the message says. Its errors quote the user.
func handler(h *message.Handler, oa func(context.Context) *officialaccount.Client) {
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		if _, err := user.New(oa(ctx)).GetProfile(ctx, user.ProfileQuery{OpenID: m.FromUserName}); err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(m.Content, "slow"):
			time.Sleep(8 * time.Second)
		case strings.HasPrefix(m.Content, "fail"):
			return nil, fmt.Errorf("%s wrote %s", m.FromUserName, m.Content)
		case strings.HasPrefix(m.Content, "panic"):
			panic(m.FromUserName + m.Content)
		}
		return message.TextReply("done"), nil
	})
}

// converse sends messages of all kinds, and forgeries.
func converse(t *testing.T, p *wechattest.Platform, mode wechattest.Mode) {
	u := p.User(openID)
	_, err := u.Follow()
	require.NoError(t, err)
	for _, text := range []string{"", "slow", "fail", "panic"} {
		_, err := u.Text(text + " " + written)
		require.NoError(t, err)
		time.Sleep(time.Minute)
	}
	for _, f := range wechattest.Forgeries(mode) {
		_, _ = u.Forge(f, wechattest.Text(written))
	}
}

// call uses the credentials that calls have: tokens, secrets, codes, tickets, and makes
// them fail in every way.
func call(t *testing.T, p *wechattest.Platform, oa *officialaccount.Client, app *oauth.Service) {
	ctx := t.Context()
	u := p.User(openID)
	u.SetUnionID("oUnion-abcdefghijklmnop")
	u.SetProfile("小明和他的朋友们", "")

	code, err := qrcode.New(oa).CreateTemporary(ctx, qrcode.Text("table-7"), time.Minute)
	require.NoError(t, err)
	f, err := qrcode.New(oa).DownloadImage(ctx, code.Ticket)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = jssdk.New(oa).SignPage(ctx, "https://www.example.com/shop?visitor=7")
	require.NoError(t, err)
	_, err = material.New(oa).Upload(ctx, material.Image, "a.png", strings.NewReader("\x89PNG\r\n\x1a\n"))
	require.NoError(t, err)
	_ = customerservice.New(oa).Send(ctx, openID, customerservice.Text(written))
	_ = oa.Post(ctx, "/cgi-bin/clear_quota/v2", nil, nil, officialaccount.WithSecretAs("appid", "appsecret"))

	page, err := app.AuthorizeURL(oauth.AuthRequest{RedirectURL: "https://www.example.com/login", Scope: oauth.UserInfo, State: "state-of-the-visitor", PagesURL: p.URL()})
	require.NoError(t, err)
	back, err := u.Authorize(page)
	require.NoError(t, err)
	grant, err := app.Exchange(ctx, back.Query().Get("code"))
	require.NoError(t, err)
	_, err = app.GetUser(ctx, grant.AccessToken(), grant.OpenID, officialaccount.English)
	require.NoError(t, err)
	_, err = app.Exchange(ctx, back.Query().Get("code"))
	require.Error(t, err, "a code is used once")

	p.RevokeTokens()
	get := func(path string) error { return oa.Get(ctx, path+"?openid="+openID, nil, nil) }
	require.NoError(t, get("/cgi-bin/user/info"))
	tokens := p.Calls("/cgi-bin/user/info")
	spoken := tokens[len(tokens)-1].Query.Get("access_token")
	for _, fault := range []wechattest.Fault{
		wechattest.ErrcodeText(40003, "invalid openid "+openID+" with access_token="+spoken),
		wechattest.Errcode(-1), wechattest.Errcode(45009), wechattest.Errcode(40001),
		wechattest.HTTPStatus(502), wechattest.CutBefore(), wechattest.CutAfter(), wechattest.CutInside(),
		wechattest.Truncated(), wechattest.RedirectTo("https://elsewhere.example/?access_token=" + spoken),
	} {
		remove := p.Inject(wechattest.Rule{Path: "/cgi-bin/user/info", Fault: fault})
		require.Error(t, get("/cgi-bin/user/info"), fault.String())
		remove()
		time.Sleep(15 * time.Minute)
	}
	for _, fault := range []wechattest.Fault{wechattest.Errcode(40125), wechattest.Errcode(40164), wechattest.HTTPStatus(502), wechattest.CutBefore()} {
		p.RevokeTokens()
		remove := p.Inject(wechattest.Rule{Path: "/cgi-bin/*token", Fault: fault})
		_ = get("/cgi-bin/user/info")
		remove()
		time.Sleep(15 * time.Minute)
	}
}

// account runs a client and a bot in a mode.
func account(t *testing.T, e *exported, mode wechattest.Mode) *wechattest.Platform {
	p := wechattest.New(t, wechattest.Config{Mode: mode, Logger: quiet, CallbackPath: "/wechat"})
	cfg := p.Config()
	observer := e.tracer.Account(cfg.AppID)
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: cfg.AppID, Secret: cfg.Secret, BaseURL: p.URL(), Observer: observer, Logger: quiet,
		HTTPClient: &http.Client{Transport: tracing.Transport(p.Client().Transport), Timeout: 30 * time.Second},
	})
	require.NoError(t, err)
	c := message.Config{AppID: cfg.AppID, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey, Observer: observer, Logger: quiet, LateReply: customerservice.New(oa)}
	if mode == wechattest.CloudHosting {
		c.Token, c.EncodingAESKey, c.InsecureCloudHosting = "", "", message.CloudHostingPublic
	}
	h, err := message.NewHandler(c)
	require.NoError(t, err)
	handler(h, func(context.Context) *officialaccount.Client { return oa })
	p.Bot(h)
	converse(t, p, mode)
	call(t, p, oa, oauth.New(oa))
	require.NoError(t, h.Shutdown(t.Context()))
	return p
}

// thirdParty runs a third-party platform with an account.
func thirdParty(t *testing.T, e *exported, _ wechattest.Mode) *wechattest.Platform {
	w := wechattest.New(t, wechattest.Config{
		Mode: wechattest.Component, Logger: quiet, CallbackPath: "/wechat/$APPID$/callback", NoticePath: "/wechat/notices",
	})
	cfg := w.Config()
	p, err := component.New(component.Config{
		AppID: cfg.ComponentAppID, Secret: wechattest.DefaultComponentSecret, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey,
		InsecureMemory: true, HTTPClient: w.Client(), BaseURL: w.URL(), Logger: quiet,
		Observer:        func(appID string) officialaccount.Observer { return e.tracer.Account(appID) },
		MessageObserver: e.tracer.Account("callbacks"),
		LateReply:       func(oa *officialaccount.Client) message.LateReplier { return customerservice.New(oa) },
	})
	require.NoError(t, err)
	handler(p.Messages(), component.ClientFromContext)
	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", p.Notices())
	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages)
	w.Bot(mux)
	require.NoError(t, w.PushTicket())
	tenant, _ := w.Grant("wx00000000000000aa")
	_, err = p.CreatePreAuthCode(t.Context())
	require.NoError(t, err)
	for _, text := range []string{"", "slow", "fail"} {
		_, err := tenant.Send(openID, wechattest.Text(text+" "+written))
		require.NoError(t, err)
		time.Sleep(time.Minute)
	}
	time.Sleep(3 * time.Hour) // the tokens are fetched again
	require.NoError(t, w.PushTicket())
	_, err = tenant.Send(openID, wechattest.Text(written))
	require.NoError(t, err)
	require.NoError(t, p.Shutdown(t.Context()))
	return w
}

// No credential is exported, whatever goes wrong, and nothing about people unless that
// was asked for.
func TestSearch(t *testing.T) {
	for _, scene := range []struct {
		name string
		run  func(*testing.T, *exported, wechattest.Mode) *wechattest.Platform
		mode wechattest.Mode
	}{
		{"plain", account, wechattest.Plain},
		{"safe", account, wechattest.Safe},
		{"cloud", account, wechattest.CloudHosting},
		{"third-party platform", thirdParty, wechattest.Component},
	} {
		for _, personal := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s personal=%t", scene.name, personal), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e := newExported(t, personal)
					p := scene.run(t, e, scene.mode)
					synctest.Wait()
					lines, v := e.texts(), wire(t, p)
					require.Greater(t, len(lines), 150, "too little was traced")
					require.Greater(t, len(v.credentials), 10, "too little went over the wire")
					search(t, lines, v.credentials, "the credential")
					v.personal[written], v.personal[openID] = true, true
					if !personal {
						search(t, lines, v.personal, "personal data")
					} else {
						require.Contains(t, strings.Join(lines, "\n"), openID)
					}
					t.Log(describe(lines, v))
				})
			})
		}
	}
}
