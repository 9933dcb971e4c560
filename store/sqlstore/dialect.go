package sqlstore

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Dialect is the kind of SQL that a database speaks.
type Dialect string

// The dialects.
const (
	MySQL      Dialect = "mysql" // MariaDB too
	PostgreSQL Dialect = "postgresql"
	SQLite     Dialect = "sqlite"
)

// Schema returns the statements that create table and its index.
//
//   - name: the key.
//   - value: the value.
//   - expires_at: when the entry expires, in milliseconds since 1970 UTC; for an entry
//     without a ttl, about a hundred million years from now.
//   - revision: how often the entry was overwritten. Each write changes it, so that
//     MySQL counts a write of the same value as a change too.
func (d Dialect) Schema(table string) ([]string, error) {
	if err := d.check(table); err != nil {
		return nil, err
	}
	index := table[strings.LastIndexByte(table, '.')+1:] + "_expires_at"
	switch d {
	case MySQL:
		return []string{
			"CREATE TABLE IF NOT EXISTS " + table + ` (
	name       VARBINARY(512) NOT NULL PRIMARY KEY,
	value      LONGBLOB       NOT NULL,
	expires_at BIGINT         NOT NULL,
	revision   BIGINT         NOT NULL DEFAULT 0,
	INDEX ` + index + ` (expires_at)
) ENGINE = InnoDB`,
		}, nil
	case PostgreSQL:
		return []string{
			"CREATE TABLE IF NOT EXISTS " + table + ` (
	name       BYTEA  NOT NULL PRIMARY KEY,
	value      BYTEA  NOT NULL,
	expires_at BIGINT NOT NULL,
	revision   BIGINT NOT NULL DEFAULT 0
)`,
			"CREATE INDEX IF NOT EXISTS " + index + " ON " + table + " (expires_at)",
		}, nil
	default:
		return []string{
			"CREATE TABLE IF NOT EXISTS " + table + ` (
	name       BLOB    NOT NULL PRIMARY KEY,
	value      BLOB    NOT NULL,
	expires_at INTEGER NOT NULL,
	revision   INTEGER NOT NULL DEFAULT 0
)`,
			"CREATE INDEX IF NOT EXISTS " + sqliteIndex(table, index),
		}, nil
	}
}

// sqliteIndex puts the schema before the name of the index, as SQLite requires.
func sqliteIndex(table, index string) string {
	if schema, name, found := strings.Cut(table, "."); found {
		return schema + "." + index + " ON " + name + " (expires_at)"
	}
	return index + " ON " + table + " (expires_at)"
}

// check returns an error for an unknown dialect and for a name that would need quoting.
func (d Dialect) check(table string) error {
	switch d {
	case MySQL, PostgreSQL, SQLite:
	default:
		return fmt.Errorf("sqlstore: unknown dialect %q", string(d))
	}
	parts := strings.Split(table, ".")
	word := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,47}$`)
	for _, part := range parts {
		if len(parts) > 2 || !word.MatchString(part) {
			return fmt.Errorf("sqlstore: table name %q: want letters, digits and underscores, with one dot at most", table)
		}
	}
	return nil
}

// now is the database's time in milliseconds since 1970 UTC.
func (d Dialect) now() string {
	switch d {
	case MySQL:
		return "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)"
	case PostgreSQL:
		// Unlike clock_timestamp, the time of the statement allows the use of an index.
		return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"
	default:
		return "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)"
	}
}

// statements holds the statements for one table, with their arguments in this order.
type statements struct {
	get              string // name
	set              string // name, value, ttl
	insert           string // name, value, ttl; not over a live row
	replaceExpired   string // value, ttl, name (MySQL)
	exists           string // name (MySQL)
	compareAndSwap   string // new, ttl, name, old
	compareAndDelete string // name, old
	delete           string // name
	purge            string
}

func (d Dialect) statements(table string) statements {
	sql := func(text string) string {
		text = strings.NewReplacer("{table}", table, "{now}", d.now(), "{batch}", strconv.Itoa(purgeBatch)).Replace(text)
		return d.placeholders(text)
	}
	s := statements{
		get:              sql("SELECT value FROM {table} WHERE name = ? AND expires_at > {now}"),
		compareAndSwap:   sql("UPDATE {table} SET value = ?, expires_at = {now} + ?, revision = revision + 1 WHERE name = ? AND value = ? AND expires_at > {now}"),
		compareAndDelete: sql("DELETE FROM {table} WHERE name = ? AND value = ? AND expires_at > {now}"),
		delete:           sql("DELETE FROM {table} WHERE name = ?"),
	}
	if d == MySQL {
		const insert = "INTO {table} (name, value, expires_at) VALUES (?, ?, {now} + ?)"
		s.set = sql("INSERT " + insert + " ON DUPLICATE KEY UPDATE value = VALUES(value), expires_at = VALUES(expires_at), revision = revision + 1")
		s.insert = sql("INSERT IGNORE " + insert)
		s.replaceExpired = sql("UPDATE {table} SET value = ?, expires_at = {now} + ?, revision = revision + 1 WHERE name = ? AND expires_at <= {now}")
		s.exists = sql("SELECT 1 FROM {table} WHERE name = ? AND expires_at > {now}")
		s.purge = sql("DELETE FROM {table} WHERE expires_at <= {now} LIMIT {batch}")
		return s
	}
	const upsert = "INSERT INTO {table} AS entry (name, value, expires_at) VALUES (?, ?, {now} + ?)" +
		" ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at, revision = entry.revision + 1"
	s.set = sql(upsert)
	s.insert = sql(upsert + " WHERE entry.expires_at <= {now}")
	s.purge = sql("DELETE FROM {table} WHERE name IN (SELECT name FROM {table} WHERE expires_at <= {now} LIMIT {batch}) AND expires_at <= {now}")
	return s
}

// placeholders replaces the question marks by $1, $2 if the dialect needs that.
func (d Dialect) placeholders(text string) string {
	if d != PostgreSQL {
		return text
	}
	var out strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			out.WriteString("$" + strconv.Itoa(i))
		}
		out.WriteString(part)
	}
	return out.String()
}

// rolledBack reports whether the database has rolled back the failed statement because
// of a deadlock or another transaction.
func rolledBack(err error) bool {
	if state, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok { // the PostgreSQL drivers
		return state.SQLState() == "40001" || state.SQLState() == "40P01"
	}
	return strings.HasPrefix(err.Error(), "Error 1213 ") // the MySQL driver
}
