//go:build unix

package sqlstore_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const startTimeout = 60 * time.Second

// server is a database server of its own for one test, on a loopback port, with
// its data in a temporary folder and without any password.
type server struct {
	addr string

	t       *testing.T
	command func() *exec.Cmd
	stop    syscall.Signal // ends it at once, without tidying up
	log     lockedBuffer

	cmd    *exec.Cmd
	exited chan struct{}
}

// startMariaDB runs a MariaDB, or a MySQL if that is what is installed.
func startMariaDB(t *testing.T) *server {
	t.Helper()
	program := findProgram(t, "mariadb-server", "mariadbd", "/usr/sbin/mariadbd", "mysqld", "/usr/sbin/mysqld")
	dir := dataDir(t)
	s := &server{t: t, stop: syscall.SIGKILL}
	port := s.choosePort()
	s.command = func() *exec.Cmd {
		return exec.Command(program, "--no-defaults", "--datadir="+dir, "--bind-address=127.0.0.1", "--port="+port,
			"--socket="+filepath.Join(dir, "sock"), "--pid-file="+filepath.Join(dir, "pid"),
			"--skip-grant-tables", "--skip-networking=0", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
			"--innodb-flush-log-at-trx-commit=2") // no fsync: it is the program that crashes here
	}
	s.run(dir)
	return s
}

// startPostgreSQL runs a PostgreSQL.
func startPostgreSQL(t *testing.T) *server {
	t.Helper()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // Debian keeps them out of the PATH
	slices.Reverse(bins)
	var initdbs, postgreses []string
	for _, bin := range bins {
		initdbs = append(initdbs, filepath.Join(bin, "initdb"))
		postgreses = append(postgreses, filepath.Join(bin, "postgres"))
	}
	initdb := findProgram(t, "postgresql", append(initdbs, "initdb")...)
	postgres := findProgram(t, "postgresql", append(postgreses, "postgres")...)
	dir := dataDir(t)
	data := filepath.Join(dir, "data")
	create := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	create.Dir = dir
	create.SysProcAttr = processAttributes(syscall.SIGKILL)
	if output, err := create.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	s := &server{t: t, stop: syscall.SIGQUIT} // PostgreSQL's way to die at once, with its children
	port := s.choosePort()
	s.command = func() *exec.Cmd {
		return exec.Command(postgres, "-D", data, "-h", "127.0.0.1", "-p", port, "-k", "", "-F") // -F: no fsync, it is the program that crashes here
	}
	s.run(dir)
	return s
}

// choosePort sets the address to a free port, and to none that the system gives to
// outgoing connections: it is to be free still after a crash.
func (s *server) choosePort() string {
	s.t.Helper()
	var err error
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(10_000))
		s.addr = net.JoinHostPort("127.0.0.1", port)
		var l net.Listener
		if l, err = net.Listen("tcp", s.addr); err == nil {
			l.Close()
			return port
		}
	}
	s.t.Fatalf("no free port: %v", err)
	return ""
}

func (s *server) run(dir string) {
	s.t.Helper()
	command := s.command
	s.command = func() *exec.Cmd {
		cmd := command()
		cmd.Dir = dir
		cmd.Stdout, cmd.Stderr = &s.log, &s.log
		cmd.SysProcAttr = processAttributes(s.stop)
		return cmd
	}
	s.t.Cleanup(s.kill)
	s.restart()
}

// kill ends the server as a crash would, and returns when it is gone.
func (s *server) kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Signal(s.stop) // fails only if it is gone already
	select {
	case <-s.exited:
	case <-time.After(20 * time.Second):
		s.cmd.Process.Kill()
		<-s.exited
	}
	s.cmd = nil
}

// restart starts the server again on the same address and data. It returns when it
// takes connections; it may not answer at once.
func (s *server) restart() {
	s.t.Helper()
	s.kill()
	cmd, exited := s.command(), make(chan struct{})
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		cmd.Wait()
		close(exited)
	}()
	s.cmd, s.exited = cmd, exited
	for giveUp := time.Now().Add(startTimeout); ; {
		conn, err := net.Dial("tcp", s.addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-exited:
			s.t.Fatalf("%s ended while starting:\n%s", cmd.Path, s.log.String())
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(giveUp) {
			s.t.Fatalf("%s does not answer: %v\n%s", cmd.Path, err, s.log.String())
		}
	}
}

// findProgram returns the first of the programs that is installed. If none is, it skips
// the test, or fails it where servers are required.
func findProgram(t *testing.T, debianPackage string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	reason := fmt.Sprintf("none of %s is there (Debian: apt-get install %s)", strings.Join(programs, ", "), debianPackage)
	if os.Getenv("CI") == "true" || os.Getenv("WECHAT_REQUIRE_SERVERS") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
	return ""
}

// dataDir returns a temporary folder that belongs to the user the server runs as.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sqlstore-") // not t.TempDir, which others cannot enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if credential := serverUser(); credential != nil {
		if err := os.Chown(dir, int(credential.Uid), int(credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// serverUser is the user to run servers as: nobody if the test runs as root, which
// they refuse, and the same user otherwise.
func serverUser() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	const nobodyOnLinux = 65534
	credential := &syscall.Credential{Uid: nobodyOnLinux, Gid: nobodyOnLinux}
	if nobody, err := user.Lookup("nobody"); err == nil {
		if uid, err := strconv.ParseUint(nobody.Uid, 10, 32); err == nil {
			credential.Uid = uint32(uid)
		}
		if gid, err := strconv.ParseUint(nobody.Gid, 10, 32); err == nil {
			credential.Gid = uint32(gid)
		}
	}
	return credential
}

// lockedBuffer keeps the output of a server, for the message of a failure.
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
