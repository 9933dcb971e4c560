// Package jssdk is the code of docs/js-sdk.md.
package jssdk

import (
	"html/template"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/jssdk"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// site is the address of the website, as visitors see it.
const site = "https://m.example.com"

var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<script src="https://res.wx.qq.com/open/js/jweixin-1.6.0.js"></script>
<script>
wx.config({{.}});
wx.ready(() => wx.updateAppMessageShareData({
	title: "Tea", link: location.href, imgUrl: "https://m.example.com/tea.png",
}));
wx.error(res => console.log(res.errMsg));
</script>
`))

// shop is a page that uses the JS-SDK. pages is made once, since it caches the ticket.
func shop(pages *jssdk.Service) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		config, err := pages.SignPage(r.Context(), site+r.URL.RequestURI(),
			"updateAppMessageShareData", "scanQRCode")
		if err != nil {
			slog.Error("js-sdk", "error", err)
			http.Error(w, "try again", http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, config); err != nil {
			slog.Error("page", "error", err)
		}
	}
}

// signer signs the pages of a single-page application: GET /wechat/signature?url=…
func signer(pages *jssdk.Service) http.Handler {
	return pages.Handler(jssdk.HandlerConfig{
		Hosts: []string{"m.example.com"},
		APIs:  []string{"updateAppMessageShareData", "scanQRCode", "chooseImage"},
		OnError: func(r *http.Request, err error) {
			slog.Error("js-sdk", "url", r.URL.Query().Get("url"), "error", err)
		},
	})
}

// sharePages makes all processes use one ticket, as token.Shared does for tokens.
func sharePages(oa *officialaccount.Client, st store.Store) (*jssdk.Service, error) {
	source := jssdk.JSAPITickets(oa)
	tickets, err := token.Shared(st, source, token.SharedConfig{Logger: slog.Default()})
	if err != nil {
		return nil, err
	}
	return jssdk.NewWithTickets(oa, jssdk.Tickets{JSAPI: tickets}), nil
}

// remotePages takes the tickets from a central token server (中控服务器).
func remotePages(oa *officialaccount.Client, server, key string) (*jssdk.Service, error) {
	tickets, err := token.Remote(token.RemoteConfig{
		URL: server + "/tokens/" + oa.AppID(), Key: key, Kind: token.JSAPITicket,
	})
	if err != nil {
		return nil, err
	}
	return jssdk.NewWithTickets(oa, jssdk.Tickets{JSAPI: tickets}), nil
}
