package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// refusal is an error answer of the proxy itself. Its body has the platform's form,
// with the errcode that is most useful to a client, and the reason:
//
//	{"errcode":48001,"errmsg":"gateway: forbidden_path: …","error":"forbidden_path"}
type refusal struct {
	Code    errcode.Code `json:"errcode"`
	Message string       `json:"errmsg"`
	Reason  Reason       `json:"error"`

	status int
	wait   time.Duration
	cause  error
}

// RefusalForm is the form of the proxy's error answers. Both forms have the same body;
// only the HTTP status differs.
type RefusalForm string

// The forms. With the zero value a request with an Authorization header is answered as
// HTTPRefusals, and a request with a key as the secret, or with a token, is answered as
// PlatformRefusals, since clients of the platform expect that.
const (
	HTTPRefusals     RefusalForm = "http"     // the status of the Reason
	PlatformRefusals RefusalForm = "platform" // always 200, as the platform does
)

func (f RefusalForm) valid() bool { return f == "" || f == HTTPRefusals || f == PlatformRefusals }

// Reason tells why the proxy itself answered a call. It is the member "error" of the
// body and part of errmsg.
type Reason string

// The reasons, with the HTTP status of each under HTTPRefusals.
const (
	BadRequest       Reason = "bad_request"        // 400: not a call that the platform would accept
	TokenParameter   Reason = "token_parameter"    // 400: a token or secret of the caller's own
	Unauthorized     Reason = "unauthorized"       // 401: the key is missing or wrong
	PassRejected     Reason = "pass_rejected"      // 200, errcode 40001 or 42001: fetch a token again
	UnknownUserToken Reason = "unknown_user_token" // 200, errcode 40001 or 40030: the token of a user was not issued through the gateway, or has expired
	ForbiddenAccount Reason = "forbidden_account"  // 403: not an account of this business
	ForbiddenPath    Reason = "forbidden_path"     // 403: the business may not call the path
	NoSecret         Reason = "no_secret"          // 403: the gateway has no AppSecret for the account
	MethodNotAllowed Reason = "method_not_allowed" // 405: neither GET nor POST
	LengthRequired   Reason = "length_required"    // 411: a large body without a Content-Length
	BodyTooLarge     Reason = "body_too_large"     // 413: larger than ProxyConfig.MaxBody
	TooManyRequests  Reason = "too_many_requests"  // 429, with Retry-After: a limit of the business
	NoToken          Reason = "no_token"           // 502, 503: no access token is available
	BadAnswer        Reason = "bad_answer"         // 502: a redirect, which is not followed, or a status below 200
	Unreachable      Reason = "unreachable"        // 502: no API host answered
	TimedOut         Reason = "timed_out"          // 504: the API host did not answer in time
	CallerGone       Reason = "caller_gone"        // 499, only in the log: the caller closed the connection or stopped sending its body
	BodyUnreadable   Reason = "body_unreadable"    // 400: the caller's body is incomplete
	LimiterFailed    Reason = "limiter_failed"     // 503: the limiter returned an error
	StoreFailed      Reason = "store_failed"       // 503: the store returned an error
)

const (
	statusCallerGone = 499 // not a status of net/http; nginx logs it

	busy       = errcode.SystemBusy // the caller may try again
	notAllowed = errcode.APIUnauthorized
)

func refuse(status int, reason Reason, code errcode.Code, message string) *refusal {
	return &refusal{Code: code, Message: "gateway: " + string(reason) + ": " + message, Reason: reason, status: status}
}

// because adds the cause for the log. It must not contain a credential.
func (e *refusal) because(err error) *refusal {
	e.cause = err
	return e
}

func badRequest(message string) *refusal {
	return refuse(http.StatusBadRequest, BadRequest, errcode.InvalidArgs, message)
}

// unauthorized returns the answer to a wrong key.
func unauthorized() *refusal {
	return refuse(http.StatusUnauthorized, Unauthorized, errcode.InvalidAppSecret, "the key is wrong")
}

// unidentified returns the answer to a call without a key.
func unidentified(c credential) *refusal {
	code := errcode.MissingAccessToken
	if c.secretName() != "" {
		code = errcode.MissingAppSecret
	}
	return refuse(http.StatusUnauthorized, Unauthorized, code, "the key is missing")
}

func passRejected(err error) *refusal {
	code := errcode.InvalidCredential
	if errors.Is(err, errPassExpired) {
		code = errcode.AccessTokenExpired
	}
	return refuse(http.StatusOK, PassRejected, code, "the access_token is not a valid pass of this proxy; fetch one here, with the key as the secret")
}

func unknownUserToken(c credential) *refusal {
	code := errcode.InvalidCredential
	if c == refreshing {
		code = errcode.InvalidRefreshToken
	}
	return refuse(http.StatusOK, UnknownUserToken, code, "the token of this user was not issued through the gateway, or has expired; let the user log in again, or send the key in the Authorization header")
}

// limited returns the answer to a call over a limit, or to a call that could not be
// counted.
func limited(err error) *refusal {
	var over *LimitError
	if !errors.As(err, &over) {
		return refuse(http.StatusServiceUnavailable, LimiterFailed, busy, "limits cannot be counted").because(err)
	}
	e := refuse(http.StatusTooManyRequests, TooManyRequests, errcode.MinuteQuotaReached, over.Error())
	e.wait = over.Wait
	return e
}

// noToken returns the answer if the account has no token.
func noToken(err error) *refusal {
	var refused *errcode.Error
	if !errors.As(err, &refused) {
		return refuse(http.StatusServiceUnavailable, NoToken, busy, "no access token of this account is available").because(err)
	}
	code := refused.Code
	if errcode.ErrTokenInvalid.Has(code) {
		code = errcode.InvalidAppSecret // 40001 of a token endpoint; on 40001 a caller would fetch another pass
	}
	return refuse(http.StatusBadGateway, NoToken, code, "the platform refused to return a token: "+refused.Message).because(err)
}

// unanswered returns the answer if no API host answered. ctx is the caller's.
func unanswered(ctx context.Context, err error) *refusal {
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return refuse(statusCallerGone, CallerGone, busy, "the caller closed the connection or stopped sending").because(ctx.Err())
	case errors.As(err, &timeout) && timeout.Timeout():
		return refuse(http.StatusGatewayTimeout, TimedOut, busy, "the platform did not answer in time").because(err)
	}
	return refuse(http.StatusBadGateway, Unreachable, busy, "the platform cannot be reached").because(err)
}

// as returns the HTTP status of the refusal in a form.
func (e *refusal) as(form RefusalForm) int {
	if form == PlatformRefusals {
		return http.StatusOK
	}
	return e.status
}

// write sends the refusal.
func (e *refusal) write(w http.ResponseWriter, status int) {
	h := w.Header()
	if e.wait > 0 {
		h.Set("Retry-After", retryAfter(e.wait))
	}
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="gateway"`)
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, POST")
	}
	_ = writeJSON(w, status, e)
}
