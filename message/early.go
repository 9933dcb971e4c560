package message

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/message/internal/once"
)

// The handler of a message runs in the goroutine that serves its first delivery,
// as long as that can be answered from another one when the five seconds are over.

// answersEarly reports whether a request can be answered for good while it is
// still being served. HTTP/2 takes the return of ServeHTTP for the end of an answer.
func answersEarly(w http.ResponseWriter, r *http.Request) bool {
	if r.ProtoMajor != 1 {
		return false
	}
	for {
		switch v := w.(type) {
		case http.Hijacker, http.Flusher, interface{ FlushError() error }:
			return true
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return false
		}
	}
}

// Answer answers the delivery in whose goroutine the handler is still at work. The
// connection ends with it, as the next request on it would have to wait.
func (w *work) Answer(v once.Verdict) {
	defer func() {
		if p := recover(); p != nil {
			w.h.log.LogAttrs(context.Background(), slog.LevelError, "panic in the ResponseWriter", slog.Any("panic", p))
		}
	}()
	status, body := http.StatusOK, "success"
	if v == once.Busy {
		status, body = http.StatusServiceUnavailable, ""
		w.h.logBusy(context.Background())
	}
	header := w.writer.Header()
	if body != "" {
		header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	control := http.NewResponseController(w.writer)
	if conn, _, err := control.Hijack(); err == nil {
		defer conn.Close()
		now := time.Now()
		_ = conn.SetDeadline(now.Add(time.Second))
		header.Set("Date", now.UTC().Format(http.TimeFormat))
		answer := http.Response{
			StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header, Close: true,
			ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
		}
		_ = answer.Write(conn) // a peer that is gone repeats the message, and is answered then
		return
	}
	_ = control.SetWriteDeadline(time.Now().Add(time.Second))
	header.Set("Connection", "close")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.writer.WriteHeader(status)
	_, _ = io.WriteString(w.writer, body)
	_ = control.Flush()
}
