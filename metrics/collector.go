package metrics

import (
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config bounds the labels of a [Collector]. Further values of a label are counted as
// "other". The zero value is useful.
type Config struct {
	MaxAccounts int // accounts; 1,000 if 0
	MaxPaths    int // paths of the API; 500 if 0
	MaxCodes    int // errcodes; 300 if 0
}

const other = "other"

// Collector is a prometheus.Collector of everything that its accounts report. Make one
// with [New]. It is safe for concurrent use.
type Collector struct {
	vectors

	mu          sync.Mutex
	accounts    map[string]*Account
	maxAccounts int

	paths, codes bounded
}

// vectors holds the metrics. Those of type Desc are read at every scrape.
type vectors struct {
	calls, retries, replays, quota         *prometheus.CounterVec
	refreshes                              *prometheus.CounterVec
	deliveries, callbacks                  *prometheus.CounterVec
	callTime, refreshTime, callbackTime    *prometheus.HistogramVec
	age, expiry, running                   *prometheus.Desc
	messages, duplicates, shared, late     *prometheus.Desc
	lateReplies, timeouts, busy, storeFail *prometheus.Desc
	refusals                               *prometheus.Desc
}

// New returns a collector. Register it with Prometheus.
func New(cfg Config) *Collector {
	return &Collector{
		vectors:     newVectors(),
		accounts:    map[string]*Account{},
		maxAccounts: orDefault(cfg.MaxAccounts, 1000),
		paths:       bounded{max: orDefault(cfg.MaxPaths, 500)},
		codes:       bounded{max: orDefault(cfg.MaxCodes, 300)},
	}
}

func orDefault(n, standard int) int {
	if n > 0 {
		return n
	}
	return standard
}

func newVectors() vectors {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"account"}, labels...))
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, append([]string{"account"}, labels...))
	}
	state := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"account"}, labels...), nil)
	}
	calls := []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	answers := []float64{.001, .005, .01, .05, .1, .5, 1, 2.5, 4.5, 10, 60} // 4.5 s is the deadline
	return vectors{
		calls:        counter("wechat_calls_total", "Calls of the API, by path and errcode.", "path", "code"),
		retries:      counter("wechat_call_retries_total", "Attempts after the first, without replays.", "path"),
		replays:      counter("wechat_call_replays_total", "Calls made again because the token was rejected.", "path"),
		quota:        counter("wechat_call_quota_refusals_total", "Calls refused for their quota by the platform, or not sent because of the quota guard.", "path", "by"),
		refreshes:    counter("wechat_token_refreshes_total", "Fetches of a token.", "reason", "result"),
		deliveries:   counter("wechat_callback_deliveries_total", "Deliveries by the HTTP status of their answer.", "status"),
		callbacks:    counter("wechat_callbacks_total", "Messages that were handled.", "type", "result"),
		callTime:     histogram("wechat_call_duration_seconds", "Time of a call, including retries.", calls, "path"),
		refreshTime:  histogram("wechat_token_refresh_duration_seconds", "Time of a fetch of a token.", calls),
		callbackTime: histogram("wechat_callback_duration_seconds", "Time of a handler.", answers, "type"),

		age:     state("wechat_token_age_seconds", "Time since the token in use was fetched."),
		expiry:  state("wechat_token_expiry_timestamp_seconds", "When the token in use expires."),
		running: state("wechat_callback_running", "Messages that are being handled."),

		messages:    state("wechat_callback_messages_total", "First deliveries of a message."),
		duplicates:  state("wechat_callback_duplicates_total", "Further deliveries of a message."),
		shared:      state("wechat_callback_shared_total", "Messages that another process handled."),
		late:        state("wechat_callback_deadline_misses_total", "Messages answered with success before their reply was ready."),
		lateReplies: state("wechat_callback_late_replies_total", "Replies after the deadline.", "result"),
		timeouts:    state("wechat_callback_timeouts_total", "Handlers that took longer than WorkTimeout."),
		busy:        state("wechat_callback_busy_total", "Deliveries answered with 503, by the bound that was reached.", "bound"),
		refusals:    state("wechat_callback_refusals_total", "Requests that were refused.", "reason"),
		storeFail:   state("wechat_callback_store_failures_total", "Operations of the shared store that failed."),
	}
}

// Account returns the reporter of an account, always the same one for a name. Beyond
// [Config].MaxAccounts it returns that of the account "other", which has no metrics of
// a token's age and expiry, since it stands for several accounts.
func (c *Collector) Account(name string) *Account {
	name = validLabel(name)
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.accounts[name]; a != nil {
		return a
	}
	if len(c.accounts) >= c.maxAccounts {
		name = other
		if a := c.accounts[name]; a != nil {
			return a
		}
	}
	a := &Account{c: c, name: name}
	c.accounts[name] = a
	return a
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(out chan<- *prometheus.Desc) {
	for _, v := range c.counted() {
		v.Describe(out)
	}
	for _, d := range []*prometheus.Desc{
		c.age, c.expiry, c.running, c.messages, c.duplicates, c.shared, c.late, c.lateReplies, c.timeouts, c.busy, c.storeFail, c.refusals,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector) Collect(out chan<- prometheus.Metric) {
	for _, v := range c.counted() {
		v.Collect(out)
	}
	c.mu.Lock()
	accounts := make([]*Account, 0, len(c.accounts))
	for _, a := range c.accounts {
		accounts = append(accounts, a)
	}
	c.mu.Unlock()
	for _, a := range accounts {
		a.collect(out, time.Now())
	}
}

func (c *Collector) counted() []prometheus.Collector {
	return []prometheus.Collector{
		c.calls, c.retries, c.replays, c.quota, c.refreshes, c.deliveries, c.callbacks,
		c.callTime, c.refreshTime, c.callbackTime,
	}
}

// bounded keeps the first max values and replaces all further ones by "other".
type bounded struct {
	max  int
	mu   sync.Mutex
	seen map[string]struct{}
}

func (b *bounded) label(value string) string {
	value = validLabel(value)
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.seen[value]; known {
		return value
	}
	if len(b.seen) >= b.max {
		return other
	}
	if b.seen == nil {
		b.seen = map[string]struct{}{}
	}
	b.seen[value] = struct{}{}
	return value
}

// validLabel returns value in valid UTF-8. Prometheus panics on any other label.
func validLabel(value string) string { return strings.ToValidUTF8(value, "\uFFFD") }
