package store_test

import (
	"context"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// liveHeap is what is reachable on the heap now.
func liveHeap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// keys makes keys beforehand, so that a benchmark measures the store.
func keys(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = "gh_123456789abc:o6_bmjrPTlm6_2sgVt7hMZOPfL2M:" + strconv.Itoa(6054768590064713728+i)
	}
	return all
}

// BenchmarkMemoryClaim does what a callback does: a new key with a short ttl for each
// message, among many that live or have just expired.
func BenchmarkMemoryClaim(b *testing.B) {
	ctx, m, all, claimed := context.Background(), store.NewMemory(), keys(1<<18), []byte("claimed")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		// After the first round the keys have expired, and are claimed again.
		if _, err := m.SetIfAbsent(ctx, all[i&(1<<18-1)], claimed, 20*time.Millisecond); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMemoryClaimParallel(b *testing.B) {
	ctx, m, all, claimed := context.Background(), store.NewMemory(), keys(1<<18), []byte("claimed")
	var next atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := m.SetIfAbsent(ctx, all[next.Add(1)&(1<<18-1)], claimed, 20*time.Millisecond); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkMemoryCompareAndSwap(b *testing.B) {
	ctx, m, all, old := context.Background(), store.NewMemory(), keys(1<<10), []byte("claimed")
	for _, key := range all {
		m.Set(ctx, key, old, time.Hour)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if swapped, err := m.CompareAndSwap(ctx, all[i&(1<<10-1)], old, old, time.Hour); err != nil || !swapped {
			b.Fatal(swapped, err)
		}
	}
}

func BenchmarkMemoryGet(b *testing.B) {
	ctx, m, all := context.Background(), store.NewMemory(), keys(1<<10)
	for _, key := range all {
		m.Set(ctx, key, []byte("claimed"), time.Hour)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, found, err := m.Get(ctx, all[i&(1<<10-1)]); err != nil || !found {
			b.Fatal(found, err)
		}
	}
}

// BenchmarkMemoryFull is the worst place to be: at the bound, nothing expired.
func BenchmarkMemoryFull(b *testing.B) {
	ctx, m, all := context.Background(), store.NewMemorySize(1<<10), keys(1<<10)
	for _, key := range all {
		m.Set(ctx, key, nil, time.Hour)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := m.Set(ctx, "new", nil, time.Hour); err == nil {
			b.Fatal("not full")
		}
	}
}
