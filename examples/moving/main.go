// Command moving runs a bot written with github.com/silenceper/wechat/v2 and its
// successor side by side, for one account on the local platform: one token from the old
// program's cache, one menu, recorded messages replayed, the callback moved there and
// back.
//
//	cd examples/moving && GOWORK=off go run . -once
//
// The exit status is 1 when a step failed. Redis is one that runs inside the program,
// unless -redis gives the address of a real one.
//
// The example is a module of its own, so that no other example depends on the old one.
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
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout, *address); err != nil {
		fmt.Fprintln(os.Stderr, "moving:", err)
		os.Exit(1)
	}
}

// run shows the move with the Redis server at an address, or with one of its own.
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
	return errors.Join(demo(ctx, out, rdb, address), rdb.Close())
}
