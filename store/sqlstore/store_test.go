package sqlstore_test

import (
	"context"
	"database/sql"
	"regexp"
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
