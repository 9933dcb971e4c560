package customerservice_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// instant answers every request at once.
type instant struct{}

func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	const ok = `{"errcode":0,"errmsg":"ok"}`
	return &http.Response{
		StatusCode: 200, Request: r, ContentLength: int64(len(ok)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(ok))),
	}, nil
}

func BenchmarkSend(b *testing.B) {
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: "wx1234567890abcdef", TokenSource: token.Static("token"), HTTPClient: &http.Client{Transport: instant{}},
	})
	require.NoError(b, err)
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
