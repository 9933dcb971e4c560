package wechattest

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// apiError is a refusal of the API.
type apiError struct {
	Code    int
	Message string
}

func (e *apiError) Error() string { return fmt.Sprintf("errcode %d: %s", e.Code, e.Message) }

// fail is the refusal with that code, in the platform's words.
func fail(code int) error {
	message, ok := errorTexts()[code]
	if !ok {
		message = "error"
	}
	return &apiError{code, message}
}

// failf is a refusal in words of its own.
func failf(code int, format string, args ...any) error {
	return &apiError{code, fmt.Sprintf(format, args...)}
}

func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{-1, "system error"}
}

// errorTexts is errmsg by errcode, without the request id that follows it. Its
// words differ from page to page; a client decides by the code.
func errorTexts() map[int]string {
	return map[int]string{
		-1:    "system error",
		40001: "invalid credential, access_token is invalid or not latest",
		40002: "invalid grant_type",
		40003: "invalid openid",
		40007: "invalid media_id",
		40008: "invalid message type",
		40013: "invalid appid",
		40014: "invalid access_token",
		40097: "invalid args",
		40125: "invalid appsecret",
		40164: "invalid ip, not in whitelist",
		40202: "invalid check action",
		40203: "invalid check operator",
		40243: "appsecret is frozen",
		41001: "access_token missing",
		41002: "appid missing",
		41004: "appsecret missing",
		42001: "access_token expired",
		43001: "require GET method",
		43002: "require POST method",
		43003: "require https",
		43004: "require subscribe",
		44002: "empty post data",
		44004: "empty content",
		45008: "article size out of limit",
		45009: "reach max api daily quota limit",
		45011: "api minute-quota reach limit, must slower, retry next minute",
		45015: "response out of time limit or subscription is canceled",
		45047: "out of response count limit",
		45072: "invalid command",
		45080: "can not set typing status without a recent message",
		45081: "already in typing status",
		47001: "data format error",
		47002: "data format error, do not use unicode escapes",
		48001: "api unauthorized",
		48002: "user block receive message",
		48004: "api forbidden for irregularities",
		48006: "forbid to clear quota because of reaching the limit",
		50002: "user limited",
		76001: "rid not found",
		76002: "invalid rid",
		76004: "rid is older than seven days",
		76003: "invalid cgi_path",
		76021: "cgi_path not found",
		76022: "no permission to use this cgi_path",
	}
}

// newRID is a request id: three groups of eight hex digits, the first the time.
func newRID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	binary.BigEndian.PutUint32(b[:], uint32(time.Now().Unix()))
	return hex.EncodeToString(b[:4]) + "-" + hex.EncodeToString(b[4:8]) + "-" + hex.EncodeToString(b[8:])
}
