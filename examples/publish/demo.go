package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alicebob/miniredis/v2"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/publish"
	"github.com/seed-f21aa8d8/wechat/user"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

//go:embed post
var embedded embed.FS

const file = "post/opening-hours.md"

// demo publishes a file on the local platform, twice, and then a changed one.
func demo(ctx context.Context, out io.Writer) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	server, err := miniredis.Run()
	if err != nil {
		return errors.Join(err, stage.Close())
	}
	defer server.Close()
	return errors.Join(show(ctx, stage, server.Addr()), stage.Close())
}

func show(ctx context.Context, stage *transcript.Stage, redis string) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	follower := stage.Platform.User("oXiaoMing").OpenID()
	tag, err := user.New(oa).CreateTag(ctx, "熟客")
	if err != nil {
		return err
	}
	if err := user.New(oa).Tag(ctx, tag.ID, follower); err != nil {
		return err
	}
	post, err := readPost(embedded, file)
	if err != nil {
		return err
	}
	changed := post
	changed.Articles = append([]publish.Article(nil), post.Articles...)
	changed.Articles[0].Content = strings.Replace(post.Articles[0].Content, "半价", "免费", 1) + `<p><img src="https://www.example.com/far.png"></p>`

	for _, act := range []struct {
		title     string
		post      publish.Post
		unchanged bool
	}{
		{"A Markdown file with pictures", post, false},
		{"The same file, by another process", post, true},
		{"A changed file, with a picture of another site", changed, false},
	} {
		stage.Title(act.title)
		if err := process(ctx, stage, redis, act.post, tag.ID, act.unchanged); err != nil {
			return err
		}
	}
	return nil
}

// process does every step with a publisher of its own, which knows only what Redis has.
func process(ctx context.Context, stage *transcript.Stage, redis string, post publish.Post, tag int, unchanged bool) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	kept, closeRedis, err := openRedis(redis, "publish:")
	if err != nil {
		return err
	}
	p := publish.New(oa, kept)
	bot, err := newBot(localAccount(stage.Platform), p)
	if err != nil {
		return errors.Join(err, closeRedis())
	}
	stage.Platform.Bot(bot)
	before := writes(stage)

	stage.Step("publisher", "makes the draft", func() (string, error) {
		d, err := p.Draft(ctx, post)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s, %d files uploaded, dropped by the platform: %q", outcome(d.Unchanged), d.Uploaded, d.Foreign), expect(unchanged, d.Unchanged)
	})
	stage.Step("publisher", "publishes it", func() (string, error) {
		done, err := p.Publish(ctx, post)
		if err != nil {
			return "", err
		}
		return outcome(done.Unchanged) + ", " + done.Articles[0].URL, expect(unchanged, done.Unchanged)
	})
	stage.Step("publisher", "sends it by tag", func() (string, error) {
		sent, err := p.SendToTag(ctx, post, tag)
		if err != nil {
			return "", err
		}
		return fmt.Sprintf("%s, job %s", outcome(sent.Unchanged), sent.JobID), expect(unchanged, sent.Unchanged)
	})
	stage.Step("platform", "counts what was written", func() (string, error) {
		n := writes(stage) - before
		text := fmt.Sprintf("%d calls, and the follower has %d messages", n, len(stage.Platform.Messages("oXiaoMing")))
		if unchanged && n > 0 {
			return text, errors.New("(expected none)")
		}
		return text, nil
	})
	return errors.Join(bot.Shutdown(ctx), closeRedis())
}

// newBot returns a bot that tells the publisher when its jobs have ended.
func newBot(account Account, p *publish.Publisher) (*message.Handler, error) {
	bot, err := message.NewHandler(message.Config{Token: account.Token, AppID: account.AppID, EncodingAESKey: account.EncodingAESKey})
	if err != nil {
		return nil, err
	}
	message.On(bot, p.PublishFinished)
	message.On(bot, p.SendFinished)
	return bot, nil
}

// writes is the number of calls that changed something.
func writes(stage *transcript.Stage) int {
	n := 0
	for _, path := range []string{
		"/cgi-bin/media/uploadimg", "/cgi-bin/material/add_material", "/cgi-bin/draft/add", "/cgi-bin/draft/update",
		"/cgi-bin/freepublish/submit", "/cgi-bin/message/mass/sendall",
	} {
		n += stage.Platform.Count(path)
	}
	return n
}

func outcome(unchanged bool) string {
	if unchanged {
		return "unchanged"
	}
	return "done"
}

func expect(want, got bool) error {
	if want != got {
		return fmt.Errorf("(expected unchanged: %t)", want)
	}
	return nil
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
