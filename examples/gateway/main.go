// Command gateway runs two instances of a token server and API proxy over one Redis,
// and two businesses that call the local platform through them:
//
//	go run ./examples/gateway
//
// The businesses do not know the AppSecret. One of them exceeds its limit and calls
// paths that it may not call, and is refused. Then an instance is killed, and no call is
// lost. The exit status is 1 if a step failed. Redis runs inside the program, unless
// -redis is the address of a real one.
//
// To serve real accounts, use the program gateway/cmd/wechat-gateway.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

func main() {
	address := flag.String("redis", "", "address of a Redis server, such as 127.0.0.1:6379; one inside the program if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *address); err != nil {
		fmt.Fprintln(os.Stderr, "gateway:", err)
		os.Exit(1)
	}
}

// run connects to the Redis server at an address, or starts one, and runs the demo.
func run(ctx context.Context, out io.Writer, address string) error {
	if address == "" {
		server, err := miniredis.Run()
		if err != nil {
			return err
		}
		defer server.Close()
		address = server.Addr()
	}
	rdb := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
	return errors.Join(demo(ctx, out, rdb), rdb.Close())
}
