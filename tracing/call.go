package tracing

import (
	"context"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
)

// ObserveCall implements officialaccount.Observer: a client span for each call.
func (a *Account) ObserveCall(ctx context.Context, call officialaccount.Call) (context.Context, func(officialaccount.Result)) {
	labels := []attribute.KeyValue{a.account, keyMethod.String(call.Method), keyTemplate.String(call.Path)}
	ctx, span := a.parent.tracer.Start(ctx, call.Method+" "+call.Path,
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(labels...))
	return ctx, func(r officialaccount.Result) {
		defer span.End()
		a.parent.calls.Record(ctx, r.Duration.Seconds(), metric.WithAttributes(append(labels, errorLabels(r.Err)...)...))
		if !span.IsRecording() {
			return
		}
		span.SetAttributes(keyAttempts.Int(r.Attempts))
		if r.Replayed {
			span.SetAttributes(keyReplayed.Bool(true))
		}
		if r.Status != 0 {
			span.SetAttributes(keyStatus.Int(r.Status))
		}
		a.parent.fail(span, r.Err)
	}
}

// ObserveAttempt implements officialaccount.AttemptObserver: an event for each request.
func (a *Account) ObserveAttempt(ctx context.Context, attempt officialaccount.Attempt) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	attrs := []attribute.KeyValue{keyNumber.Int(attempt.Number), keyDuration.Float64(attempt.Duration.Seconds())}
	if attempt.Status != 0 {
		attrs = append(attrs, keyStatus.Int(attempt.Status))
	}
	span.AddEvent("attempt", trace.WithAttributes(append(attrs, a.parent.errorAttributes(attempt.Err)...)...))
}

// ObserveRefresh implements officialaccount.RefreshObserver: a client span for each fetch
// of a token, in the trace of the call that started it.
func (a *Account) ObserveRefresh(ctx context.Context, r token.Refresh) {
	result := "new"
	switch {
	case r.Err != nil:
		result = "error"
	case r.Same:
		result = "same"
	}
	labels := []attribute.KeyValue{a.account, keyReason.String(string(r.Reason)), keyResult.String(result)}
	a.parent.refreshes.Record(ctx, r.Duration.Seconds(), metric.WithAttributes(append(labels, errorLabels(r.Err)...)...))
	end := time.Now()
	_, span := a.parent.tracer.Start(ctx, "fetch token", trace.WithTimestamp(end.Add(-r.Duration)),
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(labels...))
	a.parent.fail(span, r.Err)
	span.End(trace.WithTimestamp(end))
}

// Transport returns a RoundTripper that adds the header traceparent to requests, for
// clients whose BaseURL is a gateway of yours; the platform does not use the header. It
// makes no spans. If base is nil, it is http.DefaultTransport.
func Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return &transport{base}
}

type transport struct{ base http.RoundTripper }

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !trace.SpanContextFromContext(r.Context()).IsValid() {
		return t.base.RoundTrip(r)
	}
	r = r.Clone(r.Context())
	propagation.TraceContext{}.Inject(r.Context(), propagation.HeaderCarrier(r.Header))
	return t.base.RoundTrip(r)
}
