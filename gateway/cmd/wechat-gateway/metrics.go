package main

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
)

// metrics are the metrics of the gateway for Prometheus. No label contains a credential. The
// labels have few values: businesses and routes come from the configuration.
type metrics struct {
	calls         *prometheus.CounterVec
	seconds       *prometheus.HistogramVec
	replays       *prometheus.CounterVec
	attempts      *prometheus.CounterVec
	tokenRequests *prometheus.CounterVec
	refreshes     *prometheus.CounterVec
	expiry        *prometheus.GaugeVec
}

// newMetrics returns metrics with all counts at zero.
func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "wechat", Subsystem: "gateway", Name: name, Help: help}, labels)
	}
	return &metrics{
		calls: counter("calls_total", "Calls through the proxy; reason tells why the proxy itself answered.",
			"business", "route", "status", "errcode", "reason"),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "wechat", Subsystem: "gateway", Name: "call_seconds", Help: "Time of a call through the proxy.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"business", "route"}),
		replays:       counter("replays_total", "Calls sent again with a new token.", "business"),
		attempts:      counter("attempts_total", "Requests sent to the platform, by the host that was tried last.", "host"),
		tokenRequests: counter("token_requests_total", "Requests to the token server.", "business", "kind", "invalidate", "status"),
		refreshes:     counter("token_refreshes_total", "Fetches of credentials from the platform.", "appid", "kind", "reason", "result"),
		expiry: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Namespace: "wechat", Subsystem: "gateway", Name: "token_expiry_timestamp_seconds", Help: "When the newest credential expires, in Unix time.",
		}, []string{"appid", "kind"}),
	}
}

func (m *metrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{m.calls, m.seconds, m.replays, m.attempts, m.tokenRequests, m.refreshes, m.expiry}
}

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, c := range m.collectors() {
		c.Describe(ch)
	}
}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	for _, c := range m.collectors() {
		c.Collect(ch)
	}
}

// call counts a call through the proxy.
func (m *metrics) call(c gateway.Call) {
	m.calls.WithLabelValues(c.Business, c.Route, strconv.Itoa(c.Status), codeLabel(c.Code), string(c.Reason)).Inc()
	m.seconds.WithLabelValues(c.Business, c.Route).Observe(c.Duration.Seconds())
	if c.Replayed {
		m.replays.WithLabelValues(c.Business).Inc()
	}
	if c.Attempts > 0 {
		m.attempts.WithLabelValues(c.Host).Add(float64(c.Attempts))
	}
}

// tokenRequest counts a request to the token server.
func (m *metrics) tokenRequest(r gateway.TokenRequest) {
	m.tokenRequests.WithLabelValues(r.Business, string(r.Kind), strconv.FormatBool(r.Invalidate), strconv.Itoa(r.Status)).Inc()
}

// refresh counts a fetch of a credential.
func (m *metrics) refresh(appID string, kind token.Kind, r token.Refresh) {
	result := "ok"
	switch {
	case r.Err != nil:
		result = "failed"
	case r.Same:
		result = "same"
	}
	m.refreshes.WithLabelValues(appID, string(kind), string(r.Reason), result).Inc()
	if r.Err == nil && !r.Expiry.IsZero() {
		m.expiry.WithLabelValues(appID, string(kind)).Set(float64(r.Expiry.Unix()))
	}
}

// codeLabel returns an errcode as a label. All unknown codes have the same label.
func codeLabel(c errcode.Code) string {
	if c != 0 && !c.Known() {
		return "other"
	}
	return strconv.Itoa(int(c))
}
