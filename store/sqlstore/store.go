// Package sqlstore keeps a [store.Store] in a table of MySQL, MariaDB, PostgreSQL or
// SQLite, for data that must survive a restart, above all the refresh tokens of
// authorizers (authorizer_refresh_token). Lost ones can be read from the platform
// again, but only as long as the authorization lasts. Package component seals them
// itself, with the keys in its Config.SealKeys; for secrets of your own, use
// [store.NewSealed].
//
//	db, err := sql.Open("mysql", "user:password@tcp(localhost:3306)/wechat")
//	…
//	s, err := sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.MySQL})
//	…
//	err = s.CreateTable(ctx)
//
// It uses database/sql and imports no driver: import the one that you want. The tests
// run with github.com/go-sql-driver/mysql, github.com/jackc/pgx/v5/stdlib and
// modernc.org/sqlite against MariaDB 10.11, PostgreSQL 15 and SQLite 3. MySQL must be
// 5.7 or newer, MariaDB 10.2, PostgreSQL 9.5, SQLite 3.24.
//
// # The table
//
// [Store.CreateTable] creates the table. [Dialect.Schema] returns the statements, if
// you create tables in another way. Names and values are binary columns, so that
// collations and character sets do not affect comparisons.
//
// # Time
//
// Entries expire by the clock of the database, in milliseconds of UTC, so that the
// clocks of the processes do not matter; with SQLite it is the clock of the machine.
// The time zones of sessions and servers do not matter. An expired entry is absent at
// once, but its row stays until the key is written again or until [Store.Purge]. Call
// Purge from one process, for example once an hour.
//
// # Concurrency
//
// Each method is one statement that commits by itself, or a few of which one writes;
// nothing depends on the isolation level. A statement that the database rolled back
// because of a deadlock or another transaction is retried, at most 20 times. A
// statement whose answer was lost with the connection is not retried: the method
// returns an error.
//
// SQLite allows one writer at a time. Open it with a busy timeout, so that the others
// wait: with modernc.org/sqlite
// "file:wechat.db?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)".
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/backoff"
	"github.com/seed-f21aa8d8/wechat/store"
)

const (
	// DefaultTable is the name of the table unless Config.Table is set.
	DefaultTable = "wechat_store"

	// MaxKeySize is the length of the longest key, in bytes.
	MaxKeySize = 512
)

// ErrKeyTooLong is the error for a key of more than [MaxKeySize] bytes.
var ErrKeyTooLong = errors.New("sqlstore: key too long")

const (
	// forever is a ttl in milliseconds that never ends and does not overflow when added
	// to the current time.
	forever = 1 << 62

	maxTries   = 20   // attempts of a statement that was rolled back, or of steps that another process interfered with
	purgeBatch = 1000 // rows that one statement of Purge deletes
)

// Store is a [store.Store] in a table. Use [New].
type Store struct {
	db         *sql.DB
	dialect    Dialect
	table      string
	statements statements
}

var _ store.Store = (*Store)(nil)

// Config is the configuration of [New]. It needs a Dialect.
type Config struct {
	// Dialect is the kind of SQL that the database speaks.
	Dialect Dialect

	// Table is the name of the table, with its schema or without ("bot.tokens"): letters,
	// digits and underscores, at most 48 characters each. It is not quoted, so it must
	// not be a reserved word. If empty, it is [DefaultTable].
	Table string
}

// New returns a store in a table of db. It does not connect, and the table need not
// exist yet. The caller keeps db and closes it.
func New(db *sql.DB, cfg Config) (*Store, error) {
	if db == nil {
		return nil, errors.New("sqlstore: New needs a database")
	}
	if cfg.Table == "" {
		cfg.Table = DefaultTable
	}
	if err := cfg.Dialect.check(cfg.Table); err != nil {
		return nil, err
	}
	return &Store{db: db, dialect: cfg.Dialect, table: cfg.Table, statements: cfg.Dialect.statements(cfg.Table)}, nil
}

// Namespace returns the name of the table. [store.Sealed] binds values to it.
func (s *Store) Namespace() string { return s.table }

// CreateTable creates the table and its index if they are missing. Several processes
// may call it at once.
func (s *Store) CreateTable(ctx context.Context) error {
	statements, err := s.dialect.Schema(s.table)
	if err != nil {
		return err
	}
	for try := 1; ; try++ {
		err := s.execAll(ctx, statements)
		if err == nil {
			return nil
		}
		// PostgreSQL can fail with a duplicate if another process creates the same
		// table at the same moment; then the next attempt succeeds.
		if ctx.Err() != nil || try == 3 {
			return fmt.Errorf("sqlstore: creating table %s: %w", s.table, err)
		}
	}
}

func (s *Store) execAll(ctx context.Context, statements []string) error {
	for _, statement := range statements {
		if _, err := s.db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// Purge deletes the rows of expired entries and returns how many there were. It works
// in small steps, so that other statements need not wait long. If it returns an error,
// some rows may be deleted already.
func (s *Store) Purge(ctx context.Context) (purged int64, err error) {
	for {
		n, err := s.exec(ctx, s.statements.purge)
		purged += n
		if err != nil {
			return purged, fmt.Errorf("sqlstore: purging table %s: %w", s.table, err)
		}
		if n < purgeBatch {
			return purged, nil
		}
	}
}

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	if err := checkKey(key); err != nil {
		return nil, false, err
	}
	found, err = s.query(ctx, &value, s.statements.get, []byte(key))
	return value, found, wrap("get", key, err)
}

// Set implements [store.Store].
func (s *Store) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if err := checkWrite(key, ttl); err != nil {
		return err
	}
	_, err := s.exec(ctx, s.statements.set, []byte(key), blob(value), milliseconds(ttl))
	return wrap("set", key, err)
}

// SetIfAbsent implements [store.Store].
func (s *Store) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	if err := checkWrite(key, ttl); err != nil {
		return false, err
	}
	setIfAbsent := s.insertOrReplaceExpired
	if s.dialect == MySQL {
		setIfAbsent = s.insertThenReplaceExpired
	}
	stored, err = setIfAbsent(ctx, []byte(key), blob(value), milliseconds(ttl))
	return stored, wrap("set if absent", key, err)
}

// insertOrReplaceExpired is SetIfAbsent in one statement.
func (s *Store) insertOrReplaceExpired(ctx context.Context, key, value []byte, ttl int64) (bool, error) {
	n, err := s.exec(ctx, s.statements.insert, key, value, ttl)
	return n == 1, err
}

// insertThenReplaceExpired is SetIfAbsent for MySQL. With some connection settings its
// count of affected rows is the same for an insert and for an update without a change,
// so there are two statements. It returns false only after it has seen a live row,
// since an expired row may be purged between the steps.
func (s *Store) insertThenReplaceExpired(ctx context.Context, key, value []byte, ttl int64) (bool, error) {
	for range maxTries {
		if n, err := s.exec(ctx, s.statements.insert, key, value, ttl); err != nil || n == 1 {
			return n == 1, err
		}
		if n, err := s.exec(ctx, s.statements.replaceExpired, value, ttl, key); err != nil || n == 1 {
			return n == 1, err
		}
		var one int
		if found, err := s.query(ctx, &one, s.statements.exists, key); err != nil || found {
			return false, err
		}
	}
	return false, fmt.Errorf("the entry was created and removed again during each of %d attempts", maxTries)
}

// CompareAndSwap implements [store.Store].
func (s *Store) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error) {
	if err := checkWrite(key, ttl); err != nil {
		return false, err
	}
	n, err := s.exec(ctx, s.statements.compareAndSwap, blob(new), milliseconds(ttl), []byte(key), blob(old))
	return n == 1, wrap("compare and swap", key, err)
}

// CompareAndDelete implements [store.Store].
func (s *Store) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	if err := checkKey(key); err != nil {
		return false, err
	}
	n, err := s.exec(ctx, s.statements.compareAndDelete, []byte(key), blob(old))
	return n == 1, wrap("compare and delete", key, err)
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	_, err := s.exec(ctx, s.statements.delete, []byte(key))
	return wrap("delete", key, err)
}

// exec runs a statement and returns how many rows it wrote.
func (s *Store) exec(ctx context.Context, statement string, args ...any) (rows int64, err error) {
	err = again(ctx, func() error {
		result, err := s.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

// query reads the one row that a statement finds into dest.
func (s *Store) query(ctx context.Context, dest any, statement string, args ...any) (found bool, err error) {
	err = again(ctx, func() error {
		return s.db.QueryRowContext(ctx, statement, args...).Scan(dest)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// rollbacks sets the pauses before a statement that the database rolled back is
// retried, so that transactions which collided do not collide again.
var rollbacks = backoff.Policy{First: 5 * time.Millisecond, Max: 100 * time.Millisecond}

// again calls f until the database does not roll it back, at most maxTries times.
func again(ctx context.Context, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if err == nil || try == maxTries || !rolledBack(err) {
			return err
		}
		if err := rollbacks.Wait(ctx, try); err != nil {
			return err
		}
	}
}

func checkKey(key string) error {
	if len(key) > MaxKeySize {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrKeyTooLong, len(key), MaxKeySize)
	}
	return nil
}

func checkWrite(key string, ttl time.Duration) error {
	if ttl < 0 {
		return store.ErrNegativeTTL
	}
	return checkKey(key)
}

// milliseconds returns ttl in milliseconds, rounded up.
func milliseconds(ttl time.Duration) int64 {
	if ttl == 0 {
		return forever
	}
	n := ttl.Milliseconds()
	if time.Duration(n)*time.Millisecond < ttl {
		n++
	}
	return n
}

// blob returns an empty slice for nil, since drivers send nil as NULL.
func blob(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}

func wrap(op, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("sqlstore: %s %q: %w", op, key, err)
}
