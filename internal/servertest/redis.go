//go:build unix

package servertest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// Redis runs a redis-server until the test ends and returns when it answers. args are
// added to its command line. Without args nothing is written to disk, so a restarted
// server is empty; "--appendonly", "yes", "--appendfsync", "always" makes it keep its
// data.
func Redis(t testing.TB, args ...string) *Server {
	t.Helper()
	program := Program(t, "redis-server", "redis-server")
	dir, err := os.MkdirTemp("", "servertest-")
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return Start(t, Config{Dir: dir, Ready: ping, Command: func(port string) []string {
		return append([]string{
			program, "--bind", "127.0.0.1", "--port", port, "--dir", dir,
			"--save", "", "--appendonly", "no", "--daemonize", "no",
		}, args...)
	}})
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
