package metrics

import (
	"context"
	"reflect"
	"slices"
	"strconv"

	"github.com/seed-f21aa8d8/wechat/message"
)

// Watch reads the Stats of a handler at every scrape. Call it once for each handler.
func (a *Account) Watch(h *message.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handlers = append(slices.Clip(a.handlers), h)
}

// ObserveDelivery implements message.Observer.
func (a *Account) ObserveDelivery(ctx context.Context, _ message.Delivery) (context.Context, func(message.DeliveryResult)) {
	return ctx, func(r message.DeliveryResult) {
		a.c.deliveries.WithLabelValues(a.name, strconv.Itoa(r.Status)).Inc()
	}
}

// ObserveHandling implements message.Observer.
func (a *Account) ObserveHandling(ctx context.Context, m message.Message) (context.Context, func(message.HandlingResult)) {
	return ctx, func(r message.HandlingResult) {
		kind, result := typeOf(m), "ok"
		if r.Err != nil {
			result = "error"
		}
		a.c.callbacks.WithLabelValues(a.name, kind, result).Inc()
		a.c.callbackTime.WithLabelValues(a.name, kind).Observe(r.Duration.Seconds())
	}
}

// ObserveLateReply implements message.Observer. Late replies are counted by Watch.
func (a *Account) ObserveLateReply(ctx context.Context, _ message.Message) (context.Context, func(message.LateResult)) {
	return ctx, nil
}

// typeOf returns the name of the Go type of a message, such as Text, SubscribeEvent or
// Unknown. The number of names is bounded by the types in package message.
func typeOf(m message.Message) string {
	if m == nil {
		return "Unknown"
	}
	return reflect.TypeOf(m).Elem().Name()
}
