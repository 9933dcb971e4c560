package main

import (
	"context"
	"log"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
)

func main() {
	bot, err := newBot(os.Getenv("WECHAT_TOKEN"), os.Getenv("WECHAT_APPID"), os.Getenv("WECHAT_AES_KEY"))
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: ":8080", Handler: bot, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}

func newBot(token, appID, aesKey string) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{
		Token:          token,
		AppID:          appID,
		EncodingAESKey: aesKey,         // empty: plaintext mode
		Logger:         slog.Default(), // says why a request is refused
	})
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(m.Content), nil
	})
	return bot, nil
}
