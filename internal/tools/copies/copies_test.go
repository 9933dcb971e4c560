// Package copies compares the files that several examples have, so that each example can be
// copied alone.
package copies

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCopiesAreEqual(t *testing.T) {
	for _, name := range []string{"account.go", "server.go", "browser.go", "bar.go", "redis.go"} {
		copies, err := filepath.Glob("../../../examples/*/" + name)
		require.NoError(t, err)
		require.Greater(t, len(copies), 1, name)
		first, err := os.ReadFile(copies[0])
		require.NoError(t, err)
		for _, other := range copies[1:] {
			text, err := os.ReadFile(other)
			require.NoError(t, err)
			require.Equal(t, string(first), string(text), "%s and %s", copies[0], other)
		}
	}
}
