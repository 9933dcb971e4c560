package message_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
)

// benchBodies are the messages that the platform sends, small and large. Each call
// returns another one.
var benchBodies = []struct {
	name string
	make func() string
}{
	{"text200", func() string { return textXML(strings.Repeat("The quick brown fox. ", 10)[:200]) }},
	{"text16k", func() string { return textXML(strings.Repeat("The quick brown fox. ", 800)[:16<<10]) }},
	{"event60", picturesXML},
}

// picturesXML is an event of 60 elements.
func picturesXML() string {
	var b strings.Builder
	fmt.Fprintf(&b, "<xml><ToUserName><![CDATA[%s]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"+
		"<CreateTime>%d</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[pic_weixin]]></Event>"+
		"<EventKey><![CDATA[menu_key_6]]></EventKey><SendPicsInfo><Count>26</Count><PicList>", testAccount, testUser, time.Now().Unix())
	for range 26 {
		fmt.Fprintf(&b, "<item><PicMd5Sum><![CDATA[%032x]]></PicMd5Sum></item>", serial.Add(1))
	}
	b.WriteString("</PicList></SendPicsInfo></xml>")
	return b.String()
}

// BenchmarkHandler is a whole callback: signature, window, nonce, decoding,
// routing, reply. Every message and nonce is the first of its kind.
func BenchmarkHandler(b *testing.B) {
	modes := []struct {
		name   string
		config message.Config
		send   func(body string) *http.Request
	}{
		{"plain", plainConfig(), plainPlatform.send},
		{"aes", safeConfig(), func(body string) *http.Request { return safePlatform.sendSealed(b, body) }},
	}
	for _, mode := range modes {
		for _, body := range benchBodies {
			b.Run(mode.name+"/"+body.name, func(b *testing.B) {
				h := newHandler(b, mode.config)
				message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
					return message.TextReply(m.Content[:min(len(m.Content), 2000)]), nil
				})
				message.On(h, func(_ context.Context, m *message.PicWeixinEvent) (message.Reply, error) {
					return message.TextReply(m.EventKey + "|" + m.Pictures.MD5Sum[25]), nil
				})
				b.ReportAllocs()
				var batch []*http.Request
				for b.Loop() {
					if len(batch) == 0 {
						b.StopTimer()
						for range 1000 {
							batch = append(batch, mode.send(body.make()))
						}
						b.StartTimer()
					}
					w := httptest.NewRecorder()
					h.ServeHTTP(w, batch[0])
					batch = batch[1:]
					if w.Body.Len() < 100 {
						b.Fatal(w.Code, w.Body.String())
					}
				}
			})
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for _, body := range benchBodies {
		b.Run(body.name, func(b *testing.B) {
			xml := []byte(body.make())
			b.ReportAllocs()
			b.SetBytes(int64(len(xml)))
			for b.Loop() {
				if _, err := message.Parse(xml); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHandlerCores is a callback on as many cores as -cpu says; the requests of
// each goroutine are made before, so that what is measured is the handler.
func BenchmarkHandlerCores(b *testing.B) {
	h := echo(newHandler(b, plainConfig()))
	b.ReportAllocs()
	const most = 20_000
	batches := make(chan []*http.Request, 64)
	for range cap(batches) {
		var batch []*http.Request
		for range 2 * most / cap(batches) {
			user := fmt.Sprint("oUser", serial.Add(1))
			batch = append(batch, plainPlatform.send(strings.Replace(textXML(strings.Repeat("The quick brown fox. ", 10)[:200]), testUser, user, 1)))
		}
		batches <- batch
	}
	if b.N > most {
		b.Skip("use -benchtime 20000x: the requests are made before")
	}
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var batch []*http.Request
		for pb.Next() {
			if len(batch) == 0 {
				batch = <-batches
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, batch[0])
			batch = batch[1:]
			if w.Body.Len() < 100 {
				b.Fatal(w.Code, w.Body.String())
			}
		}
	})
}
