package officialaccount_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// instant is the fastest platform: it reads the request and answers at once.
type instant struct{ seen func() }

func (i instant) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	if i.seen != nil {
		i.seen()
	}
	body := `{"errcode":0,"errmsg":"ok"}`
	if strings.HasSuffix(req.URL.Path, "/upload") {
		body = `{"type":"image","media_id":"MEDIA_ID","created_at":1700000000}`
	}
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json; encoding=utf-8"}},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)), Request: req,
	}, nil
}

func benchClient(b *testing.B, rt http.RoundTripper) *officialaccount.Client {
	b.Helper()
	source := token.SourceFunc(func(context.Context) (token.Token, error) {
		return token.New("ACCESS_TOKEN_000001", time.Now().Add(2*time.Hour)), nil
	})
	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, TokenSource: source, HTTPClient: &http.Client{Transport: rt}})
	if err != nil {
		b.Fatal(err)
	}
	return oa
}

type textMessage struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
}

func BenchmarkSendText(b *testing.B) {
	ctx := context.Background()
	b.Run("client", func(b *testing.B) {
		oa := benchClient(b, instant{})
		b.ReportAllocs()
		for b.Loop() {
			m := textMessage{ToUser: "oBenchUser000000000000000001", MsgType: "text"}
			m.Text.Content = "hello"
			if err := oa.Post(ctx, "/cgi-bin/message/custom/send", &m, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		f := &floor{http.Client{Transport: instant{}}}
		b.ReportAllocs()
		for b.Loop() {
			if err := f.post(ctx, "/cgi-bin/message/custom/send?access_token=",
				`{"touser":"oBenchUser000000000000000001","msgtype":"text","text":{"content":`+strconv.Quote("hello")+`}}`); err != nil {
				b.Fatal(err)
			}
		}
	})
}

type templateField struct {
	Value string `json:"value"`
}

type templateMessage struct {
	ToUser     string                   `json:"touser"`
	TemplateID string                   `json:"template_id"`
	Data       map[string]templateField `json:"data"`
}

func BenchmarkSendTemplate(b *testing.B) {
	ctx := context.Background()
	b.Run("client", func(b *testing.B) {
		oa := benchClient(b, instant{})
		b.ReportAllocs()
		for b.Loop() {
			var out struct {
				MsgID int64 `json:"msgid"`
			}
			m := templateMessage{"oBenchUser000000000000000001", "TEMPLATE_ID", map[string]templateField{"first": {"hello"}}}
			if err := oa.Post(ctx, "/cgi-bin/message/template/send", &m, &out); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		f := &floor{http.Client{Transport: instant{}}}
		b.ReportAllocs()
		for b.Loop() {
			if err := f.post(ctx, "/cgi-bin/message/template/send?access_token=",
				`{"touser":"oBenchUser000000000000000001","template_id":"TEMPLATE_ID","data":{"first":{"value":"hello"}}}`); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUpload reports, in addition to the time, how many bytes are live while the
// file is under way; they do not grow with the file.
func BenchmarkUpload(b *testing.B) {
	ctx := context.Background()
	for _, size := range []int64{10 << 20, 64 << 20} {
		name := strconv.FormatInt(size>>20, 10) + "MiB"
		b.Run("client/"+name, func(b *testing.B) {
			var live, before runtime.MemStats
			oa := benchClient(b, instant{seen: func() { runtime.GC(); runtime.ReadMemStats(&live) }})
			b.ReportAllocs()
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				up := officialaccount.Upload{Name: "a.jpg", Body: io.LimitReader(zeros{}, size), Size: size}
				if err := oa.Upload(ctx, "/cgi-bin/media/upload", up, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(int64(live.HeapAlloc)-int64(before.HeapAlloc)), "B-live")
		})
		b.Run("floor/"+name, func(b *testing.B) {
			f := &floor{http.Client{Transport: instant{}}}
			b.ReportAllocs()
			for b.Loop() {
				if err := f.upload(ctx, io.LimitReader(zeros{}, size)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// floor is the least that a call can cost: no error model, no encoder, no decoder.
type floor struct{ http http.Client }

func (f *floor) post(ctx context.Context, path, body string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.weixin.qq.com"+path+"ACCESS_TOKEN_000001", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	return f.do(req, `"errcode":0`)
}

func (f *floor) upload(ctx context.Context, file io.Reader) error {
	pr, pw := io.Pipe()
	form := multipart.NewWriter(pw)
	go func() {
		part, err := form.CreateFormFile("media", "a.jpg")
		if err == nil {
			_, err = io.Copy(part, file)
		}
		if err == nil {
			err = form.Close()
		}
		pw.CloseWithError(err)
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://api.weixin.qq.com/cgi-bin/media/upload?access_token=ACCESS_TOKEN_000001", pr)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	return f.do(req, `"media_id"`)
}

func (f *floor) do(req *http.Request, want string) error {
	resp, err := f.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && !bytes.Contains(b, []byte(want)) {
		err = errors.New(string(b))
	}
	return err
}
