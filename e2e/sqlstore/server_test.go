//go:build unix

package sqlstore_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

const startTimeout = 60 * time.Second

// startMariaDB runs a MariaDB, or a MySQL if that is what is installed.
func startMariaDB(t *testing.T) *servertest.Server {
	t.Helper()
	program := servertest.Program(t, "mariadb-server", "mariadbd", "/usr/sbin/mariadbd", "mysqld", "/usr/sbin/mysqld")
	dir := dataDir(t)
	return servertest.Start(t, servertest.Config{Dir: dir, User: serverUser(), Command: func(port string) []string {
		return []string{
			program, "--no-defaults", "--datadir=" + dir, "--bind-address=127.0.0.1", "--port=" + port,
			"--socket=" + filepath.Join(dir, "sock"), "--pid-file=" + filepath.Join(dir, "pid"),
			"--skip-grant-tables", "--skip-networking=0", "--innodb-buffer-pool-size=16M", "--innodb-log-file-size=8M",
			"--innodb-flush-log-at-trx-commit=2", // no fsync: it is the program that crashes here
		}
	}})
}

// startPostgreSQL runs a PostgreSQL.
func startPostgreSQL(t *testing.T) *servertest.Server {
	t.Helper()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin") // Debian keeps them out of the PATH
	slices.Reverse(bins)
	var initdbs, postgreses []string
	for _, bin := range bins {
		initdbs = append(initdbs, filepath.Join(bin, "initdb"))
		postgreses = append(postgreses, filepath.Join(bin, "postgres"))
	}
	initdb := servertest.Program(t, "postgresql", append(initdbs, "initdb")...)
	postgres := servertest.Program(t, "postgresql", append(postgreses, "postgres")...)
	dir := dataDir(t)
	data := filepath.Join(dir, "data")
	create := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	create.Dir = dir
	create.SysProcAttr = &syscall.SysProcAttr{Credential: serverUser()}
	if output, err := create.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	return servertest.Start(t, servertest.Config{
		Dir: dir, User: serverUser(),
		Stop: syscall.SIGQUIT, // PostgreSQL's way to die at once, with its children
		Command: func(port string) []string {
			return []string{postgres, "-D", data, "-h", "127.0.0.1", "-p", port, "-k", "", "-F"} // -F: no fsync, it is the program that crashes here
		},
	})
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
