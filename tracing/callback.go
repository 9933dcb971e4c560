package tracing

import (
	"context"
	"reflect"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-f21aa8d8/wechat/message"
)

// ObserveDelivery implements message.Observer: a server span for each delivery.
func (a *Account) ObserveDelivery(ctx context.Context, d message.Delivery) (context.Context, func(message.DeliveryResult)) {
	if a.parent.trust {
		ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(d.Header))
	}
	method := d.Method
	if method != "GET" && method != "POST" { // anybody may have written it
		method = "_OTHER"
	}
	ctx, span := a.parent.tracer.Start(ctx, method+" callback",
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(a.account, keyMethod.String(method)))
	return ctx, func(r message.DeliveryResult) {
		defer span.End()
		labels := []attribute.KeyValue{keyOutcome.String(string(r.Outcome))}
		if r.Reason != "" {
			labels = append(labels, keyRefusal.String(string(r.Reason)))
		}
		a.parent.deliveries.Record(ctx, r.Duration.Seconds(), metric.WithAttributes(append(labels, a.account)...))
		if !span.IsRecording() {
			return
		}
		span.SetAttributes(labels...)
		span.SetAttributes(keyStatus.Int(r.Status))
		if r.Message != nil {
			span.SetAttributes(keyMode.String(mode(r.Encrypted)), keyRepeat.Bool(r.Repeat))
			span.SetAttributes(a.messageAttributes(r.Message)...)
		}
		if first := spanContext(r.First); first.IsValid() {
			span.AddLink(trace.Link{SpanContext: first})
		}
		if r.Status >= 500 { // a refusal with 4xx is the peer's error, not this program's
			span.SetAttributes(keyErrorType.String(string(r.Outcome)))
			span.SetStatus(codes.Error, string(r.Outcome))
		}
	}
}

func mode(encrypted bool) string {
	if encrypted {
		return "safe"
	}
	return "plain"
}

// NameDelivery implements message.RepeatObserver: repeats are linked to the delivery
// that started the handling, in other processes too.
func (a *Account) NameDelivery(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier[traceparent]
}

const traceparent = "traceparent"

// spanContext reads what NameDelivery returned.
func spanContext(name string) trace.SpanContext {
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparent: name})
	return trace.SpanContextFromContext(ctx)
}

// ObserveHandling implements message.Observer: a consumer span for the handler, in the
// trace of the first delivery.
func (a *Account) ObserveHandling(ctx context.Context, m message.Message) (context.Context, func(message.HandlingResult)) {
	ctx, span := a.process(ctx, "handle", m)
	return ctx, func(r message.HandlingResult) {
		defer span.End()
		labels := append(errorLabels(r.Err), a.account, keyType.String(typeOf(m)), keyLate.Bool(r.Late))
		a.parent.handlers.Record(ctx, r.Duration.Seconds(), metric.WithAttributes(labels...))
		span.SetAttributes(keyLate.Bool(r.Late))
		a.parent.fail(span, r.Err)
	}
}

// ObserveLateReply implements message.Observer: a consumer span for a late reply, below
// the first delivery.
func (a *Account) ObserveLateReply(ctx context.Context, m message.Message) (context.Context, func(message.LateResult)) {
	ctx, span := a.process(ctx, "late reply", m)
	return ctx, func(r message.LateResult) {
		defer span.End()
		labels := append(errorLabels(r.Err), a.account, keyType.String(typeOf(m)))
		a.parent.lateReplies.Record(ctx, r.Duration.Seconds(), metric.WithAttributes(labels...))
		a.parent.fail(span, r.Err)
	}
}

// process begins a span for work on a message.
func (a *Account) process(ctx context.Context, operation string, m message.Message) (context.Context, trace.Span) {
	return a.parent.tracer.Start(ctx, operation+" "+typeOf(m), trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithAttributes(a.account, keySystem.String("wechat"), keyOperation.String(operation), keyOperationType.String("process")),
		trace.WithAttributes(a.messageAttributes(m)...))
}

// messageAttributes name a message.
func (a *Account) messageAttributes(m message.Message) []attribute.KeyValue {
	attrs := []attribute.KeyValue{keyType.String(typeOf(m))}
	head := message.HeaderOf(m)
	if head.MsgID != "" {
		attrs = append(attrs, keyMessageID.String(head.MsgID))
	}
	if a.parent.personal {
		attrs = append(attrs, keySender.String(head.FromUserName))
	}
	return attrs
}

// typeOf returns the name of the Go type of a message, such as Text, SubscribeEvent or
// Unknown. The number of names is bounded by the types in package message.
func typeOf(m message.Message) string { return reflect.TypeOf(m).Elem().Name() }
