//go:build unix

package servertest_test

import (
	"bufio"
	"net"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

func TestServerLife(t *testing.T) {
	srv := servertest.Redis(t)
	addr := srv.Addr
	conn := dial(t, addr)
	expect(t, conn, "SET k v", "+OK")

	srv.Pause()
	conn.SetDeadline(time.Now().Add(100 * time.Millisecond))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		t.Fatalf("write to a paused server: %v", err)
	}
	if n, err := conn.Read(make([]byte, 8)); err == nil {
		t.Fatalf("a paused server answered %d bytes", n)
	}
	srv.Resume()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || line != "+PONG\r\n" {
		t.Fatalf("after Resume: %q, %v", line, err)
	}

	srv.Kill()
	srv.Kill() // twice does no harm
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Fatal("a killed server takes connections")
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Fatal("a connection outlived the server")
	}

	srv.Restart()
	if srv.Addr != addr {
		t.Fatalf("address moved from %s to %s", addr, srv.Addr)
	}
	expect(t, dial(t, addr), "EXISTS k", ":0")
}

func TestServerRemembersWhenTold(t *testing.T) {
	srv := servertest.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	expect(t, dial(t, srv.Addr), "SET k v", "+OK")
	srv.Restart()
	expect(t, dial(t, srv.Addr), "EXISTS k", ":1")
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func expect(t *testing.T, conn net.Conn, command, want string) {
	t.Helper()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte(command + "\r\n")); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil || line != want+"\r\n" {
		t.Fatalf("%s: got %q, %v; want %s", command, line, err, want)
	}
}
