package upgrading

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestVersions(t *testing.T) {
	if found := versions(); len(found) > 0 { // a test's binary may name no modules
		require.Contains(t, found, "github.com/seed-f21aa8d8/wechat")
		require.Contains(t, found, "github.com/seed-f21aa8d8/wechat/store/redisstore")
	}
}

func TestNewStore(t *testing.T) {
	db := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true})
	defer db.Close()
	s, err := newStore(db)
	require.NoError(t, err)
	require.Contains(t, s.Namespace(), "wechat:2:")
}
