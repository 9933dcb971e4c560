// Command monitoring is a bot whose metrics Prometheus scrapes, and whose calls and
// messages are traced with OpenTelemetry.
//
//	go run ./examples/monitoring
//
// Without an account in the environment it runs on the local platform and, if the
// program prometheus is installed, with a Prometheus of its own that has the rules of
// alerts.yml: it makes everything fail once, waits for the alerts, runs each query of
// dashboard.json, and continues until it is interrupted, so that you can look around.
// -once stops after the transcript, with exit status 1 when a step failed.
//
// With WECHAT_TOKEN, WECHAT_APPID and WECHAT_SECRET set (and WECHAT_AES_KEY in safe mode)
// it serves the real platform on -addr under /wechat, and the metrics on -metrics under
// /metrics. Spans go to the standard output as JSON; a program of yours would use an
// exporter such as otlptracehttp.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/sync/errgroup"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/metrics"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/tracing"
	"github.com/seed-f21aa8d8/wechat/user"
)

// monitor is where metrics and spans go.
type monitor struct {
	registry *prometheus.Registry
	metrics  *metrics.Collector
	tracer   *tracing.Tracer
}

func newMonitor(spans *sdktrace.TracerProvider) (*monitor, error) {
	m := &monitor{registry: prometheus.NewRegistry(), metrics: metrics.New(metrics.Config{})}
	if err := m.registry.Register(m.metrics); err != nil {
		return nil, err
	}
	var err error
	m.tracer, err = tracing.New(tracing.Config{TracerProvider: spans})
	return m, err
}

// handler serves the metrics.
func (m *monitor) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// newClient returns the client of an account, with metrics and traces.
func (m *monitor) newClient(c officialaccount.Config) (*officialaccount.Client, error) {
	c.Observer = officialaccount.JoinObservers(m.metrics.Account(c.AppID), m.tracer.Account(c.AppID))
	return officialaccount.New(c)
}

// newBot returns the bot of an account, with metrics and traces. It greets users by
// the names that the account has given them (备注).
func (m *monitor) newBot(c message.Config, oa *officialaccount.Client) (*message.Handler, error) {
	c.Observer = message.JoinObservers(m.metrics.Account(c.AppID), m.tracer.Account(c.AppID))
	bot, err := message.NewHandler(c)
	if err != nil {
		return nil, err
	}
	m.metrics.Account(c.AppID).Watch(bot)
	message.On(bot, func(ctx context.Context, t *message.Text) (message.Reply, error) {
		profile, err := user.New(oa).GetProfile(ctx, user.ProfileQuery{OpenID: t.FromUserName}) // with ctx: in the same trace
		if err != nil {
			return nil, err
		}
		return message.TextReply("Hello, " + profile.Remark + "! 你好。"), nil
	})
	return bot, nil
}

func main() {
	addr := flag.String("addr", ":8080", "address to serve the real platform on")
	scraped := flag.String("metrics", "127.0.0.1:9100", "address to serve the metrics on, for Prometheus alone")
	once := flag.Bool("once", false, "with the local platform: exit after the transcript")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *scraped, *once); err != nil {
		fmt.Fprintln(os.Stderr, "monitoring:", err)
		os.Exit(1)
	}
}

// run serves the account in the environment. Without one it runs the demo.
func run(ctx context.Context, addr, scraped string, once bool) error {
	account, err := accountFromEnv("WECHAT_TOKEN", "WECHAT_SECRET")
	if errors.Is(err, errNoAccount) {
		return demo(ctx, os.Stdout, once)
	}
	if err != nil {
		return err
	}
	exporter, err := stdouttrace.New()
	if err != nil {
		return err
	}
	spans := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))
	m, err := newMonitor(spans)
	if err != nil {
		return err
	}
	oa, err := m.newClient(officialaccount.Config{AppID: account.AppID, Secret: account.Secret, Logger: slog.Default()})
	if err != nil {
		return err
	}
	bot, err := m.newBot(message.Config{
		AppID: account.AppID, Token: account.Token, EncodingAESKey: account.EncodingAESKey, LateReply: customerservice.New(oa),
	}, oa)
	if err != nil {
		return err
	}
	public, private := http.NewServeMux(), http.NewServeMux()
	public.Handle("/wechat", bot)
	private.Handle("/metrics", m.handler())
	servers, serving := errgroup.WithContext(ctx)
	servers.Go(func() error { return listenAndServe(serving, addr, public, bot.Shutdown) })
	servers.Go(func() error { return listenAndServe(serving, scraped, private) })
	err = servers.Wait()
	flush, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, spans.Shutdown(flush))
}
