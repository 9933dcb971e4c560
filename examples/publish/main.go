// Command publish publishes a Markdown file with pictures as an article (图文消息) and
// sends it to followers. A second run finds everything unchanged.
//
//	go run ./examples/publish
//
// Without an account in the environment it runs a demonstration on the local platform
// with the file post/opening-hours.md and a Redis inside the program. It accepts -once
// like the other examples. The exit status is 1 if a step failed.
//
// With WECHAT_APPID and WECHAT_SECRET set it works on the real platform. The first
// command makes a draft, the second publishes it too, the third sends it to the
// followers with a tag:
//
//	go run ./examples/publish -redis 127.0.0.1:6379 -file post/opening-hours.md
//	go run ./examples/publish -redis 127.0.0.1:6379 -file post/opening-hours.md -publish
//	go run ./examples/publish -redis 127.0.0.1:6379 -file post/opening-hours.md -tag 100
//
// The Redis of -redis remembers what was done. It needs the setting "appendonly yes":
// what it forgets is published and sent again.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/publish"
)

// work is what the flags ask for.
type work struct {
	file, redis string
	publish     bool
	tag         int // -1 for no mass send
}

func main() {
	var w work
	flag.StringVar(&w.file, "file", "", "with an account: Markdown file to publish")
	flag.StringVar(&w.redis, "redis", "", "with an account: address of the Redis server that remembers what was done, such as 127.0.0.1:6379")
	flag.BoolVar(&w.publish, "publish", false, "with an account: publish the draft")
	flag.IntVar(&w.tag, "tag", -1, "with an account: send to the followers with this tag")
	flag.Bool("once", false, "exit after the transcript, which this program always does")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, w); err != nil {
		fmt.Fprintln(os.Stderr, "publish:", err)
		os.Exit(1)
	}
}

// run works with the account in the environment. Without one it runs the demo.
func run(ctx context.Context, w work) error {
	account, err := accountFromEnv("WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout)
	}
	if err != nil {
		return err
	}
	return w.onPlatform(ctx, account)
}

// onPlatform does the work on the real platform.
func (w *work) onPlatform(ctx context.Context, account Account) error {
	if w.file == "" {
		return errors.New("-file names the Markdown file to publish")
	}
	oa, err := officialaccount.New(officialaccount.Config{AppID: account.AppID, Secret: account.Secret, Logger: slog.Default()})
	if err != nil {
		return err
	}
	folder, name := filepath.Split(w.file)
	post, err := readPost(os.DirFS(filepath.Clean(folder+".")), name)
	if err != nil {
		return err
	}
	kept, closeRedis, err := openRedis(w.redis, "publish:")
	if err != nil {
		return err
	}
	return errors.Join(w.steps(ctx, publish.New(oa, kept), post), closeRedis())
}

func (w *work) steps(ctx context.Context, p *publish.Publisher, post publish.Post) error {
	d, err := p.Draft(ctx, post)
	if err != nil {
		return err
	}
	slog.Info("draft", "media_id", d.MediaID, "unchanged", d.Unchanged, "uploaded", d.Uploaded, "dropped", d.Foreign)
	if w.publish {
		out, err := p.Publish(ctx, post)
		if err != nil {
			return err
		}
		slog.Info("published", "url", out.Articles[0].URL, "unchanged", out.Unchanged)
	}
	if w.tag >= 0 {
		out, err := p.SendToTag(ctx, post, w.tag)
		if err != nil {
			return err
		}
		slog.Info("sent", "job", out.JobID, "unchanged", out.Unchanged)
	}
	return nil
}
