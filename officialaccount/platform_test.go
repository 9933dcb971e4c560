package officialaccount_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

const (
	appID  = "wx0000000000000001"
	secret = "SECRET0123456789abcdefSECRET"
)

// tokenMark is part of every token of the test platform.
const tokenMark = "TOKENofTHEplatform"

// TestMain searches the output of all tests for secrets.
func TestMain(m *testing.M) {
	stdout, stderr := os.Stdout, os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	os.Stdout, os.Stderr = w, w
	var output bytes.Buffer
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.MultiWriter(stdout, &output), r)
	}()
	code := m.Run()
	_ = w.Close()
	<-done
	for _, s := range []string{secret, tokenMark} {
		if bytes.Contains(output.Bytes(), []byte(s)) {
			fmt.Fprintln(stderr, "the output of the tests shows a secret")
			code = 1
		}
	}
	os.Exit(code)
}

// platform is a transport that behaves like the platform: strict, so that only the
// newest token is valid. It counts requests and bodies that are not closed.
type platform struct {
	tokenDelay time.Duration
	answer     func(req *http.Request, body []byte) (*http.Response, error) // of an authorized call; nil: success

	tokens, calls, rejected, open atomic.Int64

	mu   sync.Mutex
	last []string // requests seen: method, path and query, body
	dead int64    // tokens up to this one are revoked
}

func (p *platform) revoke() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dead = p.tokens.Load()
}

func (p *platform) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		defer req.Body.Close()
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(req.URL.Path, "/cgi-bin/stable_token") {
		return p.token(req, body)
	}
	p.calls.Add(1)
	p.mu.Lock()
	p.last = append(p.last, strings.TrimSpace(req.Method+" "+req.URL.RequestURI()+" "+string(body)))
	good := fmt.Sprintf("%s-%d", tokenMark, p.tokens.Load())
	alive := p.tokens.Load() > p.dead
	p.mu.Unlock()
	if tok := tokenOf(req); strings.HasPrefix(tok, tokenMark) && (tok != good || !alive) {
		p.rejected.Add(1)
		return p.respond(200, `{"errcode":40001,"errmsg":"invalid credential `+tok+`, access_token is invalid or not latest"}`), nil
	}
	if p.answer == nil {
		return p.respond(200, `{"errcode":0,"errmsg":"ok"}`), nil
	}
	return p.answer(req, body)
}

func tokenOf(req *http.Request) string {
	q := req.URL.Query()
	return q.Get("access_token") + q.Get("component_access_token")
}

func (p *platform) token(req *http.Request, body []byte) (*http.Response, error) {
	var m map[string]any
	if json.Unmarshal(body, &m) != nil || m["secret"] != secret || m["appid"] != appID || m["grant_type"] != "client_credential" {
		return p.respond(200, `{"errcode":40001,"errmsg":"bad secret `+secret+`"}`), nil
	}
	p.mu.Lock()
	n := p.tokens.Add(1)
	p.mu.Unlock()
	select {
	case <-time.After(p.tokenDelay):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return p.respond(200, fmt.Sprintf(`{"access_token":"%s-%d","expires_in":7200}`, tokenMark, n)), nil
}

func (p *platform) respond(status int, body string) *http.Response {
	p.open.Add(1)
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"text/plain"}}, ContentLength: int64(len(body)),
		Body: &counted{strings.NewReader(body), p, sync.Once{}}}
}

type counted struct {
	io.Reader
	p    *platform
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.p.open.Add(-1) })
	return nil
}

// seen returns the requests since it was called last, with tokens as T1, T2, …
func (p *platform) seen() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.last
	p.last = nil
	for i := range seen {
		seen[i] = strings.NewReplacer(tokenMark+"-", "T", secret, "SEC").Replace(seen[i])
	}
	return seen
}

// newClient makes a client of p.
func newClient(t testing.TB, p *platform, change ...func(*officialaccount.Config)) *officialaccount.Client {
	t.Helper()
	config := officialaccount.Config{AppID: appID, Secret: secret, HTTPClient: &http.Client{Transport: p}}
	for _, c := range change {
		c(&config)
	}
	oa, err := officialaccount.New(config)
	require.NoError(t, err)
	if t, ok := t.(*testing.T); ok {
		t.Cleanup(func() { require.Zero(t, p.open.Load(), "bodies that were not closed") })
	}
	return oa
}

// always answers every call with the same.
func (p *platform) always(status int, body string) {
	p.answer = func(*http.Request, []byte) (*http.Response, error) { return p.respond(status, body), nil }
}

// inTurn answers every call with the next of the bodies, whose status may stand
// before a blank, and "cut" cuts the connection.
func (p *platform) inTurn(bodies ...string) {
	var n atomic.Int64
	p.answer = func(*http.Request, []byte) (*http.Response, error) {
		body := bodies[min(int(n.Add(1)), len(bodies))-1]
		if body == "cut" {
			return nil, errors.New("connection reset by peer")
		}
		if status, rest, _ := strings.Cut(body, " "); len(status) == 3 {
			code, _ := strconv.Atoi(status)
			return p.respond(code, rest), nil
		}
		return p.respond(200, body), nil
	}
}

// checkGoroutines fails if more goroutines run at the end of a test than at its beginning.
func checkGoroutines(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		var now int
		for giveUp := time.Now().Add(20 * time.Second); time.Now().Before(giveUp); time.Sleep(10 * time.Millisecond) {
			if now = runtime.NumGoroutine(); now <= before {
				return
			}
		}
		buf := make([]byte, 1<<20)
		t.Errorf("%d goroutines at first, %d now:\n%s", before, now, buf[:runtime.Stack(buf, true)])
	})
}

// logged collects a log.
type logged struct{ testlog.Buffer }

func (l *logged) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// observer collects calls and their attempts.
type observer struct {
	mu       sync.Mutex
	calls    []officialaccount.Call
	results  []officialaccount.Result
	attempts []observedAttempt
}

type observedAttempt struct {
	call any // what ObserveCall put into the context
	officialaccount.Attempt
}

type callKey struct{}

func (o *observer) ObserveCall(ctx context.Context, c officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, c)
	return context.WithValue(ctx, callKey{}, c.Path), func(r officialaccount.Result) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.results = append(o.results, r)
	}
}

func (o *observer) ObserveAttempt(ctx context.Context, a officialaccount.Attempt) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.attempts = append(o.attempts, observedAttempt{ctx.Value(callKey{}), a})
}
