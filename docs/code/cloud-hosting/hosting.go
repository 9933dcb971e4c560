// Package cloudhosting has the code of the page about WeChat's cloud hosting.
package cloudhosting

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// newBot returns the handler of a container whose service can be reached from the public
// network. The shared store lets several containers recognize repeats.
func newBot(shared store.Store) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		InsecureCloudHosting: message.CloudHostingPublic, // no Token, no EncodingAESKey
		Store:                shared,
		Logger:               slog.Default(),
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		if call, ok := message.CloudCallFromContext(ctx); ok {
			slog.Info("message", "openid", call.OpenID, "unionid", call.UnionID, "appid", call.AppID)
		}
		return message.TextReply("收到：" + m.Content), nil
	})
	return bot, nil
}

// newServer serves the bot and a page for health checks.
func newServer(bot http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot) // the path of 消息推送
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	return mux
}

// newClient returns a client for calls without a token (开放接口服务).
func newClient(appID string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{
		AppID:       appID,
		TokenSource: token.None(),
		BaseURL:     "http://api.weixin.qq.com", // plain http inside the hosting's network
	})
}

// withToken returns a client for the calls that need a token or the AppSecret.
func withToken(appID, secret string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret})
}
