// Package officialaccount calls the API of WeChat Official Accounts (微信公众号).
//
// A [Client] is the one way to the platform. The services beside this package, such
// as menu, material and template, are built on one; so is your own call of an
// endpoint that no service wraps.
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
// [Client.Download] gets one. Each takes a path and adds the access_token. A query is
// a struct with url tags, a body any value that encoding/json takes; text goes out
// as it is, since the platform refuses \u escapes and shows them to its users.
//
// Answers are read leniently, because the platform gives the same value as a number
// here and quoted there, as an object or as an array of one. So plain fields do:
// string, int64, bool, []T. No digit of a large number is lost, also in an
// interface, where numbers are json.Number. A value that really does not fit is a
// [*errcode.ValueError] that names its place.
//
// # Credentials
//
// Without an option a call carries the account's token. [WithComponentToken],
// [WithToken], [WithSecret] and [WithoutToken] say otherwise. An absolute URL gets no
// credential whatever the options: it is how a picture or video is fetched whose
// address the platform handed out.
//
// Where the token comes from is [Config].TokenSource; see package token for sharing
// one between processes, for a central token server, and for tokens that some other
// job keeps.
//
// # Tokens that the platform rejects
//
// On 40001, 40014 and 42001 the client replaces the very token that it had added, once
// for all calls under way, and makes the call again, once. The platform did not
// execute the rejected call, so that is right for sends too. A file goes out again
// if its reader can go back to its beginning.
//
// # Retries
//
// A GET, a download, and a call marked [WithRetry] are made again after a failed
// connection, HTTP 5xx and errcode -1 (系统繁忙), with growing pauses and within a
// budget, see [Retry]. Any other call is sent once: as soon as part of it has left
// nobody knows whether it was executed, and a message sent twice is worse than an
// error. [errcode.TransportError] says whether that may be so.
//
// # Errors
//
// An errcode other than 0 is always an error, an *errcode.Error, whatever the HTTP
// status:
//
//	errors.Is(err, errcode.IPNotInWhitelist) // one code
//	errors.Is(err, errcode.ErrQuota)         // a group of codes
//
// A [*errcode.ResponseError] is an answer that is not the platform's, such as the error page
// of a gateway; a [*errcode.TransportError] is no answer at all. A [*errcode.LimitError] was found
// before anything was sent, and a [*PausedError] is a call that the quota guard
// withheld. No error, log line or printed value of this package shows a token or a
// secret.
//
// # Limits
//
// What the platform's documents say of lengths and counts, the services check before
// the wire where it is certain, and only warn of in the log where documents differ.
//
// # Long lists
//
// Every paged endpoint has an iterator, made with [Pages]:
//
//	for user, err := range user.New(oa).All(ctx) { … }
//
// # Watching
//
// [Config].Logger gets warnings, replays and retries, and is silent by default.
// [Config].Observer observes every call, for metrics and tracing; [Config].Limiter may
// delay calls; [Config].QuotaGuard stops calls whose daily quota is used up.
package officialaccount
