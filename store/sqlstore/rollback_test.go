package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store/sqlstore"
)

// sqlState is an error of a PostgreSQL driver.
type sqlState string

func (s sqlState) Error() string    { return "SQLSTATE " + string(s) }
func (s sqlState) SQLState() string { return string(s) }

func TestRolledBackStatementsAreSentAgain(t *testing.T) {
	for name, c := range map[string]struct {
		err     error
		left    int
		calls   int
		succeed bool
	}{
		"no failure":               {nil, 0, 1, true},
		"MySQL deadlock":           {errors.New("Error 1213 (40001): Deadlock found"), 3, 4, true},
		"PostgreSQL deadlock":      {sqlState("40P01"), 3, 4, true},
		"PostgreSQL serialization": {sqlState("40001"), 19, 20, true},
		"for ever":                 {sqlState("40001"), 1000, 20, false},
		"PostgreSQL duplicate":     {sqlState("23505"), 1, 1, false},
		"lost connection":          {errors.New("unexpected EOF"), 1, 1, false},
		"MySQL lock timeout":       {errors.New("Error 1205 (HY000): Lock wait timeout exceeded"), 1, 1, false},
		"MySQL syntax":             {errors.New("Error 1064 (42000): You have an error"), 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &database{err: c.err, left: c.left}
				s := open(t, d, sqlstore.PostgreSQL)
				began := time.Now()
				err := s.Set(t.Context(), "k", nil, 0)
				if c.succeed {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, c.err)
				}
				require.Len(t, d.calls, c.calls)
				require.Equal(t, c.calls > 1, time.Since(began) > 0, "it pauses before it sends again")
				require.Less(t, time.Since(began), 3*time.Second)
			})
		})
	}
}

func TestRetriesEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &database{err: sqlState("40001"), left: 1000}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		began := time.Now()
		require.ErrorIs(t, open(t, d, sqlstore.PostgreSQL).Set(ctx, "k", nil, 0), context.DeadlineExceeded)
		require.Equal(t, 10*time.Millisecond, time.Since(began))
	})
}
