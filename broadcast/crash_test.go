package broadcast_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/broadcast"
	"github.com/seed-f21aa8d8/wechat/store"
)

// A function of the caller that panics, or ends its goroutine as FailNow does, does the
// same to the caller of Run, who can recover. The other sends that have begun are
// finished, and a later run names the receiver.
func TestCrash(t *testing.T) {
	for _, n := range []int{3, 50} { // fewer receivers than workers, and more
		for what, crash := range map[string]func(){
			"panic":  func() { panic("a bug") },
			"Goexit": runtime.Goexit,
		} {
			for where, config := range map[string]func(*broadcast.Config){
				"send":       func(*broadcast.Config) {},
				"OnResult":   func(c *broadcast.Config) { c.OnResult = func(broadcast.Result) { crash() } },
				"OnProgress": func(c *broadcast.Config) { c.OnProgress = func(broadcast.Progress) { crash() } },
			} {
				t.Run(fmt.Sprint(what, " in ", where, " of ", n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { testCrash(t, n, config, where == "send", crash) })
				})
			}
		}
	}
}

func testCrash(t *testing.T, n int, config func(*broadcast.Config), inSend bool, crash func()) {
	kept := store.NewMemory()
	begun, finished := atomic.Int64{}, atomic.Int64{}
	send := func(context.Context, string) (string, error) {
		if begun.Add(1) == 2 && inSend {
			crash()
		}
		time.Sleep(1500 * time.Millisecond)
		finished.Add(1)
		return "1", nil
	}
	c := broadcast.Config{Name: "crash", Store: kept}
	config(&c)

	var value any
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		defer func() { value = recover() }()
		_, _ = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(n))), send)
		returned = true
	}()
	<-ended
	require.False(t, returned)
	require.Contains(t, []any{"a bug", nil}, value)
	if inSend {
		require.Equal(t, begun.Load()-1, finished.Load(), "what has begun is finished")
	}
	require.Less(t, begun.Load(), int64(20), "nothing further is begun")

	var again results
	p, err := broadcast.Run(t.Context(), broadcast.Config{Name: "crash", Store: kept, OnResult: again.add}, broadcast.Each(slices.Values(ids(n))), send)
	require.NoError(t, err)
	require.Equal(t, n, p.Done)
	interrupted := 0
	for _, id := range ids(n) {
		if errors.Is(again.one(t, id).Err, broadcast.ErrInterrupted) {
			interrupted++
		}
	}
	if inSend {
		require.Equal(t, 1, interrupted)
	}
}

// panicking is a store whose lock cannot be renewed.
type panicking struct{ store.Store }

func (panicking) CompareAndSwap(context.Context, string, []byte, []byte, time.Duration) (bool, error) {
	panic("a bug of the store")
}

func TestCrashOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := broadcast.Config{Name: "crash", Store: panicking{store.NewMemory()}}
		slow := func(context.Context, string) (string, error) { time.Sleep(10 * time.Second); return "1", nil }
		require.PanicsWithValue(t, "a bug of the store", func() {
			_, _ = broadcast.Run(t.Context(), c, broadcast.Each(slices.Values(ids(3))), slow)
		})
	})
}
