package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

const (
	followers   = 12_345
	batchget    = "/cgi-bin/user/info/batchget"
	inTheMiddle = 40 // calls
)

// demo exports the followers of the local platform in several runs, of which only the last
// one reaches the end.
func demo(ctx context.Context, out io.Writer) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(show(ctx, stage, out), stage.Close())
}

func show(ctx context.Context, stage *transcript.Stage, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "followers")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	name := filepath.Join(dir, "followers.csv")
	for n := range followers {
		stage.Platform.User(fmt.Sprintf("oFollower%05d", n))
	}
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	users := user.New(oa)
	stage.Title(fmt.Sprintf("%d followers", followers))
	stage.Step("run 1", "ends in the middle", func() (string, error) { return cutShort(ctx, stage, users, name) })
	stage.Step("run 2", "goes on, over a row written in part and a busy platform", func() (string, error) {
		if err := tear(name); err != nil {
			return "", err
		}
		before := stage.Platform.Count(batchget)
		stage.Platform.Inject(wechattest.Rule{Path: batchget, Times: 20, Fault: wechattest.Errcode(-1)})
		if err := exportTo(ctx, users, name, out); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d calls", stage.Platform.Count(batchget)-before), nil
	})
	stage.Step("table", "is read", func() (string, error) { return counted(name) })
	stage.Step("run 3", "finds nothing to do", func() (string, error) {
		before := stage.Platform.Count(batchget)
		if err := exportTo(ctx, users, name, out); err != nil {
			return "", err
		}
		if calls := stage.Platform.Count(batchget) - before; calls > 0 {
			return "", fmt.Errorf("%d calls", calls)
		}
		return counted(name)
	})
	return nil
}

var errStopped = errors.New("stopped in the middle")

// cutShort exports until the platform has had some calls.
func cutShort(ctx context.Context, stage *transcript.Stage, users *user.Service, name string) (string, error) {
	t, err := openTable(name)
	if err != nil {
		return "", err
	}
	defer t.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stage.Platform.Inject(wechattest.Rule{Path: batchget, Times: 2 * inTheMiddle, Fault: wechattest.Latency(5 * time.Millisecond)})
	go func() {
		for ctx.Err() == nil {
			if stage.Platform.Count(batchget) >= inTheMiddle {
				cancel(errStopped)
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if err := export(ctx, users, t, nil); !errors.Is(err, errStopped) {
		return "", fmt.Errorf("(expected a stop) %w", err)
	}
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("stopped, with %d kB in the table", info.Size()>>10), nil
}

// tear removes the end of the last row, as a crash in the middle of a write does.
func tear(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return os.Truncate(name, info.Size()-10)
}

// counted reads the table, which must have one row for each follower.
func counted(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return "", err
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		if seen[row[0]] {
			return "", fmt.Errorf("%s has two rows", row[0])
		}
		seen[row[0]] = true
	}
	if len(seen) != followers {
		return "", fmt.Errorf("%d followers have a row", len(seen))
	}
	return fmt.Sprintf("%d rows, one for each follower", len(seen)), nil
}
