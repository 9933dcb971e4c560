package dedup

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzRecord reads whatever a store may hold: a record comes back byte for byte,
// anything else is refused.
func FuzzRecord(f *testing.F) {
	for _, s := range []state{running, done, given, closed} {
		f.Add(record{state: s, owner: [16]byte{1, 2, 3}, first: time.UnixMilli(1735707398123), name: "first", answer: []byte("<xml/>")}.encode())
	}
	f.Add([]byte(nil))
	f.Add([]byte("somebody else's value under our key"))
	f.Add(bytes.Repeat([]byte{'r'}, recordHead-1))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decode(b)
		if err != nil {
			require.ErrorIs(t, err, errUnreadable)
			return
		}
		require.Equal(t, b, r.encode())
	})
}
