// Command followers exports all followers of an account with their profiles to a CSV file,
// with a progress bar: 100 profiles a call, several calls at a time. Stopped or killed and
// started again, it goes on: each follower has one row.
//
//	go run ./examples/followers
//
// Without an account in the environment it shows itself on the local platform. It accepts
// -once like the other examples. The exit status is 1 if a step failed.
//
// With WECHAT_APPID and WECHAT_SECRET set it exports the followers of that account:
//
//	go run ./examples/followers -out followers.csv
package main

import (
	"context"
	"flag"
	"io"
	"os"

	"github.com/seed-f21aa8d8/wechat/examples/internal/bar"
	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/user"
)

func main() {
	out := flag.String("out", "followers.csv", "with an account: the file; one that is there is continued")
	program(out).Main()
}

func program(out *string) setup.Program {
	return setup.Program{
		Name: "followers",
		Need: []string{setup.AppID, setup.Secret},
		Serve: func(ctx context.Context, account setup.Account, _ string) error {
			oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret})
			if err != nil {
				return err
			}
			return exportTo(ctx, user.New(oa), *out, os.Stdout)
		},
		Demo: func(ctx context.Context, _ io.Reader, out io.Writer, _ bool) error { return demo(ctx, out) },
	}
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
	progress := bar.New(out, batches)
	defer progress.End()
	return export(ctx, users, t, progress.Draw)
}
