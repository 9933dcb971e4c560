package material_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/material"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

const large = 64 << 20 // bytes of a file here

// stream answers in memory: what is uploaded is read and dropped, what is
// downloaded is made on the way.
type stream struct{ received int64 }

func (s *stream) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: req}
	if req.Method == http.MethodPost && req.ContentLength > large {
		n, err := io.Copy(io.Discard, onlyReader{req.Body})
		if err != nil {
			return nil, err
		}
		s.received = n
		resp.Body = io.NopCloser(strings.NewReader(`{"media_id":"MEDIA_ID","url":"http://mmbiz.qpic.cn/x"}`))
		return resp, req.Body.Close()
	}
	resp.Header.Set("Content-Type", "image/jpeg")
	resp.ContentLength = large
	resp.Body = io.NopCloser(io.LimitReader(zeros{}, large))
	return resp, nil
}

// onlyReader hides whatever else a reader can do.
type onlyReader struct{ io.Reader }

// seekable is a file of zeros that is nowhere.
type seekable struct{ *io.SectionReader }

func picture() io.Reader { return seekable{io.NewSectionReader(zerosAt{}, 0, large)} }

type zerosAt struct{}

func (zerosAt) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

func streamed(tb testing.TB) (*material.Service, *stream) {
	s := &stream{}
	oa, err := officialaccount.New(officialaccount.Config{AppID: "wx1234567890abcdef", TokenSource: token.Static("t"), HTTPClient: &http.Client{Transport: s}})
	require.NoError(tb, err)
	return material.New(oa), s
}

func up(tb testing.TB, service *material.Service) {
	added, err := service.Add(context.Background(), material.Image, "large.jpg", picture())
	require.NoError(tb, err)
	require.Equal(tb, "MEDIA_ID", added.MediaID)
}

func down(tb testing.TB, service *material.Service) {
	file, err := service.Download(context.Background(), "MEDIA_ID")
	require.NoError(tb, err)
	n, err := io.Copy(io.Discard, file)
	require.NoError(tb, err)
	require.EqualValues(tb, large, n)
	require.NoError(tb, file.Close())
}

// TestMemoryIsFlat moves 64 MiB up and down and allows one MiB of memory in all.
func TestMemoryIsFlat(t *testing.T) {
	service, s := streamed(t)
	for name, move := range map[string]func(testing.TB, *material.Service){"up": up, "down": down} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		move(t, service)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20), "bytes allocated on the way %s", name)
	}
	require.Greater(t, s.received, int64(large))
}

func BenchmarkUpload64MiB(b *testing.B) { benchmark(b, up) }

func BenchmarkDownload64MiB(b *testing.B) { benchmark(b, down) }

func benchmark(b *testing.B, move func(testing.TB, *material.Service)) {
	service, _ := streamed(b)
	b.ReportAllocs()
	b.SetBytes(large)
	for b.Loop() {
		move(b, service)
	}
}
