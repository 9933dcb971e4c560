package server

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Error is a refusal of the API.
type Error struct {
	Code    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("errcode %d: %s", e.Code, e.Message) }

// Fail returns a refusal with the platform's errmsg for the code.
func Fail(code int) error {
	message, ok := errorTexts()[code]
	if !ok {
		message = "error"
	}
	return &Error{code, message}
}

// Failf returns a refusal with its own errmsg.
func Failf(code int, format string, args ...any) error {
	return &Error{code, fmt.Sprintf(format, args...)}
}

// refusal is an Error with further fields in its answer.
type refusal struct {
	error
	more Object
}

// With returns a refusal with further fields in its answer.
func With(err error, more Object) error { return &refusal{err, more} }

func (r *refusal) Unwrap() error { return r.error }

// AsError returns the refusal in an error, or one with code -1 for any other error.
func AsError(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{-1, "system error"}
}

// errorTexts holds errmsg by errcode, without the request id after it. The platform's
// own texts differ between endpoints; a client decides by the code.
func errorTexts() map[int]string {
	return map[int]string{
		-1:      "system error",
		40001:   "invalid credential, access_token is invalid or not latest",
		40002:   "invalid grant_type",
		40003:   "invalid openid",
		40004:   "invalid media type",
		40005:   "invalid file type",
		40007:   "invalid media_id",
		40008:   "invalid message type",
		40009:   "invalid image size",
		40010:   "invalid voice size",
		40013:   "invalid appid",
		40014:   "invalid access_token",
		40016:   "invalid button size",
		40017:   "invalid button type",
		40018:   "invalid button name size",
		40019:   "invalid button key size",
		40020:   "invalid button url size",
		40022:   "invalid sub menu level",
		40023:   "invalid sub button size",
		40024:   "invalid sub button type",
		40025:   "invalid sub button name size",
		40026:   "invalid sub button key size",
		40027:   "invalid sub button url size",
		40031:   "invalid openid list",
		40032:   "invalid openid list size",
		40033:   "invalid charset. please check your request, if include \\uxxxx will create fail!",
		40035:   "invalid parameter",
		40052:   "invalid action name",
		40053:   "invalid action info",
		40054:   "invalid sub button url domain",
		40055:   "invalid button url domain",
		40059:   "invalid msg id",
		40060:   "invalid article idx",
		40065:   "invalid msg status",
		40066:   "invalid url",
		40073:   "invalid card id",
		40075:   "invalid encrypt code",
		40078:   "invalid card status",
		40097:   "invalid args",
		40101:   "missing parameter",
		40117:   "invalid button media_id size",
		40118:   "invalid sub button media_id size",
		40125:   "invalid appsecret",
		40130:   "invalid openid list size, at least two openid",
		40132:   "invalid username",
		40152:   "invalid group id",
		40164:   "invalid ip, not in whitelist",
		40202:   "invalid check action",
		40203:   "invalid check operator",
		40243:   "appsecret is frozen",
		41001:   "access_token missing",
		41002:   "appid missing",
		41004:   "appsecret missing",
		41005:   "media data missing",
		42001:   "access_token expired",
		43001:   "require GET method",
		43002:   "require POST method",
		43003:   "require https",
		43004:   "require subscribe",
		44001:   "empty media data",
		44002:   "empty post data",
		44003:   "empty news data",
		44004:   "empty content",
		45001:   "media size out of limit",
		45002:   "content size out of limit",
		45007:   "playtime out of limit",
		45008:   "article size out of limit",
		45009:   "reach max api daily quota limit",
		45011:   "api minute-quota reach limit, must slower, retry next minute",
		45015:   "response out of time limit or subscription is canceled",
		45028:   "has no masssend quota",
		45029:   "qrcode count out of limit",
		45034:   "media count out of limit",
		45047:   "out of response count limit",
		45065:   "clientmsgid exist",
		45067:   "clientmsgid size out of limit",
		45072:   "invalid command",
		45080:   "can not set typing status without a recent message",
		45081:   "already in typing status",
		45083:   "speed must be in range [0, 4]",
		45084:   "speed is missing",
		45113:   "cards and goods can not be sent",
		45162:   "invalid type",
		46003:   "menu no exist",
		47001:   "data format error",
		47002:   "data format error, do not use unicode escapes",
		47003:   "argument invalid",
		48001:   "api unauthorized",
		48002:   "user block receive message",
		48004:   "api forbidden for irregularities",
		48006:   "forbid to clear quota because of reaching the limit",
		50002:   "user limited",
		53600:   "invalid article_id",
		65301:   "no such conditional menu",
		65302:   "no such user",
		65303:   "there is no selfmenu, please create selfmenu first",
		65304:   "match rule empty",
		65307:   "conditional menu is empty",
		65308:   "there is a button without action",
		65316:   "more than three outside domains",
		65320:   "match rule uses private data",
		72017:   "invalid invoice title",
		72018:   "duplicate order id, invoice had inserted to user",
		72028:   "pay mch is not set",
		72029:   "auth field is not set",
		72031:   "invalid params",
		72035:   "biz reject insert",
		72037:   "invoice is not owned by the user",
		72038:   "order never authorized",
		72039:   "invoice must be locked first",
		72040:   "invalid pdf",
		72041:   "billing_code and billing_no invalid",
		72042:   "billing_code and billing_no repeated",
		72044:   "scan text out of time",
		72045:   "check_code is empty",
		72056:   "order id repeated",
		72060:   "invoice was canceled",
		72061:   "invoice was closed",
		72063:   "contact is not set",
		72080:   "invoice not found",
		73002:   "ddh is empty",
		73003:   "wxopenid is empty",
		73004:   "fpqqlsh is empty",
		73007:   "nsrmc is empty",
		73008:   "nsrdz is empty",
		73009:   "nsrdh is empty",
		73010:   "ghfmc is empty",
		73011:   "kpr is empty",
		73012:   "jshj is empty",
		73013:   "hjje is empty",
		73014:   "hjse is empty",
		73016:   "nsrsbh is empty",
		73101:   "taxpayer id mismatch",
		73106:   "fpqqlsh exists with another ddh",
		73108:   "ddh exists with another fpqqlsh",
		73109:   "fpqqlsh not found",
		76001:   "rid not found",
		76002:   "invalid rid",
		76003:   "invalid cgi_path",
		76004:   "rid is older than seven days",
		76021:   "cgi_path not found",
		76022:   "no permission to use this cgi_path",
		85066:   "link is invalid",
		85068:   "debug link is not below the prefix",
		85071:   "the link is added already",
		85074:   "the mini program is not released",
		89010:   "link request is sent already",
		89015:   "the mini program is linked already",
		101000:  "invalid image url or data",
		101001:  "certificate not found",
		101002:  "invalid image data",
		101003:  "not enough market quota",
		886000:  "no publish left this month",
		9410010: "long_data is too long",
		9410011: "expire_seconds is too long",
		9410012: "short_key is unknown or has expired",
	}
}

// newRID returns a request id: three groups of eight hex digits, the first of which is
// the time.
func newRID() string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	binary.BigEndian.PutUint32(b[:], uint32(time.Now().Unix()))
	return hex.EncodeToString(b[:4]) + "-" + hex.EncodeToString(b[4:8]) + "-" + hex.EncodeToString(b[8:])
}
