// Package jssdk signs what web pages inside WeChat need to use the JS-SDK (JS-SDK,
// 微信网页开发) and cards (卡券): the configuration of a page and the parameters of
// addCard and chooseCard.
//
//	pages := jssdk.New(oa) // make one and keep it: it holds the tickets
//	config, err := pages.Config(ctx, "https://www.example.com/shop?id=7", "scanQRCode", "chooseImage")
//
// The configuration is what the page passes to wx.config. Its JSON is fit to stand in
// a script, and html/template writes it there by itself:
//
//	<script>wx.config({{.Config}})</script>
//
// A signature holds for one URL: the one that the browser shows, with its query and
// without its fragment. It fails with "invalid signature" in the page if the two
// differ, behind a proxy that rewrites paths for instance; set Config.Debug and WeChat
// shows what it thinks. A page that changes its URL by itself asks for a new
// configuration: [Service.Handler] answers such requests.
//
// # Tickets
//
// Signatures are made with tickets (jsapi_ticket, api_ticket), which live two hours and
// may be fetched rarely. A Service fetches one at a time and keeps it. Processes that
// share tickets do so as they share tokens, by package token:
//
//	shared, err := token.Shared(redis, jssdk.JSAPITickets(oa))
//	…
//	pages := jssdk.New(oa, jssdk.WithJSAPITickets(shared))
package jssdk
