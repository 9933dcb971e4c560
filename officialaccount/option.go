package officialaccount

import "net/http"

// CallOption changes one call.
type CallOption func(*call)

// credential is the kind of credential of a call.
type credential int

const (
	appToken credential = iota
	componentToken
	givenToken
	appSecret
	bodySecret
	noCredential
)

// WithComponentToken adds the client's token as component_access_token, for the
// endpoints of a third-party platform (第三方平台).
func WithComponentToken() CallOption { return func(k *call) { k.credential = componentToken } }

// WithToken adds tok as access_token instead of the account's, for example the token of
// a user after web authorization (网页授权). The client cannot replace such a token, so it
// does not repeat the call if the platform rejects it.
func WithToken(tok string) CallOption {
	return func(k *call) { k.credential, k.given = givenToken, tok }
}

// WithSecret adds appid and secret to the query instead of a token. If the client has
// no secret, the call returns [ErrNoSecret].
func WithSecret() CallOption { return WithSecretAs("appid", "secret") }

// WithSecretAs is [WithSecret] with other names for the two parameters of the query,
// such as WithSecretAs("appid", "appsecret").
func WithSecretAs(appIDName, secretName string) CallOption {
	return func(k *call) { k.credential, k.idName, k.secretName = appSecret, appIDName, secretName }
}

// WithSecretInBody sends the app id and the secret under these names in the JSON body,
// which has no other fields.
func WithSecretInBody(appIDName, secretName string) CallOption {
	return func(k *call) { k.credential, k.idName, k.secretName = bodySecret, appIDName, secretName }
}

// WithoutToken adds no credential at all.
func WithoutToken() CallOption { return func(k *call) { k.credential = noCredential } }

// WithRetry marks a call that can safely be executed twice, so it is retried like a
// GET.
func WithRetry() CallOption { return func(k *call) { k.idempotent = true } }

// WithoutRetry disables retries for a GET that must not be executed twice, such as the
// exchange of an authorization code.
func WithoutRetry() CallOption { return func(k *call) { k.idempotent = false } }

// WithQuery adds parameters to the query of a POST, an upload or a download. See
// [Client.Get] for what v may be.
func WithQuery(v any) CallOption { return func(k *call) { k.query = v } }

// WithBody makes a download a POST with v as its JSON body.
func WithBody(v any) CallOption {
	return func(k *call) { k.Method, k.Body = http.MethodPost, v }
}

// WithWarning logs a warning before the request is sent, with the endpoint and with
// args as in package slog. The services use it for a request that may break a limit on
// which the platform's documents disagree.
func WithWarning(msg string, args ...any) CallOption {
	return func(k *call) { k.warnings = append(k.warnings, warning{msg, args}) }
}

// warning is a message for the log.
type warning struct {
	msg  string
	args []any
}

// WithRedacted hides further values, such as a secret inside the body, in errors.
func WithRedacted(values ...string) CallOption {
	return func(k *call) { k.Hidden = append(k.Hidden, values...) }
}

// WithErrorDetails decodes the remaining fields of an error response into v, as far as
// they fit, such as the id of the earlier job after [errcode.ClientMsgIDExists]. The
// call still returns the [*errcode.Error].
func WithErrorDetails(v any) CallOption { return func(k *call) { k.Refused = v } }
