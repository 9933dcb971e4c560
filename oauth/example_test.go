package oauth_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/seed-f21aa8d8/wechat/oauth"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// local is a client of a local platform; with a real account it would be
// officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret}).
func local() (*wechattest.Platform, *officialaccount.Client) {
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
	return p, oa
}

// The steps one by one.
func Example() {
	p, oa := local()
	defer p.Close()
	p.User("oLiLei").SetProfile("李雷", "https://thirdwx.qlogo.cn/mmopen/x/132")
	web, ctx := oauth.New(oa), context.Background()

	page, err := web.AuthorizeURL(oauth.AuthRequest{
		RedirectURL: "https://www.example.com/login", Scope: oauth.UserInfo, State: "n0nce",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(page)

	back, err := p.User("oLiLei").Authorize(page) // what the visitor's browser does
	if err != nil {
		fmt.Println(err)
		return
	}
	grant, err := web.Exchange(ctx, back.Query().Get("code"))
	if err != nil {
		fmt.Println(err)
		return
	}
	user, err := web.GetUser(ctx, grant.AccessToken(), grant.OpenID, officialaccount.SimplifiedChinese)
	fmt.Println(grant, "is", user.Nickname, user.AvatarOf(46), err)
	// Output:
	// https://open.weixin.qq.com/connect/oauth2/authorize?appid=wx5a1d7e92c04b6f38&redirect_uri=https%3A%2F%2Fwww.example.com%2Flogin&response_type=code&scope=snsapi_userinfo&state=n0nce&connect_redirect=1#wechat_redirect
	// oauth.Grant{OpenID:"oLiLei", Scopes:[snsapi_userinfo]} is 李雷 https://thirdwx.qlogo.cn/mmopen/x/46 <nil>
}

// A page that knows its visitor.
func ExampleLogin_Require() {
	p, oa := local()
	defer p.Close()
	login, err := oauth.New(oa).Login(oauth.LoginConfig{
		RedirectURL: "https://www.example.com/login",
		Keys:        [][]byte{[]byte("32 random bytes, kept as a secret")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	account := login.Require(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor, _ := oauth.VisitorFromContext(r.Context())
		fmt.Fprintln(w, "hello,", visitor.OpenID)
	}))

	visit := func(h http.Handler, address string, cookies []*http.Cookie) *http.Response {
		r := httptest.NewRequest("GET", address, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	away := visit(account, "/account", nil)
	back, err := p.User("oLiLei").Authorize(away.Header.Get("Location"))
	if err != nil {
		fmt.Println(err)
		return
	}
	home := visit(login, back.String(), away.Cookies())
	fmt.Println("back to", home.Header.Get("Location"))
	fmt.Print(body(visit(account, "/account", home.Cookies())))
	// Output:
	// back to /account
	// hello, oLiLei
}

// Most pages sign visitors in silently. The page that shows the profile asks for
// consent.
func ExampleLogin_RequireUserInfo() {
	p, oa := local()
	defer p.Close()
	li := p.User("oLiLei")
	li.SetProfile("李雷", "")
	login, err := oauth.New(oa).Login(oauth.LoginConfig{
		RedirectURL: "https://www.example.com/login",
		Keys:        [][]byte{[]byte("32 random bytes, kept as a secret")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor, _ := oauth.VisitorFromContext(r.Context())
		fmt.Fprintf(w, "%s: %s %q\n", visitor.Scope, visitor.OpenID, visitor.Nickname)
	})
	mux := http.NewServeMux()
	mux.Handle("/login", login)
	mux.Handle("/account", login.Require(show))
	mux.Handle("/profile", login.RequireUserInfo(show))

	cookies := map[string]*http.Cookie{}
	visit := func(address string) *http.Response {
		r := httptest.NewRequest("GET", address, nil)
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			cookies[c.Name] = c
		}
		return w.Result()
	}
	for _, page := range []string{"/account", "/profile", "/account"} {
		answer := visit(page)
		if away := answer.Header.Get("Location"); away != "" { // to WeChat and back
			back, err := li.Authorize(away)
			if err != nil {
				fmt.Println(err)
				return
			}
			answer = visit(visit(back.String()).Header.Get("Location"))
		}
		fmt.Print(page, " ", body(answer))
	}
	// Output:
	// /account snsapi_base: oLiLei ""
	// /profile snsapi_userinfo: oLiLei "李雷"
	// /account snsapi_userinfo: oLiLei "李雷"
}
