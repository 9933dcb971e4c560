package gate

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
)

const (
	maxBody       = 1 << 20  // of a request; the platform's largest are some kilobytes
	maxUnverified = 32 << 20 // of all requests whose bodies are not verified yet
	firstBuffer   = 1 << 10
	trustedLength = 64 << 10 // of Content-Length that is reserved before any of the body has arrived
)

// readBody reads the body of r into the letter's buffer. The buffer counts towards
// maxUnverified until the letter is verified or refused.
func (g *Gate) readBody(l *Letter, r *http.Request) *Refusal {
	if r.Body == nil {
		return empty()
	}
	if r.ContentLength > maxBody {
		return tooLarge()
	}
	l.buffer = l.buffer[:0]
	want := max(int(min(max(r.ContentLength, 0), trustedLength))+1, cap(l.buffer), firstBuffer)
	for {
		if refused := g.grow(l, want); refused != nil {
			return refused
		}
		n, err := r.Body.Read(l.buffer[len(l.buffer):cap(l.buffer)])
		l.buffer = l.buffer[:len(l.buffer)+n]
		switch {
		case len(l.buffer) > maxBody:
			return tooLarge()
		case err == io.EOF && len(bytes.TrimSpace(l.buffer)) == 0:
			return empty()
		case err == io.EOF:
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return &Refusal{Status: http.StatusRequestTimeout, Reason: TooSlow, Text: "body did not come in time", Hint: "a slow or stalled client"}
		case err != nil:
			return &Refusal{Status: http.StatusBadRequest, Reason: Malformed, Text: "body cut off", Hint: "the connection broke"}
		}
		if len(l.buffer) == cap(l.buffer) {
			want = min(2*cap(l.buffer), maxBody+1)
		}
	}
}

// grow makes the letter's buffer hold want bytes.
func (g *Gate) grow(l *Letter, want int) *Refusal {
	if want <= l.reserved {
		return nil
	}
	if g.unverified.Add(int64(want-l.reserved)) > maxUnverified {
		g.unverified.Add(int64(l.reserved - want))
		return &Refusal{
			Status: http.StatusServiceUnavailable, Reason: Memory, Text: "unverified bodies hold too much memory",
			Hint: "somebody sends many large or slow requests; let a proxy in front limit them",
		}
	}
	l.reserved = want
	if cap(l.buffer) < want {
		l.buffer = append(make([]byte, 0, want), l.buffer...)
	}
	return nil
}

// unreserve ends the count of what the letter holds.
func (g *Gate) unreserve(l *Letter) {
	g.unverified.Add(int64(-l.reserved))
	l.reserved = 0
}
