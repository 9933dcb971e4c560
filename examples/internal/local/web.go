package local

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/examples/internal/setup"
)

// Serve serves a handler on a loopback port, for browsers. stop stops the server and
// waits for it.
func Serve(ctx context.Context, h http.Handler) (address string, stop func() error, err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	serving, end := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- setup.ServeListener(serving, listener, h) }()
	return "http://" + listener.Addr().String(), func() error { end(); return <-served }, nil
}

// Browser is a browser without scripts: it keeps cookies. It does not follow redirects.
type Browser struct{ client *http.Client }

// NewBrowser returns a browser without cookies.
func NewBrowser() *Browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &Browser{&http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Answer is the answer to a request of a browser.
type Answer struct {
	Status   int
	Location string // of a redirect, in full
	Body     string
}

// Get opens a page.
func (b *Browser) Get(address string) (Answer, error) { return b.read(b.client.Get(address)) }

// Post sends a form. Names and values of its fields alternate.
func (b *Browser) Post(address string, fields ...string) (Answer, error) {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.read(b.client.PostForm(address, form))
}

func (b *Browser) read(resp *http.Response, err error) (Answer, error) {
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	a := Answer{Status: resp.StatusCode, Body: string(body)}
	if to, noRedirect := resp.Location(); noRedirect == nil {
		a.Location = to.String()
	}
	return a, err
}

// Check returns an error unless the answer has the status and contains the text.
func (a Answer) Check(status int, text string) error {
	if a.Status != status {
		return fmt.Errorf("HTTP %d instead of %d: %.200s", a.Status, status, a.Body)
	}
	if !strings.Contains(a.Body+a.Location, text) {
		return fmt.Errorf("no %q in %.200s", text, a.Body+a.Location)
	}
	return nil
}
