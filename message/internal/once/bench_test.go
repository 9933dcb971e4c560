package once_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/seed-f21aa8d8/wechat/message/internal/once"
	"github.com/seed-f21aa8d8/wechat/store"
)

// quick is a Work that answers at once.
type quick struct{ answer once.Bytes }

func (q quick) Run(context.Context) once.Content { return q.answer }
func (q quick) Late(context.Context)             {}
func (q quick) Lost(context.Context, error)      {}

// BenchmarkDeliver is what once costs each message: the first delivery of its
// kind, answered at once.
func BenchmarkDeliver(b *testing.B) {
	for name, c := range map[string]struct {
		config once.Config
		early  once.Early
	}{
		"here":   {once.Config{}, make(earlyAnswer, 1)},
		"alone":  {once.Config{}, nil},
		"shared": {once.Config{Store: store.NewMemory()}, nil},
	} {
		b.Run(name, func(b *testing.B) {
			e := once.New(c.config)
			q := &quick{answer: make([]byte, 400)}
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				a := e.Deliver(ctx, once.Message{Key: "gh_712c1e3d601f.oUser." + strconv.Itoa(i), Sender: "oUser", Work: q, Early: c.early})
				a.Wrote(nil)
			}
		})
	}
}
