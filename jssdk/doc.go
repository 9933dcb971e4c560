// Package jssdk makes signatures for web pages inside WeChat that use the JS-SDK
// (JS-SDK, 微信网页开发) and cards (卡券): for the configuration of a page, and for the
// parameters of addCard and chooseCard.
//
//	pages := jssdk.New(oa) // make one and keep it: it caches the tickets
//	config, err := pages.SignPage(ctx, "https://www.example.com/shop?id=7", "scanQRCode", "chooseImage")
//
// The page passes the configuration to wx.config. html/template writes its JSON into a
// script:
//
//	<script>wx.config({{.Config}})</script>
//
// A signature is valid for one URL: the URL that the browser shows, with its query and
// without its fragment. If the two differ, for instance behind a proxy that rewrites
// paths, the page fails with "invalid signature". Set PageConfig.Debug, and WeChat
// shows the details. A page that changes its own URL needs a new configuration;
// [Service.Handler] answers such requests.
//
// # Tickets
//
// Signatures are made with tickets (jsapi_ticket, api_ticket). A ticket expires after
// two hours, and the platform limits how often one may be fetched. A Service fetches
// one at a time and caches it. Processes share tickets as they share tokens, with
// package token:
//
//	shared, err := token.Shared(redis, jssdk.JSAPITickets(oa), token.SharedConfig{})
//	…
//	pages := jssdk.NewWithTickets(oa, jssdk.Tickets{JSAPI: shared})
package jssdk
