package browser_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/e2e/browser"
)

func TestPage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			fmt.Fprintf(w, "<h1>Hello, %s</h1>", r.PostFormValue("name"))
			return
		}
		io.WriteString(w, `<!DOCTYPE html><meta charset="utf-8"><script>document.title = window.given</script>
			<script src="https://elsewhere.example/never.js"></script>
			<form method="post"><input id="name" name="name" value="old"><button>go</button></form>`)
	}))
	defer server.Close()
	page := browser.Open(t, browser.Narrow)
	page.OnEveryPage("window.given = 'a title'")
	page.Goto(server.URL)
	require.Equal(t, "a title", browser.Eval[string](page, "document.title"))
	require.Positive(t, browser.Eval[int](page, "window.innerWidth"))
	page.Type("#name", "世界")
	page.Click("button")
	page.WaitFor("h1", "世界")
	require.Equal(t, "Hello, 世界", page.Text("h1"))
	require.Equal(t, server.URL+"/", page.URL())
	file := filepath.Join(t.TempDir(), "page.png")
	page.Screenshot(file)
	picture, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "\x89PNG", string(picture[:4]))
}
