// Package killtest ends a process of a test at a chosen step. Steps are the operations of
// its store and its requests.
package killtest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/seed-f21aa8d8/wechat/store"
)

// ErrDead is the error of every step after the end of a process.
var ErrDead = errors.New("the process is dead")

// Life is the life of one process. It counts the steps.
type Life struct {
	Last   int  // the step at which the process ends, from 0; negative for never
	Inside bool // the step Last takes effect, but its answer is lost

	mu    sync.Mutex
	steps int
}

// Forever is a life that does not end.
func Forever() *Life { return &Life{Last: -1} }

// EndInside ends the process inside a step: the next one for 0, the one after it for 1.
func (l *Life) EndInside(steps int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.Last, l.Inside = l.steps+steps, true
}

// Dead reports whether the process has ended.
func (l *Life) Dead() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Last >= 0 && l.steps > l.Last
}

// step runs do, unless the process is dead.
func step[T any](l *Life, do func() (T, error)) (T, error) {
	l.mu.Lock()
	n, last, inside := l.steps, l.Last, l.Inside
	l.steps++
	l.mu.Unlock()
	var none T
	alive := last < 0 || n < last
	if !alive && (n > last || !inside) {
		return none, ErrDead
	}
	result, err := do()
	if !alive {
		return none, ErrDead
	}
	return result, err
}

// Client returns a client whose requests end with l. It sends them as c does.
func (l *Life) Client(c *http.Client) *http.Client {
	mortal := *c
	mortal.Transport = transport{l, c.Transport}
	return &mortal
}

type transport struct {
	life *Life
	http.RoundTripper
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var resp *http.Response
	alive, err := step(t.life, func() (_ *http.Response, err error) {
		resp, err = t.RoundTripper.RoundTrip(r)
		return resp, err
	})
	if alive == nil && resp != nil {
		_ = resp.Body.Close() // the answer is lost
	}
	return alive, err
}

// Store returns a store whose operations end with l. It uses s.
func (l *Life) Store(s store.Store) store.Store { return mortal{l, s} }

type mortal struct {
	life  *Life
	inner store.Store
}

func (m mortal) Get(ctx context.Context, key string) ([]byte, bool, error) {
	found := false
	value, err := step(m.life, func() (value []byte, err error) {
		value, found, err = m.inner.Get(ctx, key)
		return value, err
	})
	return value, found && err == nil, err
}

func (m mortal) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	_, err := step(m.life, func() (struct{}, error) { return struct{}{}, m.inner.Set(ctx, key, value, ttl) })
	return err
}

func (m mortal) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	return step(m.life, func() (bool, error) { return m.inner.SetIfAbsent(ctx, key, value, ttl) })
}

func (m mortal) CompareAndSwap(ctx context.Context, key string, old, new []byte, ttl time.Duration) (bool, error) {
	return step(m.life, func() (bool, error) { return m.inner.CompareAndSwap(ctx, key, old, new, ttl) })
}

func (m mortal) CompareAndDelete(ctx context.Context, key string, old []byte) (bool, error) {
	return step(m.life, func() (bool, error) { return m.inner.CompareAndDelete(ctx, key, old) })
}

func (m mortal) Delete(ctx context.Context, key string) error {
	_, err := step(m.life, func() (struct{}, error) { return struct{}{}, m.inner.Delete(ctx, key) })
	return err
}
