package logins

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// phone is an http.RoundTripper that opens pages as WeChat does for a user: the site's
// pages in memory, and the platform's page on the local platform.
type phone struct {
	site   http.Handler
	user   *wechattest.User
	visits int // to the platform's page
}

func (p *phone) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	switch r.URL.Host {
	case "open.weixin.qq.com":
		p.visits++
		back, err := p.user.Authorize(r.URL.String())
		if err != nil {
			return nil, err
		}
		http.Redirect(w, r, back.String(), http.StatusFound)
	default:
		received := r.Clone(r.Context())
		received.Host, received.RequestURI = r.URL.Host, r.URL.RequestURI() // as a server has them
		p.site.ServeHTTP(w, received)
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// A visitor opens the page twice; the first visit goes over WeChat.
func Example() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer p.Close()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, BaseURL: p.URL(), HTTPClient: p.Client(),
	})
	if err != nil {
		panic(err)
	}
	site, err := newSite(oa, []byte("32 random bytes, but not in tests"))
	if err != nil {
		panic(err)
	}
	wechat := &phone{site: site, user: p.User("oLiLei")}
	jar, _ := cookiejar.New(nil) // never an error
	browser := &http.Client{Transport: wechat, Jar: jar}
	for range 2 {
		resp, err := browser.Get("https://m.example.com/orders")
		if err != nil {
			panic(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Request.URL.Path, resp.StatusCode, strings.TrimSpace(string(body)))
	}
	fmt.Println("visits to WeChat:", wechat.visits)
	// Output:
	// /orders 200 orders of oLiLei
	// /orders 200 orders of oLiLei
	// visits to WeChat: 1
}
