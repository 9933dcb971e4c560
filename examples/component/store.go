package main

import (
	"context"
	"database/sql"

	_ "modernc.org/sqlite"

	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

// sqlite is a store in a file.
type sqlite struct {
	*sqlstore.Store
	db *sql.DB
}

func openStore(ctx context.Context, file string) (*sqlite, error) {
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)")
	if err != nil {
		return nil, err
	}
	kept, err := sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.SQLite})
	if err == nil {
		err = kept.CreateTable(ctx)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return &sqlite{kept, db}, nil
}

// Close closes the file.
func (s *sqlite) Close() error { return s.db.Close() }
