//go:build unix

package redisstore_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/redisstore"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

// TestMain silences the client's own log, which outages would fill, and lets many tests
// run at a time: they wait for servers and for the end of entries.
func TestMain(m *testing.M) {
	logging.Disable()
	flag.Parse()
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// newClient returns a client with the settings that a user needs, unless change says
// otherwise.
func newClient(t *testing.T, addr string, change ...func(*redis.Options)) *redis.Client {
	t.Helper()
	options := &redis.Options{Addr: addr, ContextTimeoutEnabled: true}
	for _, c := range change {
		c(options)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// newStore returns a store with a prefix.
func newStore(t *testing.T, client redis.UniversalClient, prefix string) *redisstore.Store {
	t.Helper()
	s, err := redisstore.New(client, redisstore.Config{Prefix: prefix})
	require.NoError(t, err)
	return s
}

func TestNewChecksTheClient(t *testing.T) {
	_, err := redisstore.New(nil, redisstore.Config{})
	require.ErrorContains(t, err, "needs a client")
	for name, client := range map[string]redis.UniversalClient{
		"client":  redis.NewClient(&redis.Options{}),
		"cluster": redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}}),
		"ring":    redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}}),
	} {
		_, err := redisstore.New(client, redisstore.Config{})
		require.ErrorContains(t, err, "ContextTimeoutEnabled", name)
		require.NoError(t, client.Close())
	}
	ring := redis.NewRing(&redis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}, ContextTimeoutEnabled: true})
	defer ring.Close()
	require.Equal(t, "p:", newStore(t, ring, "p:").Namespace())
}

func TestStore(t *testing.T) {
	t.Parallel()
	client := newClient(t, servertest.Redis(t).Addr)
	storetest.Run(t, func(*testing.T) store.Store { return newStore(t, client, "") })
}

func TestSealedStore(t *testing.T) {
	t.Parallel()
	client := newClient(t, servertest.Redis(t).Addr)
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := store.NewSealed(newStore(t, client, "sealed:"), make([]byte, store.SealedKeySize))
		require.NoError(t, err)
		return s
	})
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	ctx, client := t.Context(), newClient(t, servertest.Redis(t).Addr)
	for prefix, s := range map[string]store.Store{
		"":   newStore(t, client, ""),
		"a:": newStore(t, client, "a:"),
	} {
		stored, err := s.SetIfAbsent(ctx, "k", []byte(prefix), 0)
		require.NoError(t, err)
		require.True(t, stored, "prefix %q is not its own", prefix)
		require.Equal(t, prefix, client.Get(ctx, prefix+"k").Val())
	}
	require.EqualValues(t, 2, client.DBSize(ctx).Val())
}

func TestTTLInMilliseconds(t *testing.T) {
	t.Parallel()
	ctx, client := t.Context(), newClient(t, servertest.Redis(t).Addr)
	s := newStore(t, client, "")
	for _, tt := range []struct{ ttl, atMost time.Duration }{
		{90 * time.Minute, 90 * time.Minute},
		{90*time.Minute + time.Millisecond, 90*time.Minute + time.Millisecond},
		{90*time.Minute + 1, 90*time.Minute + time.Millisecond}, // rounded up
	} {
		require.NoError(t, s.Set(ctx, "k", nil, tt.ttl))
		requireTTL(t, client, tt.atMost)
		swapped, err := s.CompareAndSwap(ctx, "k", nil, nil, tt.ttl)
		require.NoError(t, err)
		require.True(t, swapped)
		requireTTL(t, client, tt.atMost)
		require.NoError(t, s.Delete(ctx, "k"))
		stored, err := s.SetIfAbsent(ctx, "k", nil, tt.ttl)
		require.NoError(t, err)
		require.True(t, stored)
		requireTTL(t, client, tt.atMost)
	}
}

func requireTTL(t *testing.T, client *redis.Client, atMost time.Duration) {
	t.Helper()
	left := client.PTTL(t.Context(), "k").Val()
	require.LessOrEqual(t, left, atMost)
	require.Greater(t, left, atMost-time.Minute)
}

// What Redis refuses is an error for every method that meets it, never a miss.
func TestRedisErrors(t *testing.T) {
	t.Parallel()
	ctx, client := t.Context(), newClient(t, servertest.Redis(t).Addr)
	s := newStore(t, client, "")

	require.NoError(t, client.LPush(ctx, "list", "v").Err())
	_, found, err := s.Get(ctx, "list")
	require.ErrorContains(t, err, `redisstore: get "list": WRONGTYPE`)
	require.False(t, found)
	_, err = s.CompareAndSwap(ctx, "list", []byte("v"), nil, 0)
	require.ErrorContains(t, err, "WRONGTYPE")
	_, err = s.CompareAndDelete(ctx, "list", []byte("v"))
	require.ErrorContains(t, err, "WRONGTYPE")
	stored, err := s.SetIfAbsent(ctx, "list", nil, 0)
	require.NoError(t, err)
	require.False(t, stored, "something is there")

	require.NoError(t, client.ConfigSet(ctx, "maxmemory", "1").Err())
	for name, err := range writes(ctx, s, "k") {
		require.ErrorContains(t, err, "OOM", name)
	}
	require.NoError(t, client.ConfigSet(ctx, "maxmemory", "0").Err())
	require.NoError(t, s.Set(ctx, "k", nil, 0))
}

func TestWrongPasswordStaysSecret(t *testing.T) {
	t.Parallel()
	const password = "hunter2hunter2"
	srv := servertest.Redis(t, "--requirepass", "another")
	s := newStore(t, newClient(t, srv.Addr, func(o *redis.Options) { o.Password = password }), "")
	for name, err := range calls(t.Context(), s, "k") {
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), password)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, s), password)
		require.NotContains(t, fmt.Sprintf(verb, struct{ s *redisstore.Store }{s}), password)
	}
}

// writes calls the methods that store something new and returns their errors.
func writes(ctx context.Context, s store.Store, key string) map[string]error {
	set := s.Set(ctx, key, []byte("v"), 0)
	_, setIfAbsent := s.SetIfAbsent(ctx, key, []byte("v"), time.Minute)
	return map[string]error{"Set": set, "SetIfAbsent": setIfAbsent}
}

// calls calls every method and returns their errors.
func calls(ctx context.Context, s store.Store, key string) map[string]error {
	errs := writes(ctx, s, key)
	_, _, errs["Get"] = s.Get(ctx, key)
	_, errs["CompareAndSwap"] = s.CompareAndSwap(ctx, key, []byte("v"), []byte("w"), time.Minute)
	_, errs["CompareAndDelete"] = s.CompareAndDelete(ctx, key, []byte("w"))
	errs["Delete"] = s.Delete(ctx, key)
	return errs
}

// A sealed value that is moved under another prefix does not open there.
func TestSealedBindsThePrefix(t *testing.T) {
	t.Parallel()
	ctx, client := t.Context(), newClient(t, servertest.Redis(t).Addr)
	sealed := func(prefix string) *store.Sealed {
		s, err := store.NewSealed(newStore(t, client, prefix), make([]byte, store.SealedKeySize))
		require.NoError(t, err)
		return s
	}
	require.NoError(t, sealed("a:").Set(ctx, "k", []byte("v"), 0))
	require.NoError(t, client.Rename(ctx, "a:k", "b:k").Err())
	_, _, err := sealed("b:").Get(ctx, "k")
	require.ErrorIs(t, err, store.ErrCannotOpen)
	require.NoError(t, client.Rename(ctx, "b:k", "a:k").Err())
	value, _, err := sealed("a:").Get(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, "v", string(value))
}
