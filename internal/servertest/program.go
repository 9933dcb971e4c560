package servertest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-f21aa8d8/wechat/internal/testlog"
)

// Build builds programs of the workspace at root, such as ./cmd/wechat, and returns the
// folder with them.
func Build(t testing.TB, root string, packages ...string) (bin string) {
	t.Helper()
	bin = t.TempDir()
	cmd := exec.Command("go", append([]string{"build", "-o", bin + string(filepath.Separator)}, packages...)...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("servertest: %v\n%s", err, out)
	}
	return bin
}

// Program returns the path of the first of the programs that is installed. Without one
// it skips the test, or fails it if servers are required.
func Program(t testing.TB, debianPackage string, programs ...string) string {
	t.Helper()
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path
		}
	}
	Missing(t, fmt.Sprintf("%s is not installed (Debian: apt-get install %s)", strings.Join(programs, " or "), debianPackage))
	return ""
}

// Missing skips a test that cannot run, or fails it if servers are required.
func Missing(t testing.TB, reason string) {
	t.Helper()
	if os.Getenv("CI") == "true" || os.Getenv("WECHAT_REQUIRE_SERVERS") == "1" {
		t.Fatal(reason)
	}
	t.Skip(reason)
}

// patience is how long a program may take to print a line, or to end.
const patience = 45 * time.Second

// Process is a running program.
type Process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    testlog.Buffer
	exited chan struct{}
	err    error // after exited
}

// Run starts a program and kills it at the end of the test.
func Run(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, exited: make(chan struct{})}
	cmd.WaitDelay = time.Second // for a process that it started
	cmd.Stdout, cmd.Stderr = &p.out, &p.out
	var err error
	if p.stdin, err = cmd.StdinPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatalf("servertest: %v", err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.exited
	})
	return p
}

// Output returns what the program has printed so far.
func (p *Process) Output() string { return p.out.String() }

// Find waits until the output matches the pattern, and returns the last group of the
// first match.
func (p *Process) Find(pattern string) string {
	p.t.Helper()
	return p.find(pattern, 0)
}

// Say writes a line to the program's input and waits until its output has the answer.
func (p *Process) Say(line, answer string) {
	p.t.Helper()
	before := len(p.Output())
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		p.t.Fatalf("servertest: %v", err)
	}
	p.find(regexp.QuoteMeta(answer), before)
}

func (p *Process) find(pattern string, from int) string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for began := time.Now(); time.Since(began) < patience; time.Sleep(10 * time.Millisecond) {
		ended := p.ended()
		if m := re.FindStringSubmatch(p.Output()[from:]); m != nil {
			return m[len(m)-1]
		}
		if ended {
			break
		}
	}
	p.t.Fatalf("servertest: %s does not print %s:\n%s", strings.Join(p.cmd.Args, " "), pattern, p.Output())
	return ""
}

func (p *Process) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Close ends the program's input, waits until the program ends, and returns its error.
func (p *Process) Close() error {
	_ = p.stdin.Close()
	select {
	case <-p.exited:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
	return p.err
}
