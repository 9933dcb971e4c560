// Command followers exports all followers of an account with their profiles to a CSV file,
// with a progress bar: 100 profiles a call, several calls at a time. Stopped or killed and
// started again, it goes on: each follower has one row.
//
//	go run ./examples/followers
//
// Without an account in the environment it runs a demonstration on the local platform. It accepts
// -once like the other examples. The exit status is 1 if a step failed.
//
// With WECHAT_APPID and WECHAT_SECRET set it exports the followers of that account:
//
//	go run ./examples/followers -out followers.csv
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

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/user"
)

func main() {
	out := flag.String("out", "followers.csv", "with an account: the file; one that is there is continued")
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *out); err != nil {
		fmt.Fprintln(os.Stderr, "followers:", err)
		os.Exit(1)
	}
}

// run works with the account in the environment. Without one it runs the demo.
func run(ctx context.Context, out string) error {
	account, err := accountFromEnv("WECHAT_APPID", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout)
	}
	if err != nil {
		return err
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
	if err != nil {
		return err
	}
	return exportTo(ctx, user.New(oa), out, os.Stdout)
}

// exportTo exports into the file called name, and draws the progress.
func exportTo(ctx context.Context, users *user.Service, name string, out io.Writer) error {
	first, err := users.List(ctx, "")
	if err != nil {
		return err
	}
	t, err := openTable(name)
	if err != nil {
		return err
	}
	defer t.Close()
	batches := (first.Total - len(t.have) + batchSize - 1) / batchSize
	progress := newBar(out, batches)
	defer progress.end()
	return export(ctx, users, t, progress.draw)
}
