package tracing_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// recorder is a metric.MeterProvider that adds up what its histograms record.
type recorder struct {
	noop.MeterProvider
	mu   sync.Mutex
	sums map[string]sum // by the name of a histogram and its labels
}

type sum struct {
	count int
	value float64
	unit  string
}

func (r *recorder) Meter(string, ...metric.MeterOption) metric.Meter { return meter{recorder: r} }

// lines are the sums, in order.
func (r *recorder) lines() (lines []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for series, s := range r.sums {
		lines = append(lines, fmt.Sprintf("%s %d %v%s", series, s.count, s.value, s.unit))
	}
	slices.Sort(lines)
	return lines
}

type meter struct {
	noop.Meter
	recorder *recorder
}

func (m meter) Float64Histogram(name string, options ...metric.Float64HistogramOption) (metric.Float64Histogram, error) {
	config := metric.NewFloat64HistogramConfig(options...)
	return histogram{recorder: m.recorder, name: name, unit: config.Unit()}, nil
}

type histogram struct {
	noop.Float64Histogram
	recorder   *recorder
	name, unit string
}

func (histogram) Enabled(context.Context) bool { return true }

func (h histogram) Record(_ context.Context, value float64, options ...metric.RecordOption) {
	config := metric.NewRecordConfig(options)
	set := config.Attributes()
	var labels []string
	for _, a := range set.ToSlice() {
		if a.Key != "wechat.account" { // the same everywhere
			labels = append(labels, string(a.Key)+"="+a.Value.String())
		}
	}
	series := h.name + "{" + strings.Join(labels, " ") + "}"
	h.recorder.mu.Lock()
	defer h.recorder.mu.Unlock()
	if h.recorder.sums == nil {
		h.recorder.sums = map[string]sum{}
	}
	s := h.recorder.sums[series]
	h.recorder.sums[series] = sum{s.count + 1, s.value + value, h.unit}
}
