package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// demo has two clients share a token of the local platform, which knows only the
// newest, and prints what happens.
func demo(ctx context.Context, out io.Writer, rdb *redis.Client) error {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true})
	if err != nil {
		return err
	}
	return errors.Join(visit(ctx, stage, rdb), stage.Close())
}

func visit(ctx context.Context, stage *transcript.Stage, rdb *redis.Client) error {
	var clients [2]*officialaccount.Client
	for i := range clients {
		source, err := localSource(stage, rdb)
		if err != nil {
			return err
		}
		clients[i], err = officialaccount.New(officialaccount.Config{
			AppID: stage.Platform.Config().AppID, TokenSource: source, HTTPClient: stage.Platform.Client(), BaseURL: stage.Platform.URL(),
		})
		if err != nil {
			return err
		}
	}
	first, second := clients[0], clients[1]
	// A real Redis may still have the token of an earlier platform.
	if err := rdb.Del(ctx, localKey).Err(); err != nil {
		return err
	}

	stage.Title("One token for two clients")
	fetched := func(do func() error, want int) func() (string, error) {
		return func() (string, error) {
			if err := do(); err != nil {
				return "", err
			}
			got := stage.Platform.TokenRequests()
			outcome := fmt.Sprintf("answered; tokens fetched so far: %d", got)
			if got != want {
				return outcome, fmt.Errorf("(expected: %d)", want)
			}
			return outcome, nil
		}
	}
	one := func(oa *officialaccount.Client) func() error {
		return func() error { _, err := callbackAddresses(ctx, oa); return err }
	}
	stage.Step("first", "calls the platform", fetched(one(first), 1))
	stage.Step("second", "calls the platform", fetched(one(second), 1))

	stage.Title("The platform revokes the token")
	stage.Platform.RevokeTokens()
	stage.Step("both", "make 50 calls each, at once", fetched(func() error { return herd(ctx, clients[:], 50) }, 2))
	stage.Step("second", "calls the platform", fetched(one(second), 2))
	return nil
}

const localKey = "wechat:local:access_token"

// localSource is a source for the local platform.
func localSource(stage *transcript.Stage, rdb *redis.Client) (central, error) {
	account := stage.Platform.Config()
	fetch, err := token.Classic(token.ClassicConfig{
		AppID: account.AppID, Secret: account.Secret, HTTPClient: stage.Platform.Client(), BaseURL: stage.Platform.URL(),
	})
	return central{rdb: rdb, key: localKey, fetch: fetch}, err
}

// herd has every client make n calls at once.
func herd(ctx context.Context, clients []*officialaccount.Client, n int) error {
	var calls errgroup.Group
	for _, oa := range clients {
		for range n {
			calls.Go(func() error { _, err := callbackAddresses(ctx, oa); return err })
		}
	}
	return calls.Wait()
}
