package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"

	"github.com/seed-f21aa8d8/wechat/internal/tools/modules"
)

// The small repository of the tests: two modules that are released, with programs of the
// names that a rehearsal runs, and examples.
var small = map[string]string{
	"LICENSE":      "MIT\n",
	"CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n### Added\n\n- everything\n",
	"go.work":      "go 1.26.0\n\nuse (\n\t.\n\t./examples\n\t./gateway\n)\n",
	"go.mod":       "module " + root + "\n\ngo 1.26.0\n",
	".ci/apidiff":  "#!/bin/sh\necho against nothing\n",

	"hello/hello.go":          "// Package hello is imported.\npackage hello\n\nconst Text = \"hello\"\n",
	"internal/deep/deep.go":   "package deep\n",
	"cmd/wechat/main.go":      "package main\n\nfunc main() { println(\"wechat manages\") }\n",
	"gateway/go.mod":          "module " + root + "/gateway\n\ngo 1.26.0\n\nrequire " + root + " v0.0.0\n\nreplace " + root + " => ..\n",
	"gateway/gateway.go":      "package gateway\n\nimport \"" + root + "/hello\"\n\nconst Text = hello.Text\n",
	"examples/go.mod":         "module " + root + "/examples\n\ngo 1.26.0\n\nrequire " + root + " v0.0.0\n\nreplace " + root + " => ..\n",
	"examples/echobot/bot.go": "package main\n\nimport \"" + root + "/hello\"\n\nconst said = hello.Text\n",
	"examples/echobot/main.go": `package main

func main() { println(said) }
`,
	"gateway/cmd/wechat-gateway/main.go": `package main

import (
	"os"

	"` + root + `/gateway"
)

func main() { os.Stdout.WriteString("ok    " + gateway.Text + "\n") }
`,
	"cmd/wechat-emulator/main.go": `package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
)

func main() {
	listen := flag.String("listen", "", "address")
	flag.String("app-id", "", "app id")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("page http://%s/\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
`,
}

// repository writes the small repository, with changes, and commits it on main. A file
// whose text is empty is left out.
func repository(t *testing.T, changes map[string]string) string {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull, "GOWORK": "", "GOFLAGS": "",
	} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	write(t, dir, small)
	write(t, dir, changes)
	git(t, dir, "init", "-q", "-b", "main")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "begin")
	return dir
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		if text == "" {
			require.NoError(t, os.Remove(name))
			continue
		}
		require.NoError(t, os.WriteFile(name, []byte(text), 0o755))
	}
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	out, err := output(t.Context(), dir, nil, "git", args...)
	require.NoError(t, err)
	return strings.TrimSpace(out)
}

func read(t *testing.T, elements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elements...))
	require.NoError(t, err)
	return string(text)
}

func TestRehearsal(t *testing.T) {
	tree := repository(t, nil)
	write(t, tree, map[string]string{"examples/echobot/bot.go": strings.Replace(small["examples/echobot/bot.go"], "said =", "said = \"new: \" +", 1)})
	var out bytes.Buffer
	folder := filepath.Join(t.TempDir(), "proxy")
	require.NoError(t, rehearseTree(t.Context(), &out, tree, "v0.3.0", folder, ""), &out)
	for _, line := range []string{
		"zip of " + root + "/gateway\n",
		"requires " + root + "\n",
		"go get " + root + "@v0.3.0, import all packages (1), go build\n",
		"go install " + root + "/gateway/cmd/wechat-gateway@v0.3.0\n",
		"wechat-gateway -check, against wechat-emulator\n               → ok    hello\n",
		"cp -r examples/echobot, go mod tidy, go vet, go build\n",
		"echobot -once",
		"all as expected",
	} {
		require.Contains(t, out.String(), line)
	}
	require.Contains(t, read(t, tree, "gateway/go.mod"), "replace", "the tree stays as it was")

	// What the folder has is what the go command expects.
	versions := filepath.Join(folder, root, "gateway", "@v")
	require.Equal(t, "v0.3.0\n", read(t, versions, "list"))
	require.Contains(t, read(t, versions, "v0.3.0.info"), `"Version":"v0.3.0"`)
	require.Equal(t, "module "+root+"/gateway\n\ngo 1.26.0\n\nrequire "+root+" v0.3.0\n", read(t, versions, "v0.3.0.mod"))
	unzipped := filepath.Join(t.TempDir(), "gateway")
	require.NoError(t, modzip.Unzip(unzipped, module.Version{Path: root + "/gateway", Version: "v0.3.0"}, filepath.Join(versions, "v0.3.0.zip")))
	require.Equal(t, "MIT\n", read(t, unzipped, "LICENSE"))
	require.Contains(t, read(t, unzipped, "go.sum"), root+" v0.3.0 h1:")
}

func TestRehearsalFails(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		shown   string
	}{
		"an example needs an internal package": {
			map[string]string{"examples/echobot/bot.go": "package main\n\nimport _ \"" + root + "/internal/deep\"\n\nconst said = \"\"\n"},
			"FAIL",
		},
		"an example needs the module of the examples": {
			map[string]string{"examples/common/common.go": "package common\n", "examples/echobot/bot.go": "package main\n\nimport _ \"" + root + "/examples/common\"\n\nconst said = \"\"\n"},
			"FAIL",
		},
		"a program does not build": {
			map[string]string{"cmd/wechat/main.go": "package main\n\nfunc main() { undefined() }\n"},
			"undefined: undefined",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.ErrorContains(t, rehearseTree(t.Context(), &out, repository(t, c.changes), "v0.3.0", "", ""), "steps failed")
			require.Contains(t, out.String(), c.shown)
		})
	}
}

func TestPrepareRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		changes map[string]string
		want    string
	}{
		"a replace of a module of others": {
			map[string]string{"gateway/go.mod": small["gateway/go.mod"] + "\nreplace example.com/other => ../hello\n"},
			"whoever imports the module gets the original",
		},
		"a package that the module has not": {
			map[string]string{"gateway/gateway.go": "package gateway\n\nimport _ \"" + root + "/gone\"\n\nconst Text = \"\"\n"},
			root + "/gone",
		},
		"a name that a zip cannot have": {map[string]string{"hello/a:b.txt": "x"}, "a:b.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, rehearseTree(t.Context(), io.Discard, repository(t, c.changes), "v0.3.0", "", ""), c.want)
		})
	}
	t.Run("a symbolic link", func(t *testing.T) {
		tree := repository(t, nil)
		require.NoError(t, os.Symlink("hello.go", filepath.Join(tree, "hello", "link.go")))
		require.ErrorContains(t, rehearseTree(t.Context(), io.Discard, tree, "v0.3.0", "", ""), "hello/link.go is not a regular file")
	})
}

func rehearsed(string, string, proxy) error { return nil }

func TestTag(t *testing.T) {
	tree := repository(t, nil)
	var out bytes.Buffer
	require.NoError(t, tag(t.Context(), &out, tree, "v0.1.0", true, rehearsed))
	require.Contains(t, out.String(), "- everything")
	require.Contains(t, out.String(), "It would rehearse")
	require.Contains(t, out.String(), "against nothing")
	require.Empty(t, git(t, tree, "tag"))
	require.Empty(t, git(t, tree, "status", "--porcelain"))

	out.Reset()
	called := false
	require.NoError(t, tag(t.Context(), &out, tree, "v0.1.0", false, func(dir, version string, p proxy) error {
		called = true
		require.NotContains(t, read(t, dir, "gateway/go.mod"), "replace")
		require.Empty(t, git(t, tree, "status", "--porcelain"), "nothing has changed yet")
		return nil
	}))
	require.True(t, called)
	require.Contains(t, out.String(), "git push --atomic origin main v0.1.0 gateway/v0.1.0\n")
	require.Equal(t, "gateway/v0.1.0\nv0.1.0", git(t, tree, "tag"))
	require.Equal(t, git(t, tree, "rev-parse", "HEAD~1"), git(t, tree, "rev-parse", "gateway/v0.1.0^{commit}"))
	require.Empty(t, git(t, tree, "status", "--porcelain"))

	// The tag has no replace in what is released, the tree after it has.
	tagged := git(t, tree, "show", "v0.1.0:gateway/go.mod")
	require.NotContains(t, tagged, "replace")
	require.Contains(t, tagged, "require "+root+" v0.1.0")
	require.Contains(t, git(t, tree, "show", "v0.1.0:gateway/go.sum"), root+" v0.1.0 h1:")
	require.Contains(t, git(t, tree, "show", "v0.1.0:examples/go.mod"), "replace")
	require.Contains(t, read(t, tree, "gateway/go.mod"), "require "+root+" v0.1.0\n\nreplace "+root+" => ..\n")
	require.NoFileExists(t, filepath.Join(tree, "gateway", "go.sum"))
	require.Contains(t, read(t, tree, "CHANGELOG.md"), "## Unreleased\n\n## v0.1.0 - "+time.Now().Format(time.DateOnly)+"\n\n### Added\n\n- everything\n")
	for _, dir := range []string{"gateway", "examples"} {
		_, err := output(t.Context(), filepath.Join(tree, dir), []string{"GOWORK=off"}, "go", "mod", "tidy", "-diff")
		require.NoError(t, err)
		_, err = output(t.Context(), filepath.Join(tree, dir), []string{"GOWORK=off"}, "go", "vet", "./...")
		require.NoError(t, err)
	}
	_, err := output(t.Context(), tree, nil, "go", "vet", "work")
	require.NoError(t, err)
	git(t, tree, "checkout", "-q", "v0.1.0")
	_, err = output(t.Context(), tree, nil, "go", "vet", "work")
	require.NoError(t, err, "the workspace works at the tag")
	git(t, tree, "checkout", "-q", "main")

	// The next release.
	require.ErrorContains(t, tag(t.Context(), &out, tree, "v0.2.0", false, rehearsed), "nothing under Unreleased")
	write(t, tree, map[string]string{"CHANGELOG.md": strings.Replace(read(t, tree, "CHANGELOG.md"), "## Unreleased\n", "## Unreleased\n\n- more\n", 1)})
	git(t, tree, "commit", "-q", "-a", "-m", "more")
	require.ErrorContains(t, tag(t.Context(), &out, tree, "v0.1.0", false, rehearsed), "not greater than the tag v0.1.0")
	require.NoError(t, tag(t.Context(), &out, tree, "v0.2.0", false, rehearsed))
	require.Contains(t, git(t, tree, "show", "gateway/v0.2.0:gateway/go.mod"), "require "+root+" v0.2.0")
}

func TestTagRefuses(t *testing.T) {
	tree := repository(t, nil)
	head := git(t, tree, "rev-parse", "HEAD")
	try := func(version string) error {
		return tag(t.Context(), io.Discard, tree, version, false, rehearsed)
	}
	for _, version := range []string{"", "0.1.0", "v0.1", "v0.1.0+build", "main"} {
		require.ErrorContains(t, try(version), "is not a version")
	}
	failed := tag(t.Context(), io.Discard, tree, "v0.1.0", false, func(string, string, proxy) error { return context.Canceled })
	require.ErrorIs(t, failed, context.Canceled)

	// What the rehearsal had is not what the commit has.
	failed = tag(t.Context(), io.Discard, tree, "v0.1.0", false, func(dir, version string, p proxy) error {
		write(t, dir, map[string]string{"hello/hello.go": "package hello\n"})
		return p.add(modules.Module{Path: root}, version, dir)
	})
	require.ErrorContains(t, failed, "was rehearsed")
	git(t, tree, "tag", "gateway/v0.1.0")
	require.ErrorContains(t, try("v0.1.0"), "already exists")
	require.Equal(t, "gateway/v0.1.0", git(t, tree, "tag"), "no tag is left of one that failed")

	write(t, tree, map[string]string{"junk": "x"})
	require.ErrorContains(t, try("v0.1.0"), "junk")
	require.NoError(t, os.Remove(filepath.Join(tree, "junk")))
	require.Equal(t, head, git(t, tree, "rev-parse", "HEAD"))
	require.Empty(t, git(t, tree, "status", "--porcelain"))
	git(t, tree, "checkout", "-q", "-b", "side")
	require.ErrorContains(t, try("v0.1.0"), `not on "side"`)
}

func TestCommandLine(t *testing.T) {
	for want, args := range map[string][]string{
		"rehearse or tag":  nil,
		"neither rehearse": {"publish"},
		"which version":    {"tag"},
		"not defined":      {"rehearse", "-nothing"},
	} {
		require.ErrorContains(t, run(t.Context(), io.Discard, args), want)
	}
}
