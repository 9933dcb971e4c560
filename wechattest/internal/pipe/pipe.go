// Package pipe is a network in memory: every connection is a net.Pipe, so it needs no
// port and works inside a synctest bubble.
package pipe

import (
	"context"
	"errors"
	"net"
	"sync"
)

// Listener is a net.Listener in memory.
type Listener struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewListener makes a listener, which need not be served before the first Dial.
func NewListener() *Listener {
	return &Listener{accept: make(chan net.Conn), closed: make(chan struct{})}
}

// ErrRefused is why a listener that is closed takes no connection.
var ErrRefused = errors.New("connection refused")

// Dial connects; the server sees the connection come from addr.
func (l *Listener) Dial(ctx context.Context, from Addr) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.accept <- conn{server, from}:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: ErrRefused}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close refuses connections from now on.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is the address of the listener.
func (l *Listener) Addr() net.Addr { return Addr{Name: "memory"} }

// Addr is the address of one end: a name like host:port, and whether the
// client spoke TLS (which in memory is only said).
type Addr struct {
	Name string
	TLS  bool
}

// Network is memory.
func (Addr) Network() string { return "memory" }

// String is the name.
func (a Addr) String() string { return a.Name }

type conn struct {
	net.Conn
	from Addr
}

func (c conn) RemoteAddr() net.Addr { return c.from }
