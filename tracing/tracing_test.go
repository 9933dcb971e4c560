package tracing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-f21aa8d8/wechat/customerservice"
	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/tracing"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// world is an account on the local platform, and what it exports.
type world struct {
	t        *testing.T
	platform *wechattest.Platform
	spans    *tracetest.InMemoryExporter
	metrics  *recorder
	account  *tracing.Account
	oa       *officialaccount.Client
}

func newWorld(t *testing.T, cfg tracing.Config) *world {
	w := &world{
		t: t, platform: wechattest.New(t, wechattest.Config{Mode: wechattest.Safe}),
		spans: tracetest.NewInMemoryExporter(), metrics: &recorder{},
	}
	cfg.TracerProvider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(w.spans))
	cfg.MeterProvider = w.metrics
	tracer, err := tracing.New(cfg)
	require.NoError(t, err)
	w.account = tracer.Account("shop")
	w.oa, err = officialaccount.New(officialaccount.Config{
		AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret,
		HTTPClient: w.platform.Client(), BaseURL: w.platform.URL(), Observer: w.account,
	})
	require.NoError(t, err)
	return w
}

// handler returns a bot whose handler asks for the user's profile.
func (w *world) handler(change func(*message.Config)) *message.Handler {
	cfg := message.Config{
		AppID: wechattest.DefaultAppID, Token: wechattest.DefaultToken, EncodingAESKey: wechattest.DefaultEncodingAESKey,
		Logger: slog.New(slog.DiscardHandler), Observer: w.account, LateReply: customerservice.New(w.oa),
	}
	if change != nil {
		change(&cfg)
	}
	h, err := message.NewHandler(cfg)
	require.NoError(w.t, err)
	message.On(h, func(ctx context.Context, m *message.Text) (message.Reply, error) {
		switch m.Content {
		case "slow":
			time.Sleep(8 * time.Second)
		case "panic":
			panic("secret word")
		case "error":
			return nil, fmt.Errorf("the user wrote %s", m.Content)
		case "call":
			return nil, w.oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil)
		}
		return message.TextReply("done"), nil
	})
	return h
}

// tree returns the spans below each other, with attributes and events, and forgets them.
func (w *world) tree() string {
	spans := w.spans.GetSpans()
	w.spans.Reset()
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	names := map[string]string{}
	for _, s := range spans {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	var b strings.Builder
	var write func(indent string, parent string)
	write = func(indent, parent string) {
		for _, s := range spans {
			above := ""
			if names[s.Parent.SpanID().String()] != "" {
				above = s.Parent.SpanID().String()
			}
			if above != parent {
				continue
			}
			fmt.Fprintf(&b, "%s%s (%s) %s", indent, s.Name, s.SpanKind, list(s.Attributes))
			if s.Status.Code.String() != "Unset" {
				fmt.Fprintf(&b, " %s: %s", s.Status.Code, s.Status.Description)
			}
			for _, l := range s.Links {
				fmt.Fprintf(&b, " linked to %s", names[l.SpanContext.SpanID().String()])
			}
			b.WriteByte('\n')
			for _, e := range s.Events {
				fmt.Fprintf(&b, "%s  - %s %s\n", indent, e.Name, list(e.Attributes))
			}
			write(indent+"  ", s.SpanContext.SpanID().String())
		}
	}
	write("", "")
	return b.String()
}

// list writes attributes without those that are the same everywhere.
func list(attrs []attribute.KeyValue) string {
	var words []string
	for _, a := range attrs {
		switch a.Key {
		case "wechat.account", "messaging.system", "messaging.operation.type", "messaging.operation.name", "http.request.method", "url.template", "wechat.attempt.duration":
			continue
		case "exception.stacktrace", "messaging.message.id", "wechat.rid":
			a.Value = attribute.StringValue("…")
		}
		words = append(words, string(a.Key)+"="+a.Value.String())
	}
	return strings.Join(words, " ")
}

func (w *world) expect(want string) {
	w.t.Helper()
	synctest.Wait()
	require.Equal(w.t, strings.TrimPrefix(strings.ReplaceAll(want, "\n\t\t\t", "\n"), "\n"), w.tree())
}

func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, tracing.Config{})
		get := func(path string) error { return w.oa.Get(t.Context(), path, nil, nil) }
		require.NoError(t, get("/cgi-bin/getcallbackip"))
		w.expect(`
			GET /cgi-bin/getcallbackip (client) wechat.call.attempts=1 http.response.status_code=200
			  - attempt wechat.attempt.number=1 http.response.status_code=200
			  fetch token (client) wechat.token.reason=cold wechat.token.result=new
			`)

		time.Sleep(10 * time.Minute)
		w.platform.RevokeTokens()
		require.NoError(t, get("/cgi-bin/getcallbackip"))
		w.expect(`
			GET /cgi-bin/getcallbackip (client) wechat.call.attempts=2 wechat.call.replayed=true http.response.status_code=200
			  - attempt wechat.attempt.number=1 http.response.status_code=200 error.type=40001 wechat.errcode.category=auth wechat.errcode=40001 wechat.rid=…
			  - attempt wechat.attempt.number=2 http.response.status_code=200
			  fetch token (client) wechat.token.reason=rejected wechat.token.result=new
			`)

		require.ErrorIs(t, get("/cgi-bin/nothing"), errcode.APIUnauthorized)
		w.expect(`
			GET /cgi-bin/nothing (client) wechat.call.attempts=1 http.response.status_code=200 error.type=48001 wechat.errcode.category=permission wechat.errcode=48001 wechat.rid=… Error: ` + errcode.APIUnauthorized.Error() + `
			  - attempt wechat.attempt.number=1 http.response.status_code=200 error.type=48001 wechat.errcode.category=permission wechat.errcode=48001 wechat.rid=…
			`)

		w.platform.Inject(wechattest.Rule{Path: "/cgi-bin/getcallbackip", Times: 1, Fault: wechattest.HTTPStatus(502)})
		require.NoError(t, get("/cgi-bin/getcallbackip"))
		w.expect(`
			GET /cgi-bin/getcallbackip (client) wechat.call.attempts=2 http.response.status_code=200
			  - attempt wechat.attempt.number=1 http.response.status_code=502 error.type=502
			  - attempt wechat.attempt.number=2 http.response.status_code=200
			`)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.Error(t, w.oa.Get(ctx, "/cgi-bin/getcallbackip", nil, nil))
		w.account.ObserveRefresh(t.Context(), token.Refresh{Reason: token.Early, Err: token.ErrTimeout})
		w.account.ObserveRefresh(t.Context(), token.Refresh{Reason: token.Early, Same: true})
		w.expect(`
			GET /cgi-bin/getcallbackip (client) wechat.call.attempts=1 error.type=canceled Error: canceled
			  - attempt wechat.attempt.number=1 error.type=canceled
			fetch token (client) wechat.token.reason=early wechat.token.result=error error.type=*errors.errorString Error: *errors.errorString
			fetch token (client) wechat.token.reason=early wechat.token.result=same
			`)
	})
}

func TestCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, tracing.Config{})
		require.NoError(t, w.oa.Get(t.Context(), "/cgi-bin/getcallbackip", nil, nil)) // has a token from here on
		h := w.handler(nil)
		bot := w.platform.Bot(h)
		synctest.Wait() // the fetch is reported by a goroutine of its own
		w.spans.Reset()
		user := w.platform.User("oLiLei")
		send := func(text string) {
			_, err := user.Text(text)
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}

		require.NoError(t, bot.Verify())
		w.expect(`
			GET callback (server) wechat.callback.outcome=verified http.response.status_code=200
			`)
		send("hello")
		w.expect(`
			POST callback (server) wechat.callback.outcome=reply http.response.status_code=200 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=…
			  handle Text (consumer) wechat.message.type=Text messaging.message.id=… wechat.callback.late=false
			`)
		send("call")
		w.expect(`
			POST callback (server) wechat.callback.outcome=success http.response.status_code=200 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=…
			  handle Text (consumer) wechat.message.type=Text messaging.message.id=… wechat.callback.late=false
			    GET /cgi-bin/getcallbackip (client) wechat.call.attempts=1 http.response.status_code=200
			      - attempt wechat.attempt.number=1 http.response.status_code=200
			`)
		send("slow")
		w.expect(`
			POST callback (server) wechat.callback.outcome=success http.response.status_code=200 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=…
			  handle Text (consumer) wechat.message.type=Text messaging.message.id=… wechat.callback.late=true
			  late reply Text (consumer) wechat.message.type=Text messaging.message.id=…
			    POST /cgi-bin/message/custom/send (client) wechat.call.attempts=1 http.response.status_code=200
			      - attempt wechat.attempt.number=1 http.response.status_code=200
			`)
		send("error")
		w.expect(`
			POST callback (server) wechat.callback.outcome=success http.response.status_code=200 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=…
			  handle Text (consumer) wechat.message.type=Text messaging.message.id=… wechat.callback.late=false error.type=*errors.errorString Error: *errors.errorString
			`)
		send("panic")
		w.expect(`
			POST callback (server) wechat.callback.outcome=success http.response.status_code=200 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=…
			  handle Text (consumer) wechat.message.type=Text messaging.message.id=… wechat.callback.late=false error.type=panic Error: panic
			    - exception exception.type=panic(string) exception.stacktrace=…
			`)
		_, err := user.Forge(wechattest.WrongMsgSignature, wechattest.Text("let me in"))
		require.NoError(t, err)
		w.expect(`
			POST callback (server) wechat.callback.outcome=refused wechat.callback.refusal=signature http.response.status_code=403
			`)
		require.NoError(t, h.Shutdown(t.Context()))
		_, err = user.Text("hello")
		require.Error(t, err)
		synctest.Wait()
		require.Contains(t, w.tree(), "POST callback (server) wechat.callback.outcome=busy http.response.status_code=503 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=… error.type=busy Error: busy\n")
	})
}

// A repeat that reaches another process is linked to the delivery that the message is
// handled for.
func TestRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, tracing.Config{})
		shared := store.NewMemory()
		change := func(c *message.Config) { c.HoldForRetries, c.Store = true, shared }
		one, two := w.handler(change), w.handler(change)
		w.platform.Bot(one, two)
		reply, err := w.platform.User("oLiLei").Text("slow")
		require.NoError(t, err)
		require.Equal(t, "done", reply.Content)
		w.expect(`
			POST callback (server) wechat.callback.outcome=dropped http.response.status_code=504 wechat.callback.mode=safe wechat.callback.repeat=false wechat.message.type=Text messaging.message.id=… error.type=dropped Error: dropped
			  handle Text (consumer) wechat.message.type=Text messaging.message.id=… wechat.callback.late=false
			POST callback (server) wechat.callback.outcome=reply http.response.status_code=200 wechat.callback.mode=safe wechat.callback.repeat=true wechat.message.type=Text messaging.message.id=… linked to POST callback
			`)
		require.NoError(t, one.Shutdown(t.Context()))
		require.NoError(t, two.Shutdown(t.Context()))
	})
}

// The traceparent of a stranger is ignored, that of a trusted proxy continued.
func TestTraceparent(t *testing.T) {
	const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for _, trust := range []bool{false, true} {
		w := newWorld(t, tracing.Config{TrustTraceContext: trust})
		r := httptest.NewRequest("PROPFIND", "/", nil)
		r.Header.Set("traceparent", caller)
		w.handler(nil).ServeHTTP(httptest.NewRecorder(), r)
		span := w.spans.GetSpans()[0]
		require.Equal(t, "_OTHER callback", span.Name)
		require.Equal(t, trust, strings.Contains(caller, span.SpanContext.TraceID().String()))
		require.Equal(t, trust, strings.Contains(caller, span.Parent.SpanID().String()))
	}
}

// A client of a gateway passes its trace on.
func TestTransport(t *testing.T) {
	w := newWorld(t, tracing.Config{})
	var seen []string
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("traceparent"))
		_, _ = rw.Write([]byte("{}"))
	}))
	defer srv.Close()
	oa, err := officialaccount.New(officialaccount.Config{
		AppID: "wx1", TokenSource: token.Static("token"), BaseURL: srv.URL, Observer: w.account,
		HTTPClient: &http.Client{Transport: tracing.Transport(nil)},
	})
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), "/x", nil, nil))
	spans := w.spans.GetSpans()
	span := spans[slices.IndexFunc(spans, func(s tracetest.SpanStub) bool { return s.Name == "GET /x" })]
	require.Equal(t, "00-"+span.SpanContext.TraceID().String()+"-"+span.SpanContext.SpanID().String()+"-01", seen[0])

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
	require.NoError(t, err)
	response, err := tracing.Transport(nil).RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Empty(t, seen[1], "without a span there is nothing to pass on")
}

// Who wrote and what went wrong in words is recorded only if it is asked for.
func TestPersonalData(t *testing.T) {
	for _, personal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, tracing.Config{PersonalData: personal})
			w.platform.Bot(w.handler(nil))
			_, err := w.platform.User("oLiLei").Text("error")
			require.NoError(t, err)
			synctest.Wait()
			all := fmt.Sprintf("%+v", w.spans.GetSpans())
			require.Equal(t, personal, strings.Contains(all, "oLiLei"))
			require.Equal(t, personal, strings.Contains(all, "the user wrote error"))
		})
	}
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, tracing.Config{PersonalData: true})
		w.platform.Bot(w.handler(nil))
		for _, text := range []string{"hello", "slow", "panic", "call"} {
			_, err := w.platform.User("oLiLei").Text(text)
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		require.Error(t, w.oa.Get(t.Context(), "/cgi-bin/nothing", nil, nil))
		_, err := w.platform.User("oLiLei").Forge(wechattest.WrongMsgSignature, wechattest.Text("let me in"))
		require.NoError(t, err)
		synctest.Wait()

		require.Equal(t, []string{
			"wechat.callback.delivery.duration{wechat.callback.outcome=refused wechat.callback.refusal=signature} 1 0s",
			"wechat.callback.delivery.duration{wechat.callback.outcome=reply} 1 0s",
			"wechat.callback.delivery.duration{wechat.callback.outcome=success} 3 4.5s",
			"wechat.callback.handler.duration{error.type=panic wechat.callback.late=false wechat.message.type=Text} 1 0s",
			"wechat.callback.handler.duration{wechat.callback.late=false wechat.message.type=Text} 2 0s",
			"wechat.callback.handler.duration{wechat.callback.late=true wechat.message.type=Text} 1 8s",
			"wechat.callback.late_reply.duration{wechat.message.type=Text} 1 0s",
			"wechat.client.call.duration{error.type=48001 http.request.method=GET url.template=/cgi-bin/nothing wechat.errcode.category=permission} 1 0s",
			"wechat.client.call.duration{http.request.method=GET url.template=/cgi-bin/getcallbackip} 1 0s",
			"wechat.client.call.duration{http.request.method=POST url.template=/cgi-bin/message/custom/send} 1 0s",
			"wechat.client.token.refresh.duration{wechat.token.reason=cold wechat.token.result=new} 1 0s",
		}, w.metrics.lines())
	})
}

// The zero configuration uses the global providers, which record nothing.
func TestZeroConfig(t *testing.T) {
	tracer, err := tracing.New(tracing.Config{})
	require.NoError(t, err)
	account := tracer.Account("shop")
	ctx, end := account.ObserveCall(t.Context(), officialaccount.Call{Method: "GET", Path: "/x"})
	account.ObserveAttempt(ctx, officialaccount.Attempt{Number: 1, Err: errors.New("cut")})
	end(officialaccount.Result{Err: errors.New("cut")})
	_, endDelivery := account.ObserveDelivery(t.Context(), message.Delivery{Method: "POST"})
	endDelivery(message.DeliveryResult{Outcome: message.OutcomeSuccess})
	require.Empty(t, account.NameDelivery(t.Context()))
}
