package message

import (
	"context"
	"fmt"
	"reflect"
	"runtime"
)

// HandlerFunc answers any message. A nil Reply answers with success, which tells the
// platform that the message arrived and shows the user nothing. An error is logged,
// passed to [Config.OnError], and also answered with success.
type HandlerFunc func(ctx context.Context, m Message) (Reply, error)

// On registers fn for the messages of its type that every matcher accepts. Of all
// functions registered for a type, the first whose matchers accept the message runs,
// and no other.
//
//	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
//		return message.TextReply(m.Content), nil
//	})
//
// A function without a matcher receives every message of its type that reaches it, so
// register it last. To do two things with one message, register one function that calls
// both.
//
// On panics if fn could never run, because a function without a matcher was registered
// for the type before; if no message has the type, as with the interface [Message] (use
// [Handler.HandleDefault] for the rest); and after h has begun to serve.
func On[M Message](h *Handler, fn func(ctx context.Context, m M) (Reply, error), matchers ...Matcher) {
	t := reflect.TypeFor[M]()
	if !routable(t) {
		panic(fmt.Sprintf("message.On: no message has the type %v; take a pointer to one of this package's, such as *message.Text", t))
	}
	if fn == nil {
		panic(fmt.Sprintf("message.On: nil function for %v", t))
	}
	for _, match := range matchers {
		if match == nil {
			panic(fmt.Sprintf("message.On: nil matcher for %v", t))
		}
	}
	_, file, line, _ := runtime.Caller(1)
	h.register("On", func() {
		for _, r := range h.routes[t] {
			if len(r.matchers) == 0 {
				panic(fmt.Sprintf("message.On: this function for %v would never run: the one registered at %s has no matcher and takes every message of the type; register it last, or register one function that calls both", t, r.where))
			}
		}
		h.routes[t] = append(h.routes[t], route{
			matchers: matchers,
			handle:   func(ctx context.Context, m Message) (Reply, error) { return fn(ctx, m.(M)) },
			where:    fmt.Sprintf("%s:%d", file, line),
		})
	})
}

// routable reports whether Parse can return the type: a pointer to a struct of
// this package other than the headers, which are not messages by themselves.
func routable(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer || t.Elem().PkgPath() != reflect.TypeFor[Header]().PkgPath() {
		return false
	}
	switch t.Elem() {
	case reflect.TypeFor[Header](), reflect.TypeFor[EventHeader](), reflect.TypeFor[NoticeHeader]():
		return false
	}
	return true
}

// Use adds middleware. Every message passes through it, even if no function is
// registered for the message. The first added is the outermost. Use panics after h has
// begun to serve.
func (h *Handler) Use(middleware ...func(next HandlerFunc) HandlerFunc) {
	for _, m := range middleware {
		if m == nil {
			panic("message: Use of nil middleware")
		}
	}
	h.register("Use", func() { h.middleware = append(h.middleware, middleware...) })
}

// HandleDefault registers fn for messages that no function registered with [On]
// accepts. Without it they are answered with success. A later call replaces fn.
// HandleDefault panics after h has begun to serve.
func (h *Handler) HandleDefault(fn HandlerFunc) {
	h.register("HandleDefault", func() { h.fallback = fn })
}

// register changes what h does. It panics once h serves.
func (h *Handler) register(name string, change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.chain != nil {
		panic("message: " + name + " after the handler has begun to serve; register everything first")
	}
	change()
}

// start ends the registration: what h does is fixed from now on.
func (h *Handler) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.chain = h.dispatch
	for i := len(h.middleware) - 1; i >= 0; i-- {
		h.chain = h.middleware[i](h.chain)
	}
}

type route struct {
	matchers []Matcher
	handle   HandlerFunc
	where    string // file and line of the call of On
}

func (r *route) matches(m Message) bool {
	for _, match := range r.matchers {
		if !match(m) {
			return false
		}
	}
	return true
}

// dispatch calls the function that is registered for m.
func (h *Handler) dispatch(ctx context.Context, m Message) (Reply, error) {
	routes := h.routes[reflect.TypeOf(m)]
	for i := range routes {
		if routes[i].matches(m) {
			return routes[i].handle(ctx, m)
		}
	}
	if h.fallback != nil {
		return h.fallback(ctx, m)
	}
	return nil, nil
}
