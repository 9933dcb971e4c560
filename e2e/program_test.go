package e2e_test

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/e2e/browser"
)

// program is a running program of this repository, with its output so far.
type program struct {
	t     *testing.T
	stdin io.WriteCloser

	mu     sync.Mutex
	output strings.Builder
	ended  bool
}

// built builds the program in a folder of this repository, such as examples/weblogin, and
// returns its path.
func built(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(folder))
	module, dir, _ := strings.Cut(folder, "/")
	build := exec.Command("go", "build", "-o", binary, "./"+dir)
	build.Dir = filepath.Join("..", module)
	text, err := build.CombinedOutput()
	require.NoError(t, err, string(text))
	return binary
}

// start builds the program in a folder and starts it. The program ends with the test, by
// the end of its input, and must then have had nothing to complain of. The environment
// names no account.
func start(t *testing.T, folder string, args ...string) *program {
	t.Helper()
	p := &program{t: t}
	cmd := exec.Command(built(t, folder), args...)
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH="}
	var err error
	p.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())
	go p.read(out)
	t.Cleanup(func() {
		_ = p.stdin.Close()
		stuck := time.AfterFunc(browser.Patience, func() { _ = cmd.Process.Kill() })
		defer stuck.Stop()
		p.await("end", func(string, bool) bool { p.mu.Lock(); defer p.mu.Unlock(); return p.ended })
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", folder, err, p.text())
		}
	})
	return p
}

func (p *program) read(out io.Reader) {
	for r := bufio.NewReader(out); ; {
		c, err := r.ReadByte()
		p.mu.Lock()
		if err != nil {
			p.ended = true
			p.mu.Unlock()
			return
		}
		p.output.WriteByte(c)
		p.mu.Unlock()
	}
}

func (p *program) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

func (p *program) await(what string, done func(text string, ended bool) bool) {
	p.t.Helper()
	for began := time.Now(); time.Since(began) < browser.Patience; time.Sleep(20 * time.Millisecond) {
		p.mu.Lock()
		ended := p.ended
		p.mu.Unlock()
		if done(p.text(), ended) {
			return
		}
	}
	p.t.Errorf("the program did not %s:\n%s", what, p.text())
}

// find waits for a line that matches, and returns its first group.
func (p *program) find(pattern string) (group string) {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	p.await("say "+pattern, func(text string, _ bool) bool {
		if m := re.FindStringSubmatch(text); m != nil {
			group = m[len(m)-1]
			return true
		}
		return false
	})
	if group == "" {
		p.t.FailNow()
	}
	return group
}

// say gives the program a line, and waits until it answers with the text.
func (p *program) say(line, answer string) {
	p.t.Helper()
	before := len(p.text())
	_, err := io.WriteString(p.stdin, line+"\n")
	require.NoError(p.t, err)
	p.await("answer "+answer, func(text string, _ bool) bool { return strings.Contains(text[before:], answer) })
}
