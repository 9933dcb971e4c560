package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// body is the body of a request, for all its attempts. It is either JSON or the content
// from open.
type body struct {
	contentType string
	size        int64
	json        []byte
	text        *text                                    // the buffer of json; nil without JSON
	open        func(context.Context) (io.Reader, error) // reads from the beginning
	once        bool                                     // it can be read only once
	close       func()                                   // frees the content; may be nil

	started atomic.Bool // part of it was read in this attempt, so it may have been sent
	used    atomic.Bool // it was read and cannot be read again

	mu      sync.Mutex // held while the body is read: one reader at a time
	current *reader    // the only reader that may read
	closed  bool
	first   reader // the reader of the first attempt
}

// makeBody makes the body of r, if it has one and did not make it before.
func (r *Request) makeBody(ctx context.Context, watch *watch) error {
	switch {
	case r.body != nil:
		return nil
	case r.Upload != nil:
		b, err := r.Upload.body(ctx, watch)
		if err == nil {
			r.body = b
		}
		return err
	case r.Body == nil && r.Method != http.MethodPost:
		return nil
	}
	t, err := encode(r.Body)
	if err != nil {
		return err
	}
	b := &body{contentType: "application/json; charset=utf-8", json: t.bytes(), text: t}
	b.size = int64(len(b.json))
	r.body = b
	return nil
}

// attach makes b the body of req, from its beginning.
func (b *body) attach(req *http.Request, watch *watch) {
	b.started.Store(false)
	req.Header["Content-Type"] = []string{b.contentType}
	req.ContentLength = b.size
	ctx := req.Context()
	req.Body = b.reader(ctx, watch)
	if !b.once {
		req.GetBody = func() (io.ReadCloser, error) { return b.reader(ctx, watch), nil }
	}
}

// reader returns a reader of b. Former readers end.
func (b *body) reader(ctx context.Context, watch *watch) *reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	rd := &b.first
	if rd.body != nil {
		rd = &reader{}
	}
	rd.body, rd.ctx, rd.watch = b, ctx, watch
	b.current = rd
	return rd
}

// detach stops the transport from reading the upload, which it may do even after it has
// returned an answer. It waits for a running read, unless ctx ends.
func (r *Request) detach(ctx context.Context) {
	b := r.body
	if b == nil || b.open == nil {
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

// free frees the content when no read is running. It does not wait for a read, since the
// reader of an upload may block after the caller has left.
func (b *body) free() {
	if !b.mu.TryLock() {
		go func() {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.freeLocked()
		}()
		return
	}
	defer b.mu.Unlock()
	b.freeLocked()
}

func (b *body) freeLocked() {
	if b.closed {
		return
	}
	b.closed, b.current = true, nil
	if b.text != nil {
		b.text.free()
	}
	if b.close != nil {
		b.close()
	}
}

// reader is the body as the transport sees it.
type reader struct {
	body  *body
	ctx   context.Context // of the attempt
	watch *watch
	src   io.Reader
	read  int64 // bytes read so far
}

var (
	errDetached = errors.New("the request is over")
	errUsed     = errors.New("the body was read and cannot be read again")
)

func (rd *reader) Read(p []byte) (int, error) {
	b := rd.body
	b.mu.Lock()
	defer b.mu.Unlock()
	if rd.read == b.size {
		return 0, io.EOF // the transport asks once more, perhaps after the request
	}
	if b.current != rd || b.closed {
		return 0, errDetached
	}
	b.started.Store(true)
	if b.open != nil {
		return rd.stream(p)
	}
	n := copy(p, b.json[rd.read:])
	rd.read += int64(n)
	if rd.read == b.size {
		return n, io.EOF
	}
	return n, nil
}

func (rd *reader) stream(p []byte) (int, error) {
	b := rd.body
	if rd.src == nil {
		if b.used.Load() {
			return 0, errUsed
		}
		b.used.Store(b.once)
		src, err := b.open(rd.ctx)
		if err != nil {
			return 0, err
		}
		rd.src = src
	}
	n, err := rd.src.Read(p)
	rd.read += int64(n)
	if n > 0 {
		rd.watch.moved()
	}
	return n, err
}

// Close ends the reader. It does not wait for a running Read.
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
