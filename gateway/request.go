package gateway

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// RequestID is the header that names a request in the logs of both sides. A
// caller's own is kept if it is up to 64 letters, digits and "-", "_", "."; the
// answer carries it.
const RequestID = "X-Request-Id"

// requestID returns the caller's id of the request, or a new one.
func requestID(r *http.Request) string {
	if ids := r.Header[RequestID]; len(ids) == 1 && sane(ids[0]) {
		return ids[0]
	}
	return rand.Text()
}

func sane(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		if !plainByte(id[i]) {
			return false
		}
	}
	return true
}

// bearer returns the key in the Authorization header: that of the scheme Bearer, or
// the password of the scheme Basic. given is false if there is no such header; a
// header that cannot be read, or two of them, give an empty key.
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
