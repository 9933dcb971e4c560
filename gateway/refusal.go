package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/seed-f21aa8d8/wechat/errcode"
)

// refusal is an answer of the proxy itself. Its body has the platform's form, with
// the errcode that a client understands best, and the name of the reason:
//
//	{"errcode":48001,"errmsg":"gateway: …","error":"forbidden_path"}
type refusal struct {
	Code    errcode.Code `json:"errcode"`
	Message string       `json:"errmsg"`
	Reason  Reason       `json:"error"`

	status int
	wait   time.Duration
	cause  error
}

// Reason says why the proxy itself answered a call. It is the member error of the
// answer's body.
type Reason string

// The reasons.
const (
	BadRequest       Reason = "bad_request"        // 400: not a call that the platform could take
	TokenParameter   Reason = "token_parameter"    // 400: a token or secret of the caller's own
	Unauthorized     Reason = "unauthorized"       // 401: key missing or wrong
	PassRejected     Reason = "pass_rejected"      // 200, 40001 or 42001: the client fetches another
	ForbiddenAccount Reason = "forbidden_account"  // 403: not an account of this business
	ForbiddenPath    Reason = "forbidden_path"     // 403: not allowed to this business
	NoSecret         Reason = "no_secret"          // 403: the gateway has no AppSecret for this account
	MethodNotAllowed Reason = "method_not_allowed" // 405: neither GET nor POST
	LengthRequired   Reason = "length_required"    // 411: a large body without Content-Length
	BodyTooLarge     Reason = "body_too_large"     // 413
	TooManyRequests  Reason = "too_many_requests"  // 429, with Retry-After: a limit of the business
	NoToken          Reason = "no_token"           // 502, 503: the account has no token at the moment
	BadAnswer        Reason = "bad_answer"         // 502: a redirect, which is not followed
	Unreachable      Reason = "unreachable"        // 502: no API host answered
	TimedOut         Reason = "timed_out"          // 504: the API host did not answer in time
	CallerGone       Reason = "caller_gone"        // 499, in the log: the caller did not wait
	BodyUnreadable   Reason = "body_unreadable"    // 400: the caller's body broke off
	LimiterFailed    Reason = "limiter_failed"     // 503: the limiter gave an error
)

const (
	statusCallerGone = 499 // as nginx names it

	busy       = errcode.SystemBusy // try again
	notAllowed = errcode.APIUnauthorized
)

func refuse(status int, reason Reason, code errcode.Code, message string) *refusal {
	return &refusal{Code: code, Message: "gateway: " + message, Reason: reason, status: status}
}

func (e *refusal) Error() string { return e.Message }

// because adds what the log is to say, without credentials.
func (e *refusal) because(err error) *refusal {
	e.cause = err
	return e
}

func badRequest(message string) *refusal {
	return refuse(http.StatusBadRequest, BadRequest, errcode.InvalidArgs, message)
}

func unauthorized() *refusal {
	return refuse(http.StatusUnauthorized, Unauthorized, errcode.InvalidAppSecret, "the key is missing or wrong")
}

func passRejected(err error) *refusal {
	code := errcode.InvalidCredential
	if errors.Is(err, errPassExpired) {
		code = errcode.AccessTokenExpired
	}
	return refuse(http.StatusOK, PassRejected, code, "the access_token is no pass of this proxy, or not any more; fetch it here, with the key in place of the secret")
}

// limited is the answer to a call over a limit, or to one that nobody could count.
func limited(err error) *refusal {
	var over *overLimit
	if !errors.As(err, &over) {
		return refuse(http.StatusServiceUnavailable, LimiterFailed, busy, "limits cannot be counted at the moment").because(err)
	}
	e := refuse(http.StatusTooManyRequests, TooManyRequests, errcode.MinuteQuotaReached, over.Error())
	e.wait = over.wait
	return e
}

// noToken is the answer when the account has no token.
func noToken(err error) *refusal {
	var refused *errcode.Error
	if !errors.As(err, &refused) {
		return refuse(http.StatusServiceUnavailable, NoToken, busy, "there is no token for this account at the moment").because(err)
	}
	code := refused.Code
	if errcode.ErrTokenInvalid.Has(code) {
		code = errcode.InvalidAppSecret // 40001 of a token endpoint; a caller would fetch a new pass
	}
	return refuse(http.StatusBadGateway, NoToken, code, "the platform refuses a token: "+refused.Message).because(err)
}

// unanswered is the answer when no API host gave one.
func unanswered(ctx context.Context, err error) *refusal {
	var timeout interface{ Timeout() bool }
	switch {
	case ctx.Err() != nil:
		return refuse(statusCallerGone, CallerGone, busy, "the caller did not wait").because(ctx.Err())
	case errors.As(err, &timeout) && timeout.Timeout():
		return refuse(http.StatusGatewayTimeout, TimedOut, busy, "the platform did not answer in time").because(err)
	}
	return refuse(http.StatusBadGateway, Unreachable, busy, "the platform cannot be reached").because(err)
}

// write sends the refusal.
func (e *refusal) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	switch e.status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="gateway"`)
	case http.StatusTooManyRequests:
		h.Set("Retry-After", retryAfter(e.wait))
	case http.StatusMethodNotAllowed:
		h.Set("Allow", "GET, POST")
	}
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(e)
}
