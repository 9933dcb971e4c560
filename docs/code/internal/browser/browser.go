// Package browser is a browser for tests of websites: it has cookies and a user of the
// local platform.
package browser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// Browser visits one site. It goes to the platform's pages as User.
type Browser struct {
	Site    http.Handler
	Origin  string // such as https://www.example.com
	User    *wechattest.User
	Away    int // visits to the platform's page
	cookies map[string]*http.Cookie
}

// Get opens a page and follows redirects, over the platform's page and back.
func (b *Browser) Get(path string) (status int, body string) {
	for range 10 {
		status, header, text := b.send(http.MethodGet, path, nil)
		to := header.Get("Location")
		switch {
		case to == "":
			return status, text
		case strings.HasPrefix(to, "https://open.weixin.qq.com/"):
			b.Away++
			back, err := b.User.Authorize(to)
			if err != nil {
				return 0, err.Error()
			}
			path = back.RequestURI()
		default:
			path = to
		}
	}
	return 0, "too many redirects"
}

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) (status int, body string) {
	status, _, body = b.send(http.MethodPost, path, strings.NewReader(form.Encode()))
	return status, body
}

func (b *Browser) send(method, path string, body io.Reader) (status int, header http.Header, text string) {
	r := httptest.NewRequestWithContext(context.Background(), method, b.Origin+path, body)
	r.RequestURI = r.URL.RequestURI()
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", b.Origin)
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.Site.ServeHTTP(w, r)
	answer := w.Result()
	defer answer.Body.Close()
	if b.cookies == nil {
		b.cookies = map[string]*http.Cookie{}
	}
	for _, c := range answer.Cookies() {
		if b.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return w.Code, answer.Header, w.Body.String()
}
