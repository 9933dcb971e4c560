package gateway

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/wire"
)

// headSize is the number of bytes of an answer that are inspected. An error is much
// smaller.
const headSize = 4 << 10

// head is the beginning of an answer, with its errcode.
type head struct {
	bytes []byte
	whole bool // bytes holds the whole answer
	code  errcode.Code
	rid   string
	buf   *[headSize]byte
}

var headBuffers = sync.Pool{New: func() any { return new([headSize]byte) }}

func (h *head) free() {
	if h.buf != nil {
		headBuffers.Put(h.buf)
		h.buf, h.bytes = nil, nil
	}
}

// readHead reads the beginning of an answer that may be JSON. A short answer may be
// JSON with any Content-Type: the platform sends errors as text/plain too, also instead
// of a download.
func readHead(resp *http.Response) (*head, error) {
	if short := resp.ContentLength >= 0 && resp.ContentLength <= headSize; !short && !textual(resp.Header.Get("Content-Type")) {
		return &head{}, nil
	}
	h := &head{buf: headBuffers.Get().(*[headSize]byte)}
	n, err := fill(h.buf[:], resp.Body)
	h.bytes = h.buf[:n]
	h.whole = int64(n) == resp.ContentLength || errors.Is(err, io.EOF) && resp.ContentLength < 0
	if err != nil && !h.whole {
		h.free()
		return nil, err
	}
	if !h.whole {
		return h, nil
	}
	if refused := wire.Refusal(h.bytes); refused != nil {
		h.code, h.rid = refused.Code, refused.RID
	}
	return h, nil
}

// fill reads until buf is full or r ends. It returns the error of r: io.EOF is the end of
// an answer, and io.ErrUnexpectedEOF is a cut, which io.ReadFull does not tell apart.
func fill(buf []byte, r io.Reader) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}

func textual(contentType string) bool {
	return contentType == "" || strings.Contains(contentType, "json") || strings.HasPrefix(contentType, "text/")
}

// passedOn are the headers of an answer that reach the caller.
var passedOn = []string{"Content-Type", "Content-Disposition", "Content-Encoding", "Cache-Control", "Last-Modified", "Date"}

// pass sends the answer to the caller.
func (p *Proxy) pass(w http.ResponseWriter, x *exchange, resp *http.Response, h *head) {
	defer h.free()
	x.seen.Status, x.seen.Code, x.seen.RID = resp.StatusCode, h.code, h.rid
	header := w.Header()
	for _, name := range passedOn {
		if v := resp.Header[name]; len(v) > 0 {
			header[name] = v[:1]
		}
	}
	switch {
	case h.whole:
		header["Content-Length"] = []string{strconv.Itoa(len(h.bytes))}
	case resp.ContentLength >= 0:
		header["Content-Length"] = []string{strconv.FormatInt(resp.ContentLength, 10)}
	}
	w.WriteHeader(resp.StatusCode)
	var err error
	if h.whole {
		var n int
		n, err = w.Write(h.bytes)
		x.seen.Bytes = int64(n)
	} else {
		x.seen.Bytes, err = pour(w, h, resp, x.watch)
	}
	if err != nil {
		x.seen.Cut, x.seen.Note = true, "the answer is incomplete: "+x.scrub(err).Error()
	}
}

var pourBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// pour copies an answer to the caller: its head, then the rest.
func pour(w http.ResponseWriter, h *head, resp *http.Response, watch *watch) (written int64, err error) {
	buf := pourBuffers.Get().(*[32 << 10]byte)
	defer pourBuffers.Put(buf)
	conn := http.NewResponseController(w)
	piece, readErr := h.bytes, error(nil)
	for {
		watch.stop() // writing has a deadline of its own
		n, err := write(w, conn, piece, resp.ContentLength < 0 || readErr != nil)
		written += int64(n)
		switch {
		case err != nil:
			return written, err
		case errors.Is(readErr, io.EOF):
			return written, nil
		case readErr != nil:
			return written, readErr
		}
		watch.moved()
		n, readErr = resp.Body.Read(buf[:])
		piece = buf[:n]
	}
}

// write writes to the caller, who may be slow but must not stall. The deadline is removed
// afterwards, since under HTTP/2 its end resets the stream even if nothing is written.
// With flush nothing stays in a buffer, which the server would write without a deadline.
func write(w http.ResponseWriter, conn *http.ResponseController, b []byte, flush bool) (n int, err error) {
	_ = conn.SetWriteDeadline(time.Now().Add(idle)) // an error means that the connection does not support deadlines
	defer conn.SetWriteDeadline(time.Time{})
	if n, err = w.Write(b); err != nil || !flush {
		return n, err
	}
	if err = conn.Flush(); errors.Is(err, http.ErrNotSupported) {
		err = nil
	}
	return n, err
}
