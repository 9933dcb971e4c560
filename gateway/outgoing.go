package gateway

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// outgoing is the call as the platform gets it: with no header of the caller's but
// those that say what the body is.
func (x *exchange) outgoing(ctx context.Context, h *host, query string) *http.Request {
	out := &http.Request{
		Method: x.in.Method,
		URL:    &url.URL{Scheme: h.base.Scheme, Host: h.base.Host, Path: h.base.Path + x.path, RawQuery: query},
		Host:   h.base.Host,
		Header: http.Header{"User-Agent": {"wechat-gateway"}, "Accept": {"*/*"}},
		Proto:  "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if x.body.length > 0 {
		out.Body, out.ContentLength = x.body.reader(), x.body.length
		if x.body.stream == nil {
			out.GetBody = func() (io.ReadCloser, error) { return x.body.reader(), nil }
		}
		out.Header["Content-Type"] = []string{contentType(x.in.Header.Get("Content-Type"))}
	}
	return out.WithContext(ctx)
}

// contentType is the type under which a body is sent on. What a caller calls a form,
// as curl does with any body, goes as JSON, so that nobody reads parameters in it.
func contentType(given string) string {
	if given == "" || strings.Contains(strings.ToLower(given), "urlencoded") {
		return "application/json; charset=utf-8"
	}
	return given
}
