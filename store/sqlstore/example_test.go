package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

// A secret of your own, kept sealed in a file that outlives the process.
func ExampleNew() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	// A program imports the driver: _ "modernc.org/sqlite".
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "wechat.db")+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer db.Close()

	table, err := sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.SQLite})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := table.CreateTable(ctx); err != nil {
		fmt.Println(err)
		return
	}
	sealingKey := make([]byte, store.SealedKeySize) // from a secret store, in earnest
	s, err := store.NewSealed(table, sealingKey)
	if err != nil {
		fmt.Println(err)
		return
	}

	if err := s.Set(ctx, "api-key:shop", []byte("the key of the shop"), 0); err != nil {
		fmt.Println(err)
		return
	}
	value, found, err := s.Get(ctx, "api-key:shop")
	fmt.Println(string(value), found, err)
	// Output: the key of the shop true <nil>
}

func ExampleDialect_Schema() {
	statements, err := sqlstore.PostgreSQL.Schema("bot.wechat_store")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, statement := range statements {
		fmt.Println(statement + ";")
	}
	// Output:
	// CREATE TABLE IF NOT EXISTS bot.wechat_store (
	// 	name       BYTEA  NOT NULL PRIMARY KEY,
	// 	value      BYTEA  NOT NULL,
	// 	expires_at BIGINT NOT NULL,
	// 	revision   BIGINT NOT NULL DEFAULT 0
	// );
	// CREATE INDEX IF NOT EXISTS wechat_store_expires_at ON bot.wechat_store (expires_at);
}
