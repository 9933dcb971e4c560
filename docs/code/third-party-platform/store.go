package platform

import (
	"context"
	"database/sql"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/component"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

// configure completes the configuration: what must not be lost is in db, sealed with key.
func configure(
	ctx context.Context, c component.Config, db *sql.DB, dialect sqlstore.Dialect, key []byte,
) (component.Config, error) {
	table, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect, Table: "wechat_platform"})
	if err != nil {
		return c, err
	}
	if err := table.CreateTable(ctx); err != nil {
		return c, err
	}
	c.Store, c.SealKeys = table, [][]byte{key}
	c.Logger = slog.Default()
	return c, nil
}

// share completes the configuration for several processes behind one address: the ids of
// handled messages, which are needed for minutes, are in Redis.
func share(c component.Config, rdb *redis.Client) (component.Config, error) {
	cache, err := redisstore.New(rdb, redisstore.Config{})
	if err != nil {
		return c, err
	}
	c.CallbackStore = cache
	return c, nil
}
