package jssdk

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/localtest"
	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const tickets = "/cgi-bin/ticket/getticket"

func get(h http.Handler, address string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", address, nil))
	return w
}

// check fails unless c signs the page with the ticket of pages.
func check(t *testing.T, pages *jssdk.Service, c jssdk.PageConfig, page string) {
	ticket, err := pages.GetJSAPITicket(t.Context())
	require.NoError(t, err)
	require.Equal(t, jssdk.Signature(ticket.Value(), c.NonceStr, c.Timestamp, page), c.Signature)
}

func TestShop(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	pages := jssdk.New(localtest.Client(t, p))
	w := get(shop(pages), "/shop?id=7")
	require.Equal(t, http.StatusOK, w.Code)
	text := regexp.MustCompile(`wx\.config\((.*?)\);`).FindStringSubmatch(w.Body.String())
	var c jssdk.PageConfig
	require.NoError(t, json.Unmarshal([]byte(text[1]), &c))
	check(t, pages, c, site+"/shop?id=7")
	get(shop(pages), "/shop?id=8")
	require.Equal(t, 1, p.Count(tickets))
	p.Inject(wechattest.Rule{Path: tickets, Fault: wechattest.Errcode(45009)})
	require.Equal(t, http.StatusBadGateway, get(shop(jssdk.New(localtest.Client(t, p))), "/shop").Code)
}

func TestSigner(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	pages := jssdk.New(localtest.Client(t, p))
	h := signer(pages)
	ask := func(page string) *httptest.ResponseRecorder {
		return get(h, "/wechat/signature?url="+url.QueryEscape(page))
	}
	w := ask("https://m.example.com/app/cart?from=singlemessage#top")
	var c jssdk.PageConfig
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &c))
	check(t, pages, c, "https://m.example.com/app/cart?from=singlemessage")
	require.Equal(t, http.StatusForbidden, ask("https://evil.example/").Code)
	require.Equal(t, http.StatusBadRequest, ask("/app/cart").Code)
}

func TestSharePages(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	st := store.NewMemory()
	for range 3 {
		pages, err := sharePages(localtest.Client(t, p), st)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, get(shop(pages), "/shop").Code)
	}
	require.Equal(t, 1, p.Count(tickets))
}

func TestRemotePages(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	key := gateway.NewKey()
	hash, err := gateway.HashKey(key)
	require.NoError(t, err)
	dir := gateway.NewDirectory(gateway.Config{HTTPClient: p.Client(), BaseURL: p.URL()})
	require.NoError(t, dir.Set(
		[]gateway.Account{{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret}},
		[]gateway.Business{{Name: "web", Keys: []gateway.KeyHash{hash}, Accounts: []string{wechattest.DefaultAppID}, Kinds: []token.Kind{token.JSAPITicket}}},
	))
	tokens, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir})
	require.NoError(t, err)
	server := httptest.NewServer(http.StripPrefix("/tokens", tokens))
	defer server.Close()
	for range 2 {
		pages, err := remotePages(localtest.Client(t, p), server.URL, key)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, get(shop(pages), "/shop").Code)
	}
	require.Equal(t, 1, p.Count(tickets))
}

// The numbers of the platform's own example: compare with those of your page.
func Example_signature() {
	ticket := "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
	page := "http://mp.weixin.qq.com?params=value"
	fmt.Println(jssdk.Signature(ticket, "Wm3WZYTPz0wzccnW", 1414587457, page))
	// Output: 0f9de62fce790f9a083d5c99e95740ceb90c27ed
}
