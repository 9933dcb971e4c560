// Package redisstore keeps a [store.Store] in Redis, so that several processes share
// their access tokens, their locks and the records of the messages that were handled.
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{
//		Addrs:                 []string{"localhost:6379"},
//		ContextTimeoutEnabled: true,
//	})
//	s, err := redisstore.New(client, redisstore.Config{})
//
// It works with a single server, Sentinel and Cluster: no command touches more than
// one key, and comparisons run as scripts within Redis. It needs Redis 5 or newer.
// The caller keeps the client, with its pool and timeouts, and closes it.
//
// # What Redis guarantees
//
// If Redis evicts keys when memory is short (any maxmemory-policy except noeviction),
// it loses locks and records early, and a message may be handled twice. The same
// happens after a failover, since replication is asynchronous, and after a restart
// without appendonly. Use the module store/sqlstore for data that must not be lost,
// such as the refresh tokens of authorizers.
//
// # When the connection breaks
//
// Get, Set and Delete are retried as the client's MaxRetries says. SetIfAbsent,
// CompareAndSwap and CompareAndDelete are sent once: if the connection breaks before
// the answer, they may have taken effect, and a retry would then wrongly return false.
// They return an error instead. The client's pool checks idle connections before use,
// so a restart of Redis in between causes no error. After an outage the pool may need a
// second to notice that Redis is back.
//
// A call ends at the deadline of its context; the client needs ContextTimeoutEnabled
// for this. If the context is canceled, a call that waits for a connection or a retry
// ends at once. A call that waits for an answer ends at the client's ReadTimeout (3
// seconds by default) or at the deadline.
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-f21aa8d8/wechat/store"
)

// Store is a [store.Store] in Redis. Use [New].
type Store struct {
	client           redis.UniversalClient
	prefix           string
	compareAndSwap   script
	compareAndDelete script
}

var _ store.Store = (*Store)(nil)

// Config is the configuration of [New]. Its zero value is useful.
type Config struct {
	// Prefix begins every key in Redis, to separate several programs. If empty, a key in
	// Redis is the key of the store; the keys of this module begin with "wechat:".
	Prefix string
}

// New returns a store in the Redis of client. The client must have
// ContextTimeoutEnabled. New does not connect.
func New(client redis.UniversalClient, cfg Config) (*Store, error) {
	if client == nil {
		return nil, errors.New("redisstore: New needs a client")
	}
	if !contextTimeoutEnabled(client) {
		return nil, errors.New("redisstore: the client ignores the deadlines of contexts: set ContextTimeoutEnabled in its options")
	}
	return &Store{
		client:           client,
		prefix:           cfg.Prefix,
		compareAndSwap:   newScript(compareAndSwapSource),
		compareAndDelete: newScript(compareAndDeleteSource),
	}, nil
}

// contextTimeoutEnabled returns the option of that name. It returns true for a client
// of an unknown type.
func contextTimeoutEnabled(client redis.UniversalClient) bool {
	switch c := client.(type) {
	case *redis.Client:
		return c.Options().ContextTimeoutEnabled
	case *redis.ClusterClient:
		return c.Options().ContextTimeoutEnabled
	case *redis.Ring:
		return c.Options().ContextTimeoutEnabled
	}
	return true
}

// Namespace returns the prefix. [store.Sealed] binds values to it.
func (s *Store) Namespace() string { return s.prefix }

// Get implements [store.Store].
func (s *Store) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	cmd := redis.NewStringCmd(ctx, "get", s.prefix+key)
	err = s.process(ctx, cmd)
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, wrap("get", key, err)
	}
	return []byte(cmd.Val()), true, nil
}

// Set implements [store.Store].
func (s *Store) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	if ttl < 0 {
		return store.ErrNegativeTTL
	}
	args := []any{"set", s.prefix + key, value}
	if ttl > 0 {
		args = append(args, "px", milliseconds(ttl))
	}
	return wrap("set", key, s.process(ctx, redis.NewCmd(ctx, args...)))
}

// SetIfAbsent implements [store.Store].
func (s *Store) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (stored bool, err error) {
	if ttl < 0 {
		return false, store.ErrNegativeTTL
	}
	args := []any{"set", s.prefix + key, value, "nx"}
	if ttl > 0 {
		args = append(args, "px", milliseconds(ttl))
	}
	err = s.process(ctx, newOnceCmd(ctx, args...))
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, wrap("set if absent", key, err)
}

// CompareAndSwap implements [store.Store].
func (s *Store) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (swapped bool, err error) {
	if ttl < 0 {
		return false, store.ErrNegativeTTL
	}
	swapped, err = s.run(ctx, s.compareAndSwap, key, old, new, milliseconds(ttl))
	return swapped, wrap("compare and swap", key, err)
}

// CompareAndDelete implements [store.Store].
func (s *Store) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	deleted, err = s.run(ctx, s.compareAndDelete, key, old)
	return deleted, wrap("compare and delete", key, err)
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	return wrap("delete", key, s.process(ctx, redis.NewCmd(ctx, "del", s.prefix+key)))
}

// process sends a command and waits for its answer. A network timeout caused by the
// deadline of ctx is returned as the error of ctx.
func (s *Store) process(ctx context.Context, cmd redis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.client.Process(ctx, cmd)
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		return err
	}
	end := ctx.Err()
	// The timer of ctx may fire a moment after that of the connection.
	if deadline, ok := ctx.Deadline(); end == nil && ok && !time.Now().Before(deadline) {
		end = context.DeadlineExceeded
	}
	if end == nil || errors.Is(err, end) {
		return err
	}
	return fmt.Errorf("%w: %w", end, err)
}

// milliseconds returns ttl in milliseconds, rounded up, since zero means no expiry.
func milliseconds(ttl time.Duration) int64 {
	n := ttl.Milliseconds()
	if time.Duration(n)*time.Millisecond < ttl {
		n++
	}
	return n
}

func wrap(op, key string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("redisstore: %s %q: %w", op, key, err)
}
