package wire

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// answer is a response body that was read completely.
type answer struct{ bytes []byte }

// answers keeps the buffers of small answers.
var answers = sync.Pool{New: func() any { return &answer{make([]byte, 0, 1<<10)} }}

// free returns the buffer to the pool. The bytes must not be used afterwards.
func (a *answer) free() {
	if cap(a.bytes) <= 64<<10 {
		a.bytes = a.bytes[:0]
		answers.Put(a)
	}
}

// read returns the whole body of resp, if it is not larger than limit.
func (r *Request) read(ctx context.Context, resp *http.Response, limit int) (*answer, error) {
	defer func() { _ = resp.Body.Close() }()
	a := answers.Get().(*answer)
	b := a.bytes
	if n := resp.ContentLength; n >= int64(cap(b)) && n <= int64(limit) {
		b = make([]byte, 0, n+1)
	}
	for {
		n, err := resp.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		a.bytes = b
		switch {
		case len(b) > limit:
			a.free()
			return nil, &errcode.ResponseError{Op: r.op(), Status: resp.StatusCode, Err: errcode.ErrTooLarge}
		case err == io.EOF:
			return a, nil
		case err != nil:
			a.free()
			return nil, r.lost(ctx, err)
		case len(b) == cap(b):
			b = append(b, 0)[:len(b)]
		}
	}
}
