// Package metrics shows Prometheus what the rest of this module does: the calls of
// the platform's API, the tokens, and the callbacks.
//
//	m := metrics.New()
//	prometheus.MustRegister(m)
//
//	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, Observer: m.Account(appID)})
//	…
//	h, err := message.NewHandler(message.Config{…})
//	…
//	m.Account(appID).Watch(h)
//	http.Handle("/wechat", m.Account(appID).Deliveries(h))
//
// Every metric has the label account, which is whatever text [Collector.Account] was
// given, such as an app id. For a third-party platform that is done for every account
// with
//
//	component.Config{…, Observer: func(appID string) officialaccount.Observer { return m.Account(appID) }}
//
// # Calls
//
//	wechat_calls_total{path,code}                  code is the errcode, or http, transport, paused, limit for a call without one
//	wechat_call_duration_seconds{path}             from the call to its end, retries included
//	wechat_call_retries_total{path}                attempts after the first, replays not counted
//	wechat_call_replays_total{path}                calls made again because the token was rejected
//	wechat_call_quota_refusals_total{path,by}      by platform (45009 and the like) or guard (withheld by QuotaGuard)
//
// # Tokens
//
//	wechat_token_refreshes_total{reason,result}    reason cold, early, expired, rejected or unkept; result new, same or error
//	wechat_token_refresh_duration_seconds
//	wechat_token_age_seconds                       since the token in use came
//	wechat_token_expiry_timestamp_seconds          when it ends
//
// # Callbacks
//
//	wechat_callback_deliveries_total{status}       HTTP answers, repeats included
//	wechat_callback_refusals_total{reason}         requests that were not let in
//	wechat_callbacks_total{type,result}            messages that were handled, by Go type; result ok or error
//	wechat_callback_duration_seconds{type}         of the handler
//	wechat_callback_running                        messages at work now
//	wechat_callback_messages_total                 first deliveries
//	wechat_callback_duplicates_total               further deliveries of a message
//	wechat_callback_shared_total                   messages that another process handled
//	wechat_callback_deadline_misses_total          messages answered with success, their reply to follow
//	wechat_callback_late_replies_total{result}     result sent or failed
//	wechat_callback_timeouts_total                 handlers that ran into WorkTimeout
//	wechat_callback_busy_total{bound}              deliveries answered with 503: too many messages of all, or of a sender
//	wechat_callback_store_failures_total           operations of the shared store that failed
//
// # Bounds
//
// A label never grows without end: beyond [MaxAccounts] accounts, [MaxPaths] paths
// and [MaxCodes] codes the value is "other". No value is made
// from a user's input.
package metrics
