//go:build unix

package sqlstore_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

func TestOutageOfMariaDB(t *testing.T) {
	t.Parallel()
	srv := startMariaDB(t)
	direct := openMySQL(t, srv.Addr, "")
	for name, settings := range map[string]string{"prepared": "", "interpolated": "?interpolateParams=true"} {
		t.Run(name, func(t *testing.T) {
			testLostAnswers(t, srv, sqlstore.MySQL, direct, func(addr string) *sql.DB {
				return open(t, "mysql", mysqlDSN(addr, "bot"+settings))
			})
		})
	}
	t.Run("purge between steps", func(t *testing.T) { testPurgeBetweenSteps(t, srv, direct) })
	t.Run("kill", func(t *testing.T) { testKillAndRestart(t, srv, sqlstore.MySQL, direct) })
}

// SetIfAbsent over MySQL meets the row of an expired entry, which is purged before
// it can take its place. The key is free all along, so it must win.
func testPurgeBetweenSteps(t *testing.T, srv *servertest.Server, direct *sql.DB) {
	ctx, other, proxy := t.Context(), newStore(t, direct, sqlstore.MySQL, "steps"), servertest.NewProxy(t, srv.Addr)
	s := newStore(t, open(t, "mysql", mysqlDSN(proxy.Addr, "bot?interpolateParams=true")), sqlstore.MySQL, "steps")
	_, err := direct.ExecContext(ctx, "INSERT INTO steps (name, value, expires_at) VALUES ('k', 'expired', 1000)")
	require.NoError(t, err)
	var purged int64
	proxy.DuringNextAnswer(func() { purged, err = other.Purge(ctx) })
	stored, setErr := s.SetIfAbsent(ctx, "k", []byte("new"), 0)
	require.NoError(t, setErr)
	require.NoError(t, err)
	require.EqualValues(t, 1, purged)
	require.True(t, stored)
	requireValue(t, other, "k", "new")
}

func TestOutageOfPostgreSQL(t *testing.T) {
	t.Parallel()
	srv := startPostgreSQL(t)
	direct := open(t, "pgx", postgresDSN(srv.Addr))
	for name, settings := range map[string]string{"prepared": "", "simple": "&default_query_exec_mode=exec"} {
		t.Run(name, func(t *testing.T) {
			testLostAnswers(t, srv, sqlstore.PostgreSQL, direct, func(addr string) *sql.DB {
				return open(t, "pgx", postgresDSN(addr)+settings)
			})
		})
	}
	t.Run("kill", func(t *testing.T) { testKillAndRestart(t, srv, sqlstore.PostgreSQL, direct) })
}

// A server that crashes is an error and never a miss; when it is back, the same
// store works again and has lost nothing.
func testKillAndRestart(t *testing.T, srv *servertest.Server, dialect sqlstore.Dialect, db *sql.DB) {
	ctx, s := t.Context(), newStore(t, db, dialect, "outage")
	require.NoError(t, s.Set(ctx, "held", []byte("v"), 0))

	srv.Kill()
	_, found, err := s.Get(ctx, "held")
	require.Error(t, err)
	require.False(t, found)
	for name, err := range calls(ctx, s, "k") {
		require.Error(t, err, name)
	}
	_, err = s.Purge(ctx)
	require.Error(t, err)
	require.Error(t, s.CreateTable(ctx))
	_, err = store.Acquire(ctx, s, "lock", time.Second)
	require.Error(t, err, "a lock cannot be taken without the store")

	srv.Restart()
	waitFor(t, func() error { return db.PingContext(ctx) }) // recovering from the crash
	requireValue(t, s, "held", "v")
	for name, err := range calls(ctx, s, "k") {
		require.NoError(t, err, name)
	}
}

// Connections break after the first, second, … answer of a conditional write. What
// the caller hears must be true: an error, or what has really happened. In
// particular a write that took effect is never reported as "no".
func testLostAnswers(t *testing.T, srv *servertest.Server, dialect sqlstore.Dialect, direct *sql.DB, openAt func(addr string) *sql.DB) {
	proxy := servertest.NewProxy(t, srv.Addr)
	ctx, check := t.Context(), newStore(t, direct, dialect, "lost_answers")
	s := newStore(t, openAt(proxy.Addr), dialect, "lost_answers")
	for _, tt := range []struct {
		name string
		held string // "" for absent
		call func() (bool, error)
		want string // "" for absent
	}{
		{"SetIfAbsent", "", func() (bool, error) { return s.SetIfAbsent(ctx, "k", []byte("new"), time.Hour) }, "new"},
		{"CompareAndSwap", "old", func() (bool, error) { return s.CompareAndSwap(ctx, "k", []byte("old"), []byte("new"), time.Hour) }, "new"},
		{"CompareAndDelete", "old", func() (bool, error) { return s.CompareAndDelete(ctx, "k", []byte("old")) }, ""},
	} {
		broken := 0
		for answers := 1; answers <= 4; answers++ {
			require.NoError(t, check.Delete(ctx, "k"))
			if tt.held != "" {
				require.NoError(t, check.Set(ctx, "k", []byte(tt.held), 0))
			}
			proxy.CutAnswer(answers)
			done, err := tt.call()
			proxy.CutAnswer(0)
			if err != nil {
				broken++
				require.False(t, done, "%s, answer %d lost", tt.name, answers)
				continue
			}
			require.True(t, done, "%s, answer %d lost: it denies what it did", tt.name, answers)
			value, found, err := check.Get(ctx, "k")
			require.NoError(t, err)
			require.Equal(t, tt.want != "", found)
			require.Equal(t, tt.want, string(value))
		}
		require.Positive(t, broken, "%s: no lost answer was noticed", tt.name)
	}

	// A read whose answer is lost is an error or the truth as well, not a miss.
	require.NoError(t, check.Set(ctx, "k", []byte("v"), 0))
	for answers := 1; answers <= 4; answers++ {
		proxy.CutAnswer(answers)
		value, found, err := s.Get(ctx, "k")
		proxy.CutAnswer(0)
		if err == nil {
			require.True(t, found)
			require.Equal(t, "v", string(value))
		}
	}

	// A server that hangs does not hold a caller beyond its context.
	proxy.Hang(true)
	hung, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	for name, err := range calls(hung, s, "k") {
		require.ErrorIs(t, err, context.DeadlineExceeded, name)
	}
	proxy.Hang(false)
	requireValue(t, check, "k", "v")
	waitFor(t, func() error { _, _, err := s.Get(ctx, "k"); return err })
}
