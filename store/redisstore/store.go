// Package redisstore keeps a [store.Store] in Redis, so that several processes
// share their access token, their claims on messages and their locks.
//
//	client := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{"localhost:6379"}})
//	s := redisstore.New(client)
//
// It works over a single server, Sentinel and Cluster alike: no command touches
// more than one key, and comparisons run as scripts within Redis. It needs Redis 5
// or newer. The client stays yours: its pool, timeouts and Close.
//
// # What Redis promises, and what not
//
// A Redis that evicts keys when memory is short (any maxmemory-policy but
// noeviction) forgets locks and claims early; then a message may be handled twice.
// So does a failover, since replication is asynchronous, and a restart without
// appendonly. For what must not be lost, such as the refresh tokens of authorisers,
// take the module store/sqlstore.
//
// # When the connection breaks
//
// Get, Set and Delete are repeated as the client's MaxRetries says. SetIfAbsent,
// CompareAndSwap and CompareAndDelete are sent once: if the connection breaks
// before the answer, nobody knows whether they took effect, and a second try would
// say "no" to the very caller for whom the first said "yes". They return an error
// instead. The client's pool checks idle connections before use, so a Redis that was
// restarted in between costs no error; after an outage that the client has noticed
// it takes the pool up to a second to notice the end.
//
// Every call ends with its context, whether or not the client was made with
// ContextTimeoutEnabled. Without that option the client may go on waiting in the
// background for the answer, up to its ReadTimeout (3 seconds by default).
package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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

// Option is a setting for [New].
type Option func(*Store)

// WithPrefix sets what every key in Redis begins with, to keep several programs
// apart in one Redis. Without it a key in Redis is the key of the store; those that
// this module's packages make begin with "wechat:".
func WithPrefix(prefix string) Option {
	return func(s *Store) { s.prefix = prefix }
}

// New returns a store in the Redis of client. It does not connect.
func New(client redis.UniversalClient, options ...Option) *Store {
	s := &Store{
		client:           client,
		compareAndSwap:   newScript(compareAndSwapSource),
		compareAndDelete: newScript(compareAndDeleteSource),
	}
	for _, option := range options {
		option(s)
	}
	return s
}

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
	args := []any{"set", s.prefix + key, bytes.Clone(value)}
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
	args := []any{"set", s.prefix + key, bytes.Clone(value), "nx"}
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
	swapped, err = s.run(ctx, s.compareAndSwap, key, bytes.Clone(old), bytes.Clone(new), milliseconds(ttl))
	return swapped, wrap("compare and swap", key, err)
}

// CompareAndDelete implements [store.Store].
func (s *Store) CompareAndDelete(ctx context.Context, key string, old []byte) (deleted bool, err error) {
	deleted, err = s.run(ctx, s.compareAndDelete, key, bytes.Clone(old))
	return deleted, wrap("compare and delete", key, err)
}

// Delete implements [store.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	return wrap("delete", key, s.process(ctx, redis.NewCmd(ctx, "del", s.prefix+key)))
}

// process sends a command and waits for its answer or for the end of ctx: reads
// of the client do not end with a context that is cancelled. The arguments must be
// the command's own, since it may be on its way when process has returned.
func (s *Store) process(ctx context.Context, cmd redis.Cmder) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	answered := make(chan error, 1)
	go func() { answered <- s.client.Process(ctx, cmd) }()
	select {
	case err := <-answered:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// milliseconds rounds up, since zero would mean something else.
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
