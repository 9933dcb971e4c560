package sqlstore_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

// TestMain gives the example a driver of the name that it opens.
func TestMain(m *testing.M) {
	sql.Register("sqlite", &database{})
	os.Exit(m.Run())
}

// database is a driver that keeps what INSERT writes until SELECT asks for it, and
// remembers the statements. The tests with databases are in the folder e2e/sqlstore.
type database struct {
	err      error   // of the next statements
	left     int     // how many of them fail
	fail     int     // the number of the one that fails, from 1; 0 for none
	one      bool    // SELECT 1 finds a row
	affected []int64 // rows that the next ones change, or -1 if unknown; each further one changes one row

	mu      sync.Mutex
	calls   []call
	entries map[string][]byte
}

// call is a statement that the database was sent.
type call struct {
	text string
	args []driver.NamedValue
}

func (d *database) Open(string) (driver.Conn, error)             { return connection{d}, nil }
func (d *database) Connect(context.Context) (driver.Conn, error) { return connection{d}, nil }
func (d *database) Driver() driver.Driver                        { return d }

// do remembers a statement. It returns an error if it is one that fails.
func (d *database) do(text string, args []driver.NamedValue) error {
	d.calls = append(d.calls, call{text, args})
	if len(d.calls) == d.fail {
		return d.err
	}
	if d.left > 0 {
		d.left--
		return d.err
	}
	return nil
}

type connection struct{ *database }

func (connection) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not used") }
func (connection) Begin() (driver.Tx, error)           { return nil, errors.New("not used") }
func (connection) Close() error                        { return nil }

func (c connection) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.do(text, args); err != nil {
		return nil, err
	}
	if strings.HasPrefix(text, "INSERT INTO") {
		if c.entries == nil {
			c.entries = map[string][]byte{}
		}
		c.entries[string(args[0].Value.([]byte))] = args[1].Value.([]byte)
	}
	if len(c.affected) > 0 {
		n := c.affected[0]
		c.affected = c.affected[1:]
		if n < 0 {
			return driver.ResultNoRows, nil // whose RowsAffected fails
		}
		return driver.RowsAffected(n), nil
	}
	return driver.RowsAffected(1), nil
}

func (c connection) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.do(text, args); err != nil {
		return nil, err
	}
	value, found := c.entries[string(args[0].Value.([]byte))]
	if strings.HasPrefix(text, "SELECT 1") {
		value, found = []byte("1"), c.one
	}
	return &rows{value, !found}, nil
}

// rows is one row of one column, or none.
type rows struct {
	value []byte
	read  bool
}

func (*rows) Columns() []string { return []string{"value"} }
func (*rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.read {
		return io.EOF
	}
	dest[0], r.read = r.value, true
	return nil
}

// open returns a store in the default table of a database.
func open(t *testing.T, d *database, dialect sqlstore.Dialect) *sqlstore.Store {
	t.Helper()
	db := sql.OpenDB(d)
	t.Cleanup(func() { db.Close() })
	s, err := sqlstore.New(db, sqlstore.Config{Dialect: dialect})
	require.NoError(t, err)
	require.Equal(t, sqlstore.DefaultTable, s.Namespace())
	return s
}
