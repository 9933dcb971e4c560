package metrics

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// Account reports for one account. It is an Observer of officialaccount.Config and of
// message.Config. For a token.Cache that you make yourself, set ObserveRefresh as
// token.ReuseConfig.OnRefresh.
type Account struct {
	c    *Collector
	name string

	mu       sync.Mutex
	obtained time.Time // when the token in use was fetched; zero if there is none
	expiry   time.Time // of the token in use; zero if unknown
	handlers []*message.Handler
}

var (
	_ officialaccount.Observer        = (*Account)(nil)
	_ officialaccount.RefreshObserver = (*Account)(nil)
	_ message.Observer                = (*Account)(nil)
)

// ObserveCall implements officialaccount.Observer.
func (a *Account) ObserveCall(ctx context.Context, call officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	return ctx, func(result officialaccount.Result) { a.observeResult(call.Path, result) }
}

func (a *Account) observeResult(path string, result officialaccount.Result) {
	path = a.c.paths.label(path)
	a.c.calls.WithLabelValues(a.name, path, a.c.codes.label(codeOf(result))).Inc()
	a.c.callTime.WithLabelValues(a.name, path).Observe(result.Duration.Seconds())
	again := result.Attempts - 1
	if result.Replayed {
		a.c.replays.WithLabelValues(a.name, path).Inc()
		again--
	}
	if again > 0 {
		a.c.retries.WithLabelValues(a.name, path).Add(float64(again))
	}
	switch {
	case result.Paused:
		a.c.quota.WithLabelValues(a.name, path, "guard").Inc()
	case errors.Is(result.Err, errcode.ErrQuota):
		a.c.quota.WithLabelValues(a.name, path, "platform").Inc()
	}
}

// codeOf returns the errcode of a call, 0 for a success, or a word for a call without one.
func codeOf(result officialaccount.Result) string {
	var transport *errcode.TransportError
	switch {
	case result.Err == nil:
		return "0"
	case result.Paused:
		return "paused"
	case result.Code != 0:
		return strconv.Itoa(int(result.Code))
	case result.Status != 0:
		return "http"
	case errors.As(result.Err, &transport):
		return "transport"
	}
	return "limit" // stopped by a Limiter or the context, or without a token
}

// ObserveRefresh implements officialaccount.RefreshObserver.
func (a *Account) ObserveRefresh(_ context.Context, r token.Refresh) {
	result := "new"
	switch {
	case r.Err != nil:
		result = "error"
	case r.Same:
		result = "same"
	}
	a.c.refreshes.WithLabelValues(a.name, string(r.Reason), result).Inc()
	a.c.refreshTime.WithLabelValues(a.name).Observe(r.Duration.Seconds())
	if r.Err != nil || a.name == other {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.expiry = r.Expiry
	if !r.Same || a.obtained.IsZero() {
		a.obtained = time.Now()
	}
}

// collect sends the metrics that are read at every scrape.
func (a *Account) collect(out chan<- prometheus.Metric, now time.Time) {
	write := func(d *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, kind, v, append([]string{a.name}, labels...)...)
	}
	a.mu.Lock()
	obtained, expiry, handlers := a.obtained, a.expiry, a.handlers
	a.mu.Unlock()
	if !obtained.IsZero() {
		write(a.c.age, prometheus.GaugeValue, now.Sub(obtained).Seconds())
	}
	if !expiry.IsZero() {
		write(a.c.expiry, prometheus.GaugeValue, float64(expiry.Unix()))
	}
	if len(handlers) == 0 {
		return
	}
	s := sum(handlers)
	write(a.c.running, prometheus.GaugeValue, float64(s.Running))
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		write(d, prometheus.CounterValue, float64(n), labels...)
	}
	count(a.c.messages, s.Messages)
	count(a.c.duplicates, s.Duplicates)
	count(a.c.shared, s.Shared)
	count(a.c.late, s.Late)
	count(a.c.lateReplies, s.LateSent, "sent")
	count(a.c.lateReplies, s.LateFailed, "failed")
	count(a.c.timeouts, s.TimedOut)
	count(a.c.busy, s.Busy, "all")
	count(a.c.busy, s.SenderBusy, "sender")
	for reason, n := range s.Refused {
		count(a.c.refusals, n, string(reason))
	}
	count(a.c.storeFail, s.StoreFailures)
}

// sum adds the counts of several handlers of one account.
func sum(handlers []*message.Handler) (all message.Stats) {
	for _, h := range handlers {
		s := h.Stats()
		all.Running += s.Running
		all.Messages += s.Messages
		all.Duplicates += s.Duplicates
		all.Shared += s.Shared
		all.Late += s.Late
		all.LateSent += s.LateSent
		all.LateFailed += s.LateFailed
		all.TimedOut += s.TimedOut
		all.Busy += s.Busy
		all.SenderBusy += s.SenderBusy
		for reason, n := range s.Refused {
			if all.Refused == nil {
				all.Refused = map[message.Reason]uint64{}
			}
			all.Refused[reason] += n
		}
		all.StoreFailures += s.StoreFailures
	}
	return all
}
