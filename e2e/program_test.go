package e2e_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

// built builds the program in a folder of this repository, such as examples/weblogin, and
// returns its path.
func built(t *testing.T, folder string) string {
	t.Helper()
	return filepath.Join(servertest.Build(t, "..", "./"+folder), filepath.Base(folder))
}

// start builds the program in a folder and starts it. The program ends with the test, by
// the end of its input, and must then have had nothing to complain of. The environment
// names no account.
func start(t *testing.T, folder string, args ...string) *servertest.Process {
	t.Helper()
	cmd := exec.Command(built(t, folder), args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH="}
	p := servertest.Run(t, cmd)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("%s: %v\n%s", folder, err, p.Output())
		}
	})
	return p
}
