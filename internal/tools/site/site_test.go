package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/tools/pages"
)

// TestSite builds the site and holds every page to what the site promises.
func TestSite(t *testing.T) {
	root, err := pages.Root()
	require.NoError(t, err)
	out := t.TempDir()
	require.NoError(t, Build(root, out))

	files := readAll(t, out)
	count := 0
	for name := range files {
		if strings.HasPrefix(name, "zh-CN/") || !strings.HasSuffix(name, ".html") {
			continue
		}
		count++
		other, ok := files["zh-CN/"+name]
		require.True(t, ok, "%s is not there in Chinese", name)
		require.Contains(t, other, `<html lang="zh-CN">`)
		require.Contains(t, other, `href="../`+name+`"`, "the switch to English")
		require.Contains(t, files[name], `<html lang="en">`)
		require.Contains(t, files[name], `href="zh-CN/`+name+`"`, "the switch to Chinese")
	}
	require.Greater(t, count, 10)
	for _, name := range []string{"index.html", "pages.html", "packages.html", "endpoints.html", "project-changelog.html"} {
		require.Contains(t, files, name)
	}
	links := 0
	for name, text := range files {
		if strings.HasSuffix(name, ".html") {
			links += checkPage(t, files, name, text)
		}
	}
	t.Logf("%d pages in two languages, %d links", count, links)

	english, chinese := index(t, files["search-index.js"]), index(t, files["zh-CN/search-index.js"])
	require.Contains(t, english, "40164")
	require.Contains(t, english, "access token")
	require.Contains(t, chinese, "模板消息")
	require.Contains(t, chinese, "40164")
}

func readAll(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	}))
	return files
}

var (
	anyLink = regexp.MustCompile(`<(\w+)[^>]*? (?:href|src)="([^"]*)"`)
	anyID   = regexp.MustCompile(` id="([^"]+)"`)
)

// checkPage checks that the links of a page lead somewhere, and that it loads nothing from
// elsewhere. It returns the number of links.
func checkPage(t *testing.T, files map[string]string, name, text string) (count int) {
	t.Helper()
	require.NotContains(t, text, "<!--", name)
	ids := map[string]bool{}
	for _, id := range anyID.FindAllStringSubmatch(text, -1) {
		require.False(t, ids[id[1]], "%s has the id %s twice", name, id[1])
		ids[id[1]] = true
	}
	for _, found := range anyLink.FindAllStringSubmatch(text, -1) {
		count++
		tag, link := found[1], strings.ReplaceAll(found[2], "&amp;", "&")
		u, err := url.Parse(link)
		require.NoError(t, err)
		switch {
		case u.Scheme == "data" && tag == "link":
			continue
		case u.Scheme != "":
			require.Equal(t, "a", tag, "%s loads %s from elsewhere", name, link)
			continue
		}
		target := name
		if u.Path != "" {
			target = path.Join(path.Dir(name), u.Path)
		}
		there, ok := files[target]
		require.True(t, ok, "%s: link %s leads nowhere", name, link)
		if u.Fragment != "" {
			require.Contains(t, there, fmt.Sprintf(` id="%s"`, u.Fragment), "%s: link %s", name, link)
		}
	}
	return count
}

// index returns the texts of a search index.
func index(t *testing.T, script string) string {
	t.Helper()
	script = strings.TrimSuffix(strings.TrimPrefix(script, "searchIndex("), ")\n")
	var list []entry
	require.NoError(t, json.Unmarshal([]byte(script), &list))
	var all strings.Builder
	for _, e := range list {
		require.NotEmpty(t, e.Title)
		require.NotEmpty(t, e.Address)
		all.WriteString(e.Text + "\n")
	}
	return all.String()
}

// TestNavigate shows what is wrong with an index.
func TestNavigate(t *testing.T) {
	base := map[string]string{
		"go.work": "go 1.26.0\n", "README.md": "# R\n", "README.zh-CN.md": "# R\n", "docs/a.md": "# A\n", "docs/a.zh-CN.md": "# 甲\n",
		"docs/README.md": "# Docs\n\n## Group\n\n- [A](a.md): text\n", "docs/README.zh-CN.md": "# 文档\n\n## 组\n\n- [甲](a.zh-CN.md)：文字\n",
		"CHANGELOG.md": "# C\n", "CONTRIBUTING.md": "# C\n", "SECURITY.md": "# S\n",
	}
	for _, c := range []struct{ file, text, want string }{
		{"docs/README.md", base["docs/README.md"], ""},
		{"docs/README.md", "# Docs\n", "docs/README.md does not list docs/a.md"},
		{"docs/README.md", "# Docs\n\n- [A](a.md)\n- [A](a.md)\n", "listed twice"},
		{"docs/README.md", "# Docs\n\n- [B](a.md)\n", `the title of a.md is "A", not "B"`},
		{"docs/README.zh-CN.md", "# 文档\n\n- [甲](a.md)\n", "is not a page of this language"},
		{"docs/a.md", "# A\n\n[b](b.go)\n", "docs/a.md: link b.go"},
		{"docs/a.md", "# A\n\n<p>html</p>\n", "docs/a.md: HTML: <p>html</p>"},
	} {
		root := t.TempDir()
		for name, text := range base {
			if name == c.file {
				text = c.text
			}
			name = filepath.Join(root, name)
			require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
			require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
		}
		err := Build(root, t.TempDir())
		if c.want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
}

func TestPlainText(t *testing.T) {
	source := []byte("# A `b` [c](d.md)\n\n| x | y |\n|---|---|\n| 1 | 2<br>3 |\n\n<!-- run -->\n```sh\necho z\n```\n")
	sh := &sheet{Title: "T", Address: "t.html", source: source, tree: pages.Parse(pages.Markdown(), source)}
	require.Equal(t, []entry{{Title: "T", Address: "t.html", Text: "x y 1 2 3 echo z"}}, entries(sh))
}

func TestHighlight(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, highlight(&out, "go", "func f() {}\n"))
	require.Contains(t, out.String(), `<span class="kd">func</span>`)
	out.Reset()
	require.NoError(t, highlight(&out, "text", "a < b\n"))
	require.Equal(t, "a &lt; b\n", out.String())
}
