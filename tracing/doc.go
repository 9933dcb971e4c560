// Package tracing exports OpenTelemetry traces and metrics of API calls, tokens and
// callbacks. It depends on the API of OpenTelemetry only: the program chooses SDK and
// exporter.
//
//	tracer, err := tracing.New(tracing.Config{}) // with the global providers
//	…
//	account := tracer.Account(appID)
//	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, Observer: account})
//	…
//	h, err := message.NewHandler(message.Config{…, Observer: account})
//
// For metrics with Prometheus see module metrics; officialaccount.JoinObservers and
// message.JoinObservers join the observers of both.
//
// # Spans
//
//	GET /cgi-bin/menu/get   client    a call, with one event "attempt" for each request
//	fetch token             client    a fetch of a token, below the call that started it
//	POST callback           server    a delivery of a message, or a request that was refused
//	GET callback            server    a verification of the URL
//	handle Text             consumer  the handler of a message, below its first delivery
//	late reply Text         consumer  the sending of a late reply, below the first delivery
//
// The context of a handler has the handler's span, so what the handler does with it, such
// as calls of the API, is below that span. The spans of LateReply and of its calls are in
// the same trace, although the delivery has ended before.
//
// The platform sends no trace context, so every delivery begins a trace, unless
// [Config].TrustTraceContext is set. A repeat of a message is linked to the delivery
// that started the handling of the message. With a shared store (message.Config.Store)
// this holds across processes. There are three exceptions: a store that has failed; a repeat
// that comes more than a minute after the outcome; and a message that was taken over
// from a process that died, whose repeats are linked to the delivery of either process.
// The attribute messaging.message.id is the same in all of them. A reply that
// message.KeptReplies.Next returns belongs to the trace of the message that it answers.
//
// Attributes, in addition to http.request.method, http.response.status_code, url.template,
// error.type, messaging.system, messaging.operation.name, messaging.operation.type,
// messaging.message.id, exception.type and exception.stacktrace of the semantic
// conventions:
//
//	wechat.account             the name given to [Tracer.Account]; on every span
//	wechat.errcode             of a refused call
//	wechat.errcode.category    such as quota or permission; see package errcode
//	wechat.rid                 the platform's id of a refused request
//	wechat.call.attempts       number of requests
//	wechat.call.replayed       the platform rejected the token, and the call was sent again
//	wechat.attempt.number      of an event: 1 for the first request
//	wechat.attempt.duration    of an event, in seconds
//	wechat.token.reason        cold, early, expired, rejected or uncached
//	wechat.token.result        new, same or error
//	wechat.callback.outcome    a message.Outcome: reply, success, refused, busy …
//	wechat.callback.refusal    a message.Reason: signature, timestamp, nonce …
//	wechat.callback.mode       safe (encrypted) or plain
//	wechat.callback.repeat     the message was delivered before
//	wechat.callback.late       the platform was answered before the handler returned
//	wechat.message.type        Go type of the message, such as Text or SubscribeEvent
//	wechat.message.sender      openid, only with [Config].PersonalData
//	error.message              text of an error, only with [Config].PersonalData
//
// error.type is the errcode, the HTTP status, or one of paused, response, timeout,
// canceled, transport, panic, reply, no_late_reply, work_timeout, late_timeout and
// shutdown; for other errors it is the Go type.
//
// # Metrics
//
// All are histograms in seconds with the attribute wechat.account, and error.type for a
// failure.
//
//	wechat.client.call.duration           http.request.method, url.template, wechat.errcode.category
//	wechat.client.token.refresh.duration  wechat.token.reason, wechat.token.result
//	wechat.callback.delivery.duration     wechat.callback.outcome, wechat.callback.refusal
//	wechat.callback.handler.duration      wechat.message.type, wechat.callback.late
//	wechat.callback.late_reply.duration   wechat.message.type
//
// # What is never exported
//
// No span and no metric has a URL with its query, a token, a secret, a key, a ticket, a
// code, a body of a request or of an answer, or what a user wrote, except for texts of
// errors with [Config].PersonalData. Do not wrap the transport of a client with a
// generic instrumentation of HTTP such as otelhttp: the platform takes tokens and secrets
// in the query, and that would record it.
package tracing
