package moving

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestClients(t *testing.T) {
	_, err := newClient("wx0123456789abcdef", "a secret")
	require.NoError(t, err)
	_, err = newCloudClient("wx0123456789abcdef")
	require.NoError(t, err)
	_, err = newCloudBot()
	require.NoError(t, err)

	db := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", ContextTimeoutEnabled: true})
	defer db.Close()
	_, err = newSharingClient(db, "wx0123456789abcdef", "a secret")
	require.NoError(t, err)
}

func TestOldStore(t *testing.T) {
	expiry := time.Now().Add(time.Hour)
	s := oldStore{func(context.Context) (string, time.Time, error) { return "a token", expiry, nil }}
	got, err := s.Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, "a token", got.Value())
}
