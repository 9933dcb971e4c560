package redisstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
)

// Several bots of one program in one Redis, each with its own prefix. The address may
// as well be that of a cluster.
func ExampleNew() {
	client := redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs:                 []string{"redis.internal:6379"},
		ContextTimeoutEnabled: true,
	})
	defer client.Close()
	s, err := redisstore.New(client, redisstore.Config{Prefix: "shop-bot:"})
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	lock, err := store.Acquire(ctx, s, "lock:menu", time.Minute)
	if err != nil {
		fmt.Println(err) // the lock is held too long, or Redis does not answer
		return
	}
	defer lock.Release(context.WithoutCancel(ctx))
}
