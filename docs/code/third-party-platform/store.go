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

// configure completes the configuration for several processes: what must not be lost is in
// db, sealed with key, and what is needed for minutes is in Redis.
func configure(
	ctx context.Context, c component.Config, db *sql.DB, dialect sqlstore.Dialect, key []byte, rdb *redis.Client,
) (component.Config, error) {
	table, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect, Table: "wechat_platform"})
	if err != nil {
		return c, err
	}
	if err := table.CreateTable(ctx); err != nil {
		return c, err
	}
	cache, err := redisstore.New(rdb, redisstore.Config{})
	if err != nil {
		return c, err
	}
	c.Store, c.SealKeys = table, [][]byte{key}
	c.CallbackStore = cache
	c.Logger = slog.Default()
	return c, nil
}
