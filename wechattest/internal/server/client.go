package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"

	"github.com/seed-f21aa8d8/wechat/wechattest/internal/host"
	"github.com/seed-f21aa8d8/wechat/wechattest/internal/pipe"
)

// DefaultClientIP is the address that requests of [Server.Client] come from.
const DefaultClientIP = "203.0.113.10"

// memoryAPI is the platform's API behind an in-memory listener.
type memoryAPI struct {
	platform *Server
	listener *pipe.Listener
	server   *http.Server

	mu         sync.Mutex
	transports map[netip.Addr]*memoryTransport
	open       map[*openBody]struct{}
}

func newMemoryAPI(p *Server) *memoryAPI {
	m := &memoryAPI{
		platform:   p,
		listener:   pipe.NewListener(),
		transports: map[netip.Addr]*memoryTransport{},
		open:       map[*openBody]struct{}{},
	}
	m.server = &http.Server{
		Handler:     m,
		BaseContext: func(net.Listener) context.Context { return p.Ctx },
		ErrorLog:    slog.NewLogLogger(p.Account.Logger.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, overTLS{}, conn.RemoteAddr().(pipe.Addr).TLS)
		},
	}
	p.work.Go(func() { _ = m.server.Serve(m.listener) })
	return m
}

type overTLS struct{}

// OverTLS reports whether a call in memory came over TLS; known is false for a call
// over a network.
func (c *Call) OverTLS() (tls, known bool) {
	tls, known = c.Request.Context().Value(overTLS{}).(bool)
	return tls, known
}

// Client returns a client whose requests all reach the platform in memory, from
// [DefaultClientIP]. A request to a host that does not belong to the platform fails and
// is recorded in CallsElsewhere.
func (s *Server) Client() *http.Client {
	return s.memory.client(netip.MustParseAddr(DefaultClientIP))
}

// ClientFrom is Client with requests from another address, for the IP allow-list. It
// panics if ip is not an IP address.
func (s *Server) ClientFrom(ip string) *http.Client {
	return s.memory.client(netip.MustParseAddr(ip))
}

func (m *memoryAPI) client(from netip.Addr) *http.Client {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.transports[from]
	if t == nil {
		t = m.transport(from)
		m.transports[from] = t
	}
	return &http.Client{Transport: t}
}

func (m *memoryAPI) transport(from netip.Addr) *memoryTransport {
	dial := func(tls bool) func(context.Context, string, string) (net.Conn, error) {
		addr := pipe.Addr{Name: netip.AddrPortFrom(from, 40001).String(), TLS: tls}
		return func(ctx context.Context, _, _ string) (net.Conn, error) { return m.listener.Dial(ctx, addr) }
	}
	return &memoryTransport{m, &http.Transport{
		DialContext:         dial(false),
		DialTLSContext:      dial(true),
		MaxIdleConnsPerHost: 1024,
	}}
}

// memoryTransport keeps the response bodies that it returns until they are closed.
type memoryTransport struct {
	api  *memoryAPI
	base *http.Transport
}

func (t *memoryTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body := &openBody{resp.Body, t.api, r.Method + " " + r.URL.Path}
	t.api.mu.Lock()
	defer t.api.mu.Unlock()
	t.api.open[body] = struct{}{}
	resp.Body = body
	return resp, nil
}

// CloseIdleConnections is called by http.Client.CloseIdleConnections.
func (t *memoryTransport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// openBody is the body of a response.
type openBody struct {
	io.ReadCloser
	api  *memoryAPI
	call string // method and path
}

func (b *openBody) Close() error {
	b.api.mu.Lock()
	delete(b.api.open, b)
	b.api.mu.Unlock()
	return b.ReadCloser.Close()
}

// unclosed returns an error for each call whose response body is still open.
func (m *memoryAPI) unclosed() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := map[string]int{}
	for body := range m.open {
		counts[body.call]++
	}
	var left []string
	for _, call := range slices.Sorted(maps.Keys(counts)) {
		left = append(left, fmt.Sprintf("%d response bodies of %s were never closed", counts[call], call))
	}
	return left
}

// closeBodies closes the bodies that the client has left open. Otherwise the goroutines
// of their connections would stay, which stops a synctest bubble from ending.
func (m *memoryAPI) closeBodies() {
	m.mu.Lock()
	open := slices.Collect(maps.Keys(m.open))
	m.mu.Unlock()
	for _, body := range open {
		_ = body.Close()
	}
}

func (m *memoryAPI) close() (left []string) {
	m.closeBodies()
	_ = m.listener.Close()
	if err := m.server.Close(); err != nil {
		left = append(left, "the API server: "+err.Error())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, t := range m.transports {
		t.CloseIdleConnections()
	}
	return left
}

// ServeHTTP answers requests in memory, depending on their host.
func (m *memoryAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch tls, _ := r.Context().Value(overTLS{}).(bool); {
	case !host.Platform(r.Host):
		m.platform.serveElsewhere(w, r)
	case !tls:
		m.platform.serve(w, r, Fail(43003))
	default:
		m.platform.serve(w, r, nil)
	}
}
