package wechattest_test

import (
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A user allows what a website asks for, and the website exchanges the code.
func ExampleUser_Authorize() {
	p, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	c := p.Config()
	back, err := p.User("oLiLei").Authorize("https://open.weixin.qq.com/connect/oauth2/authorize?appid=" + c.AppID +
		"&redirect_uri=" + url.QueryEscape("https://www.example.com/login") + "&response_type=code&scope=snsapi_base&state=S1#wechat_redirect")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.Host, back.Path, back.Query().Get("state"))

	resp, err := p.Client().Get(p.URL() + "/sns/oauth2/access_token?" + url.Values{
		"appid": {c.AppID}, "secret": {c.Secret}, "code": {back.Query().Get("code")}, "grant_type": {"authorization_code"},
	}.Encode())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var grant struct{ OpenID, Scope string }
	err = json.NewDecoder(resp.Body).Decode(&grant)
	fmt.Println(grant.OpenID, grant.Scope, err)
	// Output:
	// www.example.com /login S1
	// oLiLei snsapi_base <nil>
}
