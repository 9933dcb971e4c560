// Package metrics exports Prometheus metrics of API calls, tokens and callbacks.
//
//	m := metrics.New(metrics.Config{})
//	prometheus.MustRegister(m)
//
//	oa, err := officialaccount.New(officialaccount.Config{AppID: appID, Secret: secret, Observer: m.Account(appID)})
//	…
//	h, err := message.NewHandler(message.Config{…, Observer: m.Account(appID)})
//	…
//	m.Account(appID).Watch(h) // for the metrics that are read from Handler.Stats
//
// Every metric has the label account, which is the name given to [Collector.Account],
// such as an app id. A third-party platform reports for each of its accounts with
//
//	component.Config{
//		…,
//		Observer:        func(appID string) officialaccount.Observer { return m.Account(appID) },
//		MessageObserver: m.Account("callbacks"), // messages and notices, all accounts together
//	}
//
// # Calls
//
//	wechat_calls_total{path,code}                  code is the errcode, 0 for a success, or one of the words below
//	wechat_call_duration_seconds{path}             from the call to its end, retries included
//	wechat_call_retries_total{path}                attempts after the first, without replays
//	wechat_call_replays_total{path}                calls repeated because the token was rejected
//	wechat_call_quota_refusals_total{path,by}      by platform (45009 and similar) or guard (not sent because of QuotaGuard)
//
// The words for code are http (an answer that cannot be used), transport (no answer),
// paused (not sent because of QuotaGuard) and limit (not sent for another reason, such
// as a Limiter or a missing token).
//
// # Tokens
//
//	wechat_token_refreshes_total{reason,result}    reason cold, early, expired, rejected or uncached; result new, same or error
//	wechat_token_refresh_duration_seconds
//	wechat_token_age_seconds                       since the token in use was fetched
//	wechat_token_expiry_timestamp_seconds          when it expires
//
// # Callbacks
//
//	wechat_callback_deliveries_total{status}       HTTP answers, repeats included
//	wechat_callback_refusals_total{reason}         requests that were refused, by message.Reason
//	wechat_callbacks_total{type,result}            messages that were handled, by Go type; result ok or error
//	wechat_callback_duration_seconds{type}         of the handler
//	wechat_callback_running                        messages that are being handled
//	wechat_callback_messages_total                 first deliveries
//	wechat_callback_duplicates_total               further deliveries of a message
//	wechat_callback_shared_total                   messages that another process handled
//	wechat_callback_deadline_misses_total          messages answered with success before their reply was ready
//	wechat_callback_late_replies_total{result}     result sent or failed
//	wechat_callback_timeouts_total                 handlers that took longer than WorkTimeout
//	wechat_callback_busy_total{bound}              deliveries answered with 503; bound all or sender
//	wechat_callback_store_failures_total           operations of the shared store that failed
//
// # Bounds
//
// The number of values of a label is bounded by [Config]; further values are counted as
// "other". Input from users is never a value.
package metrics
