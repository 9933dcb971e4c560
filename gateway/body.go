package gateway

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// leaving is how long a caller may continue to send a body that was refused.
const leaving = 5 * time.Second

// body is the body of a call on its way to the platform. A small one is held in memory
// and can be sent again. A large one is streamed, once.
type body struct {
	held   []byte
	stream *patient // nil if the body is held
	length int64
	used   atomic.Bool // something of stream has been read
}

func newBody(held []byte) *body { return &body{held: held, length: int64(len(held))} }

// readBody reads a small body, or prepares a large one to be streamed.
func (p *Proxy) readBody(w http.ResponseWriter, x *exchange) *refusal {
	r := x.in
	n := r.ContentLength
	switch {
	case x.body != nil: // it has been read
		return nil
	case n == 0 || r.Body == nil || r.Body == http.NoBody:
		x.body = &body{}
		return nil
	}
	src := &patient{r: r.Body, conn: http.NewResponseController(w)}
	if n > p.cfg.HoldBody {
		x.body = &body{stream: src, length: n}
		return nil
	}
	held, err := hold(src, n, p.cfg.HoldBody)
	src.done()
	switch {
	case errors.Is(err, errUnknownLength):
		return refuse(http.StatusLengthRequired, LengthRequired, errcode.InvalidArgs, "a body of this size needs a Content-Length")
	case err != nil:
		return refuse(http.StatusBadRequest, BodyUnreadable, errcode.InvalidArgs, "the body is incomplete").because(err)
	}
	x.body = newBody(held)
	return nil
}

// smallBody reads a body of the gateway's own protocols, at most limit bytes, with one
// deadline for all of it, since the sender may be unknown.
func smallBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(idle))
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		_ = conn.SetReadDeadline(time.Time{})
	}
	return raw, err
}

// leaveBody sets a deadline on a body that is not read: before it answers, the server
// reads a small rest of the body, and would wait for it forever.
func leaveBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(leaving))
	}
}

func tooLarge() *refusal {
	return refuse(http.StatusRequestEntityTooLarge, BodyTooLarge, errcode.MediaTooLarge, "the body is too large")
}

var errUnknownLength = errors.New("gateway: large body of unknown length")

// hold reads a body of n bytes, or one of unknown length up to limit.
func hold(r io.Reader, n, limit int64) ([]byte, error) {
	if n >= 0 {
		held := make([]byte, n)
		_, err := io.ReadFull(r, held)
		return held, err
	}
	held, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(held)) > limit {
		err = errUnknownLength
	}
	return held, err
}

// reader returns the body from its beginning, or nil if it is empty.
func (b *body) reader() io.ReadCloser {
	switch {
	case b.stream != nil:
		return io.NopCloser(&marking{b.stream, &b.used})
	case len(b.held) > 0:
		return io.NopCloser(bytes.NewReader(b.held))
	}
	return nil
}

// end stops reading from the caller.
func (b *body) end(w http.ResponseWriter, r *http.Request) {
	if b.stream != nil {
		b.stream.done()
		leaveBody(w, r)
	}
}

// whole reports whether the body can still be sent from its beginning.
func (b *body) whole() bool { return !b.used.Load() }

// marking sets used once something has been read.
type marking struct {
	r    io.Reader
	used *atomic.Bool
}

func (m *marking) Read(p []byte) (int, error) {
	m.used.Store(true)
	return m.r.Read(p)
}

// patient reads from a caller, who may be slow but must not stall.
type patient struct {
	r    io.Reader
	conn *http.ResponseController

	mu   sync.Mutex
	over bool // the deadline must not be set any more
}

// Read sets the deadline only while it waits for the caller. Under HTTP/2 the end of a
// deadline breaks the body even if nothing is read, for example while the platform is slow.
func (p *patient) Read(b []byte) (int, error) {
	p.setDeadline(time.Now().Add(idle))
	n, err := p.r.Read(b)
	p.setDeadline(time.Time{})
	return n, err
}

func (p *patient) setDeadline(end time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		_ = p.conn.SetReadDeadline(end) // an error means that the connection does not support deadlines
	}
}

// done removes the deadline for good. A Read that still runs does not change it any more.
func (p *patient) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.over = true
		_ = p.conn.SetReadDeadline(time.Time{})
	}
}
