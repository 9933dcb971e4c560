// Package apitest tests the service packages: it records every request that a client
// sends, and answers it.
//
// Most tests are a table of [Case]: a call, the request that it must send, the
// answer that it gets, and what it must return.
//
//	apitest.Run(t, []apitest.Case{{
//		Do:   func(ctx context.Context, oa *officialaccount.Client) (any, error) { return nil, menu.New(oa).Delete(ctx) },
//		Path: "/cgi-bin/menu/delete", Method: "GET",
//	}})
//
// Other tests use a [Platform] and a client for it.
package apitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// The account of every client of this package.
const (
	AppID  = "wx1234567890abcdef"
	Secret = "a-secret-of-tests"
	Token  = "a-token-of-tests"
)

// OK is an answer without data.
const OK = `{"errcode":0,"errmsg":"ok"}`

// Platform answers requests in memory and keeps them. It is an
// http.RoundTripper. Make one with [New].
type Platform struct {
	tb      testing.TB
	mu      sync.Mutex
	answers []Answer
	calls   []Call
	log     testlog.Buffer
	open    int // answers whose body was not closed
}

// Answer is one answer of the platform.
type Answer struct {
	Body        string
	ContentType string // "application/json" when empty
	Filename    string // of a file, for Content-Disposition
	Status      int    // 200 when zero
	Err         error  // the connection fails with it, and there is no answer
}

// Call is one request as it was sent.
type Call struct {
	Method string
	Host   string
	Path   string
	Query  url.Values // with the credential
	Header http.Header
	Body   string            // as sent; empty for a form
	Form   map[string]string // fields of a multipart form, without the file
	File   *File             // the file of a multipart form
}

// File is the file of a multipart form.
type File struct {
	Field       string
	Name        string
	ContentType string
	Content     string
}

// New returns a platform that sends the answers one after another, and then repeats the
// last one. At its end the test fails if the body of an answer was not closed.
func New(tb testing.TB, answers ...Answer) *Platform {
	tb.Helper()
	p := &Platform{tb: tb, answers: answers}
	tb.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.open != 0 {
			tb.Errorf("%d answers were never closed", p.open)
		}
	})
	return p
}

// JSON is an answer with status 200.
func JSON(body string) Answer { return Answer{Body: body} }

// Client returns a client that calls only p, with [Token] as its token and [Secret] as
// its secret. Its warnings go to [Platform.Log]. The test fails if an observer would
// receive the token or the secret.
func (p *Platform) Client() *officialaccount.Client {
	p.tb.Helper()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID:       AppID,
		Secret:      Secret,
		TokenSource: token.Static(Token),
		HTTPClient:  &http.Client{Transport: p, Timeout: 10 * time.Second},
		Logger:      slog.New(slog.NewTextHandler(&p.log, nil)),
		Observer:    watcher{p.tb},
	})
	require.NoError(p.tb, err)
	return oa
}

// watcher is an observer that searches what it receives for the credentials.
type watcher struct{ tb testing.TB }

func (w watcher) search(received any, err error) {
	text := fmt.Sprintf("%+v %v", received, err)
	if strings.Contains(text, Token) || strings.Contains(text, Secret) {
		w.tb.Errorf("an observer receives a credential: %s", text)
	}
}

func (w watcher) ObserveCall(ctx context.Context, call officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	w.search(call, nil)
	return ctx, func(r officialaccount.Result) { w.search(r, r.Err) }
}

func (w watcher) ObserveAttempt(_ context.Context, a officialaccount.Attempt) { w.search(a, a.Err) }

// Calls returns the requests so far.
func (p *Platform) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Call(nil), p.calls...)
}

// Log returns the log of the clients so far.
func (p *Platform) Log() string { return p.log.String() }

// RoundTrip records the request and returns the next answer.
func (p *Platform) RoundTrip(req *http.Request) (*http.Response, error) {
	call, err := read(req)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call)
	if len(p.answers) == 0 {
		return nil, fmt.Errorf("apitest: no answer for %s %s", call.Method, call.Path)
	}
	answer := p.answers[0]
	if len(p.answers) > 1 {
		p.answers = p.answers[1:]
	}
	if answer.Err != nil {
		return nil, answer.Err
	}
	p.open++
	return p.response(req, answer), nil
}

func (p *Platform) response(req *http.Request, a Answer) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}}
	if a.ContentType != "" {
		header.Set("Content-Type", a.ContentType)
	}
	if a.Filename != "" {
		header.Set("Content-Disposition", "attachment; filename="+strconv.Quote(a.Filename))
	}
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: int64(len(a.Body)), Request: req,
		Body: &answerBody{Reader: bytes.NewReader([]byte(a.Body)), p: p},
	}
}

type answerBody struct {
	io.Reader
	p    *Platform
	once sync.Once
}

func (b *answerBody) Close() error {
	b.once.Do(func() {
		b.p.mu.Lock()
		defer b.p.mu.Unlock()
		b.p.open--
	})
	return nil
}

// read parses a request.
func read(req *http.Request) (Call, error) {
	call := Call{Method: req.Method, Host: req.URL.Host, Path: req.URL.Path, Query: req.URL.Query(), Header: req.Header.Clone()}
	if req.Body == nil {
		return call, nil
	}
	defer func() { _ = req.Body.Close() }()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return call, err
	}
	if int64(len(body)) != req.ContentLength {
		return call, fmt.Errorf("apitest: Content-Length is %d, the body has %d bytes", req.ContentLength, len(body))
	}
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		call.Body = string(body)
		return call, nil
	}
	return call, call.readForm(multipart.NewReader(bytes.NewReader(body), params["boundary"]))
}

func (c *Call) readForm(form *multipart.Reader) error {
	c.Form = map[string]string{}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return err
		}
		if part.FileName() == "" {
			c.Form[part.FormName()] = string(content)
			continue
		}
		if c.File != nil {
			return fmt.Errorf("apitest: a second file %q", part.FileName())
		}
		c.File = &File{part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(content)}
	}
}

// Example is [New] for an example, which has no testing.TB. It panics where a test
// would fail.
func Example(answers ...Answer) *Platform {
	return &Platform{tb: example{}, answers: answers}
}

type example struct{ testing.TB }

func (example) Helper()                      {}
func (example) FailNow()                     { panic("apitest: the example failed") }
func (example) Errorf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

// Instant is a transport that answers every request at once with the JSON body it is,
// and keeps nothing, for benchmarks.
type Instant string

// Client returns a client that calls only i.
func (i Instant) Client(tb testing.TB) *officialaccount.Client {
	tb.Helper()
	oa, err := officialaccount.New(officialaccount.Config{AppID: AppID, TokenSource: token.Static(Token), HTTPClient: &http.Client{Transport: i}})
	require.NoError(tb, err)
	return oa
}

// RoundTrip reads the request and answers.
func (i Instant) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Request: r, ContentLength: int64(len(i)),
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(i))),
	}, nil
}
