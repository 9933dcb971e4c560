package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

func TestNewRefusesNonsense(t *testing.T) {
	_, err := sqlstore.New(nil, sqlstore.Config{Dialect: sqlstore.SQLite})
	require.ErrorContains(t, err, "needs a database")
	_, err = sqlstore.New(new(sql.DB), sqlstore.Config{Dialect: "oracle"})
	require.EqualError(t, err, `sqlstore: unknown dialect "oracle"`)
	_, err = sqlstore.Dialect("").Schema("t")
	require.Error(t, err)
	for _, table := range []string{"a b", "a;DROP TABLE b", "1a", "a.b.c", ".a", "a.", "表", "`a`", `"a"`, strings.Repeat("a", 49)} {
		_, err := sqlstore.New(new(sql.DB), sqlstore.Config{Dialect: sqlstore.SQLite, Table: table})
		require.ErrorContains(t, err, "table name", "%q", table)
		_, err = sqlstore.MySQL.Schema(table)
		require.ErrorContains(t, err, "table name", "%q", table)
	}
}

func TestCallsRefuseNonsense(t *testing.T) {
	ctx, d := t.Context(), &database{}
	s := open(t, d, sqlstore.SQLite)
	for name, err := range calls(ctx, s, strings.Repeat("k", sqlstore.MaxKeySize+1)) {
		require.ErrorIs(t, err, sqlstore.ErrKeyTooLong, name)
		require.ErrorContains(t, err, "513 bytes, at most 512", name)
	}
	require.ErrorIs(t, s.Set(ctx, "k", nil, -1), store.ErrNegativeTTL)
	_, err := s.SetIfAbsent(ctx, "k", nil, -1)
	require.ErrorIs(t, err, store.ErrNegativeTTL)
	_, err = s.CompareAndSwap(ctx, "k", nil, nil, -1)
	require.ErrorIs(t, err, store.ErrNegativeTTL)
	require.Empty(t, d.calls, "nothing is sent")
	for name, err := range calls(ctx, s, strings.Repeat("k", sqlstore.MaxKeySize)) {
		require.NoError(t, err, name)
	}
}

// A driver that does not tell how many rows it wrote makes conditional writes fail.
func TestUnknownNumberOfRows(t *testing.T) {
	d := &database{affected: []int64{-1}}
	_, err := open(t, d, sqlstore.SQLite).SetIfAbsent(t.Context(), "k", nil, 0)
	require.ErrorContains(t, err, `sqlstore: set if absent "k": `)
}

// A key that is absent is not an error.
func TestGetOfAnAbsentKey(t *testing.T) {
	value, found, err := open(t, &database{}, sqlstore.SQLite).Get(t.Context(), "k")
	require.NoError(t, err)
	require.False(t, found)
	require.Nil(t, value)
}

// The statements of each dialect have as many placeholders as arguments, in its syntax.
func TestPlaceholders(t *testing.T) {
	for dialect, placeholder := range map[sqlstore.Dialect]string{
		sqlstore.MySQL: `\?`, sqlstore.PostgreSQL: `\$[1-9]`, sqlstore.SQLite: `\?`,
	} {
		d := &database{}
		s := open(t, d, dialect)
		for name, err := range calls(t.Context(), s, "k") {
			require.NoError(t, err, name)
		}
		_, err := s.Purge(t.Context())
		require.NoError(t, err)
		require.NoError(t, s.CreateTable(t.Context()))
		require.GreaterOrEqual(t, len(d.calls), 8, "a statement for each method")
		for _, c := range d.calls {
			require.Len(t, regexp.MustCompile(placeholder).FindAllString(c.text, -1), len(c.args), c.text)
			require.Contains(t, c.text, sqlstore.DefaultTable)
			require.NotContains(t, c.text, "{")
		}
	}
}

// An entry that never ends has an end that does not overflow, and a short ttl does not
// become one that has ended.
func TestTTL(t *testing.T) {
	for ttl, want := range map[time.Duration]int64{0: 1 << 62, 1: 1, time.Millisecond: 1, time.Millisecond + 1: 2, time.Hour: 3_600_000} {
		d := &database{}
		require.NoError(t, open(t, d, sqlstore.SQLite).Set(t.Context(), "k", nil, ttl))
		require.Equal(t, want, d.calls[0].args[2].Value)
		require.Equal(t, []byte{}, d.calls[0].args[1].Value, "nil is an empty value and not NULL")
	}
}

// Purge deletes in batches until one is not full, and tells how many rows it deleted,
// also before a failure.
func TestPurge(t *testing.T) {
	for _, c := range []struct {
		affected   []int64
		want       int64
		statements int
	}{
		{[]int64{0}, 0, 1},
		{[]int64{999}, 999, 1},
		{[]int64{1000, 0}, 1000, 2},
		{[]int64{1000, 1000, 7}, 2007, 3},
	} {
		d := &database{affected: c.affected}
		n, err := open(t, d, sqlstore.MySQL).Purge(t.Context())
		require.NoError(t, err)
		require.Equal(t, c.want, n)
		require.Len(t, d.calls, c.statements)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := open(t, &database{}, sqlstore.SQLite).Purge(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "purging table wechat_store")
}

// With MySQL SetIfAbsent takes two statements, so a row may come and go in between.
func TestSetIfAbsentOfMySQL(t *testing.T) {
	const insert, replace, look = "INSERT IGNORE", "UPDATE", "SELECT 1"
	for name, c := range map[string]struct {
		affected []int64
		present  bool // when it looks whether a live row is there
		want     bool
		err      string
		calls    []string
	}{
		"absent":           {[]int64{1}, false, true, "", []string{insert}},
		"expired":          {[]int64{0, 1}, false, true, "", []string{insert, replace}},
		"present":          {[]int64{0, 0}, true, false, "", []string{insert, replace, look}},
		"removed meantime": {[]int64{0, 0, 1}, false, true, "", []string{insert, replace, look, insert}},
		"expired meantime": {[]int64{0, 0, 0, 1}, false, true, "", []string{insert, replace, look, insert, replace}},
		"each time":        {make([]int64, 40), false, false, "during each of 20 attempts", slices.Repeat([]string{insert, replace, look}, 20)},
	} {
		t.Run(name, func(t *testing.T) {
			d := &database{affected: c.affected, one: c.present}
			stored, err := open(t, d, sqlstore.MySQL).SetIfAbsent(t.Context(), "k", []byte("v"), time.Minute)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
			require.Equal(t, c.want, stored)
			require.Len(t, d.calls, len(c.calls))
			for i, want := range c.calls {
				require.True(t, strings.HasPrefix(d.calls[i].text, want), "%d: %s", i, d.calls[i].text)
			}
		})
	}
}

// An error of any of its statements is the error of SetIfAbsent.
func TestSetIfAbsentOfMySQLFails(t *testing.T) {
	broken := errors.New("broken connection")
	for n := range 3 {
		d := &database{err: broken, fail: n + 1, affected: make([]int64, 3)}
		stored, err := open(t, d, sqlstore.MySQL).SetIfAbsent(t.Context(), "k", []byte("v"), time.Minute)
		require.ErrorIs(t, err, broken)
		require.False(t, stored)
		require.Len(t, d.calls, n+1)
	}
}

// Two processes that create the table at the same time may disturb each other.
func TestCreateTableAgain(t *testing.T) {
	busy := errors.New("duplicate key value violates unique constraint pg_type_typname_nsp_index")
	for failures, calls := range map[int]int{0: 2, 2: 4, 3: 3} {
		d := &database{err: busy, left: failures}
		err := open(t, d, sqlstore.PostgreSQL).CreateTable(t.Context())
		if failures < 3 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, busy)
		}
		require.Len(t, d.calls, calls)
	}
}

// The index is in the schema of its table.
func TestSQLiteSchema(t *testing.T) {
	for table, index := range map[string]string{
		"t": "t_expires_at ON t (expires_at)", "bot.t": "bot.t_expires_at ON t (expires_at)",
	} {
		statements, err := sqlstore.SQLite.Schema(table)
		require.NoError(t, err)
		require.Equal(t, "CREATE INDEX IF NOT EXISTS "+index, statements[1])
	}
}

// calls calls every method of [store.Store] and returns their errors.
func calls(ctx context.Context, s store.Store, key string) map[string]error {
	errs := map[string]error{"Set": s.Set(ctx, key, []byte("v"), 0)}
	_, errs["SetIfAbsent"] = s.SetIfAbsent(ctx, key, []byte("v"), time.Minute)
	_, _, errs["Get"] = s.Get(ctx, key)
	_, errs["CompareAndSwap"] = s.CompareAndSwap(ctx, key, []byte("v"), []byte("w"), time.Minute)
	_, errs["CompareAndDelete"] = s.CompareAndDelete(ctx, key, []byte("w"))
	errs["Delete"] = s.Delete(ctx, key)
	return errs
}
