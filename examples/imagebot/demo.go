package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo runs the bot on the local platform and prints a transcript. Unless once is set, it
// then sends the lines of in to the bot.
func demo(ctx context.Context, in io.Reader, out io.Writer, once bool) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, in, once), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage, in io.Reader, once bool) error {
	oa, err := stage.Client()
	if err != nil {
		return err
	}
	bot, err := newBot(localAccount(stage.Platform), oa)
	if err != nil {
		return err
	}
	defer bot.Shutdown(ctx)
	stage.Platform.Bot(bot)
	user := stage.Platform.User("oXiaoMing")

	stage.Title("Pictures (图片消息)")
	photo := append([]byte("\xff\xd8\xff\xe0"), bytes.Repeat([]byte("a photo "), 500)...)
	stage.Step("user", "sends a photo", func() (string, error) {
		reply, err := user.SendImage("photo.jpg", photo)
		return same(ctx, oa, reply, err, photo)
	})
	stage.Step("user", "says 猫 & dog", func() (string, error) {
		drawn, err := draw("猫 & dog")
		if err != nil {
			return "", err
		}
		reply, err := user.Text("猫 & dog")
		return same(ctx, oa, reply, err, drawn)
	})
	if !once {
		stage.Talk(ctx, in, "Say a word to the bot", func(line string) string {
			reply, err := user.Text(line)
			if err != nil {
				return err.Error()
			}
			return reply.Saw()
		})
	}
	return nil
}

// same downloads the picture of a reply and compares it with want.
func same(ctx context.Context, oa *officialaccount.Client, reply *wechattest.Reply, err error, want []byte) (string, error) {
	if err != nil {
		return reply.Saw(), err
	}
	file, err := material.New(oa).Download(ctx, reply.MediaID)
	if err != nil {
		return reply.Saw(), err
	}
	defer file.Close()
	got, err := io.ReadAll(file)
	if err == nil && !bytes.Equal(got, want) {
		err = errors.New("is another picture")
	}
	return fmt.Sprintf("%s, %d bytes of %s", reply.Saw(), len(got), file.ContentType), err
}

// localAccount returns the account of the local platform.
func localAccount(p *wechattest.Platform) Account {
	cfg := p.Config()
	return Account{Token: cfg.Token, AppID: cfg.AppID, EncodingAESKey: cfg.EncodingAESKey, Secret: cfg.Secret}
}
