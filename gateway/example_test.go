package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A proxy, and the client of a business, which has a key and no AppSecret.
func ExampleProxy() {
	platform, err := wechattest.Open(wechattest.Config{}) // stands for api.weixin.qq.com
	if err != nil {
		panic(err)
	}
	defer platform.Close()

	key := gateway.NewKey() // for the business; the gateway keeps only its hash
	hash, err := gateway.HashKey(key)
	if err != nil {
		panic(err)
	}
	dir := gateway.NewDirectory(gateway.Config{HTTPClient: platform.Client(), BaseURL: platform.URL()})
	err = dir.Set(
		[]gateway.Account{{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret}},
		[]gateway.Business{{
			Name: "shop", Keys: []gateway.KeyHash{hash}, Accounts: []string{wechattest.DefaultAppID},
			Allow:  []string{"/cgi-bin/*"},
			Deny:   []string{"/cgi-bin/menu/*"},
			Limits: []gateway.Limit{{Path: "/cgi-bin/getcallbackip", Calls: 1, Per: time.Hour}},
		}},
	)
	if err != nil {
		panic(err)
	}
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{
		Directory: dir, Hosts: []string{platform.URL()}, Transport: platform.Client().Transport,
	})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(proxy)
	defer server.Close()

	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: key, BaseURL: server.URL,
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	fmt.Println(oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil))
	fmt.Println(oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil) != nil, oa.Get(ctx, "/cgi-bin/menu/get", nil, nil) != nil)
	// Output:
	// <nil>
	// true true
}

// A token server, and a service that gets its tokens there.
func ExampleTokenServer() {
	key := gateway.NewKey()
	hash, err := gateway.HashKey(key)
	if err != nil {
		panic(err)
	}
	dir := gateway.NewDirectory(gateway.Config{})
	err = dir.Set(
		[]gateway.Account{{AppID: "wx0123456789abcdef", TokenSource: token.Static("a token")}}, // usually with Secret
		[]gateway.Business{{
			Name: "reports", Keys: []gateway.KeyHash{hash}, Accounts: []string{"wx0123456789abcdef"},
			Kinds: []token.Kind{token.AccessToken},
		}},
	)
	if err != nil {
		panic(err)
	}
	tokens, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(http.StripPrefix("/tokens", tokens))
	defer server.Close()

	source, err := token.Remote(token.RemoteConfig{URL: server.URL + "/tokens/wx0123456789abcdef", Key: key})
	if err != nil {
		panic(err)
	}
	tok, err := source.Token(context.Background())
	fmt.Println(tok, tok.Value(), err)
	// Output:
	// [redacted token] a token <nil>
}
