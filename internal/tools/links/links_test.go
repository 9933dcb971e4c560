package links

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

func TestLinks(t *testing.T) {
	root, err := pages.Root()
	require.NoError(t, err)
	report, err := Check(root)
	require.NoError(t, err)
	for _, fault := range report.Faults {
		t.Error(fault)
	}
	require.Greater(t, report.Local, 100, "the walk found too little")
	t.Logf("%d files, %d links in the tree, %d external links", report.Files, report.Local, report.External)
}

func TestFaults(t *testing.T) {
	for link, want := range map[string]string{
		"b.md":                        "",
		"b.md#two-words-中文":           "",
		"b.md#same-1":                 "",
		"#here":                       "",
		"code.go#L12":                 "",
		"../docs/":                    "",
		"https://example.com/a?b=c#d": "",
		"b.md#nothing":                "b.md has no heading #nothing",
		"c.md":                        "there is no docs/c.md",
		"/docs/b.md":                  "is relative",
		"../../x":                     "leads out of the tree",
		"http://example.com":          "begins with https://",
		"code.go#two":                 "has no anchors",
	} {
		root := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(root, "docs"), 0o755))
		for name, text := range map[string]string{
			"a.md": "# Here\n\n[a link](" + link + ")\n\n```md\n[no link](nowhere.md)\n```\n", "code.go": "package a\n",
			"b.md": "## Two words (中文)\n\n# Same\n\n# Same\n",
		} {
			require.NoError(t, os.WriteFile(filepath.Join(root, "docs", name), []byte(text), 0o644))
		}
		report, err := Check(root)
		require.NoError(t, err)
		require.Equal(t, 2, report.Files)
		faults := strings.Join(report.Faults, "\n")
		require.Contains(t, faults, want)
		require.Equal(t, want == "", faults == "", faults)
	}
}

func TestDestinations(t *testing.T) {
	require.Equal(t, []string{"a.png", "b.png", "c.md", "https://example.com"},
		destinations([]byte("![A](a.png)\n\n<p><img src=\"b.png\"></p>\n\n<a href=\"c.md\">c</a> <https://example.com>\n")))
}
