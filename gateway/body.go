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

// idle is how long nothing may move in the body of a request or an answer.
const idle = 30 * time.Second

// leaving is how long a caller may go on sending a body that has been refused.
const leaving = 5 * time.Second

// body is the body of a call on its way to the platform. A small one is held, and
// can be sent again; a large one is handed on as it comes, once.
type body struct {
	held   []byte
	stream *patient // nil if the body is held
	length int64
	used   atomic.Bool // something of stream has been read
}

// takeBody reads a small body, or prepares a large one to be handed on.
func (p *Proxy) takeBody(w http.ResponseWriter, r *http.Request) (*body, *refusal) {
	n := r.ContentLength
	switch {
	case n == 0 || r.Body == nil || r.Body == http.NoBody:
		return &body{}, nil
	case n > p.cfg.MaxBody:
		return nil, tooLarge()
	}
	src := &patient{r: r.Body, conn: http.NewResponseController(w)}
	if n > p.cfg.HoldBody {
		return &body{stream: src, length: n}, nil
	}
	held, err := hold(src, n, p.cfg.HoldBody)
	src.done()
	switch {
	case errors.Is(err, errUnknownLength):
		return nil, refuse(http.StatusLengthRequired, LengthRequired, errcode.InvalidArgs, "a body of this size needs a Content-Length")
	case err != nil:
		return nil, refuse(http.StatusBadRequest, BodyUnreadable, errcode.InvalidArgs, "the body broke off").because(err)
	}
	return &body{held: held, length: int64(len(held))}, nil
}

// smallBody reads a body of the gateway's own protocols, of limit bytes at most and
// in one go: the sender may not be known yet.
func smallBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(idle))
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err == nil {
		_ = conn.SetReadDeadline(time.Time{})
	}
	return raw, err
}

// leaveBody lets go of a body that nobody reads: before it answers, the server reads
// what little is left of it, and would wait for that without end.
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

// reader is the body from its beginning, nil if there is none.
func (b *body) reader() io.ReadCloser {
	switch {
	case b.stream != nil:
		return io.NopCloser(&marking{b.stream, &b.used})
	case len(b.held) > 0:
		return io.NopCloser(bytes.NewReader(b.held))
	}
	return nil
}

// end says that nobody is to read from the caller any more.
func (b *body) end(w http.ResponseWriter, r *http.Request) {
	if b.stream != nil {
		b.stream.done()
		leaveBody(w, r)
	}
}

// whole reports whether the body can be sent from its beginning.
func (b *body) whole() bool { return !b.used.Load() }

// marking notes that something was read.
type marking struct {
	r    io.Reader
	used *atomic.Bool
}

func (m *marking) Read(p []byte) (int, error) {
	m.used.Store(true)
	return m.r.Read(p)
}

// patient reads from a caller who may be slow but not stand still.
type patient struct {
	r    io.Reader
	conn *http.ResponseController

	mu   sync.Mutex
	over bool // the deadline is not to be touched any more
}

func (p *patient) Read(b []byte) (int, error) {
	p.extend()
	n, err := p.r.Read(b)
	if err != nil {
		p.done()
	}
	return n, err
}

func (p *patient) extend() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		_ = p.conn.SetReadDeadline(time.Now().Add(idle)) // a connection without deadlines has its own ways to end
	}
}

// done lifts the deadline, which otherwise would end the wait for the answer.
func (p *patient) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.over = true
		_ = p.conn.SetReadDeadline(time.Time{})
	}
}
