//go:build unix

package redistest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startTimeout = 20 * time.Second
	startTries   = 5 // another program may have taken the free port
)

// Server is a Redis server for one test, on a loopback port.
type Server struct {
	// Addr is host:port. It stays the same after Kill and Restart.
	Addr string

	t    testing.TB
	args []string
	log  lockedBuffer

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended
}

// Start runs a redis-server until the test ends and returns when it answers. args are
// added to its command line. Without args nothing is written to disk, so a restarted
// server is empty; "--appendonly", "yes", "--appendfsync", "always" makes it keep its
// data.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server is not in the PATH (Debian: apt-get install redis-server)")
	}
	dir, err := os.MkdirTemp("", "redistest-")
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	s := &Server{t: t}
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(dir)
	})
	for try := 1; ; try++ {
		s.Addr = FreeAddr(t)
		_, port, err := net.SplitHostPort(s.Addr)
		if err != nil {
			t.Fatalf("redistest: %v", err)
		}
		s.args = append([]string{
			program, "--bind", "127.0.0.1", "--port", port, "--dir", dir,
			"--save", "", "--appendonly", "no", "--daemonize", "no",
		}, args...)
		if err = s.start(); err == nil {
			return s
		}
		if try == startTries {
			t.Fatalf("redistest: %v\n%s", err, s.log.String())
		}
	}
}

// Kill ends the server at once, as a crash would, and waits for its end. Its
// connections are reset. If the server is not running, Kill does nothing.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kill()
}

// Restart kills the server, if it runs, and starts it again on the same address.
// It returns when the server answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.mu.Lock()
	s.kill()
	s.mu.Unlock()
	if err := s.start(); err != nil {
		s.t.Fatalf("redistest: restart: %v\n%s", err, s.log.String())
	}
}

// Pause suspends the server: connections stay open, but requests are not answered.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume continues a paused server.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		s.t.Fatalf("redistest: the server is not running")
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("redistest: %v: %v", sig, err)
	}
}

func (s *Server) kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Kill() // fails only if the process has ended
	<-s.exited
	s.cmd = nil
}

// start runs the server and waits until it answers.
func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	cmd := exec.Command(s.args[0], s.args[1:]...)
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	cmd.SysProcAttr = processAttributes()
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	s.cmd, s.exited = cmd, exited
	if err := waitUntilReady(s.Addr, exited); err != nil {
		s.kill()
		return err
	}
	return nil
}

// waitUntilReady pings until the server answers, has ended or is too slow.
func waitUntilReady(addr string, exited <-chan struct{}) error {
	deadline := time.After(startTimeout)
	for {
		err := ping(addr)
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("redis-server at %s ended while starting", addr)
		case <-deadline:
			return fmt.Errorf("redis-server at %s does not answer: %w", addr, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func ping(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	if strings.HasPrefix(answer, "+PONG") || strings.HasPrefix(answer, "-NOAUTH") {
		return nil
	}
	return fmt.Errorf("answer to PING: %q", answer)
}

// FreeAddr returns a loopback address that no program listens on. Its port is outside
// the range of outgoing connections, so that it is still free when a server is
// restarted.
func FreeAddr(t testing.TB) string {
	t.Helper()
	const low, high, tries = 20_000, 30_000, 100
	var err error
	for range tries {
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(low+rand.IntN(high-low)))); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	t.Fatalf("redistest: no free port: %v", err)
	return ""
}

// missing skips the test, or fails it if servers are required.
func missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("WECHAT_REQUIRE_SERVERS") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// lockedBuffer keeps what the server prints, for the message of a failure.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
