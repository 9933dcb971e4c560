package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// tree writes files into a new folder. A text may have ”' for a fence.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(strings.ReplaceAll(text, "'''", "```")), 0o644))
	}
	return root
}

func page(text string) pages.Page {
	return pages.Page{Name: "a", Lang: pages.English, File: "docs/a.md", Text: strings.ReplaceAll(text, "'''", "```")}
}

const source = `package a

// F does it.
func F() {
	text := ` + "`a\n\tb`" + `
	_ = text
	// Output: x
}

type T[A any] struct{}

// M is a method.
func (t *T[A]) M() int { return 1 }

const (
	One = 1 // the first
	Two = 2
)

var Three = 3 // the third
`

func TestFill(t *testing.T) {
	g := generator{tree(t, map[string]string{"docs/code/a/a.go": source, "some.yaml": "a: 1\n\n", "deep/x.go": source})}
	for marker, want := range map[string]string{
		"code: a/a.go F":        "// F does it.\nfunc F() {\n\ttext := `a\n\tb`\n\t_ = text\n\t// Output: x\n}\n",
		"code: a/a.go F body":   "text := `a\n\tb`\n_ = text\n// Output: x\n",
		"code: a/a.go T.M":      "// M is a method.\nfunc (t *T[A]) M() int { return 1 }\n",
		"code: a/a.go Two":      "const (\n\tOne = 1 // the first\n\tTwo = 2\n)\n",
		"code: a/a.go Three":    "var Three = 3 // the third\n",
		"code: /deep/x.go T":    "type T[A any] struct{}\n",
		"code: a/a.go":          source,
		"code: a/a.go T.M body": "return 1\n",
	} {
		p, err := g.fill(page("Text\n\n<!-- " + marker + " -->\n'''go\nold\n\n'''\n\nmore\n"))
		require.NoError(t, err, marker)
		require.Equal(t, page("Text\n\n<!-- "+marker+" -->\n'''go\n"+want+"'''\n\nmore\n").Text, p.Text)
	}

	p, err := g.fill(page("1. item\n\n   <!-- file: /some.yaml -->\n   '''yaml\n   '''\n"))
	require.NoError(t, err)
	require.Equal(t, page("1. item\n\n   <!-- file: /some.yaml -->\n   '''yaml\n   a: 1\n   '''\n").Text, p.Text)
}

func TestFillRefuses(t *testing.T) {
	g := generator{tree(t, map[string]string{"docs/code/a/a.go": source, "fence.txt": "'''\n"})}
	for marker, want := range map[string]string{
		"code: a/a.go G":      "docs/a.md:2: <!-- code: a/a.go G -->: no declaration G",
		"code: a/b.go F":      "no such file",
		"code: a/a.go T body": "T is not a function with a body",
		"code: a/a.go F all":  "want FILE, FILE NAME or FILE NAME body",
		"file: some.yaml":     "must begin with /",
		"file: /../secret":    "outside the tree",
		"file: /fence.txt":    "has a fence of its own",
		"cod: a/a.go F":       "docs/a.md:1: unknown marker",
		"not run":             "unknown marker",
	} {
		_, err := g.fill(page("<!-- " + marker + " -->\n'''go\n'''\n"))
		require.ErrorContains(t, err, want, marker)
	}
	_, err := g.fill(page("<!-- code: a/a.go F -->\n'''sh\n'''\n"))
	require.ErrorContains(t, err, `the fence is "sh", not go`)
	_, err = g.fill(page("'''go\n"))
	require.ErrorContains(t, err, "docs/a.md:1: the fence does not end")
}

func TestMarked(t *testing.T) {
	for text, want := range map[string]string{
		"'''go\n'''":                        "a go fence needs <!-- code",
		"'''sh\n'''":                        "a sh fence needs <!-- run -->",
		"<!-- code: a/a.go -->\n'''sh\n'''": "a sh fence needs <!-- run -->",
		"'''bash\n'''":                      "use sh or go instead of bash",
		"<!-- run -->\n'''text\n'''":        `<!-- run --> is not for a fence of "text"`,
		"<!-- output -->\n'''text\n'''":     "is not <!-- run -->",
		"<!-- run -->\n'''sh\n'''\n\n<!-- output -->\n'''json\n'''": "",
		"<!-- not run: docker -->\n'''sh\n'''\n\n'''yaml\n'''":      "",
	} {
		p := page(text)
		fences, err := p.Fences()
		require.NoError(t, err)
		faults := strings.Join(marked(p, fences), "\n")
		require.Contains(t, faults, want)
		require.Equal(t, want == "", faults == "", faults)
	}
}

func TestPaired(t *testing.T) {
	const text = "# A\n\n<!-- run -->\n'''sh\n# no heading\n'''\n\n## B\n\n<!-- not run: docker -->\n'''sh\n'''\n"
	for other, want := range map[string]string{
		strings.Replace(text, "docker", "Docker 命令", 1): "",
		strings.Replace(text, "run", "install", 1):      "marker 1 is <!-- run --> in one and <!-- install --> in the other",
		strings.Replace(text, "## B", "### B", 1):       "heading level 2 is ## in one and ### in the other",
		text + "## C\n": "heading level 3 is nothing in one and ## in the other",
	} {
		a, b := page(text), page(other)
		inA, err := a.Fences()
		require.NoError(t, err)
		inB, err := b.Fences()
		require.NoError(t, err)
		faults := strings.Join(paired(a, b, inA, inB), "\n")
		require.Contains(t, faults, want)
		require.Equal(t, want == "", faults == "", faults)
	}
}

func TestMissingLanguage(t *testing.T) {
	root := tree(t, map[string]string{"README.md": "", "README.zh-CN.md": "", "docs/a.md": "", "docs/b.zh-CN.md": ""})
	_, err := pages.Load(root)
	require.ErrorContains(t, err, "page a is missing in zh-CN")
	require.ErrorContains(t, err, "page b is missing in en")
}

func TestInstall(t *testing.T) {
	g := generator{tree(t, map[string]string{
		"go.mod":          "module x\n\nrequire github.com/gin-gonic/gin v1.2.3\n",
		"lib/lib.go":      "package lib\n",
		"cmd/prog/cmd.go": "// Command prog.\npackage main\n",
		"sub/go.mod":      "module y\n",
	})}
	for line, want := range map[string]string{
		"go get github.com/seed-f21aa8d8/wechat/lib":                    "",
		"go get github.com/seed-f21aa8d8/wechat/lib@latest # a comment": "",
		"go get github.com/seed-f21aa8d8/wechat/sub":                    "",
		"go get github.com/gin-gonic/gin":                               "",
		"go get github.com/other/thing":                                 "no go.mod of the tree requires",
		"go get github.com/seed-f21aa8d8/wechat/nothing":                "is not a package of the tree",
		"go install github.com/seed-f21aa8d8/wechat/cmd/prog@latest":    "",
		"go install github.com/seed-f21aa8d8/wechat/cmd/prog":           "needs a version",
		"go install github.com/seed-f21aa8d8/wechat/lib@latest":         "is not a program",
		"WECHAT_TOKEN=x go run ./cmd/prog -once more":                   "",
		"go run ./cmd/other":                                            "is not a package of the tree",
		"go run":                                                        "names nothing",
		"# only a comment":                                              "",
		"go test work":                                                  "",
		"curl http://example.com":                                       "is not a command of an install fence",
	} {
		err := g.install(line)
		if want == "" {
			require.NoError(t, err, line)
		} else {
			require.ErrorContains(t, err, want, line)
		}
	}
}
