package customerservice_test

import (
	"testing"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/internal/apitest"
)

func BenchmarkSend(b *testing.B) {
	oa := apitest.Instant(`{"errcode":0,"errmsg":"ok"}`).Client(b)
	kf := customerservice.New(oa)
	b.Run("text", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := kf.Send(b.Context(), "oLiLei", customerservice.Text("hello")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("client alone", func(b *testing.B) {
		type content struct {
			Content string `json:"content"`
		}
		type body struct {
			To   string  `json:"touser"`
			Type string  `json:"msgtype"`
			Text content `json:"text"`
		}
		b.ReportAllocs()
		for b.Loop() {
			if err := oa.Post(b.Context(), "/cgi-bin/message/custom/send", &body{"oLiLei", "text", content{"hello"}}, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
