// Command component is a third-party platform (第三方平台): accounts authorize it by
// scanning a QR code, and it answers for all of them.
//
//	go run ./examples/component
//
// Without an account in the environment it also starts the local platform and a Redis
// inside the program, and prints what happens: two accounts authorize it, their bots
// answer, the program restarts, and an account withdraws its authorization. The exit
// status is 1 if a step failed.
//
// With WECHAT_APPID, WECHAT_SECRET, WECHAT_TOKEN and WECHAT_AES_KEY of a third-party
// platform, WECHAT_URL (its address, such as https://example.com) and WECHAT_SEAL_KEY
// (64 hexadecimal digits) it serves the real platform on -addr. The Redis of -redis keeps
// what must survive a restart, sealed. It needs the setting "appendonly yes": an account
// that it forgets must authorize again.
//
// The addresses for the console are /wechat/notices (授权事件接收 URL) and
// /wechat/$APPID$/callback (消息与事件接收 URL); administrators begin at /authorize.
package main

import (
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/message"
)

// newPlatform is the whole third-party platform: address is what its visitors see.
func newPlatform(config component.Config, address string) (*component.Platform, http.Handler, error) {
	p, err := component.New(config)
	if err != nil {
		return nil, nil, err
	}
	message.On(p.Messages(), func(ctx context.Context, m *message.Text) (message.Reply, error) {
		account, err := p.GetAuthorizer(ctx, component.ClientFromContext(ctx).AppID())
		if err != nil {
			return nil, err
		}
		return message.TextReply(account.Info.Nickname + ": " + m.Content), nil
	})
	message.On(p.Notices(), func(_ context.Context, m *message.UnauthorizedNotice) (message.Reply, error) {
		slog.Info("an account is gone", "appid", m.AuthorizerAppID)
		return nil, nil
	})

	mux := http.NewServeMux()
	mux.Handle("/wechat/notices", p.Notices())
	mux.HandleFunc("/wechat/{appid}/callback", p.ServeMessages)
	mux.Handle("/authorize", p.AuthorizePage(component.AuthRequest{
		RedirectURL: address + "/authorized", Type: component.OfficialAccounts,
	}))
	mux.Handle("/authorized", p.AuthorizeCallback(authorized))
	return p, mux, nil
}

// authorized answers an administrator who comes back from the authorization page.
func authorized(w http.ResponseWriter, _ *http.Request, a *component.Authorization, err error) {
	switch {
	case errors.Is(err, component.ErrState):
		http.Error(w, "请从授权入口重新开始 Please begin at /authorize", http.StatusForbidden)
	case err != nil:
		slog.Error("authorization failed", "error", err)
		http.Error(w, "授权失败，请重试 Please try again", http.StatusBadGateway)
	default:
		fmt.Fprintf(w, "授权成功 %s has authorized %d permission sets\n", a.AppID, len(a.Permissions))
	}
}

func main() {
	addr := flag.String("addr", ":8080", "address to serve the real platform on")
	redisAddress := flag.String("redis", "", "with an account: address of the Redis server for what must survive a restart, such as 127.0.0.1:6379")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *redisAddress); err != nil {
		fmt.Fprintln(os.Stderr, "component:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, redisAddress string) (err error) {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_APPID", "WECHAT_AES_KEY", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout)
	}
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(os.Getenv("WECHAT_SEAL_KEY"))
	if err != nil || len(key) != 32 {
		return errors.New("WECHAT_SEAL_KEY must be 64 hexadecimal digits: openssl rand -hex 32")
	}
	address := os.Getenv("WECHAT_URL")
	if address == "" {
		return errors.New("WECHAT_URL is missing: the address of this program, such as https://example.com")
	}
	kept, closeRedis, err := openRedis(redisAddress, "component:")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeRedis()) }()
	p, handler, err := newPlatform(component.Config{
		AppID: account.AppID, Secret: account.Secret, Token: account.Token, EncodingAESKey: account.EncodingAESKey,
		Store: kept, SealKeys: [][]byte{key}, Logger: slog.Default(),
	}, address)
	if err != nil {
		return err
	}
	return listenAndServe(ctx, addr, handler, p.Shutdown)
}
