package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/wechattest"
	"github.com/seed-f21aa8d8/wechat/wechattest/transcript"
)

// alarms are the alerts that the demo causes: all but WeChatTokenNotRefreshed, for which
// a token would have to expire.
var alarms = []string{
	"WeChatCallbacksRefused", "WeChatCallsFail", "WeChatDeadlineMissed", "WeChatHandlersFail", "WeChatLateRepliesLost",
	"WeChatQuotaUsedUp", "WeChatStoreFails", "WeChatTokenRefreshFails", "WeChatTokenRejected", "WeChatTooManyMessages",
}

// brittle is a store that can be taken down.
type brittle struct {
	store.Store
	down atomic.Bool
}

func (b *brittle) SetIfAbsent(ctx context.Context, key string, value []byte, ttl time.Duration) (bool, error) {
	if b.down.Load() {
		return false, errors.New("connection refused")
	}
	return b.Store.SetIfAbsent(ctx, key, value, ttl)
}

// scene is the demo: a bot on the local platform, monitored.
type scene struct {
	*transcript.Stage
	monitor *monitor
	spans   *tracetest.InMemoryExporter
	store   *brittle
	bot     *message.Handler
	oa      *officialaccount.Client
}

func newScene(out io.Writer) (*scene, error) {
	stage, err := transcript.Open(out, wechattest.Config{Mode: wechattest.Safe, StrictTokens: true, Deliveries: 1})
	if err != nil {
		return nil, err
	}
	s := &scene{Stage: stage, spans: tracetest.NewInMemoryExporter(), store: &brittle{Store: store.NewMemory()}}
	if s.monitor, err = newMonitor(sdktrace.NewTracerProvider(sdktrace.WithSyncer(s.spans))); err != nil {
		return nil, err
	}
	if s.oa, err = s.client(); err != nil {
		return nil, err
	}
	cfg := s.Platform.Config()
	s.bot, err = s.monitor.newBot(message.Config{
		AppID: cfg.AppID, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey,
		Store: s.store, MaxRunning: 8, Logger: slog.New(slog.DiscardHandler),
	}, s.oa)
	if err != nil {
		return nil, err
	}
	s.Platform.Bot(s.bot)
	return s, nil
}

// client returns another client of the account, as another process would have it.
func (s *scene) client() (*officialaccount.Client, error) {
	cfg := s.Platform.Config()
	return s.monitor.newClient(officialaccount.Config{
		AppID: cfg.AppID, Secret: cfg.Secret, HTTPClient: s.Platform.Client(), BaseURL: s.Platform.URL(),
	})
}

// demo runs the scene, with Prometheus if it is installed.
func demo(ctx context.Context, out io.Writer, once bool) error {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the transcript tells what happens
	s, err := newScene(out)
	if err != nil {
		return err
	}
	scraped := httptest.NewServer(s.monitor.handler())
	defer scraped.Close()
	folder, err := os.MkdirTemp("", "monitoring")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	p, err := startPrometheus(ctx, folder, scraped.Listener.Addr().String())
	switch {
	case errors.Is(err, errNoPrometheus):
		fmt.Fprintln(out, err, "- the metrics are at", scraped.URL)
	case err != nil:
		return err
	default:
		defer p.stop()
		fmt.Fprintln(out, "Prometheus:", p.url+"/alerts")
	}

	s.Title("A message and its trace")
	s.Step("user", "writes", func() (string, error) { return s.trace() })
	if p != nil {
		s.Title("Everything goes wrong")
		s.Step("Prometheus", "scrapes a bot that is well", func() (string, error) { return s.well(ctx, p) })
		s.Step("Prometheus", "fires the alerts", func() (string, error) { return s.alerts(ctx, p) })
		s.Title("The dashboard")
		s.panels(p)
		if !once {
			fmt.Fprintln(out, "\nLook around at", p.url, "- interrupt to end.")
			<-ctx.Done()
		}
	}
	return errors.Join(s.bot.Shutdown(context.WithoutCancel(ctx)), s.Close())
}

// trace returns the names of the spans that a message makes.
func (s *scene) trace() (string, error) {
	if _, err := s.Platform.User("oXiaoMing").Text("hello"); err != nil {
		return "", err
	}
	var names []string
	for _, span := range s.spans.GetSpans() { // in the order in which they ended
		names = append(names, span.Name)
	}
	if !slices.Contains(names, "POST callback") {
		return "", fmt.Errorf("the spans are %q", names)
	}
	return strings.Join(names, ", "), nil
}

// well has some traffic, and waits until Prometheus has seen it.
func (s *scene) well(ctx context.Context, p *server) (string, error) {
	seen := 0
	err := p.await(ctx, func() (bool, error) {
		if _, err := s.Platform.User("oXiaoMing").Text("hello"); err != nil {
			return false, err
		}
		n, err := p.query(`rate(wechat_calls_total{code="0"}[1m]) > 0`)
		seen = n
		return n > 0, err
	})
	if err != nil {
		return "", err
	}
	firing, err := p.firing()
	if err == nil && len(firing) > 0 {
		err = fmt.Errorf("alerts fire already: %q", firing)
	}
	return fmt.Sprintf("%d series of calls, no alert", seen), err
}

// alerts makes everything fail until the alerts fire. The troubles come one after the
// other, so that none of them prevents another.
func (s *scene) alerts(ctx context.Context, p *server) (string, error) {
	working, cancel := context.WithCancel(ctx)
	var troubles sync.WaitGroup
	defer troubles.Wait()
	defer cancel()
	troubles.Go(func() {
		for working.Err() == nil {
			s.trouble(working)
		}
	})
	s.store.down.Store(true)
	defer s.store.down.Store(false)

	var firing []string
	err := p.await(ctx, func() (done bool, err error) {
		firing, err = p.firing()
		return len(missing(firing)) == 0, err
	})
	if err != nil {
		return "", fmt.Errorf("not fired: %q: %w", missing(firing), err)
	}
	return strings.Join(firing, ", "), nil
}

// trouble is one round of everything that can fail, often enough for the thresholds of
// alerts.yml.
func (s *scene) trouble(ctx context.Context) {
	for _, cause := range []struct {
		times int
		cause func(context.Context)
	}{
		{12, s.refused}, {24, s.forgeries}, {2, s.refusedCalls}, {3, s.rejectedTokens}, {1, s.slow},
	} {
		for range cause.times {
			if ctx.Err() != nil {
				return
			}
			cause.cause(ctx)
		}
	}
}

func missing(firing []string) []string {
	return slices.DeleteFunc(slices.Clone(alarms), func(name string) bool { return slices.Contains(firing, name) })
}

// refused makes the handler fail: the platform refuses its call.
func (s *scene) refused(context.Context) {
	remove := s.Platform.Inject(wechattest.Rule{Path: "/cgi-bin/user/info", Times: 1, Fault: wechattest.Errcode(40003)})
	defer remove()
	_, _ = s.Platform.User("oXiaoMing").Text("hello")
}

// slow makes more messages miss the deadline than may run. It returns when all of them
// have ended.
func (s *scene) slow(context.Context) {
	remove := s.Platform.Inject(wechattest.Rule{Path: "/cgi-bin/user/info", Times: 8, Fault: wechattest.Latency(5 * time.Second)})
	defer remove()
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() { _, _ = s.Platform.User(fmt.Sprint("oUser", i)).Text("hello") })
	}
	all.Wait()
	for s.bot.Stats().Running > 0 {
		time.Sleep(100 * time.Millisecond)
	}
}

// refusedCalls uses up a quota, and answers with an error page.
func (s *scene) refusedCalls(ctx context.Context) {
	for _, fault := range []wechattest.Fault{wechattest.Errcode(45009), wechattest.HTTPStatus(502)} {
		remove := s.Platform.Inject(wechattest.Rule{Path: "/cgi-bin/getcallbackip", Times: 1, Fault: fault})
		_ = s.oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil)
		remove()
	}
}

// rejectedTokens has another program replace the token, and a process that cannot
// fetch one.
func (s *scene) rejectedTokens(ctx context.Context) {
	s.Platform.RevokeTokens()
	_ = s.oa.Get(ctx, "/cgi-bin/get_api_domain_ip", nil, nil)
	other, err := s.client()
	if err != nil {
		return
	}
	remove := s.Platform.Inject(wechattest.Rule{Path: "/cgi-bin/stable_token", Times: 1, Fault: wechattest.Errcode(40164)})
	_ = other.Get(ctx, "/cgi-bin/get_api_domain_ip", nil, nil)
	remove()
	time.Sleep(time.Second)
}

// forgeries sends requests with a wrong signature.
func (s *scene) forgeries(context.Context) {
	_, _ = s.Platform.User("oXiaoMing").Forge(wechattest.WrongMsgSignature, wechattest.Text("let me in"))
}

// panels runs each query of the dashboard.
func (s *scene) panels(p *server) {
	all, err := dashboard()
	if err != nil || len(all) == 0 {
		s.Step("Grafana", "reads dashboard.json", func() (string, error) { return "", errors.Join(err, errors.New("no panels")) })
	}
	for _, panel := range all {
		s.Step("Grafana", panel.Title, func() (string, error) {
			series := 0
			for _, target := range panel.Targets {
				n, err := p.query(target.Expr)
				if err == nil && n == 0 {
					err = errors.New("no data")
				}
				if err != nil {
					return "", fmt.Errorf("%s: %w", target.Expr, err)
				}
				series += n
			}
			return fmt.Sprintf("%d queries, %d series", len(panel.Targets), series), nil
		})
	}
}
