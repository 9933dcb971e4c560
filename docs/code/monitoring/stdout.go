package monitoring

import (
	"context"
	"io"

	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed-f21aa8d8/wechat/tracing"
)

// printTraces returns a tracer that writes its spans to w, such as os.Stdout, for a first
// look. It makes no metrics.
func printTraces(w io.Writer) (tracer *tracing.Tracer, stop func(context.Context) error, err error) {
	spans, err := stdouttrace.New(stdouttrace.WithWriter(w), stdouttrace.WithPrettyPrint())
	if err != nil {
		return nil, nil, err
	}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	tracer, err = tracing.New(tracing.Config{TracerProvider: tracers})
	return tracer, tracers.Shutdown, err
}
