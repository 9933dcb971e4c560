// Command shopbot answers the followers of an Official Account.
package main

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
)

// newBot returns the handler behind the callback URL.
func newBot(c message.Config) (*message.Handler, error) {
	c.Logger = slog.Default() // says why a request is refused
	bot, err := message.NewHandler(c)
	if err != nil {
		return nil, err
	}
	message.On(bot, func(ctx context.Context, e *message.SubscribeEvent) (message.Reply, error) {
		return message.TextReply("欢迎关注！回复“营业时间”试试。"), nil
	})
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("每天 9:00–21:00"), nil
	}, message.ContentEquals("营业时间", "几点开门"))
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply("收到：" + m.Content), nil
	})
	message.On(bot, func(ctx context.Context, m *message.Image) (message.Reply, error) {
		return message.ImageReply{MediaID: m.MediaID}, nil
	})
	return bot, nil
}

func main() {
	bot, err := newBot(message.Config{
		Token:          os.Getenv("WECHAT_TOKEN"),   // 令牌
		AppID:          os.Getenv("WECHAT_APPID"),   // 开发者ID
		EncodingAESKey: os.Getenv("WECHAT_AES_KEY"), // 消息加解密密钥; empty: plaintext mode
	})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/wechat", bot)
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	<-ctx.Done()

	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := errors.Join(server.Shutdown(ctx), bot.Shutdown(ctx)); err != nil {
		log.Print(err)
	}
}
