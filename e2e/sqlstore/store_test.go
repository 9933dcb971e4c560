//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

// TestMain lets more tests run concurrently than there are processors: they wait for
// servers and for entries to expire.
func TestMain(m *testing.M) {
	flag.Set("test.parallel", "8")
	os.Exit(m.Run())
}

// open opens a database and waits until it answers.
func open(t *testing.T, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	waitFor(t, func() error { return db.PingContext(t.Context()) })
	return db
}

// waitFor calls f until it succeeds.
func waitFor(t *testing.T, f func() error) {
	t.Helper()
	for giveUp := time.Now().Add(startTimeout); ; time.Sleep(20 * time.Millisecond) {
		err := f()
		if err == nil {
			return
		}
		require.True(t, time.Now().Before(giveUp), "still failing: %v", err)
	}
}

// The addresses carry settings that a user may have and that must not matter: a
// time zone, and for MySQL what counts as an affected row.
func mysqlDSN(addr, settings string) string {
	return "root@tcp(" + addr + ")/" + settings
}

func postgresDSN(addr string) string {
	return "postgres://postgres@" + addr + "/postgres?sslmode=disable&timezone=America/St_Johns"
}

func sqliteDSN(t *testing.T) string {
	return "file:" + filepath.Join(t.TempDir(), "store.db") + "?_pragma=busy_timeout(20000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)"
}

func openMySQL(t *testing.T, addr, settings string) *sql.DB {
	t.Helper()
	setup := open(t, "mysql", mysqlDSN(addr, ""))
	_, err := setup.ExecContext(t.Context(), "CREATE DATABASE IF NOT EXISTS bot CHARACTER SET latin1")
	require.NoError(t, err)
	return open(t, "mysql", mysqlDSN(addr, "bot"+settings))
}

// newStore returns a store with its own table.
func newStore(t *testing.T, db *sql.DB, dialect sqlstore.Dialect, table string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect, Table: table})
	require.NoError(t, err)
	require.NoError(t, s.CreateTable(t.Context()))
	return s
}

func TestMariaDB(t *testing.T) {
	t.Parallel()
	srv := startMariaDB(t)
	t.Run("Store", func(t *testing.T) {
		t.Parallel()
		testStore(t, openMySQL(t, srv.Addr, "?time_zone=%27-03:30%27"), sqlstore.MySQL)
	})
	// A connection that counts matched rows instead of changed ones, and that puts
	// arguments into the text.
	t.Run("Settings", func(t *testing.T) {
		t.Parallel()
		db := openMySQL(t, srv.Addr, "?clientFoundRows=true&interpolateParams=true&charset=utf8mb4&collation=utf8mb4_general_ci&parseTime=true&loc=Local")
		s := newStore(t, db, sqlstore.MySQL, "settings")
		storetest.Run(t, func(*testing.T) store.Store { return s })
	})
	t.Run("Deadlock", func(t *testing.T) {
		t.Parallel()
		testDeadlock(t, openMySQL(t, srv.Addr, ""))
	})
}

func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	srv := startPostgreSQL(t)
	t.Run("Store", func(t *testing.T) {
		t.Parallel()
		testStore(t, open(t, "pgx", postgresDSN(srv.Addr)), sqlstore.PostgreSQL)
	})
	// Every transaction is serializable, so that PostgreSQL rolls statements back
	// that meet; and no statement is prepared, as poolers want it.
	t.Run("Settings", func(t *testing.T) {
		t.Parallel()
		db := open(t, "pgx", postgresDSN(srv.Addr)+"&default_transaction_isolation=serializable&default_query_exec_mode=exec")
		s := newStore(t, db, sqlstore.PostgreSQL, "settings")
		storetest.Run(t, func(*testing.T) store.Store { return s })
	})
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	testStore(t, open(t, "sqlite", sqliteDSN(t)), sqlstore.SQLite)
}

// testStore is what every kind of database must pass.
func testStore(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	s := newStore(t, db, dialect, "conformance")
	storetest.Run(t, func(*testing.T) store.Store { return s })

	t.Run("CreateTable", func(t *testing.T) { testCreateTable(t, db, dialect) })
	t.Run("Purge", func(t *testing.T) { testPurge(t, db, dialect) })
	t.Run("Keys", func(t *testing.T) { testKeys(t, db, dialect) })
	t.Run("Clock", func(t *testing.T) { testClock(t, db, dialect) })
	t.Run("PurgeDuringClaims", func(t *testing.T) { testPurgeDuringClaims(t, db, dialect) })
	t.Run("NoTable", func(t *testing.T) { testNoTable(t, db, dialect) })
	t.Run("Sealed", func(t *testing.T) { testSealed(t, s) })
}

// testSealed keeps a refresh token as it should be kept.
func testSealed(t *testing.T, s store.Store) {
	ctx := t.Context()
	sealed, err := store.NewSealed(s, make([]byte, store.SealedKeySize))
	require.NoError(t, err)
	require.NoError(t, sealed.Set(ctx, "sealed", []byte("refreshtoken@@@1"), 0))
	swapped, err := sealed.CompareAndSwap(ctx, "sealed", []byte("refreshtoken@@@1"), []byte("refreshtoken@@@2"), 0)
	require.NoError(t, err)
	require.True(t, swapped)
	requireValue(t, sealed, "sealed", "refreshtoken@@@2")
	raw, _, err := s.Get(ctx, "sealed")
	require.NoError(t, err)
	require.NotContains(t, string(raw), "refresh")
	deleted, err := sealed.CompareAndDelete(ctx, "sealed", []byte("refreshtoken@@@2"))
	require.NoError(t, err)
	require.True(t, deleted)
}

// Every process calls CreateTable when it starts, often at the same time.
func testCreateTable(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	var done sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		done.Go(func() {
			s, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect, Table: "created_at_once"})
			if err == nil {
				err = s.CreateTable(t.Context())
			}
			errs[i] = err
		})
	}
	done.Wait()
	require.NoError(t, errors.Join(errs...))

	s := newStore(t, db, dialect, "created_at_once")
	require.NoError(t, s.Set(t.Context(), "k", []byte("v"), 0))
	require.NoError(t, s.CreateTable(t.Context()), "again, over content")
	requireValue(t, s, "k", "v")

	// The index is there, and Purge can use it.
	require.NotEmpty(t, indexOn(t, db, dialect, "created_at_once"))

	withSchema := map[sqlstore.Dialect]string{sqlstore.MySQL: "bot.other", sqlstore.PostgreSQL: "public.other", sqlstore.SQLite: "main.other"}[dialect]
	other := newStore(t, db, dialect, withSchema)
	stored, err := other.SetIfAbsent(t.Context(), "k", []byte("other"), 0)
	require.NoError(t, err)
	require.True(t, stored)
	requireValue(t, other, "k", "other")
	requireValue(t, s, "k", "v")
}

func indexOn(t *testing.T, db *sql.DB, dialect sqlstore.Dialect, table string) string {
	t.Helper()
	query := map[sqlstore.Dialect]string{
		sqlstore.MySQL:      "SELECT index_name FROM information_schema.statistics WHERE index_name = '" + table + "_expires_at'",
		sqlstore.PostgreSQL: "SELECT indexname FROM pg_indexes WHERE indexname = '" + table + "_expires_at'",
		sqlstore.SQLite:     "SELECT name FROM sqlite_master WHERE type = 'index' AND name = '" + table + "_expires_at'",
	}[dialect]
	var name string
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&name))
	return name
}

func testPurge(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	const expired, live = 1500, 20 // more than one batch
	ctx, s := t.Context(), newStore(t, db, dialect, "purged")
	purged, err := s.Purge(ctx)
	require.NoError(t, err)
	require.Zero(t, purged)

	// One transaction, for speed only.
	tx, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	for i := range expired {
		_, err := tx.ExecContext(ctx, fmt.Sprintf("INSERT INTO purged (name, value, expires_at) VALUES ('expired%d', 'v', %d)", i, 1000+i))
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit())
	for i := range live {
		require.NoError(t, s.Set(ctx, fmt.Sprint("live", i), []byte("v"), time.Duration(i)*time.Hour))
	}

	purged, err = s.Purge(ctx)
	require.NoError(t, err)
	require.EqualValues(t, expired, purged)
	var rows int
	require.NoError(t, db.QueryRowContext(ctx, "SELECT COUNT(*) FROM purged").Scan(&rows))
	require.Equal(t, live, rows)
	for i := range live {
		requireValue(t, s, fmt.Sprint("live", i), "v")
	}

	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.Purge(canceled)
	require.ErrorIs(t, err, context.Canceled)
}

func testKeys(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	ctx, s := t.Context(), newStore(t, db, dialect, "keys_of_all_lengths")
	for _, key := range []string{"", " ", "\x00", strings.Repeat("长", 170) + "12", strings.Repeat("\xff", sqlstore.MaxKeySize)} {
		stored, err := s.SetIfAbsent(ctx, key, []byte(key), 0)
		require.NoError(t, err)
		require.True(t, stored, "%q", key)
		requireValue(t, s, key, key)
	}
	long := strings.Repeat("k", sqlstore.MaxKeySize+1)
	for name, err := range calls(ctx, s, long) {
		require.ErrorIs(t, err, sqlstore.ErrKeyTooLong, name)
		require.ErrorContains(t, err, "513 bytes, at most 512", name)
	}
}

// The database's own clock gives the end of an entry, whatever the zone of the session.
func testClock(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	ctx, s := t.Context(), newStore(t, db, dialect, "clock")
	before := time.Now()
	require.NoError(t, s.Set(ctx, "k", nil, time.Hour))
	require.NoError(t, s.Set(ctx, "sooner", nil, 1)) // rounded up to a millisecond
	after := time.Now()
	var end int64
	require.NoError(t, db.QueryRowContext(ctx, "SELECT MAX(expires_at) FROM clock").Scan(&end))
	require.GreaterOrEqual(t, end, before.Add(time.Hour).UnixMilli()-1)
	require.LessOrEqual(t, end, after.Add(time.Hour).UnixMilli()+1)
	require.NoError(t, db.QueryRowContext(ctx, "SELECT MIN(expires_at) FROM clock").Scan(&end))
	require.GreaterOrEqual(t, end, before.UnixMilli())
	require.LessOrEqual(t, end, after.UnixMilli()+2)
}

// Rows of expired entries disappear under those who are about to take their place:
// still, every key has exactly one winner.
func testPurgeDuringClaims(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	const keys, workers = 60, 4
	ctx, s := t.Context(), newStore(t, db, dialect, "purged_during_claims")
	for i := range keys {
		require.NoError(t, s.Set(ctx, fmt.Sprint(i), []byte("expired"), time.Millisecond))
	}
	time.Sleep(5 * time.Millisecond)

	stop, purging := make(chan struct{}), make(chan error, 1)
	go func() {
		for {
			select {
			case <-stop:
				purging <- nil
				return
			default:
			}
			if _, err := s.Purge(ctx); err != nil {
				purging <- err
				return
			}
		}
	}()
	won := make([][]int, workers)
	errs := make([]error, workers)
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() {
			for i := range keys {
				stored, err := s.SetIfAbsent(ctx, fmt.Sprint(i), fmt.Append(nil, w), time.Hour)
				if err != nil {
					errs[w] = err
					return
				}
				if stored {
					won[w] = append(won[w], i)
				}
			}
		})
	}
	done.Wait()
	close(stop)
	require.NoError(t, errors.Join(errs...))
	require.NoError(t, <-purging)
	winners := map[int]int{}
	for w := range won {
		for _, i := range won[w] {
			_, twice := winners[i]
			require.False(t, twice, "key %d has two winners", i)
			winners[i] = w
		}
	}
	for i := range keys {
		w, one := winners[i]
		require.True(t, one, "key %d has no winner", i)
		requireValue(t, s, fmt.Sprint(i), fmt.Sprint(w))
	}
}

// A statement that the database rolls back to resolve a deadlock has not happened,
// and is sent again.
func testDeadlock(t *testing.T, db *sql.DB) {
	ctx := t.Context()
	s := newStore(t, db, sqlstore.MySQL, "deadlock")
	exec := func(on interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
	}, statement string) {
		t.Helper()
		_, err := on.ExecContext(ctx, statement)
		require.NoError(t, err)
	}
	exec(db, "INSERT INTO deadlock (name, value, expires_at) VALUES ('r1', '', 1000), ('r2', '', 2000)")

	// Another transaction holds r2 and will want r1. It has written much more than
	// Purge, so that Purge is the one to be rolled back.
	tx, err := db.BeginTx(ctx, nil)
	require.NoError(t, err)
	defer tx.Rollback()
	for i := range 50 {
		exec(tx, fmt.Sprintf("INSERT INTO deadlock (name, value, expires_at) VALUES ('z%d', '', 1 << 60)", i))
	}
	exec(tx, "UPDATE deadlock SET revision = revision + 1 WHERE name = 'r2'")

	purged := make(chan error, 1)
	go func() {
		n, err := s.Purge(ctx)
		if err == nil && n != 2 {
			err = fmt.Errorf("purged %d rows, want 2", n)
		}
		purged <- err
	}()
	waitFor(t, func() error { // Purge holds r1 and waits for r2
		time.Sleep(150 * time.Millisecond) // the server renews this table only when nobody has read it for 100 ms
		var waiting int
		return db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE 'DELETE FROM deadlock%' HAVING COUNT(*) = 1").Scan(&waiting)
	})
	exec(tx, "UPDATE deadlock SET revision = revision + 1 WHERE name = 'r1'")
	require.NoError(t, tx.Commit())
	require.NoError(t, <-purged)

	var name string
	var deadlocks int
	require.NoError(t, db.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Innodb_deadlocks'").Scan(&name, &deadlocks))
	require.Positive(t, deadlocks, "the test did not bring about what it is for")
}

func testNoTable(t *testing.T, db *sql.DB, dialect sqlstore.Dialect) {
	s, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect, Table: "never_created"})
	require.NoError(t, err)
	for name, err := range calls(t.Context(), s, "k") {
		require.ErrorContains(t, err, "never_created", name)
		require.ErrorContains(t, err, "sqlstore: ", name)
	}
	_, err = s.Purge(t.Context())
	require.ErrorContains(t, err, "never_created")
}

func requireValue(t *testing.T, s store.Store, key, want string) {
	t.Helper()
	value, found, err := s.Get(t.Context(), key)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, want, string(value))
}

// calls calls every method and returns their errors.
func calls(ctx context.Context, s store.Store, key string) map[string]error {
	errs := map[string]error{"Set": s.Set(ctx, key, []byte("v"), 0)}
	_, errs["SetIfAbsent"] = s.SetIfAbsent(ctx, key, []byte("v"), time.Minute)
	_, _, errs["Get"] = s.Get(ctx, key)
	_, errs["CompareAndSwap"] = s.CompareAndSwap(ctx, key, []byte("v"), []byte("w"), time.Minute)
	_, errs["CompareAndDelete"] = s.CompareAndDelete(ctx, key, []byte("w"))
	errs["Delete"] = s.Delete(ctx, key)
	return errs
}
