//go:build unix

package servertest

import (
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy forwards connections to a server, and can cut them in the middle of a call: when
// the server has done its work and before its answer arrives.
type Proxy struct {
	Addr   string
	target string

	mu      sync.Mutex
	answers int           // number of answers until the one that is cut; 0 means none
	release chan struct{} // not nil: answers wait for it
	meddle  func()        // not nil: called once, while an answer is on its way
}

// NewProxy returns a proxy that ends with the test. Clients must be closed before.
func NewProxy(t testing.TB, target string) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	p := &Proxy{Addr: listener.Addr().String(), target: target}
	var done sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		p.Hang(false)
		done.Wait()
	})
	done.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			done.Go(func() { p.serve(client) })
		}
	})
	return p
}

// CutAnswer makes the n-th answer from now the end of its connection; 0 cuts none.
func (p *Proxy) CutAnswer(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = n
}

// Hang holds all answers back, or lets them go.
func (p *Proxy) Hang(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.release != nil {
		close(p.release)
		p.release = nil
	}
	if on {
		p.release = make(chan struct{})
	}
}

// DuringNextAnswer calls f once, when the server has done its next work and the client
// does not know yet.
func (p *Proxy) DuringNextAnswer(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.meddle = f
}

// answer is called for each answer and reports whether to cut it.
func (p *Proxy) answer() (cut bool) {
	p.mu.Lock()
	release, meddle := p.release, p.meddle
	p.meddle = nil
	if p.answers > 0 {
		p.answers--
		cut = p.answers == 0
	}
	p.mu.Unlock()
	if meddle != nil {
		meddle()
	}
	if release != nil {
		<-release
	}
	return cut
}

func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		io.Copy(server, client)
		server.Close()
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil || p.answer() {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
