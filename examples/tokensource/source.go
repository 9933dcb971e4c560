package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/token"
)

// central is a token.Source that keeps one token in Redis for every process. A process
// that finds no token there fetches one for all, under a lock.
//
// A client puts token.Reuse around it, so it is asked now and then and not with every
// call. token.Shared with package redisstore does the same and more: it serves the
// last token while Redis is down, and renews it before it ends.
type central struct {
	rdb   *redis.Client
	key   string
	fetch token.Source // asks the platform
}

const (
	lockLife = 15 * time.Second      // how long a process that dies with the lock delays the others
	poll     = 20 * time.Millisecond // pause before the next look at a token that another process fetches
	reserve  = 5 * time.Second       // a token that expires within this time is not returned
)

// Token returns the token in Redis, or fetches the next one.
func (c central) Token(ctx context.Context) (token.Token, error) {
	for {
		t, _, err := c.read(ctx)
		if !errors.Is(err, errNone) {
			return t, err
		}
		mine := rand.Text()
		won, err := c.rdb.SetNX(ctx, c.key+":lock", mine, lockLife).Result()
		if err != nil {
			return token.Token{}, fmt.Errorf("central token: %w", err)
		}
		if won {
			return c.renew(ctx, mine)
		}
		select {
		case <-ctx.Done():
			return token.Token{}, ctx.Err()
		case <-time.After(poll):
		}
	}
}

// errNone says that Redis has no token that is good.
var errNone = errors.New("central token: none")

// read returns the token in Redis, and the text that holds it: its end and its value.
func (c central) read(ctx context.Context) (t token.Token, text string, err error) {
	text, err = c.rdb.Get(ctx, c.key).Result()
	if errors.Is(err, redis.Nil) {
		return t, "", errNone
	}
	if err != nil {
		return t, "", fmt.Errorf("central token: %w", err)
	}
	end, value, _ := strings.Cut(text, " ")
	expiry, err := time.Parse(time.RFC3339Nano, end)
	if err != nil {
		return t, "", fmt.Errorf("central token: the value of %s is not a token", c.key)
	}
	if time.Until(expiry) < reserve {
		return t, text, errNone
	}
	return token.New(value, expiry), text, nil
}

// renew fetches a token and puts it into Redis. It holds the lock, and releases it
// unless another process has acquired it since.
func (c central) renew(ctx context.Context, lock string) (token.Token, error) {
	defer remove.Run(context.WithoutCancel(ctx), c.rdb, []string{c.key + ":lock"}, lock)
	if t, _, err := c.read(ctx); !errors.Is(err, errNone) {
		return t, err // another process was faster
	}
	ctx, cancel := context.WithTimeout(ctx, lockLife/2)
	defer cancel()
	t, err := c.fetch.Token(ctx)
	if err != nil {
		return token.Token{}, err
	}
	text := t.Expiry().Format(time.RFC3339Nano) + " " + t.Value()
	if err := c.rdb.Set(ctx, c.key, text, time.Until(t.Expiry())).Err(); err != nil {
		return token.Token{}, fmt.Errorf("central token: %w", err)
	}
	return t, nil
}

// Invalidate takes a token out of Redis that the platform has rejected, unless
// another process has replaced it already.
func (c central) Invalidate(ctx context.Context, stale token.Token) error {
	t, text, err := c.read(ctx)
	if errors.Is(err, errNone) || err == nil && t.Value() != stale.Value() {
		return nil
	}
	if err == nil {
		err = remove.Run(ctx, c.rdb, []string{c.key}, text).Err()
	}
	return err
}

// remove deletes a key if it still has the value.
var remove = redis.NewScript(`if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end return 0`)
