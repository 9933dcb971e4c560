// Package wire makes one HTTP round trip to the platform: it encodes the
// request, sends it once, reads a bounded answer, tells a refusal from a result,
// and lets no credential out in an error.
//
// Tokens, retries and replays are the business of the packages above.
package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// MaxAnswer is the size in bytes up to which a JSON answer is read.
const MaxAnswer = 8 << 20

// Param is a query parameter.
type Param struct{ Name, Value string }

// Request is one call. The zero values of all fields but BaseURL and Path are useful.
type Request struct {
	Method  string // empty: POST with a body, GET without
	BaseURL string // scheme, host and perhaps a path before every Path; empty: [DefaultBaseURL]
	Path    string // path of the endpoint, or an absolute URL that stands alone

	Secrets []Param  // credentials: in the query before everything else, cut from every error
	Query   string   // further parameters, encoded, none of them secret
	Hidden  []string // further secret values, such as one inside Body; cut from every error

	Body   any     // encoded as JSON; a POST without a body sends {}
	Upload *Upload // sent as multipart/form-data instead of Body
}

// DefaultBaseURL is the platform's general address.
const DefaultBaseURL = "https://api.weixin.qq.com"

// NewHTTPClient returns a client with a transport of its own: up to 128 idle
// connections a host, kept for 30 seconds.
func NewHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   128,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}
}

// JSON sends r and decodes the answer into out, which may be nil.
//
// Of hc the Transport and the Timeout are used; no redirect is followed and no
// cookie is kept. The error is a [*errcode.Error] if the platform refused, a
// [*ResponseError] if the answer is not what the platform's answers are, and a
// [*TransportError] if there was none.
func JSON(ctx context.Context, hc *http.Client, r *Request, out any) error {
	if hc.Timeout > 0 && r.Upload == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, hc.Timeout)
		defer cancel()
	}
	resp, body, err := r.send(ctx, hc)
	if body != nil {
		defer body.release(ctx)
	}
	if err != nil {
		return err
	}
	answer, err := r.read(resp)
	if err != nil {
		return err
	}
	return r.decode(resp.StatusCode, resp.Header.Get("Content-Type"), answer, out)
}

// send makes the round trip. Whoever gets a body without an error releases it
// after the answer was read.
func (r *Request) send(ctx context.Context, hc *http.Client) (*http.Response, *body, error) {
	req, body, err := r.build(ctx)
	if err != nil {
		return nil, body, r.fail(err, body)
	}
	transport := hc.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	resp, err := transport.RoundTrip(req)
	if err == nil && (resp == nil || resp.Body == nil) {
		err = errors.New("the transport returned neither an answer nor an error")
	}
	if err != nil {
		return nil, body, r.fail(err, body)
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		drain(resp.Body)
		return nil, body, &ResponseError{Op: r.op(), Status: resp.StatusCode, Err: ErrRedirect}
	}
	return resp, body, nil
}

// build makes the HTTP request.
func (r *Request) build(ctx context.Context) (*http.Request, *body, error) {
	target, err := r.url()
	if err != nil {
		return nil, nil, err
	}
	body, err := r.body(ctx)
	if err != nil {
		return nil, nil, err
	}
	method := r.Method
	if method == "" {
		method = http.MethodGet
		if body != nil {
			method = http.MethodPost
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, "/", nil)
	if err != nil {
		return nil, body, err
	}
	req.URL, req.Host = target, target.Host
	if body != nil {
		body.attach(req)
	}
	return req, body, nil
}

// url joins the address and the query.
func (r *Request) url() (*url.URL, error) {
	base, path := r.BaseURL, r.Path
	switch {
	case absolute(path):
		base, path = path, ""
	case base == "":
		base = DefaultBaseURL
	}
	u, err := url.Parse(strings.TrimSuffix(base, "/") + path)
	if err != nil {
		return nil, errors.New("the address does not parse")
	}
	if u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the address is no absolute http or https URL")
	}
	if len(r.Secrets) == 0 && r.Query == "" {
		return u, nil
	}
	var q strings.Builder
	q.WriteString(u.RawQuery)
	add := func(s string) {
		if q.Len() > 0 && s != "" {
			q.WriteByte('&')
		}
		q.WriteString(s)
	}
	for _, p := range r.Secrets {
		add(p.Name + "=" + url.QueryEscape(p.Value))
	}
	add(r.Query)
	u.RawQuery = q.String()
	return u, nil
}

func absolute(path string) bool {
	return strings.HasPrefix(path, "https://") || strings.HasPrefix(path, "http://")
}

// op names the endpoint in errors: its path, without query.
func (r *Request) op() string {
	op, _, _ := strings.Cut(r.Path, "?")
	return op
}

// read returns the whole answer, if it is not larger than [MaxAnswer].
func (r *Request) read(resp *http.Response) ([]byte, error) {
	defer drain(resp.Body)
	answer, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	if err != nil {
		return nil, r.lost(err)
	}
	if len(answer) > MaxAnswer {
		return nil, &ResponseError{Op: r.op(), Status: resp.StatusCode, Err: ErrTooLarge}
	}
	return answer, nil
}

// drain reads what little may be left, so that the connection can serve again,
// and closes the body.
func drain(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 16<<10)
	_ = body.Close()
}
