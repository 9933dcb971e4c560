// Command tokensource has two clients with a token source of its own: one token in
// Redis, fetched once for both, and once more when the platform rejects it.
//
//	go run ./examples/tokensource
//
// Without an account in the environment it shows that on the local platform, through
// a revocation; the exit status is 1 when a step failed. Redis is one that runs
// inside the program, unless -redis gives the address of a real one.
//
// With WECHAT_APPID and WECHAT_SECRET set, two clients call the real platform with
// one token. Nothing is revoked there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

func main() {
	redisAddress := flag.String("redis", "", "address of a Redis server, such as 127.0.0.1:6379; one inside the program if empty")
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *redisAddress); err != nil {
		fmt.Fprintln(os.Stderr, "tokensource:", err)
		os.Exit(1)
	}
}

// run works with the account in the environment. Without one it runs the demo.
func run(ctx context.Context, redisAddress string) error {
	account, err := accountFromEnv("WECHAT_APPID", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return withRedis(redisAddress, func(rdb *redis.Client) error { return demo(ctx, os.Stdout, rdb) })
	}
	if err != nil {
		return err
	}
	return withRedis(redisAddress, func(rdb *redis.Client) error { return call(ctx, account, rdb) })
}

// withRedis connects to the Redis server at an address, or to one of its own.
func withRedis(address string, do func(*redis.Client) error) error {
	if address == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		address = server.Addr()
	}
	rdb := redis.NewClient(&redis.Options{Addr: address})
	return errors.Join(do(rdb), rdb.Close())
}

// call has two clients call the platform.
func call(ctx context.Context, account Account, rdb *redis.Client) error {
	for _, name := range []string{"first", "second"} {
		fetch, err := token.Stable(token.StableConfig{AppID: account.AppID, Secret: account.Secret})
		if err != nil {
			return err
		}
		source := central{rdb: rdb, key: "wechat:" + account.AppID + ":access_token", fetch: fetch}
		oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, TokenSource: source})
		if err != nil {
			return err
		}
		addresses, err := callbackAddresses(ctx, oa)
		if err != nil {
			return fmt.Errorf("%s client: %w", name, err)
		}
		slog.Info("the platform answered", "client", name, "callback addresses", len(addresses))
	}
	return nil
}

// callbackAddresses is a call that changes nothing.
func callbackAddresses(ctx context.Context, oa *officialaccount.Client) ([]string, error) {
	var out struct {
		List []string `json:"ip_list"`
	}
	err := oa.Get(ctx, "/cgi-bin/getcallbackip", nil, &out)
	return out.List, err
}
