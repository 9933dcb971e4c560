package traces

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/seed-f21aa8d8/wechat/tracing"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// exported is what a tracer exports.
type exported struct {
	t       *testing.T
	tracer  *tracing.Tracer
	spans   *tracetest.InMemoryExporter
	metrics *sdkmetric.ManualReader
}

func newExported(t *testing.T, personal bool) *exported {
	e := &exported{t: t, spans: tracetest.NewInMemoryExporter(), metrics: sdkmetric.NewManualReader()}
	var err error
	e.tracer, err = tracing.New(tracing.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(e.spans)),
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(e.metrics)),
		PersonalData:   personal, TrustTraceContext: true,
	})
	require.NoError(t, err)
	return e
}

// texts are all texts in spans and metrics, a line each.
func (e *exported) texts() (lines []string) {
	add := func(what string, attrs []attribute.KeyValue) {
		lines = append(lines, what)
		for _, a := range attrs {
			lines = append(lines, what+" "+string(a.Key)+"="+a.Value.String())
		}
	}
	for _, s := range e.spans.GetSpans() {
		add(s.Name, s.Attributes)
		add(s.Name+" resource", s.Resource.Attributes())
		lines = append(lines, s.Name+" status "+s.Status.Description, s.Name+" state "+s.SpanContext.TraceState().String())
		for _, event := range s.Events {
			add(s.Name+" event "+event.Name, event.Attributes)
		}
		for _, link := range s.Links {
			add(s.Name+" link "+link.SpanContext.TraceState().String(), link.Attributes)
		}
	}
	var all metricdata.ResourceMetrics
	require.NoError(e.t, e.metrics.Collect(context.Background(), &all))
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			for _, p := range m.Data.(metricdata.Histogram[float64]).DataPoints {
				add("metric "+m.Name, p.Attributes.ToSlice())
			}
		}
	}
	return lines
}

// sensitive are the names of fields and parameters whose values are credentials.
var sensitive = []string{
	"token", "secret", "ticket", "code", "key", "signature", "nonce", "aes", "authorization_info", "state", "encrypt",
}

// harmless are names of fields that look like credentials and are not.
var harmless = []string{"errcode", "keyword", "eventkey", "codetype"}

// people are the names of fields and parameters whose values say who somebody is.
var people = []string{"openid", "touser", "unionid", "fromusername", "nickname", "user_name"}

// values are what went over the wire under such names.
type values struct{ credentials, personal map[string]bool }

// wire collects what a platform sent and received.
func wire(t *testing.T, p *wechattest.Platform) values {
	v := values{map[string]bool{}, map[string]bool{}}
	for _, c := range p.Calls("") {
		v.query(c.Query)
		v.body(c.Body)
		v.body(c.Answer)
	}
	for _, d := range p.Deliveries() {
		u, err := url.Parse(d.URL)
		require.NoError(t, err)
		v.query(u.Query())
		v.body(d.Request)
		v.body(d.Answer)
	}
	cfg := p.Config()
	for _, secret := range []string{cfg.Secret, cfg.Token, cfg.EncodingAESKey, wechattest.DefaultComponentSecret} {
		v.note("secret", secret)
	}
	return v
}

func (v values) query(q url.Values) {
	for name, all := range q {
		for _, value := range all {
			v.note(name, value)
		}
	}
}

// body collects from JSON, from XML or from a form, as far as it is one.
func (v values) body(b []byte) {
	var tree any
	if json.Unmarshal(b, &tree) == nil {
		v.tree("", tree)
		return
	}
	rest := string(b)
	for {
		_, after, found := strings.Cut(rest, "<")
		if !found {
			return
		}
		name, content, found := strings.Cut(after, ">")
		if !found {
			return
		}
		value, _, _ := strings.Cut(strings.TrimPrefix(content, "<![CDATA["), "<")
		v.note(name, strings.TrimSuffix(value, "]]>"))
		rest = content
	}
}

func (v values) tree(name string, x any) {
	switch x := x.(type) {
	case map[string]any:
		for key, child := range x {
			v.tree(key, child)
		}
	case []any:
		for _, child := range x {
			v.tree(name, child)
		}
	case string:
		v.note(name, x)
	}
}

func (v values) note(name, value string) {
	name = strings.ToLower(name)
	is := func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(name, n) })
	}
	switch {
	case len(value) < 6 || is(harmless):
	case is(people):
		v.personal[value] = true
	case is(sensitive):
		v.credentials[value] = true
	}
}

// search fails the test for each line that has one of the values, as it is or escaped.
func search(t *testing.T, lines []string, forbidden map[string]bool, what string) {
	t.Helper()
	all := strings.Join(lines, "\n")
	for value := range forbidden {
		if !strings.Contains(all, value) && !strings.Contains(all, url.QueryEscape(value)) {
			continue
		}
		for _, line := range lines {
			if strings.Contains(line, value) || strings.Contains(line, url.QueryEscape(value)) {
				t.Errorf("%s %q in %q", what, value, line)
				break
			}
		}
	}
}

var quiet = slog.New(slog.DiscardHandler)

func describe(lines []string, v values) string {
	return fmt.Sprintf("%d texts searched for %d credentials and %d names of people", len(lines), len(v.credentials), len(v.personal))
}
