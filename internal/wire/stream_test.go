package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// form is an upload as a server parses it.
type form struct {
	Length int64
	Fields string
	Field  string
	Name   string
	Type   string
	File   string
}

// parse reads an upload the way a server does.
func parse(req *http.Request) (form, error) {
	got := form{Length: req.ContentLength}
	if len(req.TransferEncoding) > 0 {
		return got, errors.New("chunked")
	}
	_, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil {
		return got, err
	}
	for parts := multipart.NewReader(req.Body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return got, err
		}
		if part.FileName() == "" {
			got.Fields += part.FormName() + "=" + string(b) + ";"
			continue
		}
		got.Field, got.Name, got.Type, got.File = part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(b)
	}
}

func TestUploads(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	complete := make(chan form, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		got, err := parse(req)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		complete <- got
		_, _ = io.WriteString(w, `{"media_id":"M"}`)
	}))
	defer srv.Close()
	path := filepath.Join(t.TempDir(), "照片 1.JPG")
	require.NoError(t, os.WriteFile(path, []byte("0123456789"), 0o600))
	open := func() *os.File {
		f, err := os.Open(path)
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	moved := open()
	_, err := moved.Seek(4, io.SeekStart)
	require.NoError(t, err)
	big := strings.Repeat("0123456789", 20_000)
	for _, c := range []struct {
		name string
		up   Upload
		want form
	}{
		{"file", Upload{Body: open()}, form{Name: "照片_1.JPG", Field: "media", Type: "image/jpeg", File: "0123456789"}},
		{"file with a name", Upload{Name: "a.png", Body: open()}, form{Name: "a.png", Field: "media", Type: "image/png", File: "0123456789"}},
		{"file from the middle", Upload{Name: "a.mp4", Body: moved}, form{Name: "a.mp4", Field: "media", Type: "video/mp4", File: "456789"}},
		{"bytes", Upload{Field: "img", Name: "a.amr", Body: bytes.NewReader([]byte("abc"))}, form{Name: "a.amr", Field: "img", Type: "audio/amr", File: "abc"}},
		{"buffer", Upload{Name: "a.pdf", Body: bytes.NewBufferString("abc")}, form{Name: "a.pdf", Field: "media", Type: "application/pdf", File: "abc"}},
		{"Len alone", Upload{Name: "a.gif", Body: struct {
			io.Reader
			lener
		}{strings.NewReader("abc"), 3}}, form{Name: "a.gif", Field: "media", Type: "image/gif", File: "abc"}},
		{"size alone", Upload{Name: "a.mp3", Body: iotest.OneByteReader(strings.NewReader("abc")), Size: 3}, form{Name: "a.mp3", Field: "media", Type: "audio/mpeg", File: "abc"}},
		{"unknown and small", Upload{Name: "noext", Body: iotest.DataErrReader(strings.NewReader("abc"))}, form{Name: "noext", Field: "media", Type: "application/octet-stream", File: "abc"}},
		{"unknown and large", Upload{Name: "a.wma", Body: iotest.HalfReader(strings.NewReader(big))}, form{Name: "a.wma", Field: "media", Type: "audio/x-ms-wma", File: big}},
		{"empty", Upload{Name: "a.bmp", Body: strings.NewReader("")}, form{Name: "a.bmp", Field: "media", Type: "image/bmp"}},
		{"fields", Upload{Name: "a.wav", Body: strings.NewReader("x"), Form: []Param{{"description", `{"title":"中"}`}, {"b", ""}}},
			form{Name: "a.wav", Field: "media", Type: "audio/wav", File: "x", Fields: `description={"title":"中"};b=;`}},
		{"Chinese name", Upload{Name: "照片.jpg", Body: strings.NewReader("x")}, form{Name: "照片.jpg", Field: "media", Type: "image/jpeg", File: "x"}},
		{"name with a path", Upload{Name: `C:\a/b\"c".jpeg`, Body: strings.NewReader("x")}, form{Name: "_c_.jpeg", Field: "media", Type: "image/jpeg", File: "x"}},
		{"name with a line break", Upload{Name: "a\r\nX: y.webp", Body: strings.NewReader("x")}, form{Name: "a__X__y.webp", Field: "media", Type: "image/webp", File: "x"}},
		{"long name", Upload{Name: strings.Repeat("n", 300) + ".jpg", Body: strings.NewReader("x")},
			form{Name: strings.Repeat("n", 116) + ".jpg", Field: "media", Type: "image/jpeg", File: "x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Request{BaseURL: srv.URL, Path: "/up", Upload: &c.up, Idle: time.Minute}
			defer r.Close()
			for range 2 { // what can be rewound goes out twice
				if !r.Rewindable() {
					require.Contains(t, []string{"Len alone", "size alone"}, c.name)
					var transport *errcode.TransportError
					require.ErrorAs(t, JSON(t.Context(), srv.Client(), r, nil), &transport)
					break
				}
				var out struct {
					MediaID string `json:"media_id"`
				}
				require.NoError(t, JSON(t.Context(), srv.Client(), r, &out))
				require.Equal(t, "M", out.MediaID)
				got := <-complete
				require.Positive(t, got.Length)
				got.Length = 0
				require.Equal(t, c.want, got)
			}
			r.Close()
			left, err := os.ReadDir(os.Getenv("TMPDIR"))
			require.NoError(t, err)
			require.Empty(t, left, "temporary files")
		})
	}
}

type lener int

func (l lener) Len() int { return int(l) }

func TestUploadsThatCannotBeSent(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken disk")
	idle := readerFunc(func([]byte) (int, error) { return 0, nil })
	panics := readerFunc(func([]byte) (int, error) { panic("a bug") })
	boasts := readerFunc(func(p []byte) (int, error) { return len(p) + 1, nil })
	dir, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer dir.Close()
	for name, c := range map[string]struct {
		up   Upload
		text string
	}{
		"no name":      {Upload{Body: strings.NewReader("x")}, "needs a file name"},
		"no body":      {Upload{Name: "a.jpg"}, "needs a body"},
		"bad size":     {Upload{Name: "a.jpg", Body: strings.NewReader("x"), Size: -1}, "negative"},
		"too short":    {Upload{Name: "a.jpg", Body: strings.NewReader("x"), Size: 3}, "ended 2 bytes before its size"},
		"too long":     {Upload{Name: "a.jpg", Body: strings.NewReader("xxx"), Size: 2}, "longer than its size"},
		"breaks":       {Upload{Name: "a.jpg", Body: io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken)), Size: 2}, "broken disk"},
		"breaks early": {Upload{Name: "a.jpg", Body: iotest.ErrReader(broken)}, "broken disk"},
		"directory":    {Upload{Name: "a.jpg", Body: dir}, "directory"},

		"no progress":                {Upload{Name: "a.jpg", Body: idle, Size: 2}, io.ErrNoProgress.Error()},
		"no progress, unknown size":  {Upload{Name: "a.jpg", Body: idle}, io.ErrNoProgress.Error()},
		"no end":                     {Upload{Name: "a.jpg", Body: io.MultiReader(strings.NewReader("xx"), idle), Size: 2}, io.ErrNoProgress.Error()},
		"panics":                     {Upload{Name: "a.jpg", Body: panics, Size: 2}, "the reader of the upload panicked: a bug"},
		"panics, unknown size":       {Upload{Name: "a.jpg", Body: panics}, "the reader of the upload panicked: a bug"},
		"more than asked":            {Upload{Name: "a.jpg", Body: boasts, Size: 2}, "returned 4 bytes for a buffer of 3"},
		"more than asked, no length": {Upload{Name: "a.jpg", Body: boasts}, "for a buffer of"},
	} {
		hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return nil, err
			}
			return response(200, "", strings.NewReader("{}")), nil
		})}
		r := &Request{Path: "/up", Upload: &c.up, Idle: time.Minute}
		require.ErrorContains(t, JSON(t.Context(), hc, r, nil), c.text, name)
		r.Close()
	}
}

// An answer with one of these statuses is not a file, or is not all of it.
func TestStatusThatIsNotOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 99, 101, 206} {
		body := &closer{Reader: strings.NewReader("abc")}
		hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			resp := response(status, "image/jpeg", nil)
			resp.Body = body
			return resp, nil
		})}
		_, err := Download(t.Context(), hc, &Request{Path: "/x", Idle: time.Minute})
		var wrong *errcode.ResponseError
		require.ErrorAs(t, err, &wrong, status)
		require.ErrorIs(t, err, errcode.ErrStatus, status)
		require.Equal(t, status, wrong.Status)
		require.Equal(t, 1, body.closed)
	}
}

// A platform that answers before it has read the file must not leave the transport
// reading it when the call has returned, or while the file is sent again.
func TestAnAnswerBeforeTheEndOfTheUpload(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, `{"errcode":40001}`)
	}))
	defer srv.Close()
	file := bytes.NewReader(make([]byte, 8<<20)) // not safe for concurrent use: -race watches
	r := &Request{BaseURL: srv.URL, Path: "/up", Upload: &Upload{Name: "a.jpg", Body: file}, Idle: time.Minute}
	defer r.Close()
	for range 20 {
		require.Error(t, JSON(t.Context(), srv.Client(), r, nil))
		_, err := file.Seek(0, io.SeekStart)
		require.NoError(t, err)
	}
}

func TestAnUploadEndsWhenNothingMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hc := &http.Client{Timeout: time.Second, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return nil, err
			}
			<-req.Context().Done()
			return nil, req.Context().Err()
		})}
		slow := readerFunc(func(p []byte) (int, error) {
			time.Sleep(9 * time.Second)
			return 1, nil
		})
		start := time.Now()
		r := &Request{Path: "/up", Upload: &Upload{Name: "a.jpg", Body: io.LimitReader(slow, 5), Size: 5}, Idle: 10 * time.Second}
		err := JSON(t.Context(), hc, r, nil)
		var idle *errcode.IdleError
		require.ErrorAs(t, err, &idle)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, "wechat: /up: no data moved for 10s", err.Error())
		require.Equal(t, 55*time.Second, time.Since(start))
	})
}

// A context that ends while an upload of unknown size is copied is a call without an
// answer, of which nothing was sent.
func TestTheContextEndsWhileAnUploadIsCopied(t *testing.T) {
	t.Parallel()
	for name, bound := range map[string]int64{"into memory": 1, "into a file": spoolBound + 2} {
		ctx, cancel := context.WithCancel(t.Context())
		read := int64(0)
		endless := readerFunc(func(p []byte) (int, error) {
			if read += int64(len(p)); read >= bound {
				cancel()
			}
			return len(p), nil
		})
		hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, errors.New("it was sent") })}
		err := JSON(ctx, hc, &Request{Path: "/up", Upload: &Upload{Name: "a.jpg", Body: endless}}, nil)
		var transport *errcode.TransportError
		require.ErrorAs(t, err, &transport, name)
		require.False(t, transport.Sent, name)
		require.Equal(t, "/up", transport.Op, name)
		require.ErrorIs(t, err, context.Canceled, name)
	}
}

// A reader that blocks holds the caller neither beyond the end of the context nor beyond
// the time without data. What is left of the request is freed when the reader returns.
func TestTheCallerMayLeaveAnUploadWhoseReaderBlocks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		size int64
		left time.Duration // of the context
		want string
	}{
		"known size, the context ends":   {5, time.Second, "wechat: /up: context deadline exceeded"},
		"known size, nothing moves":      {5, time.Hour, "wechat: /up: no data moved for 1m0s"},
		"unknown size, the context ends": {0, time.Second, "wechat: /up: context deadline exceeded"},
		"unknown size, nothing moves":    {0, time.Hour, "wechat: /up: no data moved for 1m0s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			blocked := readerFunc(func(p []byte) (int, error) { <-release; return 0, io.EOF })
			hc := &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
				go func() { _, _ = io.Copy(io.Discard, req.Body) }()
				<-req.Context().Done()
				return nil, req.Context().Err()
			})}
			ctx, cancel := context.WithTimeout(t.Context(), c.left)
			defer cancel()
			r := &Request{Path: "/up", Upload: &Upload{Name: "a.jpg", Body: blocked, Size: c.size}, Idle: time.Minute}
			err := JSON(ctx, hc, r, nil)
			r.Close()
			require.EqualError(t, err, c.want, name)
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
			close(release)
		})
	}
}

// The transport of net/http returns only when it no longer reads the body.
func TestTheCallerMayLeaveTheTransport(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(arrived)
		_, _ = io.Copy(io.Discard, req.Body)
	}))
	defer srv.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	release := make(chan struct{})
	defer close(release)
	blocked := readerFunc(func(p []byte) (int, error) { <-release; return 0, io.EOF })
	r := &Request{BaseURL: srv.URL, Path: "/up", Upload: &Upload{Name: "a.jpg", Body: blocked, Size: 5000}, Idle: time.Minute}
	defer r.Close()
	require.ErrorIs(t, JSON(ctx, srv.Client(), r, nil), context.Canceled)
}

func TestDownloads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 50_000)
	news := `{"news_item":[{"content":"` + long + `"}]}`
	for _, c := range []struct {
		name, contentType, body string
		isJSON                  bool
	}{
		{"picture", "image/jpeg", "\xff\xd8\xff\xe0", false},
		{"picture as text", "text/plain", "\xff\xd8\xff\xe0", false},
		{"picture without a type", "", "\xff\xd8\xff\xe0", false},
		{"blanks", "audio/amr", strings.Repeat(" ", 2000), false},
		{"video link", "text/plain", `{"video_url":"http://v.example/a"}`, true},
		{"video link with errcode 0", "application/json", `{"errcode":0,"video_url":"http://v.example/a"}`, true},
		{"long JSON", "application/json", news, true},
		{"long JSON as text", "text/plain", news, true},
		{"a file that begins like JSON", "application/octet-stream", "{\x00\x01", false},
		{"a long file that begins like JSON", "application/octet-stream", "{" + long, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, reader := range []func(io.Reader) io.Reader{iotest.OneByteReader, iotest.DataErrReader, iotest.HalfReader} {
				body := &closer{Reader: reader(strings.NewReader(c.body))}
				hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					resp := response(200, c.contentType, nil)
					resp.Body, resp.ContentLength = body, int64(len(c.body))
					resp.Header.Set("Content-Disposition", `attachment; filename="../a/b.jpg"`)
					return resp, nil
				})}
				f, err := Download(t.Context(), hc, &Request{Path: "/x", Idle: time.Minute})
				require.NoError(t, err)
				require.Equal(t, []any{c.isJSON, "b.jpg", c.contentType, int64(len(c.body))}, []any{f.IsJSON, f.Name, f.ContentType, f.Size})
				require.Zero(t, body.closed)
				b, err := io.ReadAll(f)
				require.NoError(t, err)
				require.Equal(t, c.body, string(b))
				require.NoError(t, f.Close())
				require.Equal(t, 1, body.closed)
			}
		})
	}
}

// closer counts how often it is closed.
type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestDownloadsThatAreNoFile(t *testing.T) {
	t.Parallel()
	refused := &errcode.Error{Code: 40007, Message: "invalid media_id", Op: "/x", Status: 200}
	for _, c := range []struct {
		name        string
		status      int
		contentType string
		body        string
		want        error
	}{
		{"refusal", 200, "application/json", `{"errcode":40007,"errmsg":"invalid media_id"}`, refused},
		{"refusal as text", 200, "text/plain", `{"errcode":40007,"errmsg":"invalid media_id"}`, refused},
		{"refusal as a picture", 200, "image/jpeg", `{"errcode":40007,"errmsg":"invalid media_id"}`, refused},
		{"refusal behind a byte order mark", 200, "image/jpeg", "\uFEFF\n" + `{"errcode":"40007","errmsg":"invalid media_id"}`, refused},
		{"truncated refusal", 200, "application/json", `{"errcode":40007,`, &errcode.ResponseError{Op: "/x", Status: 200, Err: errcode.ErrMalformed, Excerpt: `{"errcode":40007,`}},
		{"page", 200, "text/html; charset=utf-8", "<html>", &errcode.ResponseError{Op: "/x", Status: 200, Err: errcode.ErrMalformed, Excerpt: "<html>"}},
		{"JSON by name only", 200, "application/json", "oops", &errcode.ResponseError{Op: "/x", Status: 200, Err: errcode.ErrMalformed, Excerpt: "oops"}},
		{"nothing", 200, "image/jpeg", "", &errcode.ResponseError{Op: "/x", Status: 200, Err: errcode.ErrEmpty}},
		{"not found", 404, "text/html", "", &errcode.ResponseError{Op: "/x", Status: 404, Err: errcode.ErrStatus}},
		{"gateway", 502, "text/html", "<html>", &errcode.ResponseError{Op: "/x", Status: 502, Err: errcode.ErrStatus, Excerpt: "<html>"}},
		{"refusal in a 500", 500, "text/plain", `{"errcode":40007,"errmsg":"invalid media_id"}`, &errcode.Error{Code: 40007, Message: "invalid media_id", Op: "/x", Status: 500}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			body := &closer{Reader: strings.NewReader(c.body)}
			hc := &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				resp := response(c.status, c.contentType, nil)
				resp.Body = body
				return resp, nil
			})}
			f, err := Download(t.Context(), hc, &Request{Path: "/x", Idle: time.Minute})
			require.Nil(t, f)
			require.Equal(t, c.want, err)
			require.Equal(t, 1, body.closed)
		})
	}
}

func TestJSONOfADownload(t *testing.T) {
	t.Parallel()
	var out struct {
		URL string `json:"down_url"`
	}
	f, err := Download(t.Context(), answering(200, "text/plain", `{"down_url":"http://v.example/a&b"}`), &Request{Path: "/x", Body: map[string]string{"media_id": "M"}})
	require.NoError(t, err)
	require.NoError(t, f.JSON(&out))
	require.Equal(t, "http://v.example/a&b", out.URL)

	f, err = Download(t.Context(), answering(200, "image/jpeg", "\xff\xd8"), &Request{Path: "/x"})
	require.NoError(t, err)
	require.ErrorIs(t, f.JSON(&out), errcode.ErrMalformed)

	f, err = Download(t.Context(), answering(200, "text/plain", `{"a":"`+strings.Repeat("x", MaxAnswer)+`"}`), &Request{Path: "/x"})
	require.NoError(t, err)
	require.True(t, f.IsJSON)
	require.ErrorIs(t, f.JSON(&out), errcode.ErrTooLarge)
}

func TestADownloadThatBreaksOffOrStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var requestContext context.Context
		hc := &http.Client{Timeout: time.Second, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
			requestContext = req.Context()
			stuck := readerFunc(func([]byte) (int, error) { <-requestContext.Done(); return 0, requestContext.Err() })
			return response(200, "image/jpeg", io.MultiReader(strings.NewReader("\xff\xd8"), stuck)), nil
		})}
		f, err := Download(t.Context(), hc, &Request{Path: "/x", Idle: 10 * time.Second})
		require.NoError(t, err)
		time.Sleep(time.Hour) // a slow reader is not the platform's fault
		start := time.Now()
		_, err = io.ReadAll(f)
		var idle *errcode.IdleError
		require.ErrorAs(t, err, &idle)
		require.Equal(t, 10*time.Second, time.Since(start))
		require.NoError(t, f.Close())
		require.Error(t, requestContext.Err())
	})
}

func FuzzDownload(f *testing.F) {
	f.Add([]byte(`{"errcode":40007}`), "image/jpeg", 200)
	f.Add([]byte("{\x00"), "", 200)
	f.Add([]byte("\uFEFF  "), "text/html", 404)
	f.Fuzz(func(t *testing.T, body []byte, contentType string, status int) {
		if status < 200 || status > 599 {
			return
		}
		file, err := Download(t.Context(), answering(status, contentType, string(body)), &Request{Path: "/x", Secrets: []Param{{"access_token", "SECRET"}}})
		if err != nil {
			require.NotContains(t, fmt.Sprintf("%+v", err), "SECRET")
			return
		}
		got, err := io.ReadAll(file)
		require.NoError(t, err)
		require.Equal(t, string(body), string(got))
		require.Less(t, status, 300)
		require.NoError(t, file.Close())
	})
}

func TestAnUploadThatFindsNoRoom(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "nowhere"))
	large := io.MultiReader(strings.NewReader(strings.Repeat("x", spoolBound+1)))
	err := JSON(t.Context(), failing(errors.New("must not be asked")), &Request{Path: "/up", Upload: &Upload{Name: "a.jpg", Body: large}}, nil)
	require.ErrorContains(t, err, "an upload of unknown size needs a temporary file")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestTheCallerMayLeaveWhileTheFileIsCopied(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	endless := readerFunc(func(p []byte) (int, error) {
		if read += len(p); read > 1<<20 {
			cancel()
		}
		return len(p), nil
	})
	err := JSON(ctx, failing(errors.New("must not be asked")), &Request{Path: "/up", Upload: &Upload{Name: "a.jpg", Body: endless}}, nil)
	require.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	require.Empty(t, left)
}
