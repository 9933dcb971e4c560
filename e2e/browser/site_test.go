package browser_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/e2e/browser"
)

// TestSite builds the website of the documentation and reads it as people do.
func TestSite(t *testing.T) {
	out := t.TempDir()
	build := exec.Command("go", "run", "./site", "-out", out)
	build.Dir = "../../internal/tools"
	build.Env = append(os.Environ(), "GOWORK=off")
	text, err := build.CombinedOutput()
	require.NoError(t, err, "%s", text)
	server := httptest.NewServer(http.FileServer(http.Dir(out)))
	defer server.Close()
	page := browser.Open(t, browser.Wide)

	t.Run("search in English", func(t *testing.T) {
		page.Goto(server.URL + "/index.html")
		page.Type("#ui-search", "40164")
		page.WaitFor("#ui-results", "40164")
		page.Click("#ui-results a")
		page.WaitFor("main", "40164")
		require.NotContains(t, page.URL(), "index.html")
		page.Type("#ui-search", "nosuchword")
		page.WaitFor("#ui-results", "Nothing found")
	})
	t.Run("search in Chinese", func(t *testing.T) {
		page.Goto(server.URL + "/zh-CN/index.html")
		page.Type("#ui-search", "模板消息")
		page.WaitFor("#ui-results mark", "模板消息")
		page.Type("#ui-search", "获取接口的调用凭据") // no page has exactly this
		page.WaitFor("#ui-results", "凭据")
	})
	t.Run("the other language is the same page", func(t *testing.T) {
		page.Goto(server.URL + "/unwrapped.html")
		page.Click("#ui-language")
		page.WaitFor("#ui-language", "English")
		require.Equal(t, server.URL+"/zh-CN/unwrapped.html", page.URL())
		page.Click("#ui-language")
		page.WaitFor("#ui-language", "简体中文")
		require.Equal(t, server.URL+"/unwrapped.html", page.URL())
	})
	t.Run("light and dark", func(t *testing.T) {
		const color = "getComputedStyle(document.body).backgroundColor"
		before := browser.Eval[string](page, color)
		page.Click("#ui-theme")
		after := browser.Eval[string](page, color)
		require.NotEqual(t, before, after)
		page.Goto(server.URL + "/endpoints.html")
		require.Equal(t, after, browser.Eval[string](page, color), "the choice is kept")
	})
	t.Run("copy", func(t *testing.T) {
		page.Goto(server.URL + "/unwrapped.html")
		browser.Eval[any](page, `navigator.clipboard.writeText = async text => { window.copied = text }; null`)
		page.Click("pre button")
		page.WaitFor("pre button", "Copied")
		require.Contains(t, browser.Eval[string](page, "window.copied"), "func newMiniProgram()")
	})
	t.Run("nothing is wider than a phone", func(t *testing.T) {
		page.Resize(browser.Narrow)
		files, err := filepath.Glob(filepath.Join(out, "*.html"))
		require.NoError(t, err)
		for _, file := range files {
			for _, folder := range []string{"/", "/zh-CN/"} {
				address := server.URL + folder + filepath.Base(file)
				page.Goto(address)
				require.LessOrEqual(t, browser.Eval[int](page, "document.documentElement.scrollWidth"), 390, address)
				loaded := browser.Eval[string](page, "performance.getEntriesByType('resource').map(e => e.name).join(' ')")
				for _, from := range strings.Fields(loaded) {
					require.True(t, strings.HasPrefix(from, server.URL), "%s loads %s", address, from)
				}
			}
		}
		page.Goto(server.URL + "/unwrapped.html")
		page.Click("#ui-menu")
		page.Click(`#ui-nav a[href="endpoints.html"]`)
		page.WaitFor("h1", "Endpoints")
	})
}
