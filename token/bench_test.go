package token_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/token"
)

// readers are the numbers of goroutines that read at once.
var readers = []int{1, 64, 1024}

// inParallel divides the iterations of b among n goroutines.
func inParallel(b *testing.B, n int, read func() string) {
	b.ReportAllocs()
	b.SetParallelism((n + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	if n == 1 {
		for b.Loop() {
			read()
		}
		return
	}
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			read()
		}
	})
}

// BenchmarkReuse reads a cached token.
func BenchmarkReuse(b *testing.B) {
	cache := token.Reuse(numbered(0, 2*time.Hour), token.ReuseConfig{})
	ctx := context.Background()
	for _, n := range readers {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			inParallel(b, n, func() string {
				tok, err := cache.Token(ctx)
				if err != nil {
					b.Fatal(err)
				}
				return tok.Value()
			})
		})
	}
}

// BenchmarkReuseFloor is what cannot be saved: one clock reading, one atomic load.
func BenchmarkReuseFloor(b *testing.B) {
	type kept struct {
		value  string
		expiry time.Time
	}
	var p atomic.Pointer[kept]
	p.Store(&kept{"token-1", time.Now().Add(2 * time.Hour)})
	for _, n := range readers {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			inParallel(b, n, func() string {
				k := p.Load()
				if !time.Now().Before(k.expiry) {
					b.Fatal("expired")
				}
				return k.value
			})
		})
	}
}
