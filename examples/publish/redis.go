package main

import (
	"errors"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/store/redisstore"
)

// This file is the same in the examples that must not forget, so that each can be copied
// alone.

// openRedis returns a store in the Redis at an address, and the function that closes it.
// Every key begins with prefix. The Redis needs the setting "appendonly yes": without it,
// a restart of Redis loses what is stored.
func openRedis(address, prefix string) (*redisstore.Store, func() error, error) {
	if address == "" {
		return nil, nil, errors.New("-redis is required: the address of a Redis server, such as 127.0.0.1:6379")
	}
	client := redis.NewClient(&redis.Options{Addr: address, ContextTimeoutEnabled: true})
	kept, err := redisstore.New(client, redisstore.Config{Prefix: prefix})
	if err != nil {
		return nil, nil, errors.Join(err, client.Close())
	}
	return kept, client.Close, nil
}
