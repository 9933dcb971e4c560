package deploy

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

// stagesOf parses the Dockerfile of a program. A warning of Docker's linter fails the test.
func stagesOf(t *testing.T, program string) []instructions.Stage {
	t.Helper()
	name := filepath.Join(root, "deploy", strings.TrimPrefix(program, "wechat-")+".Dockerfile")
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	parsed, err := parser.Parse(f)
	require.NoError(t, err)
	require.Empty(t, parsed.Warnings)
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, text string, _ []parser.Range) { t.Errorf("%s: %s: %s", name, rule, text) }})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	require.NoError(t, err)
	return stages
}

// build builds a program as its Dockerfile does and returns the binary.
func build(t *testing.T, program string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), program)
	for _, command := range stagesOf(t, program)[0].Commands {
		run, ok := command.(*instructions.RunCommand)
		if !ok {
			continue
		}
		line := strings.Join(run.CmdLine, " ")
		require.Contains(t, line, "CGO_ENABLED=0")
		require.Contains(t, line, "-trimpath")
		make := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(line, path.Join("/out", program), binary))
		make.Dir, make.Env = root, append(os.Environ(), "GOWORK=", "TARGETOS=", "TARGETARCH=")
		out, err := make.CombinedOutput()
		require.NoError(t, err, string(out))
	}
	return binary
}

// pinned matches an image with a version, or the nonroot tag of distroless.
var pinned = regexp.MustCompile(`:(\d+\.\d+|nonroot$)`)

func TestDockerfiles(t *testing.T) {
	for _, program := range []string{"wechat-gateway", "wechat-emulator"} {
		t.Run(program, func(t *testing.T) {
			stages := stagesOf(t, program)
			require.Len(t, stages, 2)
			var user, entry string
			for _, stage := range stages {
				require.Regexp(t, pinned, stage.BaseName)
				for _, command := range stage.Commands {
					switch c := command.(type) {
					case *instructions.UserCommand:
						user = c.User
					case *instructions.EntrypointCommand:
						entry = c.CmdLine[0]
					case *instructions.AddCommand:
						t.Error("ADD can fetch from the network: use COPY")
					case *instructions.CopyCommand:
						if c.From != "" {
							require.Equal(t, []string{"/out/" + program}, c.SourcePaths)
							require.Equal(t, "/"+program, c.DestPath)
						}
					}
				}
			}
			require.Equal(t, "nonroot", user)
			require.Equal(t, "/"+program, entry)
			require.FileExists(t, build(t, program))
		})
	}
}

// TestIgnored checks that the build context contains what the programs are built from.
func TestIgnored(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	require.NoError(t, err)
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{.Dir}}/", "./gateway/cmd/wechat-gateway", "./cmd/wechat-emulator")
	list.Dir, list.Env = root, append(os.Environ(), "GOWORK=")
	out, err := list.Output()
	require.NoError(t, err)
	top, err := filepath.Abs(root)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		folder := strings.TrimSpace(line)
		if folder == "" || strings.ContainsAny(folder, "#*") {
			continue
		}
		_, err := os.Stat(filepath.Join(root, folder))
		require.NoError(t, err)
		require.NotContains(t, string(out), filepath.Join(top, folder)+"/", "needed by a program")
	}
}
