package main

import (
	"testing"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func TestEcho(t *testing.T) {
	platform := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	cfg := platform.Config()
	bot, err := newBot(cfg.Token, cfg.AppID, cfg.EncodingAESKey)
	if err != nil {
		t.Fatal(err)
	}
	platform.Bot(bot)

	reply, err := platform.User("oLiLei").Text("hello")
	if err != nil {
		t.Fatal(err) // says what the bot did wrong
	}
	if reply.Content != "hello" { // what the user saw
		t.Errorf("got %q", reply.Content)
	}
}
