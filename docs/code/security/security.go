// Package security is the code of docs/security.md.
package security

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/openapi"
	"github.com/seed-f21aa8d8/wechat/store"
)

// newBot accepts encrypted messages only. st is shared by all processes, so that a
// signature is used once among all of them.
func newBot(callbackToken, appID, aesKey string, st store.Store) (*message.Handler, error) {
	return message.NewHandler(message.Config{
		Token: callbackToken, AppID: appID, EncodingAESKey: aesKey,
		Store:  st,
		Logger: slog.Default(), // says why a request was refused
	})
}

// newServer bounds what a slow or malicious client can hold.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Addr: ":8080", Handler: h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
}

// onlyWeChat refuses callers whose address is not the platform's, behind load balancers in
// 10.0.0.0/8.
func onlyWeChat(oa *officialaccount.Client, bot http.Handler) http.Handler {
	return openapi.New(oa).IPFilter(bot, openapi.IPFilterConfig{
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
}

// seal encrypts everything in a store. The first key seals, all keys open.
func seal(st store.Store, keys ...[]byte) (store.Store, error) {
	return store.NewSealed(st, keys...)
}
