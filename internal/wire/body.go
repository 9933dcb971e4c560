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

// body is the body of a request, for all its attempts.
type body struct {
	contentType string
	size        int64
	open        func() (io.Reader, error) // reads from the beginning
	once        bool                      // the beginning cannot be reached again
	close       func()                    // frees what the body holds; may be nil

	started atomic.Bool // something of this attempt was asked for, so it may have left
	used    atomic.Bool // read, and the beginning cannot be reached again

	mu      sync.Mutex // held while the body is read: one reader at a time
	current *reader    // the only one that may read
}

// newBody makes the body of r; nil for a request without one.
func (r *Request) newBody(ctx context.Context, watch *watch) (*body, error) {
	if r.Upload != nil {
		return r.Upload.body(ctx, watch)
	}
	if r.Body == nil && r.Method != http.MethodPost {
		return nil, nil
	}
	text, err := encode(r.Body)
	if err != nil {
		return nil, err
	}
	return &body{
		contentType: "application/json; charset=utf-8",
		size:        int64(len(text)),
		open:        func() (io.Reader, error) { return bytes.NewReader(text), nil },
	}, nil
}

// attach makes b the body of req, from its beginning.
func (b *body) attach(req *http.Request, watch *watch) {
	b.started.Store(false)
	req.Header["Content-Type"] = []string{b.contentType}
	req.ContentLength = b.size
	req.Body = b.reader(watch)
	if !b.once {
		req.GetBody = func() (io.ReadCloser, error) { return b.reader(watch), nil }
	}
}

// reader returns a reader of b that takes the place of every former one.
func (b *body) reader(watch *watch) *reader {
	rd := &reader{body: b, watch: watch}
	b.mu.Lock()
	b.current = rd
	b.mu.Unlock()
	return rd
}

// detach takes the body away from the transport, which may go on reading after it
// has returned an answer. It waits for a read that is under way, unless ctx ends.
func (r *Request) detach(ctx context.Context) {
	b := r.body
	if b == nil {
		return
	}
	if b.mu.TryLock() {
		b.current = nil
		b.mu.Unlock()
		return
	}
	done := make(chan struct{})
	go func() {
		b.mu.Lock()
		b.current = nil
		b.mu.Unlock()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// free frees what b holds.
func (b *body) free() {
	if b.close != nil {
		b.close()
	}
}

// reader is what the transport reads.
type reader struct {
	body  *body
	watch *watch
	src   io.Reader
}

var (
	errDetached = errors.New("the request is over")
	errUsed     = errors.New("the body was read, and its reader cannot go back to the beginning")
)

func (rd *reader) Read(p []byte) (int, error) {
	b := rd.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current != rd {
		return 0, errDetached
	}
	rd.watch.moved()
	if rd.src == nil {
		if b.used.Load() {
			return 0, errUsed
		}
		b.started.Store(true)
		b.used.Store(b.once)
		src, err := b.open()
		if err != nil {
			return 0, err
		}
		rd.src = src
	}
	return rd.src.Read(p)
}

// Close ends the reader. It does not wait for a Read that is under way.
func (rd *reader) Close() error {
	b := rd.body
	if b.mu.TryLock() {
		if b.current == rd {
			b.current = nil
		}
		b.mu.Unlock()
	}
	return nil
}
