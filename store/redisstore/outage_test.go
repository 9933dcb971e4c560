//go:build unix

package redisstore_test

import (
	"context"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/store"
)

// A Redis that is gone is an error and never a miss; when it is back, the same
// store works again, with the same client.
func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	srv := servertest.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	ctx, s := t.Context(), newStore(t, newClient(t, srv.Addr, func(o *redis.Options) {
		o.MaxRetries, o.DialerRetries = -1, 1 // many calls fail here: be quick about it
	}), "")
	require.NoError(t, s.Set(ctx, "held", []byte("v"), time.Hour))
	swapped, err := s.CompareAndSwap(ctx, "held", []byte("v"), []byte("w"), time.Hour)
	require.NoError(t, err)
	require.True(t, swapped)

	srv.Kill()
	for name, err := range calls(ctx, s, "k") {
		require.Error(t, err, name)
	}
	_, found, err := s.Get(ctx, "held")
	require.Error(t, err)
	require.False(t, found)
	_, err = store.Acquire(ctx, s, "lock", time.Second)
	require.Error(t, err, "a lock cannot be taken without the store")
	require.NotErrorIs(t, err, store.ErrLockLost)

	srv.Restart()
	require.Eventually(t, func() bool {
		value, found, err := s.Get(ctx, "held")
		return err == nil && found && string(value) == "w"
	}, 20*time.Second, 10*time.Millisecond)
	swapped, err = s.CompareAndSwap(ctx, "held", []byte("w"), []byte("x"), time.Hour)
	require.NoError(t, err, "the scripts are gone, the store sends them again")
	require.True(t, swapped)
	for name, err := range calls(ctx, s, "k") {
		require.NoError(t, err, name)
	}
}

// A restart that idle connections did not see must not cost an error.
func TestIdleConnectionsOverARestart(t *testing.T) {
	t.Parallel()
	srv := servertest.Redis(t)
	ctx, s := t.Context(), newStore(t, newClient(t, srv.Addr), "")
	require.NoError(t, s.Set(ctx, "k", []byte("v"), 0))
	srv.Restart()
	stored, err := s.SetIfAbsent(ctx, "k", []byte("v"), 0)
	require.NoError(t, err)
	require.True(t, stored)
}

func TestForgottenScripts(t *testing.T) {
	t.Parallel()
	ctx, client := t.Context(), newClient(t, servertest.Redis(t).Addr)
	s := newStore(t, client, "")
	for range 3 {
		require.NoError(t, client.ScriptFlush(ctx).Err())
		require.NoError(t, s.Set(ctx, "k", []byte("v"), 0))
		swapped, err := s.CompareAndSwap(ctx, "k", []byte("v"), []byte("w"), 0)
		require.NoError(t, err)
		require.True(t, swapped)
		deleted, err := s.CompareAndDelete(ctx, "k", []byte("w"))
		require.NoError(t, err)
		require.True(t, deleted)
	}
}

// heldConn is a connection that reads nothing before a context has ended, if there is one.
type heldConn struct {
	*net.TCPConn
	until *atomic.Pointer[context.Context]
}

func (c heldConn) Read(p []byte) (int, error) {
	if ctx := c.until.Load(); ctx != nil {
		<-(*ctx).Done()
	}
	return c.TCPConn.Read(p)
}

// A call ends with the deadline of its context although Redis hangs, or with the
// client's timeout after its context was canceled. It leaves no goroutine behind.
func TestHangingRedisObeysContext(t *testing.T) {
	const readTimeout = 200 * time.Millisecond
	srv := servertest.Redis(t)
	goroutines := runtime.NumGoroutine()
	var canceled atomic.Pointer[context.Context] // before the client's timeout, however busy the machine is
	client := newClient(t, srv.Addr, func(o *redis.Options) {
		o.ReadTimeout, o.MaxRetries = readTimeout, -1
		o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return heldConn{conn.(*net.TCPConn), &canceled}, nil
		}
	})
	s := newStore(t, client, "")
	require.Eventually(t, func() bool { return s.Set(t.Context(), "k", []byte("v"), 0) == nil }, 20*time.Second, 5*time.Millisecond)

	srv.Pause()
	for _, end := range []string{"deadline", "cancel"} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		want := context.DeadlineExceeded
		if end == "cancel" {
			ctx, cancel = context.WithCancel(t.Context())
			canceled.Store(&ctx)
			time.AfterFunc(50*time.Millisecond, cancel)
			want = context.Canceled
		}
		for name, err := range calls(ctx, s, "k") { // the last ones begin too late
			require.ErrorIs(t, err, want, name)
		}
		cancel()
	}
	canceled.Store(nil)
	srv.Resume()
	require.Eventually(t, func() bool {
		value, found, err := s.Get(t.Context(), "k")
		return err == nil && found && value != nil
	}, 20*time.Second, 5*time.Millisecond)

	require.NoError(t, client.Close())
	for giveUp := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > goroutines; time.Sleep(5 * time.Millisecond) {
		require.True(t, time.Now().Before(giveUp), "%d goroutines, %d before", runtime.NumGoroutine(), goroutines)
	}
}

// lateContext is a context whose timer is late: its deadline has passed, and it has not
// ended yet.
type lateContext struct {
	context.Context
	deadline time.Time
}

func (c lateContext) Deadline() (time.Time, bool) { return c.deadline, true }

// A connection that ends at the deadline is a context that ends, whichever of their timers
// fires first.
func TestDeadlineBeforeItsTimer(t *testing.T) {
	srv := servertest.Redis(t)
	s := newStore(t, newClient(t, srv.Addr, func(o *redis.Options) { o.MaxRetries = -1 }), "")
	require.NoError(t, s.Set(t.Context(), "k", []byte("v"), 0))
	srv.Pause()
	defer srv.Resume()
	_, _, err := s.Get(lateContext{t.Context(), time.Now().Add(50 * time.Millisecond)}, "k")
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// A call that ends while it waits for a connection says so once.
func TestWaitForAConnectionEnds(t *testing.T) {
	srv := servertest.Redis(t)
	client := newClient(t, srv.Addr, func(o *redis.Options) { o.MaxRetries, o.PoolSize = -1, 1 })
	s := newStore(t, client, "")
	require.NoError(t, s.Set(t.Context(), "k", []byte("v"), 0))
	conn := client.Conn() // the only one
	defer conn.Close()
	require.NoError(t, conn.Ping(t.Context()).Err())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := s.Get(ctx, "k")
	require.EqualError(t, err, `redisstore: get "k": context deadline exceeded`)
}

// When the connection breaks after a conditional write and before its answer, a second
// try would be told "no" although the first had succeeded. The caller must notice the
// break, and the write must be done once at most.
func TestLostAnswerOfAConditionalWrite(t *testing.T) {
	t.Parallel()
	srv := servertest.Redis(t)
	client := newClient(t, srv.Addr)
	ctx, direct := t.Context(), newStore(t, client, "")
	forgotten := func(call func(store.Store) (bool, error)) func(store.Store) (bool, error) {
		return func(s store.Store) (bool, error) {
			require.NoError(t, client.ScriptFlush(ctx).Err())
			return call(s)
		}
	}
	swap := func(s store.Store) (bool, error) {
		return s.CompareAndSwap(ctx, "held", []byte("old"), []byte("new"), 0)
	}
	for _, tt := range []struct {
		name   string
		call   func(s store.Store) (bool, error)
		after  string // what the key holds when the write has happened
		answer int    // that is lost
	}{
		{"SetIfAbsent", func(s store.Store) (bool, error) {
			return s.SetIfAbsent(ctx, "absent", []byte("new"), 0)
		}, "new", 1},
		{"CompareAndSwap", swap, "new", 1},
		{"CompareAndSwap with a forgotten script", forgotten(swap), "new", 2},
		{"CompareAndDelete", func(s store.Store) (bool, error) {
			return s.CompareAndDelete(ctx, "held", []byte("old"))
		}, "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			proxy := servertest.NewProxy(t, srv.Addr)
			s := newStore(t, newClient(t, proxy.Addr), "")
			// Warm up: connected, and the scripts are known.
			require.NoError(t, direct.Delete(ctx, "absent"))
			require.NoError(t, direct.Set(ctx, "held", []byte("other"), 0))
			_, err := tt.call(s)
			require.NoError(t, err)
			require.NoError(t, direct.Delete(ctx, "absent"))
			require.NoError(t, direct.Set(ctx, "held", []byte("old"), 0))

			proxy.CutAnswer(tt.answer)
			done, err := tt.call(s)
			require.Error(t, err)
			require.False(t, done)

			key := "held"
			if tt.name == "SetIfAbsent" {
				key = "absent"
			}
			value, found, err := direct.Get(ctx, key)
			require.NoError(t, err)
			require.Equal(t, tt.after != "", found, "the first try reached Redis")
			require.Equal(t, tt.after, string(value))

			done, err = tt.call(s) // the next call gets a new connection
			require.NoError(t, err)
			require.False(t, done)
		})
	}
}

// A lost answer to a read, or to a write that may be repeated, is asked for again.
func TestLostAnswerOfARepeatableCall(t *testing.T) {
	t.Parallel()
	srv := servertest.Redis(t)
	proxy := servertest.NewProxy(t, srv.Addr)
	ctx, s := t.Context(), newStore(t, newClient(t, proxy.Addr), "")
	require.NoError(t, s.Set(ctx, "k", []byte("v"), 0))

	proxy.CutAnswer(1)
	value, found, err := s.Get(ctx, "k")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "v", string(value))
	proxy.CutAnswer(1)
	require.NoError(t, s.Set(ctx, "k", []byte("w"), 0))
	proxy.CutAnswer(1)
	require.NoError(t, s.Delete(ctx, "k"))
	_, found, err = s.Get(ctx, "k")
	require.NoError(t, err)
	require.False(t, found)
}
