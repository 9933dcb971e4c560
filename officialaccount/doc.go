// Package officialaccount calls the API of WeChat Official Accounts (微信公众号).
//
// All calls go through a [Client]. Service packages such as menu, material and template
// are built on it. Use it directly for endpoints that no service package covers.
//
//	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret})
//	if err != nil {
//		return err
//	}
//	err = oa.Post(ctx, "/cgi-bin/menu/create", menu, nil)
//
// # Four verbs
//
// [Client.Get] and [Client.Post] carry JSON, [Client.Upload] sends a file and
// [Client.Download] gets one. Each takes a path and adds the access_token to the query.
// A query is a struct with url tags, and a body is any value that encoding/json can
// encode. Text is sent without \u escapes, which the platform refuses or shows to
// users.
//
// Answers are decoded leniently, because the platform is not consistent: it sends the
// same value as a number or as a string, and a list with one element as an array or as
// an object. So plain field types work: string, int64, bool, []T. Large numbers keep
// all digits, even in an interface, where numbers are json.Number. If a value does not
// fit its field, the error is a [*errcode.ValueError] with the path of the value.
//
// # Credentials
//
// By default a call carries the account's token. [WithComponentToken], [WithToken],
// [WithSecret] and [WithoutToken] change that. A download from an absolute URL, such as
// the address of a picture or video from the platform, never carries a credential.
//
// The token comes from [Config].TokenSource. See package token for a token shared
// between processes, for a central token server, and for tokens that another program
// refreshes.
//
// # Tokens that the platform rejects
//
// After 40001, 40014 or 42001 the client replaces the rejected token, once for all
// concurrent calls, and repeats the call once. The platform did not execute the
// rejected call, so this is safe for sends too. A file is sent again if its reader is
// an io.Seeker or its content was copied.
//
// # Retries
//
// A GET, a download, and a call with [WithRetry] are retried after a failed connection,
// HTTP 5xx and errcode -1 (系统繁忙), with growing pauses and within a budget, see [Retry].
// Any other call is not retried once part of it was sent: it may have been executed,
// and a message sent twice is worse than an error. The field Sent of an
// [errcode.TransportError] tells whether it may have been.
//
// # Errors
//
// For an errcode other than 0 the error is an *errcode.Error, whatever the HTTP status:
//
//	errors.Is(err, errcode.IPNotInWhitelist) // one code
//	errors.Is(err, errcode.ErrQuota)         // a group of codes
//
// A [*errcode.ResponseError] means an unusable answer, such as the error page of a
// gateway; a [*errcode.TransportError] means that there was no answer. With a
// [*errcode.LimitError], or a [*PausedError] of the quota guard, nothing was sent. No
// error, log line or printed value of this package shows a token or a secret.
//
// # Limits
//
// The services check the documented lengths and counts before they send a request.
// Where the platform's documents disagree, they only log a warning.
//
// # Long lists
//
// Every paged endpoint has an iterator, made with [Pages]:
//
//	for user, err := range user.New(oa).All(ctx) { … }
//
// # Logs and metrics
//
// [Config].Logger receives warnings, replaced tokens and retries. By default nothing is
// logged. [Config].Observer observes every call, for metrics and tracing;
// [Config].Limiter may delay calls; [Config].QuotaGuard stops calls whose daily quota
// is used up.
package officialaccount
