// Package tokens is the code of docs/tokens.md.
package tokens

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
	"github.com/seed-f21aa8d8/wechat/token"
)

// newClient is enough for any number of processes: all of them get the same stable token.
func newClient(appID, secret string) (*officialaccount.Client, error) {
	return officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret})
}

// shareOverRedis returns a source whose token all processes with this Redis use.
func shareOverRedis(rdb *redis.Client, account token.StableConfig) (token.Source, error) {
	st, err := redisstore.New(rdb, redisstore.Config{}) // rdb needs ContextTimeoutEnabled
	if err != nil {
		return nil, err
	}
	stable, err := token.Stable(account)
	if err != nil {
		return nil, err
	}
	return token.Shared(st, stable, token.SharedConfig{Logger: slog.Default()})
}

// shareOverSQL shares the token in a table, encrypted. key is 32 random bytes.
func shareOverSQL(
	ctx context.Context, db *sql.DB, dialect sqlstore.Dialect, key []byte, account token.StableConfig,
) (token.Source, error) {
	table, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect})
	if err != nil {
		return nil, err
	}
	if err := table.CreateTable(ctx); err != nil {
		return nil, err
	}
	sealed, err := store.NewSealed(table, key)
	if err != nil {
		return nil, err
	}
	stable, err := token.Stable(account)
	if err != nil {
		return nil, err
	}
	return token.Shared(sealed, stable, token.SharedConfig{Logger: slog.Default()})
}

// shareClassic is for an account that must stay on GET /cgi-bin/token.
func shareClassic(st store.Store, account token.ClassicConfig) (token.Source, error) {
	classic, err := token.Classic(account)
	if err != nil {
		return nil, err
	}
	return token.Shared(st, classic, token.SharedConfig{Logger: slog.Default()})
}

// askServer takes the tokens from a central token server (中控服务器). This program has no
// AppSecret; key is its key at the server.
func askServer(server, appID, key string) (*officialaccount.Client, error) {
	remote, err := token.Remote(token.RemoteConfig{URL: server + "/tokens/" + appID, Key: key})
	if err != nil {
		return nil, err
	}
	return officialaccount.New(officialaccount.Config{AppID: appID, TokenSource: remote})
}

// cronToken is a token that another program renews, in a row of a table. It is a
// token.Source by its one method.
type cronToken struct {
	db    *sql.DB
	appID string
}

func (c cronToken) Token(ctx context.Context) (token.Token, error) {
	var value string
	var expires int64 // seconds since 1970
	row := c.db.QueryRowContext(ctx, `SELECT value, expires FROM wx_token WHERE appid = ?`, c.appID)
	if err := row.Scan(&value, &expires); err != nil {
		return token.Token{}, fmt.Errorf("token of %s: %w", c.appID, err)
	}
	return token.New(value, time.Unix(expires, 0)), nil
}

// renewedToken is a cronToken whose row can be renewed at once.
type renewedToken struct {
	cronToken
	renew func(ctx context.Context) error // makes the other program fetch a token
}

// Invalidate renews the row, unless that has been done since.
func (r renewedToken) Invalidate(ctx context.Context, stale token.Token) error {
	now, err := r.Token(ctx)
	if err == nil && !now.Same(stale) {
		return nil
	}
	return r.renew(ctx)
}

// oldJSON reads a token from Redis where another program keeps it as JSON, without an
// expiry of its own.
func oldJSON(rdb *redis.Client, key string) token.SourceFunc {
	return func(ctx context.Context) (token.Token, error) {
		text, err := rdb.Get(ctx, key).Bytes()
		if err != nil {
			return token.Token{}, fmt.Errorf("redis %s: %w", key, err)
		}
		var stored struct {
			Value string `json:"access_token"`
		}
		if err := json.Unmarshal(text, &stored); err != nil {
			return token.Token{}, fmt.Errorf("redis %s has no token", key)
		}
		return token.New(stored.Value, time.Time{}), nil // zero: asked before every call
	}
}

// observed is a client that reports every fetch of a token.
func observed(
	src token.Source, account officialaccount.Config, log *slog.Logger,
) (*officialaccount.Client, error) {
	account.TokenSource = token.Reuse(src, token.ReuseConfig{
		Logger: log, // failed fetches
		OnRefresh: func(_ context.Context, r token.Refresh) {
			log.Info("token", "reason", r.Reason, "took", r.Duration.String(),
				"until", r.Expiry, "same", r.Same, "error", r.Err)
		},
	})
	return officialaccount.New(account)
}
