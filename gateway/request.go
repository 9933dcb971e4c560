package gateway

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// RequestIDHeader is the header that identifies a request in the logs of both sides.
// The gateway keeps the caller's id if it has 1 to 64 letters, digits, "-", "_" and
// "."; otherwise it makes a new one. The answer contains the id.
const RequestIDHeader = "X-Request-Id"

// requestID returns the caller's id of the request, or a new one.
func requestID(r *http.Request) string {
	if ids := r.Header[RequestIDHeader]; len(ids) == 1 && len(ids[0]) <= 64 && plainName(ids[0]) {
		return ids[0]
	}
	return rand.Text()
}

// bearer returns the key in the Authorization header: the token of the scheme Bearer,
// or the password of the scheme Basic. given is false if there is no such header. For
// an invalid header, or two headers, the key is empty.
func bearer(r *http.Request) (key string, given bool) {
	headers := r.Header["Authorization"]
	switch {
	case len(headers) == 0:
		return "", false
	case len(headers) > 1:
		return "", true
	}
	if _, password, ok := r.BasicAuth(); ok {
		return password, true
	}
	scheme, key, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(key), true
}

// traceID returns the trace that the header traceparent (W3C Trace Context) of a request
// names, or "".
func traceID(r *http.Request) string {
	const size = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	parents := r.Header["Traceparent"]
	if len(parents) != 1 || len(parents[0]) != size || parents[0][:3] != "00-" || parents[0][35] != '-' {
		return ""
	}
	id := parents[0][3:35]
	if strings.Trim(id, "0123456789abcdef") != "" || strings.Trim(id, "0") == "" {
		return ""
	}
	return id
}
