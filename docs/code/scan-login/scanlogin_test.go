package scanlogin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/docs/code/internal/browser"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/qrcode"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// open returns a local platform with the bot, and the pending logins.
func open() (*wechattest.Platform, Scans) {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		panic(err)
	}
	s := Scans{Codes: qrcode.New(oa), Store: store.NewMemory()}
	bot, err := message.NewHandler(message.Config{Token: wechattest.DefaultToken})
	if err != nil {
		panic(err)
	}
	listen(bot, s)
	p.Bot(bot)
	return p, s
}

func Example() {
	p, scans := open()
	defer p.Close()
	ctx := context.Background()

	secret, picture, err := scans.Begin(ctx) // the browser on the computer
	if err != nil {
		panic(err)
	}
	ticket, _ := url.Parse(picture)
	reply, err := p.User("oLiLei").ScanQRCode(ticket.Query().Get("ticket")) // the phone
	fmt.Println(reply.Content, err)
	reply, err = p.User("oLiLei").Text("1")
	fmt.Println(reply.Content, err)
	state, _ := scans.State(ctx, secret)
	openID, ok, err := scans.Finish(ctx, secret)
	fmt.Println(state, openID, ok, err)
	// Output:
	// 有人正在电脑上登录，是你本人请回复 1。 <nil>
	// 登录成功。 <nil>
	// confirmed oLiLei true <nil>
}

func TestSite(t *testing.T) {
	p, s := open()
	defer func() { require.NoError(t, p.Close()) }()
	mux := http.NewServeMux()
	var user string
	site(mux, s, func(_ http.ResponseWriter, _ *http.Request, openID string) error {
		user = openID
		return nil
	})
	b := browser.Browser{Site: mux, Origin: "https://www.example.com"}
	status, body := b.Get("/login")
	require.Equal(t, http.StatusOK, status)
	picture := regexp.MustCompile(`ticket=([^"]+)"`).FindStringSubmatch(body)[1]
	ticket, err := url.QueryUnescape(picture)
	require.NoError(t, err)

	state := func() string {
		_, body := b.Get("/login/state")
		return body
	}
	require.Equal(t, "waiting", state())
	finish := func() { b.Post("/login", url.Values{}) }
	finish()
	require.Empty(t, user, "the code was not scanned")

	stranger := p.Stranger("oHanMeimei")
	reply, err := stranger.ScanQRCode(ticket) // follows by the code
	require.NoError(t, err)
	require.Contains(t, reply.Content, "回复 1")
	require.Equal(t, "asked", state())
	reply, err = p.User("oLiLei").ScanQRCode(ticket)
	require.NoError(t, err)
	require.Contains(t, reply.Content, "已失效", "one user has scanned it already")
	reply, err = p.User("oLiLei").Text("1")
	require.NoError(t, err)
	require.Contains(t, reply.Content, "没有需要确认的登录")

	_, err = stranger.Text("1")
	require.NoError(t, err)
	require.Equal(t, "confirmed", state())
	other := browser.Browser{Site: mux, Origin: "https://www.example.com"}
	_, body = other.Get("/login/state")
	require.Equal(t, "expired", body, "another browser does not know the secret")
	finish()
	require.Equal(t, "oHanMeimei", user)
	user = ""
	finish()
	require.Empty(t, user, "once")
}

func TestSiteFails(t *testing.T) {
	p, s := open()
	defer func() { require.NoError(t, p.Close()) }()
	mux := http.NewServeMux()
	site(mux, s, func(http.ResponseWriter, *http.Request, string) error { return errors.New("no database") })
	p.Inject(wechattest.Rule{Path: "/cgi-bin/qrcode/create", Fault: wechattest.Errcode(45009), Times: 1})
	b := browser.Browser{Site: mux, Origin: "https://www.example.com"}
	status, _ := b.Get("/login")
	require.Equal(t, http.StatusBadGateway, status)
	_, err := p.User("oLiLei").Follow()
	require.NoError(t, err)
}

func TestOpenPlatform(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	const appID, secret = "wx00000000000000cc", "the secret of the website"
	p.AddWebsite(appID, secret)
	app, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, BaseURL: p.URL(), HTTPClient: p.Client()})
	require.NoError(t, err)
	login, err := openPlatform(app, bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.Handle("/open/login", login)
	mux.Handle("GET /orders", login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, _ := oauth.VisitorFromContext(r.Context())
		fmt.Fprint(w, v.Nickname)
	})))
	user := p.User("oLiLei")
	user.SetProfile("李雷", "")
	b := browser.Browser{Site: mux, Origin: "https://www.example.com", User: user}
	status, body := b.Get("/orders")
	require.Equal(t, http.StatusOK, status, body)
	require.Equal(t, "李雷", body)
}
