package tracing

import (
	"fmt"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
)

// Config sets up a [Tracer]. The zero value uses the global providers of OpenTelemetry.
type Config struct {
	TracerProvider trace.TracerProvider // otel.GetTracerProvider() if nil
	MeterProvider  metric.MeterProvider // otel.GetMeterProvider() if nil

	// TrustTraceContext continues the trace that the header traceparent of a delivery
	// names. Set it only behind a proxy or gateway of yours that removes this header
	// from the requests of others. Otherwise every delivery begins a trace.
	TrustTraceContext bool

	// PersonalData adds the senders of messages (openid) and the texts of errors, which
	// may quote what users wrote, to the spans. It never affects metrics.
	PersonalData bool
}

// Tracer makes spans and metrics. It is safe for concurrent use.
type Tracer struct {
	tracer   trace.Tracer
	trust    bool
	personal bool
	meters
}

// meters are the instruments.
type meters struct {
	calls, refreshes, deliveries, handlers, lateReplies metric.Float64Histogram
}

const scope = "github.com/seed-f21aa8d8/wechat/tracing"

// New returns a tracer. It fails if the meter provider refuses an instrument.
func New(cfg Config) (*Tracer, error) {
	if cfg.TracerProvider == nil {
		cfg.TracerProvider = otel.GetTracerProvider()
	}
	if cfg.MeterProvider == nil {
		cfg.MeterProvider = otel.GetMeterProvider()
	}
	m, err := newMeters(cfg.MeterProvider.Meter(scope))
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	return &Tracer{
		tracer: cfg.TracerProvider.Tracer(scope), meters: m,
		trust: cfg.TrustTraceContext, personal: cfg.PersonalData,
	}, nil
}

func newMeters(m metric.Meter) (all meters, err error) {
	calls := []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	answers := []float64{.001, .005, .01, .05, .1, .5, 1, 2.5, 4.5, 10, 60} // 4.5 s is the deadline
	for _, h := range []struct {
		instrument *metric.Float64Histogram
		name, text string
		buckets    []float64
	}{
		{&all.calls, "wechat.client.call.duration", "Time of a call of the API, including retries.", calls},
		{&all.refreshes, "wechat.client.token.refresh.duration", "Time of a fetch of a token.", calls},
		{&all.deliveries, "wechat.callback.delivery.duration", "Time until a delivery was answered.", answers},
		{&all.handlers, "wechat.callback.handler.duration", "Time of the handler of a message.", answers},
		{&all.lateReplies, "wechat.callback.late_reply.duration", "Time of sending a late reply.", calls},
	} {
		*h.instrument, err = m.Float64Histogram(h.name,
			metric.WithUnit("s"), metric.WithDescription(h.text), metric.WithExplicitBucketBoundaries(h.buckets...))
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// Account is the observer of one account: set it in officialaccount.Config and in
// message.Config. For a token.Cache that you make yourself, set ObserveRefresh as
// token.ReuseConfig.OnRefresh.
type Account struct {
	parent  *Tracer
	account attribute.KeyValue
}

var (
	_ officialaccount.Observer        = (*Account)(nil)
	_ officialaccount.AttemptObserver = (*Account)(nil)
	_ officialaccount.RefreshObserver = (*Account)(nil)
	_ message.Observer                = (*Account)(nil)
	_ message.RepeatObserver          = (*Account)(nil)
)

// Account returns the observer of an account. Its name, such as an app id, is the
// attribute wechat.account.
func (t *Tracer) Account(name string) *Account { return &Account{t, keyAccount.String(name)} }
