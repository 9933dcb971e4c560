package template_test

import (
	"testing"

	"github.com/seed-f21aa8d8/wechat/internal/apitest"
	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/template"
)

func BenchmarkSend(b *testing.B) {
	oa := apitest.Instant(`{"errcode":0,"errmsg":"ok","msgid":24900000000000001}`).Client(b)
	templates := template.New(oa)
	message := template.Message{To: "oLiLei", TemplateID: "TM_1", Data: notice.Data{"first": {Value: "hello"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := templates.Send(b.Context(), message); err != nil {
			b.Fatal(err)
		}
	}
}
