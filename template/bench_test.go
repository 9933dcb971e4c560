package template_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/notice"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/template"
	"github.com/seed-f21aa8d8/wechat/token"
)

// instant answers every request at once.
type instant struct{}

func (instant) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	const ok = `{"errcode":0,"errmsg":"ok","msgid":24900000000000001}`
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
	templates := template.New(oa)
	message := template.Message{To: "oLiLei", TemplateID: "TM_1", Data: notice.Data{"first": {Value: "hello"}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := templates.Send(b.Context(), message); err != nil {
			b.Fatal(err)
		}
	}
}
