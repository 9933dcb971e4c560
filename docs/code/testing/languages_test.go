package testing

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/servertest"
)

// The tests in other languages run with the emulator in PATH.
func TestOtherLanguages(t *testing.T) {
	bin := servertest.Build(t, "../../..", "./cmd/wechat-emulator")
	for folder, command := range map[string][]string{
		"python": {"python3", "-B", "-m", "unittest"},
		"node":   {"node", "--test"},
	} {
		t.Run(folder, func(t *testing.T) {
			program := servertest.Program(t, command[0], command[0])
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			run := exec.CommandContext(ctx, program, command[1:]...)
			run.WaitDelay = time.Second
			run.Dir = folder
			run.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
			out, err := run.CombinedOutput()
			require.NoError(t, err, "%s", out)
		})
	}
}
