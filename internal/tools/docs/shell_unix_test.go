//go:build unix

package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// pageTime is how long the blocks of one page may take.
const pageTime = time.Minute

// TestShellBlocks executes the run fences of every page, and compares their output.
func TestShellBlocks(t *testing.T) {
	root, err := pages.Root()
	require.NoError(t, err)
	list, err := pages.Load(root)
	require.NoError(t, err)
	bin := servertest.Build(t, root, "./cmd/wechat-emulator", "./cmd/wechat", "./gateway/cmd/wechat-gateway")
	var last []pages.Fence
	for _, p := range list {
		fences, err := p.Fences()
		require.NoError(t, err)
		fences = slices.DeleteFunc(fences, func(f pages.Fence) bool {
			return f.Marker.Kind != pages.Run && f.Marker.Kind != pages.Output
		})
		same := p.Lang == pages.Chinese && slices.EqualFunc(fences, last, func(a, b pages.Fence) bool { return a.Body == b.Body })
		last = fences
		if len(fences) == 0 || same {
			continue // the English page has run the same
		}
		t.Run(p.File, func(t *testing.T) {
			t.Parallel()
			if err := runFences(t, bin, p, fences); err != nil {
				t.Error(err)
			}
		})
	}
}

// runFences executes run fences in one session of sh, in an empty folder, and ends all
// programs that they start.
func runFences(t *testing.T, bin string, p pages.Page, fences []pages.Fence) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), pageTime)
	defer cancel()
	dir, outputs, home := t.TempDir(), t.TempDir(), t.TempDir()
	if err := disableTelemetry(home); err != nil {
		return err
	}
	env := []string{
		"PATH=" + bin + string(filepath.ListSeparator) + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8",
		"PORT=" + freePort(t), "PORT2=" + freePort(t),
	}
	var script strings.Builder
	output := func(f pages.Fence) string { return filepath.Join(outputs, fmt.Sprint(f.Line)) }
	for _, f := range fences {
		if f.Marker.Kind == pages.Run {
			fmt.Fprintf(&script, "exec >'%s' 2>&1\n%s\n", output(f), f.Body)
		}
	}
	if strings.Contains(script.String(), "EMULATOR") {
		emulator := exec.Command(filepath.Join(bin, "wechat-emulator"), "-listen", "127.0.0.1:0")
		emulator.Env = []string{}
		env = append(env, "EMULATOR="+servertest.Run(t, emulator).Find(`http://127\.0\.0\.1:\d+`))
	}
	shell := exec.CommandContext(ctx, "sh", "-e", "-c", script.String())
	shell.Dir, shell.Env = dir, env
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	if err := shell.Start(); err != nil {
		return err
	}
	ended := shell.Wait()
	defer endGroup(shell.Process.Pid)
	if ctx.Err() != nil {
		ended = fmt.Errorf("it takes longer than %v", pageTime)
	}
	return compareOutputs(p, fences, ended, func(f pages.Fence) (string, bool) {
		text, err := os.ReadFile(output(f))
		return string(text), err == nil
	})
}

// disableTelemetry keeps the go command from a background process that writes into home
// after the command has ended.
func disableTelemetry(home string) error {
	for _, config := range []string{".config", "Library/Application Support"} { // as os.UserConfigDir
		dir := filepath.Join(home, config, "go", "telemetry")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "mode"), []byte("off"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compareOutputs compares the outputs of a session with the pages. If the session ended
// with an error, the block to blame is the last one that has an output.
func compareOutputs(p pages.Page, fences []pages.Fence, ended error, output func(pages.Fence) (string, bool)) error {
	var last pages.Fence
	var got string
	for _, f := range fences {
		switch f.Marker.Kind {
		case pages.Run:
			text, ran := output(f)
			if !ran {
				return fmt.Errorf("%s:%d: %w:\n%soutput:\n%s", p.File, last.Line, ended, last.Body, got)
			}
			last, got = f, text
		case pages.Output:
			if ended != nil {
				continue
			}
			if err := matchOutput(got, f.Body); err != nil {
				return fmt.Errorf("%s:%d: %w", p.File, f.Line, err)
			}
		}
	}
	if ended != nil {
		return fmt.Errorf("%s:%d: %w:\n%soutput:\n%s", p.File, last.Line, ended, last.Body, got)
	}
	return nil
}

// endGroup kills the programs of a session that still run, and waits until they are gone.
func endGroup(group int) {
	for range 200 {
		if syscall.Kill(-group, syscall.SIGKILL) != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func freePort(t *testing.T) string {
	_, port, _ := net.SplitHostPort(servertest.FreeAddr(t))
	return port
}
