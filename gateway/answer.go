package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// peekSize is how much of an answer is looked into. A refusal is far smaller.
const peekSize = 4 << 10

// peeked is the beginning of an answer and what it says.
type peeked struct {
	bytes []byte
	whole bool // there is nothing more
	code  errcode.Code
	rid   string
	buf   *[peekSize]byte
}

var peekBuffers = sync.Pool{New: func() any { return new([peekSize]byte) }}

func (p *peeked) free() {
	if p.buf != nil {
		peekBuffers.Put(p.buf)
		p.buf, p.bytes = nil, nil
	}
}

// peek reads the beginning of an answer that may be JSON. A short one may be,
// whatever its type says: errors come as text/plain, and on downloads.
func peek(resp *http.Response) (*peeked, error) {
	if short := resp.ContentLength >= 0 && resp.ContentLength <= peekSize; !short && !textual(resp.Header.Get("Content-Type")) {
		return &peeked{}, nil
	}
	p := &peeked{buf: peekBuffers.Get().(*[peekSize]byte)}
	n, err := io.ReadFull(resp.Body, p.buf[:])
	p.bytes = p.buf[:n]
	p.whole = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && (resp.ContentLength < 0 || int64(n) == resp.ContentLength)
	if err != nil && !p.whole {
		p.free()
		return nil, err
	}
	p.whole = p.whole || int64(n) == resp.ContentLength
	if p.whole {
		p.code, p.rid = refusalIn(p.bytes)
	}
	return p, nil
}

func textual(contentType string) bool {
	return contentType == "" || strings.Contains(contentType, "json") || strings.HasPrefix(contentType, "text/")
}

// refusalIn finds errcode and rid in an answer.
func refusalIn(answer []byte) (errcode.Code, string) {
	answer = bytes.TrimLeft(answer, " \t\r\n\ufeff")
	if len(answer) == 0 || answer[0] != '{' || !bytes.Contains(answer, []byte(`"errcode"`)) {
		return 0, ""
	}
	if bytes.Equal(answer, []byte(`{"errcode":0,"errmsg":"ok"}`)) {
		return 0, ""
	}
	var a struct {
		Code    json.RawMessage `json:"errcode"`
		Message string          `json:"errmsg"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return 0, ""
	}
	code, err := strconv.ParseInt(strings.Trim(string(a.Code), `"`), 10, 32)
	if err != nil {
		return 0, ""
	}
	return errcode.Code(code), errcode.RID(a.Message)
}

// handedOn are the headers of an answer that reach the caller.
var handedOn = []string{"Content-Type", "Content-Disposition", "Content-Encoding", "Cache-Control", "Last-Modified", "Date"}

// hand gives the answer to the caller.
func (p *Proxy) hand(w http.ResponseWriter, x *exchange, resp *http.Response, head *peeked) {
	defer head.free()
	x.seen.Status, x.seen.Code, x.seen.RID = resp.StatusCode, head.code, head.rid
	h := w.Header()
	for _, name := range handedOn {
		if v := resp.Header[name]; len(v) > 0 {
			h[name] = v[:1]
		}
	}
	switch {
	case head.whole:
		h["Content-Length"] = []string{strconv.Itoa(len(head.bytes))}
	case resp.ContentLength >= 0:
		h["Content-Length"] = []string{strconv.FormatInt(resp.ContentLength, 10)}
	}
	w.WriteHeader(resp.StatusCode)
	n, err := w.Write(head.bytes)
	x.seen.Bytes = int64(n)
	if err == nil && !head.whole {
		n, copyErr := pour(w, resp, x.watch)
		x.seen.Bytes, err = x.seen.Bytes+n, copyErr
	}
	if err != nil {
		x.seen.Cut, x.seen.Note = true, "the answer broke off: "+err.Error()
	}
}

var pourBuffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// pour copies the rest of an answer to a caller who may be slow but not stand still.
func pour(w http.ResponseWriter, resp *http.Response, watch *watch) (written int64, err error) {
	conn := http.NewResponseController(w)
	defer conn.SetWriteDeadline(time.Time{})
	buf := pourBuffers.Get().(*[32 << 10]byte)
	defer pourBuffers.Put(buf)
	for {
		watch.moved()
		n, readErr := resp.Body.Read(buf[:])
		if n > 0 {
			watch.stop() // the caller has a deadline of its own
			_ = conn.SetWriteDeadline(time.Now().Add(idle))
			m, err := w.Write(buf[:n])
			written += int64(m)
			if err != nil {
				return written, err
			}
			if resp.ContentLength < 0 {
				_ = conn.Flush()
			}
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return written, nil
		case readErr != nil:
			return written, readErr
		}
	}
}

// watch ends an answer that stands still.
type watch struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// moved gives the platform another while.
func (w *watch) moved() {
	if w.timer == nil {
		w.timer = time.AfterFunc(idle, func() { w.cancel(errIdle) })
		return
	}
	w.timer.Reset(idle)
}

func (w *watch) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// errIdle is why an answer that stands still is given up.
var errIdle error = idleError{}

type idleError struct{}

func (idleError) Error() string { return "gateway: the answer stood still for " + idle.String() }

// Timeout makes it a timeout for those who ask, as package net does.
func (idleError) Timeout() bool { return true }
