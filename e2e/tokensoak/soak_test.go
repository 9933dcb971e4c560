//go:build unix

package tokensoak

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/token"
)

const (
	lease = 2 * time.Second
	lasts = 36 * time.Second
)

// process is a child.
type process struct {
	cmd      *exec.Cmd
	out, err bytes.Buffer
}

// processes are the children of one test.
type processes struct {
	t    *testing.T
	mu   sync.Mutex
	all  map[string]*process
	dead map[string]bool
}

func start(t *testing.T, platform, redis string) *processes {
	ps := &processes{t: t, all: map[string]*process{}, dead: map[string]bool{}}
	exe, err := os.Executable()
	require.NoError(t, err)
	for _, name := range []string{"a", "b", "c", "d"} {
		p := &process{cmd: exec.CommandContext(t.Context(), exe)}
		p.cmd.Env = append(os.Environ(), envName+"="+name, envPlatform+"="+platform, envRedis+"="+redis, envLasts+"="+lasts.String())
		p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
		require.NoError(t, p.cmd.Start())
		ps.all[name] = p
	}
	return ps
}

func (ps *processes) signal(name string, sig syscall.Signal) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if err := ps.all[name].cmd.Process.Signal(sig); err != nil {
		ps.t.Errorf("%v to %s: %v", sig, name, err)
	}
	if sig == syscall.SIGKILL {
		ps.dead[name] = true
	}
}

// pause stops a process for longer than a lease.
func (ps *processes) pause(name string) {
	ps.signal(name, syscall.SIGSTOP)
	time.Sleep(lease + 1500*time.Millisecond)
	ps.signal(name, syscall.SIGCONT)
}

// wait returns what the children reported, and searches all they wrote for secrets.
func (ps *processes) wait() (failed []report, calls int) {
	for name, p := range ps.all {
		err := p.cmd.Wait()
		if !ps.dead[name] {
			require.NoError(ps.t, err, "process %s:\n%s", name, p.err.String())
		}
		for _, hidden := range []string{secret, "token-0"} {
			require.NotContains(ps.t, p.out.String()+p.err.String(), hidden)
		}
		lines := json.NewDecoder(&p.out)
		for {
			var r report
			if err := lines.Decode(&r); err != nil {
				break // the end, or the line that a killed process did not finish
			}
			if r.Error != "" {
				failed = append(failed, r)
				continue
			}
			ps.t.Logf("process %s: %d calls, the longest %v", name, r.Calls, r.Longest.Round(time.Millisecond))
			calls += r.Calls
		}
	}
	return failed, calls
}

// events are what happened.
type events struct {
	killed, paused string
	down, up       time.Time // of Redis
}

func TestSoakSharedOverRedis(t *testing.T) {
	if os.Getenv("WECHAT_SOAK") != "1" {
		t.Skip("takes forty seconds; set WECHAT_SOAK=1")
	}
	t.Parallel()
	dir := t.TempDir()
	redis := servertest.Redis(t, "--dir", dir, "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0")
	p := newPlatform()
	srv := httptest.NewServer(p)
	defer srv.Close()
	ps := start(t, srv.URL, redis.Addr)
	began := time.Now()
	at := func(d time.Duration) { time.Sleep(time.Until(began.Add(d))) }
	var ev events

	at(4 * time.Second) // the next early refresh is at about 9 s
	killed, paused := make(chan string, 1), make(chan string, 1)
	p.atNextFetch(func(name string) {
		ps.signal(name, syscall.SIGKILL) // it holds the lock, and its token is never stored
		killed <- name
	})
	ev.killed = <-killed
	at(13 * time.Second) // the others have a token by now
	p.atNextFetch(func(name string) {
		ps.pause(name) // beyond its lease; other processes replace its answer during that time
		paused <- name
	})
	ev.paused = <-paused

	at(25 * time.Second)
	ev.down = time.Now()
	redis.Kill()
	time.Sleep(500 * time.Millisecond)
	p.revoke() // so both are gone, and every process asks past the store
	time.Sleep(5 * time.Second)
	history := tokensWritten(t, dir)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "appendonlydir")), "Redis is to forget everything")
	redis.Restart()
	ev.up = time.Now()

	at(33 * time.Second)
	p.revoke()
	failed, calls := ps.wait()
	history = append(history, tokensWritten(t, dir)...)

	t.Logf("%s was killed, %s paused; %d calls, %d refused, %d fetches; %d tokens stored: %v",
		ev.killed, ev.paused, p.calls, p.refused, len(p.fetches), len(history), history)
	require.NotEqual(t, ev.killed, ev.paused)
	require.Greater(t, calls, 3000)
	requireAscending(t, history)
	for _, f := range failed {
		require.True(t, f.Failed.After(ev.down) && f.Began.Before(ev.up.Add(lease+time.Second)),
			"process %s failed while Redis was there, %v after the start: %s", f.Process, f.Began.Sub(began), f.Error)
	}
	// Lives of ten seconds, less the early renewal, make four fetches; one each for
	// the kill, the pause, the Redis that came back empty and the revocation, and one
	// past the store for each process.
	require.LessOrEqual(t, len(p.fetches), 4+4+4)
}

func TestSoakStableWithoutStore(t *testing.T) {
	if os.Getenv("WECHAT_SOAK") != "1" {
		t.Skip("takes forty seconds; set WECHAT_SOAK=1")
	}
	t.Parallel()
	p := newPlatform()
	srv := httptest.NewServer(p)
	defer srv.Close()
	ps := start(t, srv.URL, "")
	began := time.Now()
	at := func(d time.Duration) { time.Sleep(time.Until(began.Add(d))) }

	at(5 * time.Second)
	ps.signal("a", syscall.SIGKILL)
	at(12 * time.Second)
	ps.pause("b")
	at(20 * time.Second)
	p.revoke()
	failed, calls := ps.wait()

	t.Logf("%d calls, %d refused, %d fetches, %d tokens", p.calls, p.refused, len(p.fetches), p.n)
	require.Greater(t, calls, 3000)
	require.Empty(t, failed, "no call fails")
	require.LessOrEqual(t, p.n, 6, "everyone has the same token")
	require.LessOrEqual(t, len(p.fetches), 4*(2*5+2), "each process asks at most twice for a token, and once for the revocation")
}

// requireAscending checks that no token was ever stored over, or after, a newer one.
func requireAscending(t *testing.T, history []string) {
	t.Helper()
	require.NotEmpty(t, history)
	require.True(t, slices.IsSorted(history), "an older token was stored after a newer one: %v", history)
}

// tokensWritten are the tokens stored in the course of time, as the append-only file
// of Redis has them: what took effect, and nothing else.
func tokensWritten(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "appendonlydir", "*.incr.aof"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	f, err := os.Open(files[0])
	require.NoError(t, err)
	defer f.Close()
	key := token.Key(appID, secret, token.AccessToken)
	var tokens []string
	for r := bufio.NewReader(f); ; {
		command, err := readCommand(r)
		if errors.Is(err, io.EOF) {
			return tokens
		}
		require.NoError(t, err)
		if len(command) > 2 && strings.EqualFold(command[0], "set") && command[1] == key {
			var rec struct{ Token string }
			require.NoError(t, json.Unmarshal([]byte(command[2]), &rec))
			tokens = append(tokens, rec.Token)
		}
	}
}

// readCommand reads a command of the append-only file: "*2", and then "$3" and the
// bytes for each word.
func readCommand(r *bufio.Reader) ([]string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return nil, io.EOF // a command cut off by the crash did not take effect
	}
	if !strings.HasPrefix(line, "*") {
		return nil, nil // an annotation
	}
	n, err := strconv.Atoi(strings.TrimSpace(line[1:]))
	if err != nil {
		return nil, fmt.Errorf("append-only file: %w", err)
	}
	command := make([]string, n)
	for i := range command {
		size, err := r.ReadString('\n')
		if err != nil {
			return nil, io.EOF
		}
		length, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(size, "$")))
		if err != nil {
			return nil, fmt.Errorf("append-only file: %w", err)
		}
		word := make([]byte, length+2)
		if _, err := io.ReadFull(r, word); err != nil {
			return nil, io.EOF
		}
		command[i] = string(word[:length])
	}
	return command, nil
}
