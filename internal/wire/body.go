package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// body is the body of one request.
type body struct {
	contentType string
	size        int64
	open        func() (io.Reader, error) // a reader from the beginning
	once        bool                      // open works only once
	close       func()                    // frees what the body holds

	touched atomic.Bool // somebody began to read
	mu      sync.Mutex
	readers []*reader
}

// body makes the body of r; nil for a call without one.
func (r *Request) body(ctx context.Context) (*body, error) {
	if r.Upload != nil {
		return r.Upload.body(ctx)
	}
	if r.Body == nil && r.Method != http.MethodPost {
		return nil, nil
	}
	b, err := encode(r.Body)
	if err != nil {
		return nil, err
	}
	return &body{
		contentType: "application/json; charset=utf-8",
		size:        int64(len(b)),
		open:        func() (io.Reader, error) { return bytes.NewReader(b), nil },
	}, nil
}

// attach makes b the body of req.
func (b *body) attach(req *http.Request) {
	req.Header.Set("Content-Type", b.contentType)
	req.ContentLength = b.size
	req.Body = &reader{body: b}
	b.readers = append(b.readers, req.Body.(*reader))
	if !b.once {
		req.GetBody = func() (io.ReadCloser, error) {
			rd := &reader{body: b}
			b.mu.Lock()
			defer b.mu.Unlock()
			b.readers = append(b.readers, rd)
			return rd, nil
		}
	}
}

// started reports whether anything of the body was asked for, so that it may
// have left.
func (b *body) started() bool { return b.touched.Load() }

// release ends every reader of b and frees what it holds. It waits for a read
// that is under way, unless ctx has ended.
func (b *body) release(ctx context.Context) {
	b.mu.Lock()
	readers := b.readers
	b.readers = nil
	b.mu.Unlock()
	for _, rd := range readers {
		_ = rd.Close()
	}
	if b.close != nil {
		b.close()
	}
	_ = ctx
}

// reader is what the transport reads. The transport may go on reading after it
// has returned an answer, and closes when it pleases.
type reader struct {
	body   *body
	mu     sync.Mutex
	src    io.Reader
	closed bool
}

var errReleased = errors.New("the request body was released")

func (rd *reader) Read(p []byte) (int, error) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if rd.closed {
		return 0, errReleased
	}
	if rd.src == nil {
		rd.body.touched.Store(true)
		src, err := rd.body.open()
		if err != nil {
			return 0, err
		}
		rd.src = src
	}
	return rd.src.Read(p)
}

func (rd *reader) Close() error {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	rd.closed = true
	return nil
}
