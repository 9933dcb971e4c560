package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"
)

// This file is the same in all examples with a website, so that each can be copied alone.

// browser is a browser without scripts: it keeps cookies. It does not follow redirects.
type browser struct{ client *http.Client }

// newBrowser returns a browser without cookies.
func newBrowser() *browser {
	jar, _ := cookiejar.New(nil) // never fails
	return &browser{&http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is the answer to a request of a browser.
type answer struct {
	Status   int
	Location string // of a redirect, in full
	Body     string
}

// get opens a page.
func (b *browser) get(address string) (answer, error) { return b.read(b.client.Get(address)) }

// post sends a form. Names and values of its fields alternate.
func (b *browser) post(address string, fields ...string) (answer, error) {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.read(b.client.PostForm(address, form))
}

func (b *browser) read(resp *http.Response, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	a := answer{Status: resp.StatusCode, Body: string(body)}
	if to, noRedirect := resp.Location(); noRedirect == nil {
		a.Location = to.String()
	}
	return a, err
}

// check returns an error unless the answer has the status and contains the text.
func (a answer) check(status int, text string) error {
	if a.Status != status {
		return fmt.Errorf("HTTP %d instead of %d: %.200s", a.Status, status, a.Body)
	}
	if !strings.Contains(a.Body+a.Location, text) {
		return fmt.Errorf("no %q in %.200s", text, a.Body+a.Location)
	}
	return nil
}
