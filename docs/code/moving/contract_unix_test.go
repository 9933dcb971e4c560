//go:build unix

package moving

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
)

// The sources keep the contract of token.Source, with a server whose keys age.
func TestContract(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: servertest.Redis(t).Addr, ContextTimeoutEnabled: true})
	defer rdb.Close()
	for name, kept := range inRedis {
		source := kept.source(rdb).(redisToken)
		require.NoError(t, rdb.Set(t.Context(), source.key, kept.text, time.Hour).Err())
		t.Run(name, func(t *testing.T) {
			tokentest.Run(t, func(*testing.T) token.Source { return source })
		})
	}
}
