//go:build unix

// Package rediscluster tests package redisstore with a cluster of Redis, which needs two
// seconds before it takes writes.
package rediscluster

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

// The cluster has one node.
func TestCluster(t *testing.T) {
	server := servertest.Redis(t, "--cluster-enabled", "yes")
	ctx, node := t.Context(), redis.NewClient(&redis.Options{Addr: server.Addr})
	defer node.Close()
	require.NoError(t, node.ClusterAddSlotsRange(ctx, 0, 16383).Err())
	require.Eventually(t, func() bool {
		return strings.Contains(node.ClusterInfo(ctx).Val(), "cluster_state:ok")
	}, 20*time.Second, 10*time.Millisecond)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{server.Addr}, ContextTimeoutEnabled: true})
	defer client.Close()
	s, err := redisstore.New(client, redisstore.Config{})
	require.NoError(t, err)
	storetest.Run(t, func(*testing.T) store.Store { return s })
}
