package tracing_test

import (
	"context"
	"fmt"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/tracing"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// A handler calls the API while it handles a message. The spans are collected in
// memory; a program uses an exporter such as otlptracehttp.
func Example() {
	platform, err := wechattest.Open(wechattest.Config{})
	if err != nil {
		panic(err)
	}
	defer platform.Close()

	spans := tracetest.NewInMemoryExporter()
	tracer, err := tracing.New(tracing.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)),
	})
	if err != nil {
		panic(err)
	}
	account := tracer.Account(wechattest.DefaultAppID)

	oa, err := officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, Observer: account,
		HTTPClient: platform.Client(), BaseURL: platform.URL(),
	})
	if err != nil {
		panic(err)
	}
	bot, err := message.NewHandler(message.Config{Token: wechattest.DefaultToken, Observer: account})
	if err != nil {
		panic(err)
	}
	message.On(bot, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		if err := oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil); err != nil { // with ctx: below the handler's span
			return nil, err
		}
		return message.TextReply("done"), nil
	})
	platform.Bot(bot)
	if _, err := platform.User("oLiLei").Text("hello"); err != nil {
		panic(err)
	}

	var print func(indent, parent string)
	print = func(indent, parent string) {
		for _, s := range spans.GetSpans() {
			if s.Parent.SpanID().String() == parent && s.Name != "fetch token" { // reported by a goroutine of its own
				fmt.Println(indent + s.Name)
				print(indent+"  ", s.SpanContext.SpanID().String())
			}
		}
	}
	print("", "0000000000000000")
	// Output:
	// POST callback
	//   handle Text
	//     GET /cgi-bin/getcallbackip
}
