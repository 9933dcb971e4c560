//go:build unix

package servertest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/testlog"
)

const (
	startTimeout = 60 * time.Second
	startTries   = 5 // another program may have taken the free port
)

// Config describes a server program.
type Config struct {
	Command func(port string) []string // the program and its arguments
	Dir     string                     // working directory
	Stop    syscall.Signal             // ends the server at once; SIGKILL if zero
	User    *syscall.Credential        // runs the server; nil means the user of the test
	Ready   func(addr string) error    // checks that it answers; nil means that it accepts connections
}

// Server is a server for one test, on a loopback port.
type Server struct {
	// Addr is host:port. It stays the same after Kill and Restart.
	Addr string

	t   testing.TB
	cfg Config
	log testlog.Buffer

	mu     sync.Mutex
	cmd    *exec.Cmd
	exited chan struct{} // closed when cmd has ended
}

// Start runs a server until the test ends and returns when it is ready.
func Start(t testing.TB, cfg Config) *Server {
	t.Helper()
	if cfg.Stop == 0 {
		cfg.Stop = syscall.SIGKILL
	}
	if cfg.Ready == nil {
		cfg.Ready = connect
	}
	s := &Server{t: t, cfg: cfg}
	t.Cleanup(s.Kill)
	for try := 1; ; try++ {
		s.Addr = FreeAddr(t)
		err := s.start()
		if err == nil {
			return s
		}
		if try == startTries {
			t.Fatalf("servertest: %v\n%s", err, s.log.String())
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
// It returns when the server is ready.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	if err := s.start(); err != nil {
		s.t.Fatalf("servertest: restart: %v\n%s", err, s.log.String())
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
		s.t.Fatalf("servertest: the server is not running")
	}
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("servertest: %v: %v", sig, err)
	}
}

func (s *Server) kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(s.cfg.Stop) // fails only if the process has ended
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.cmd.Process.Kill()
		<-s.exited
	}
	s.cmd = nil
}

// start runs the server and waits until it is ready.
func (s *Server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return err
	}
	command := s.cfg.Command(port)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = s.cfg.Dir
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	cmd.SysProcAttr = processAttributes(s.cfg.Stop, s.cfg.User)
	if err := cmd.Start(); err != nil {
		return err
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	s.cmd, s.exited = cmd, exited
	if err := s.waitUntilReady(); err != nil {
		s.kill()
		return fmt.Errorf("%s at %s: %w", command[0], s.Addr, err)
	}
	return nil
}

// waitUntilReady asks until the server is ready, has ended or is too slow.
func (s *Server) waitUntilReady() error {
	deadline := time.After(startTimeout)
	for {
		err := s.cfg.Ready(s.Addr)
		if err == nil {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("it ended while starting: %w", err)
		case <-deadline:
			return fmt.Errorf("it does not answer: %w", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func connect(addr string) error {
	conn, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return err
	}
	return conn.Close()
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
	t.Fatalf("servertest: no free port: %v", err)
	return ""
}
