package store_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/store/storetest"
)

func TestMemory(t *testing.T) {
	t.Parallel()
	storetest.RunInBubble(t, func(t *testing.T) store.Store { return store.NewMemory() })
}

func TestMemoryExpiresToTheNanosecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemory()
		require.NoError(t, m.Set(ctx, "k", []byte("v"), time.Second))
		time.Sleep(time.Second - 1)
		_, found, err := m.Get(ctx, "k")
		require.NoError(t, err)
		require.True(t, found, "gone a nanosecond too early")
		time.Sleep(time.Nanosecond)
		_, found, err = m.Get(ctx, "k")
		require.NoError(t, err)
		require.False(t, found, "there at the end of its time")
	})
}

func TestMemoryNeverEvictsALiveEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 100
		ctx, m := t.Context(), store.NewMemorySize(most)
		for i := range most {
			stored, err := m.SetIfAbsent(ctx, strconv.Itoa(i), []byte("v"), time.Duration(1+i%2)*time.Minute)
			require.NoError(t, err)
			require.True(t, stored)
		}

		// Full: no new key, and all else goes on.
		require.ErrorIs(t, m.Set(ctx, "new", nil, 0), store.ErrFull)
		stored, err := m.SetIfAbsent(ctx, "new", nil, time.Minute)
		require.ErrorIs(t, err, store.ErrFull)
		require.False(t, stored)
		_, found, err := m.Get(ctx, "new")
		require.NoError(t, err)
		require.False(t, found)
		for i := range most {
			key := strconv.Itoa(i)
			stored, err := m.SetIfAbsent(ctx, key, []byte("w"), 0)
			require.NoError(t, err)
			require.False(t, stored, "a claim was lost")
			swapped, err := m.CompareAndSwap(ctx, key, []byte("v"), []byte("v"), time.Duration(1+i%2)*time.Minute)
			require.NoError(t, err)
			require.True(t, swapped)
		}
		require.NoError(t, m.Set(ctx, "1", []byte("v"), 2*time.Minute))

		// A deleted key makes room for one, whichever way it is deleted.
		require.NoError(t, m.Delete(ctx, "1"))
		require.NoError(t, m.Delete(ctx, "1"))
		require.NoError(t, m.Set(ctx, "new1", []byte("v"), 2*time.Minute))
		require.ErrorIs(t, m.Set(ctx, "new2", nil, 0), store.ErrFull)
		deleted, err := m.CompareAndDelete(ctx, "3", []byte("v"))
		require.NoError(t, err)
		require.True(t, deleted)
		require.NoError(t, m.Set(ctx, "new2", []byte("v"), 2*time.Minute))
		require.ErrorIs(t, m.Set(ctx, "new3", nil, 0), store.ErrFull)

		// What has expired makes room, exactly that and at once.
		time.Sleep(time.Minute)
		for i := range most / 2 {
			require.NoError(t, m.Set(ctx, "later"+strconv.Itoa(i), nil, 0), "entry %d", i)
		}
		require.ErrorIs(t, m.Set(ctx, "new3", nil, 0), store.ErrFull)
		value, found, err := m.Get(ctx, "new2")
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, "v", string(value))
	})
}

func TestMemoryBoundHoldsUnderConcurrency(t *testing.T) {
	const most, workers, each = 1000, 8, 500
	ctx, m := t.Context(), store.NewMemorySize(most)
	var stored, full atomic.Int32
	var done sync.WaitGroup
	for w := range workers {
		done.Go(func() {
			for i := range each {
				switch err := m.Set(ctx, fmt.Sprint(w, "-", i), nil, time.Hour); {
				case err == nil:
					stored.Add(1)
				case errors.Is(err, store.ErrFull):
					full.Add(1)
				}
			}
		})
	}
	done.Wait()
	require.LessOrEqual(t, stored.Load(), int32(most))
	require.Equal(t, int32(workers*each), stored.Load()+full.Load())
	// A place that a loser held for a moment may have turned another away; what
	// is free can be taken now, and no more.
	for i := range most - int(stored.Load()) {
		require.NoError(t, m.Set(ctx, fmt.Sprint("rest", i), nil, time.Hour))
	}
	require.ErrorIs(t, m.Set(ctx, "one more", nil, 0), store.ErrFull)
}

// Entries that expire must not pile up while others come, even when nobody asks
// for them again, and a nonsensical bound must not mean none.
func TestMemoryForgetsAsItGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, m := t.Context(), store.NewMemorySize(-1)
		for i := range 50 {
			for j := range 1000 {
				key := fmt.Sprint(i, "-", j)
				require.NoError(t, m.Set(ctx, key, make([]byte, 1000), time.Second))
			}
			time.Sleep(time.Second)
		}
		require.Less(t, liveHeap(), uint64(20<<20), "50 MB were stored, 1 MB at a time")
		require.NoError(t, m.Set(ctx, "k", nil, 0))
	})
}

// A long random run against the plainest model of a bounded, expiring map.
func TestMemoryAgainstModel(t *testing.T) {
	type held struct {
		value  string
		expiry time.Time
	}
	synctest.Test(t, func(t *testing.T) {
		const most, names = 300, 400
		ctx, m, model := t.Context(), store.NewMemorySize(most), map[string]held{}
		random := rand.New(rand.NewPCG(1, 2))
		for step := range 20_000 {
			now := time.Now()
			for key, h := range model {
				if !h.expiry.IsZero() && !now.Before(h.expiry) {
					delete(model, key)
				}
			}
			key, value, old := fmt.Sprint(random.IntN(names)), fmt.Sprint(random.IntN(3)), fmt.Sprint(random.IntN(3))
			ttl := time.Duration(random.IntN(1000)) * time.Millisecond // zero now and then
			next := held{value: value}
			if ttl > 0 {
				next.expiry = now.Add(ttl)
			}
			has, there := model[key]
			full := !there && len(model) == most
			switch random.IntN(8) {
			case 0, 1:
				err := m.Set(ctx, key, []byte(value), ttl)
				require.Equal(t, full, errors.Is(err, store.ErrFull), "step %d: Set: %v", step, err)
				if !full {
					model[key] = next
				}
			case 2, 3:
				stored, err := m.SetIfAbsent(ctx, key, []byte(value), ttl)
				require.Equal(t, full, errors.Is(err, store.ErrFull), "step %d: SetIfAbsent: %v", step, err)
				require.Equal(t, !there && !full, stored, "step %d: SetIfAbsent", step)
				if stored {
					model[key] = next
				}
			case 4:
				swapped, err := m.CompareAndSwap(ctx, key, []byte(old), []byte(value), ttl)
				require.NoError(t, err)
				require.Equal(t, there && has.value == old, swapped, "step %d: CompareAndSwap", step)
				if swapped {
					model[key] = next
				}
			case 5:
				deleted, err := m.CompareAndDelete(ctx, key, []byte(old))
				require.NoError(t, err)
				require.Equal(t, there && has.value == old, deleted, "step %d: CompareAndDelete", step)
				if deleted {
					delete(model, key)
				}
			case 6:
				if random.IntN(4) == 0 {
					require.NoError(t, m.Delete(ctx, key))
					delete(model, key)
				}
			case 7:
				got, found, err := m.Get(ctx, key)
				require.NoError(t, err)
				require.Equal(t, there, found, "step %d: Get", step)
				require.Equal(t, has.value, string(got), "step %d: Get", step)
			}
			if random.IntN(20) == 0 {
				time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
			}
		}
	})
}

func TestMemoryPrintsNoValue(t *testing.T) {
	const secret = "s3cr3tt0ken"
	m := store.NewMemory()
	require.NoError(t, m.Set(t.Context(), "k", []byte(secret), time.Hour))
	requireNoSecret(t, m, secret)
}

// requireNoSecret prints v in every way and looks for the secret.
func requireNoSecret(t *testing.T, v any, secret string) {
	t.Helper()
	var out strings.Builder
	holder := struct {
		inner any
		Outer any
	}{v, v}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", holder)
		fmt.Fprintf(&out, verb+"\n", &holder)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v, "h", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v, "h", holder)
	for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), strings.Trim(fmt.Sprint([]byte(secret)), "[]")} {
		require.NotContains(t, out.String(), form)
	}
}

func ExampleNewMemory() {
	ctx := context.Background()
	m := store.NewMemorySize(100_000)

	// The first to claim a message handles it; the claim ends after a minute.
	for range 2 {
		first, err := m.SetIfAbsent(ctx, "message:6054768590064713728", []byte("claimed"), time.Minute)
		if err != nil {
			fmt.Println(err) // not a miss: here one decides what to do without the store
			return
		}
		fmt.Println("handle it:", first)
	}
	// Output:
	// handle it: true
	// handle it: false
}

func ExampleStore_compareAndSwap() {
	ctx := context.Background()
	var s store.Store = store.NewMemory()
	s.Set(ctx, "step:o6_bmjrPTlm6_2sgVt7hMZOPfL2M", []byte("asked for the name"), time.Hour)

	// Two deliveries at once: only the one that saw the current step moves on.
	old, _, _ := s.Get(ctx, "step:o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
	for range 2 {
		moved, _ := s.CompareAndSwap(ctx, "step:o6_bmjrPTlm6_2sgVt7hMZOPfL2M", old, []byte("asked for the city"), time.Hour)
		fmt.Println(moved)
	}
	// Output:
	// true
	// false
}
