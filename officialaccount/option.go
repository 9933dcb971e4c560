package officialaccount

import "net/http"

// CallOption changes one call.
type CallOption func(*call)

// credential is what a call shows to the platform.
type credential int

const (
	appToken credential = iota
	componentToken
	givenToken
	appSecret
	bodySecret
	noCredential
)

// WithAppToken adds the account's access_token, which the client keeps. It is what a
// call does without any option.
func WithAppToken() CallOption { return func(k *call) { k.credential = appToken } }

// WithComponentToken adds the client's token as component_access_token, as the
// endpoints of a third-party platform (第三方平台) want it.
func WithComponentToken() CallOption { return func(k *call) { k.credential = componentToken } }

// WithToken adds tok as access_token instead of the account's: the token of a
// user after web authorization (网页授权), for instance. A call with a token that
// the client did not get itself is never replayed.
func WithToken(tok string) CallOption {
	return func(k *call) { k.credential, k.given = givenToken, tok }
}

// WithSecret adds appid and secret to the query instead of a token. A client
// without a secret answers [ErrNoSecret].
func WithSecret() CallOption { return WithSecretAs("appid", "secret") }

// WithSecretAs is [WithSecret] with other names for the two parameters.
func WithSecretAs(appID, secret string) CallOption {
	return func(k *call) { k.credential, k.idName, k.secretName = appSecret, appID, secret }
}

// WithSecretInBody is [WithSecretAs] for an endpoint that takes the two in its JSON
// body: it is the whole body.
func WithSecretInBody(appID, secret string) CallOption {
	return func(k *call) { k.credential, k.idName, k.secretName = bodySecret, appID, secret }
}

// WithoutToken adds no credential at all.
func WithoutToken() CallOption { return func(k *call) { k.credential = noCredential } }

// WithRetry says that the call may be made twice without harm, and so be retried
// like a GET.
func WithRetry() CallOption { return func(k *call) { k.idempotent = true } }

// WithoutRetry takes [WithRetry] back, for a GET that is used up by being answered, such
// as the exchange of an authorization code.
func WithoutRetry() CallOption { return func(k *call) { k.idempotent = false } }

// WithQuery adds parameters to the query of a POST, an upload or a download. See
// [Client.Get] for what v may be.
func WithQuery(v any) CallOption { return func(k *call) { k.query = v } }

// WithBody makes a download a POST with v as its JSON body.
func WithBody(v any) CallOption {
	return func(k *call) { k.Method, k.Body = http.MethodPost, v }
}

// WithWarning logs a warning before the request is sent, with the endpoint and with
// args as package slog reads them. The services use it for a request that may break a
// limit on which the platform's documents disagree.
func WithWarning(msg string, args ...any) CallOption {
	return func(k *call) { k.warnings = append(k.warnings, warning{msg, args}) }
}

// warning is a message for the log.
type warning struct {
	msg  string
	args []any
}

// WithRedacted names further values, such as a secret inside the body, that no error may
// show.
func WithRedacted(values ...string) CallOption {
	return func(k *call) { k.Hidden = append(k.Hidden, values...) }
}

// WithErrorDetails decodes into v what stands beside errcode and errmsg in a refusal, as far
// as it fits: the id of the earlier job in [errcode.ClientMsgIDExists], for
// instance. The call fails with the [*errcode.Error] all the same.
func WithErrorDetails(v any) CallOption { return func(k *call) { k.Refused = v } }
