package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/seed-f21aa8d8/wechat/internal/secret"
)

// outgoing returns the request to the platform. It copies only the caller's headers
// that describe the body.
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

// contentType returns the Content-Type for a body. A form, curl's default for any body,
// is sent as JSON, so that the platform reads no parameters from it.
func contentType(given string) string {
	if given == "" || strings.Contains(strings.ToLower(given), "urlencoded") {
		return "application/json; charset=utf-8"
	}
	return given
}

// scrub removes the URL of the call, which contains credentials, from an error of the
// transport. An error that still shows a credential is replaced.
func (x *exchange) scrub(err error) error {
	for {
		var u *url.Error
		if !errors.As(err, &u) || u.Err == nil {
			break
		}
		err = u.Err
	}
	text := err.Error()
	for _, value := range x.sent {
		if value != "" && (strings.Contains(text, value) || strings.Contains(text, url.QueryEscape(value))) {
			return &veiled{err}
		}
	}
	return err
}

// veiled hides an error whose text shows a credential. Only errors.Is and Timeout still
// see the original.
type veiled struct{ err error }

func (e *veiled) Error() string {
	return "an error of the transport that shows a credential: " + secret.Redacted
}
func (e *veiled) Is(target error) bool { return errors.Is(e.err, target) }
func (e *veiled) Timeout() bool {
	var timeout interface{ Timeout() bool }
	return errors.As(e.err, &timeout) && timeout.Timeout()
}
