package wechattest

import (
	"context"
	"errors"
	"net"
	"sync"
)

// pipeListener is a net.Listener in memory: every connection is a net.Pipe, so
// it needs no network and works inside a synctest bubble.
type pipeListener struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{accept: make(chan net.Conn), closed: make(chan struct{})}
}

var errRefused = errors.New("connection refused")

// dial connects; the server sees the connection come from addr.
func (l *pipeListener) dial(ctx context.Context, from memoryAddr) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.accept <- memoryConn{server, from}:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: errRefused}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.accept:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return memoryAddr{name: "memory"} }

// memoryAddr is the address of one end: a name like host:port, and whether the
// client spoke TLS (which in memory is only said).
type memoryAddr struct {
	name string
	tls  bool
}

func (memoryAddr) Network() string  { return "memory" }
func (a memoryAddr) String() string { return a.name }

type memoryConn struct {
	net.Conn
	from memoryAddr
}

func (c memoryConn) RemoteAddr() net.Addr { return c.from }
