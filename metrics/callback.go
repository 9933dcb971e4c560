package metrics

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/seed-f21aa8d8/wechat/message"
)

// Watch counts the messages of a handler and measures their time, and reads the Stats of
// the handler at every scrape. Call it once for each handler, before it serves.
func (a *Account) Watch(h *message.Handler) {
	h.Use(func(next message.HandlerFunc) message.HandlerFunc {
		return func(ctx context.Context, m message.Message) (message.Reply, error) { return a.handle(ctx, m, next) }
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handlers = append(slices.Clip(a.handlers), h)
}

// handle counts one message, also if its handler panics.
func (a *Account) handle(ctx context.Context, m message.Message, next message.HandlerFunc) (reply message.Reply, err error) {
	kind, began, result := typeOf(m), time.Now(), "error"
	defer func() {
		a.c.callbacks.WithLabelValues(a.name, kind, result).Inc()
		a.c.callbackTime.WithLabelValues(a.name, kind).Observe(time.Since(began).Seconds())
	}()
	reply, err = next(ctx, m)
	if err == nil {
		result = "ok"
	}
	return reply, err
}

// typeOf returns the name of the Go type of a message, such as Text, SubscribeEvent or
// Unknown. The number of names is bounded by the types in package message.
func typeOf(m message.Message) string {
	if m == nil {
		return "Unknown"
	}
	return reflect.TypeOf(m).Elem().Name()
}

// Deliveries counts the HTTP answers of next, which is a message.Handler,
// component.Platform.ServeMessages, or a middleware around either. If next panics before
// it has answered, the status is 500.
func (a *Account) Deliveries(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &answer{ResponseWriter: w, status: http.StatusInternalServerError}
		defer func() { a.c.deliveries.WithLabelValues(a.name, strconv.Itoa(seen.status)).Inc() }()
		next.ServeHTTP(seen, r)
		seen.note(http.StatusOK)
	})
}

// answer records the status of an answer.
type answer struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (w *answer) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *answer) Write(b []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// note records the first status that is not informational.
func (w *answer) note(status int) {
	if !w.begun && status >= 200 {
		w.status, w.begun = status, true
	}
}

// Unwrap returns the wrapped writer for http.ResponseController.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
