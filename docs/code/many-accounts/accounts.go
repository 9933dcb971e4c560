package accounts

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
)

// builder returns the function that makes the bot of an account. All accounts share the
// connections of web and the store, where each has keys of its own.
func builder(web *http.Client, st store.Store) func(Account) (*Bot, error) {
	return func(a Account) (*Bot, error) {
		stable, err := token.Stable(token.StableConfig{
			AppID: a.AppID, Secret: a.Secret, HTTPClient: web,
		})
		if err != nil {
			return nil, err
		}
		shared, err := token.Shared(st, stable, token.SharedConfig{
			Logger: slog.With("appid", a.AppID),
		})
		if err != nil {
			return nil, err
		}
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: a.AppID, Secret: a.Secret, TokenSource: shared,
			HTTPClient: web, Logger: slog.Default(),
		})
		if err != nil {
			return nil, err
		}
		handler, err := message.NewHandler(message.Config{
			Token: a.Token, AppID: a.AppID, EncodingAESKey: a.AESKey,
			Store: st, LateReply: customerservice.New(oa),
		})
		if err != nil {
			return nil, err
		}
		answer(handler, oa)
		return &Bot{Handler: handler, Client: oa}, nil
	}
}

// answer registers what every bot does. oa is the client of the bot's own account.
func answer(bot *message.Handler, oa *officialaccount.Client) {
	message.On(bot, func(_ context.Context, m *message.Text) (message.Reply, error) {
		return message.TextReply(oa.AppID() + ": " + m.Content), nil
	})
}

// load reads the accounts from a table. Its secrets are encrypted; open decrypts them.
func load(
	ctx context.Context, db *sql.DB, open func(sealed []byte) (string, error),
) (accounts []Account, err error) {
	rows, err := db.QueryContext(ctx,
		`SELECT appid, secret, token, aes_key FROM wx_account WHERE enabled = 1 ORDER BY appid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var a Account
		var secret, callbackToken, key []byte
		if err := rows.Scan(&a.AppID, &secret, &callbackToken, &key); err != nil {
			return nil, err
		}
		for _, field := range []struct {
			to     *string
			sealed []byte
		}{{&a.Secret, secret}, {&a.Token, callbackToken}, {&a.AESKey, key}} {
			if *field.to, err = open(field.sealed); err != nil {
				return nil, err
			}
		}
		accounts = append(accounts, a)
	}
	return accounts, rows.Err()
}

// follow applies the table now and every interval, until ctx ends.
func follow(
	ctx context.Context, r *Registry, interval time.Duration, load func(context.Context) ([]Account, error),
) error {
	for first := true; ; first = false {
		accounts, err := load(ctx)
		if err == nil {
			err = r.Set(ctx, accounts)
		}
		if err != nil && first {
			return err
		}
		if err != nil {
			slog.Error("accounts stay as they are", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(interval):
		}
	}
}

// serve mounts the registry: the URL of an account is https://example.com/wechat/wx….
func serve(mux *http.ServeMux, r *Registry) {
	mux.Handle("/wechat/{appid}", r)
}

// serveGin does the same in gin.
func serveGin(router *gin.Engine, r *Registry) {
	router.Any("/wechat/:appid", func(c *gin.Context) {
		c.Request.SetPathValue("appid", c.Param("appid"))
		r.ServeHTTP(c.Writer, c.Request)
	})
}
