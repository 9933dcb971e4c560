package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// BenchmarkLock takes and frees a lock without contention.
func BenchmarkLock(b *testing.B) {
	ctx, m := context.Background(), store.NewMemory()
	b.ReportAllocs()
	for b.Loop() {
		lock, err := store.Acquire(ctx, m, "lock", time.Minute)
		if err != nil {
			b.Fatal(err)
		}
		if err := lock.Release(ctx); err != nil {
			b.Fatal(err)
		}
	}
}
