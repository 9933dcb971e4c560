package dedup_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/seed-f21aa8d8/wechat/message/internal/dedup"
	"github.com/seed-f21aa8d8/wechat/store"
)

// quick is a Work that answers at once.
type quick struct{ answer dedup.Bytes }

func (q quick) Begin() bool                       { return true }
func (q quick) Bind() (dedup.Use, error)          { return dedup.Fresh, nil }
func (q quick) Run(context.Context) dedup.Content { return q.answer }
func (q quick) Late(context.Context, bool)        {}
func (q quick) Interim(bool) dedup.Content        { return nil }
func (q quick) Lost(context.Context, error)       {}

// BenchmarkDeliver measures what the engine costs each message: its first delivery,
// answered at once.
func BenchmarkDeliver(b *testing.B) {
	for name, config := range map[string]dedup.Config{
		"alone":  {},
		"shared": {Store: guarded(store.NewMemory())},
	} {
		b.Run(name, func(b *testing.B) {
			e := dedup.New(config)
			q := &quick{answer: make([]byte, 400)}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a := e.Deliver(ctx, dedup.Message{Key: "gh_712c1e3d601f.oUser." + strconv.Itoa(i), Sender: "oUser", Work: q})
				a.Wrote(nil)
			}
		})
	}
}
