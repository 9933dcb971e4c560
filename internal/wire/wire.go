// Package wire makes one HTTP round trip to the platform: it encodes the request, sends
// it once, reads a bounded answer, distinguishes a refusal from a result, and keeps
// credentials out of errors.
//
// The packages above it handle tokens and retries.
package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// MaxAnswer is the maximum size of a JSON answer in bytes.
const MaxAnswer = 8 << 20

// DefaultBaseURL is the usual address of the platform.
const DefaultBaseURL = "https://api.weixin.qq.com"

// Param is a query parameter or a field of a form.
type Param struct{ Name, Value string }

// Request is one call. The zero value of every field but Path is useful.
//
// It may be sent again after an answer, but not concurrently.
type Request struct {
	Method  string // empty: POST with a body, GET without
	BaseURL string // scheme, host and perhaps a path before every Path; empty: [DefaultBaseURL]
	Path    string // path of the endpoint, or an absolute URL

	Secrets []Param  // credentials: first in the query, removed from every error
	Query   string   // further parameters, encoded, not secret
	Hidden  []string // further secret values, such as one inside Body; removed from every error

	Body   any     // encoded as JSON; a POST without a body sends {}
	Upload *Upload // sent as multipart/form-data instead of Body

	// Refused, unless nil, receives the remaining fields of a refusal, as far as they
	// fit.
	Refused any

	// Idle is the maximum time without data in an upload or a download; 0: no bound.
	Idle time.Duration

	// Follow follows redirects, without Referer, if the request has no Secrets.
	Follow bool

	body *body // made by the first attempt and reused
}

// Close frees the buffer or the temporary file of an upload. A request without an
// upload need not be closed.
func (r *Request) Close() {
	if r.body != nil {
		r.body.free()
	}
}

// Rewindable reports whether the request can be sent again: its body can be read from
// the beginning, or was not read yet.
func (r *Request) Rewindable() bool { return r.body == nil || !r.body.used.Load() }

// NewHTTPClient returns a client with its own transport: up to 128 idle connections per
// host, kept for 30 seconds.
func NewHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
}

// JSON sends r and decodes the answer into out, which may be nil.
//
// Only the Transport and the Timeout of hc are used; cookies are not stored. The error
// is a [*errcode.Error] if the platform refused, a [*errcode.ResponseError] if the
// answer is unusable, and a [*errcode.TransportError] if there was none.
func JSON(ctx context.Context, hc *http.Client, r *Request, out any) error {
	watch := r.watch(&ctx)
	defer watch.end()
	if hc.Timeout > 0 && watch == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hc.Timeout)
		defer cancel()
	}
	resp, err := r.send(ctx, hc, watch) //nolint:bodyclose // read closes it
	if err != nil {
		return err
	}
	defer r.detach(ctx)
	answer, err := r.read(ctx, resp, MaxAnswer)
	if err != nil {
		return err
	}
	defer answer.free()
	return r.decode(resp.StatusCode, answer.bytes, out)
}

// send makes the round trip. If there is an answer, the caller closes it and calls
// detach.
func (r *Request) send(ctx context.Context, hc *http.Client, watch *watch) (*http.Response, error) {
	if err := ctx.Err(); err != nil {
		return nil, &errcode.TransportError{Op: r.op(), Err: err}
	}
	req, err := r.build(ctx, watch)
	if limit, ok := errors.AsType[*errcode.LimitError](err); ok {
		return nil, limit // it names the endpoint
	}
	if err != nil && ctx.Err() != nil { // while an upload was copied
		return nil, &errcode.TransportError{Op: r.op(), Err: r.scrub(why(ctx, err))}
	}
	if err != nil {
		return nil, fmt.Errorf("wechat: %s: %w", r.op(), r.scrub(err))
	}
	resp, err := r.roundTrip(hc, req)
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("the HTTP transport returned neither an answer nor an error")
	}
	if err != nil {
		r.detach(ctx)
		return nil, r.fail(ctx, err)
	}
	var wrong error
	switch status := resp.StatusCode; {
	case status >= 300 && status < 400:
		wrong = errcode.ErrRedirect
	case status < 200, status == http.StatusPartialContent: // no answer, or a part of one, for which nobody asked
		wrong = errcode.ErrStatus
	default:
		return resp, nil
	}
	discard(resp)
	r.detach(ctx)
	return nil, &errcode.ResponseError{Op: r.op(), Status: resp.StatusCode, Err: wrong}
}

// roundTrip calls the transport directly, which follows no redirects. Only a request
// without credentials may be redirected. A panic of the transport becomes an error.
func (r *Request) roundTrip(hc *http.Client, req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, fmt.Errorf("the HTTP transport panicked: %w", secret.Panic(p))
		}
	}()
	if r.Follow && len(r.Secrets) == 0 {
		follow := &http.Client{Transport: hc.Transport, CheckRedirect: withoutReferer}
		return follow.Do(req)
	}
	if hc.Transport == nil {
		return http.DefaultTransport.RoundTrip(req)
	}
	return hc.Transport.RoundTrip(req)
}

func withoutReferer(req *http.Request, via []*http.Request) error {
	if len(via) >= 10 {
		return errors.New("stopped after 10 redirects")
	}
	req.Header.Del("Referer")
	return nil
}

// build makes the HTTP request.
func (r *Request) build(ctx context.Context, watch *watch) (*http.Request, error) {
	target, err := r.url()
	if err != nil {
		return nil, err
	}
	if err := r.makeBody(ctx, watch); err != nil {
		return nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
		if r.body != nil {
			method = http.MethodPost
		}
	}
	if !simple(method) {
		return nil, fmt.Errorf("%q is not an HTTP method", method)
	}
	req := (&http.Request{
		Method: method, URL: &target, Host: target.Host, Header: make(http.Header, 1),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if r.body != nil {
		r.body.attach(req, watch)
	}
	return req, nil
}

// url joins the address and the query.
func (r *Request) url() (url.URL, error) {
	base, path := r.BaseURL, r.Path
	switch {
	case Absolute(path):
		base, path = path, ""
	case base == "":
		base = DefaultBaseURL
	}
	u, err := join(base, path)
	if err == nil && (len(r.Secrets) > 0 || r.Query != "") {
		u.RawQuery = r.query(u.RawQuery)
	}
	return u, err
}

// join parses the address of path below base.
func join(base, path string) (url.URL, error) {
	base = strings.TrimSuffix(base, "/")
	if host, ok := strings.CutPrefix(base, "https://"); ok && simple(host) && simple(path) && !strings.Contains(host, "/") {
		return url.URL{Scheme: "https", Host: host, Path: path}, nil
	}
	u, err := url.Parse(base + path)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(base, "://") {
		return url.URL{}, errors.New("the address is not an absolute http or https URL")
	}
	return *u, nil
}

// simple reports whether s needs no escaping in a URL.
func simple(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '-' || c > '9') && c != '_' { // - . / 0-9
			return false
		}
	}
	return s != ""
}

// query puts the credentials before the query of the path and that of the call.
func (r *Request) query(ofPath string) string {
	size := len(ofPath) + len(r.Query) + 2
	for _, p := range r.Secrets {
		size += len(p.Name) + len(p.Value) + 2
	}
	var q strings.Builder
	q.Grow(size)
	for _, p := range r.Secrets {
		if q.Len() > 0 {
			q.WriteByte('&')
		}
		q.WriteString(p.Name)
		q.WriteByte('=')
		if simple(p.Value) {
			q.WriteString(p.Value)
		} else {
			q.WriteString(url.QueryEscape(p.Value))
		}
	}
	for _, s := range [...]string{ofPath, r.Query} {
		if s != "" && q.Len() > 0 {
			q.WriteByte('&')
		}
		q.WriteString(s)
	}
	return q.String()
}

// Absolute reports whether path is an absolute URL.
func Absolute(path string) bool {
	return strings.HasPrefix(path, "https://") || strings.HasPrefix(path, "http://")
}

// op names the endpoint in errors.
func (r *Request) op() string { return Op(r.Path) }

// Op is the name of an endpoint in errors: its path or URL without the query.
func Op(path string) string {
	op, _, _ := strings.Cut(path, "?")
	return op
}

// discard closes an answer. It reads a small rest first, so that the connection can be
// reused.
func discard(resp *http.Response) {
	const little = 16 << 10
	if resp.ContentLength >= 0 && resp.ContentLength <= little {
		_, _ = io.CopyN(io.Discard, resp.Body, little)
	}
	_ = resp.Body.Close()
}
