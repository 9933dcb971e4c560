package metrics_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/metrics"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const account = wechattest.DefaultAppID

// expect compares the named metrics, written without help and type.
func expect(t *testing.T, m *metrics.Collector, want string) {
	t.Helper()
	lines := slices.Sorted(strings.Lines(strings.ReplaceAll(strings.TrimSpace(want)+"\n", "\t", "")))
	var names []string
	for _, line := range lines {
		names = append(names, regexp.MustCompile(`^\w+`).FindString(line))
	}
	got, err := gathered(m, names...)
	require.NoError(t, err)
	require.Equal(t, strings.Join(lines, ""), got)
}

// gathered is what a scrape reads of the named counters and gauges.
func gathered(m *metrics.Collector, names ...string) (string, error) {
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(m); err != nil {
		return "", err
	}
	families, err := registry.Gather()
	if err != nil {
		return "", err
	}
	var lines []string
	for _, f := range families {
		if !slices.Contains(names, f.GetName()) {
			continue
		}
		for _, s := range f.GetMetric() {
			var labels []string
			for _, l := range s.GetLabel() {
				if l.GetName() != "account" {
					labels = append(labels, l.GetName()+"="+l.GetValue())
				}
			}
			value := s.GetCounter().GetValue() + s.GetGauge().GetValue() + float64(s.GetHistogram().GetSampleCount())
			lines = append(lines, fmt.Sprintf("%s{%s} %v\n", f.GetName(), strings.Join(labels, ","), value))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, ""), nil
}

// What a client does on the local platform, with its faults.
func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		m := metrics.New(metrics.Config{})
		oa, err := officialaccount.New(officialaccount.Config{
			AppID: account, Secret: wechattest.DefaultSecret, HTTPClient: p.Client(), BaseURL: p.URL(),
			Observer: m.Account(account), QuotaGuard: true,
		})
		require.NoError(t, err)
		call := func(path string) error { return oa.Get(t.Context(), path, nil, nil) }

		require.NoError(t, call("/cgi-bin/getcallbackip"))
		time.Sleep(10 * time.Minute)
		p.RevokeTokens()
		require.NoError(t, call("/cgi-bin/getcallbackip"))
		require.ErrorIs(t, call("/cgi-bin/nothing"), errcode.APIUnauthorized)
		time.Sleep(time.Minute)

		expect(t, m, `
			wechat_calls_total{code=0,path=/cgi-bin/getcallbackip} 2
			wechat_calls_total{code=48001,path=/cgi-bin/nothing} 1
			wechat_call_duration_seconds{path=/cgi-bin/getcallbackip} 2
			wechat_call_duration_seconds{path=/cgi-bin/nothing} 1
			wechat_call_replays_total{path=/cgi-bin/getcallbackip} 1
			wechat_token_refreshes_total{reason=cold,result=new} 1
			wechat_token_refreshes_total{reason=rejected,result=new} 1
			wechat_token_refresh_duration_seconds{} 2
			wechat_token_age_seconds{} 60
			wechat_token_expiry_timestamp_seconds{} `+fmt.Sprint(float64(time.Now().Add(7200*time.Second-time.Minute).Unix())))
		require.Zero(t, testutil.CollectAndCount(m, "wechat_call_retries_total"))
	})
}

// observe reports one call.
func observe(t *testing.T, a *metrics.Account, path string, result officialaccount.Result) {
	ctx, end := a.ObserveCall(t.Context(), officialaccount.Call{Method: "GET", Path: path})
	require.Equal(t, t.Context(), ctx)
	end(result)
}

func TestObserver(t *testing.T) {
	m := metrics.New(metrics.Config{})
	a := m.Account(account)
	require.Same(t, a, m.Account(account))
	for _, r := range []officialaccount.Result{
		{Attempts: 3, Status: 502, Err: errors.New("bad gateway")},
		{Attempts: 3, Replayed: true, Status: 200},
		{Attempts: 1, Code: errcode.DailyQuotaReached, Status: 200, Err: errcode.New(errcode.DailyQuotaReached, "")},
		{Paused: true, Err: &officialaccount.PausedError{Path: "/a"}},
		{Attempts: 1, Err: &errcode.TransportError{Op: "/a", Err: errors.New("cut")}},
		{Err: context.Canceled},
	} {
		observe(t, a, "/a", r)
	}
	a.ObserveRefresh(t.Context(), token.Refresh{Reason: token.Early, Err: token.ErrTimeout})
	a.ObserveRefresh(t.Context(), token.Refresh{Reason: token.Early, Same: true})
	expect(t, m, `
		wechat_calls_total{code=http,path=/a} 1
		wechat_calls_total{code=0,path=/a} 1
		wechat_calls_total{code=45009,path=/a} 1
		wechat_calls_total{code=paused,path=/a} 1
		wechat_calls_total{code=transport,path=/a} 1
		wechat_calls_total{code=limit,path=/a} 1
		wechat_call_retries_total{path=/a} 3
		wechat_call_replays_total{path=/a} 1
		wechat_call_quota_refusals_total{by=platform,path=/a} 1
		wechat_call_quota_refusals_total{by=guard,path=/a} 1
		wechat_token_refreshes_total{reason=early,result=error} 1
		wechat_token_refreshes_total{reason=early,result=same} 1`)
}

// What a handler does on the local platform: answers, repeats, late replies, forged
// requests.
func TestCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
		m := metrics.New(metrics.Config{})
		a := m.Account(account)
		var log bytes.Buffer
		h, err := message.NewHandler(message.Config{
			AppID: account, Token: wechattest.DefaultToken, EncodingAESKey: wechattest.DefaultEncodingAESKey,
			Logger: slog.New(slog.NewTextHandler(&log, nil)).With("bot", "test").WithGroup("g"), Observer: a,
		})
		require.NoError(t, err)
		a.Watch(h)
		message.On(h, func(_ context.Context, m *message.Text) (message.Reply, error) {
			switch m.Content {
			case "slow":
				time.Sleep(10 * time.Second)
			case "wrong":
				return nil, errors.New("wrong")
			case "panic":
				panic("for the test")
			}
			return message.TextReply("done"), nil
		})
		bot := p.Bot(h)
		user := p.User("oLiLei")
		for _, text := range []string{"quick", "slow", "wrong", "panic"} {
			_, err := user.Text(text)
			require.NoError(t, err)
			time.Sleep(time.Minute)
		}
		_, err = user.Send(wechattest.Typed("tomorrow"))
		require.NoError(t, err)
		bot.FailNext(wechattest.DeliveryFault{LoseAnswer: true})
		_, err = user.Send(wechattest.Click("key"))
		require.NoError(t, err)
		for range 3 {
			_, err = user.Forge(wechattest.WrongMsgSignature, wechattest.Text("let me in"))
			require.NoError(t, err)
		}
		time.Sleep(2 * time.Second)
		_, err = user.Forge(wechattest.WrongMsgSignature, wechattest.Text("let me in"))
		require.NoError(t, err)

		expect(t, m, `
			wechat_callbacks_total{result=ok,type=Text} 2
			wechat_callbacks_total{result=error,type=Text} 2
			wechat_callbacks_total{result=ok,type=Unknown} 1
			wechat_callbacks_total{result=ok,type=ClickEvent} 1
			wechat_callback_duration_seconds{type=Text} 4
			wechat_callback_duration_seconds{type=Unknown} 1
			wechat_callback_duration_seconds{type=ClickEvent} 1
			wechat_callback_deliveries_total{status=200} 7
			wechat_callback_deliveries_total{status=403} 4
			wechat_callback_running{} 0
			wechat_callback_messages_total{} 6
			wechat_callback_duplicates_total{} 1
			wechat_callback_shared_total{} 0
			wechat_callback_deadline_misses_total{} 1
			wechat_callback_late_replies_total{result=sent} 0
			wechat_callback_late_replies_total{result=failed} 1
			wechat_callback_timeouts_total{} 0
			wechat_callback_busy_total{bound=all} 0
			wechat_callback_busy_total{bound=sender} 0
			wechat_callback_store_failures_total{} 0`)
		refusals, err := gathered(m, "wechat_callback_refusals_total")
		require.NoError(t, err)
		require.Equal(t, "wechat_callback_refusals_total{reason=signature} 4\n", refusals)
		require.Contains(t, log.String(), "callback refused")
		require.Contains(t, log.String(), "bot=test")
	})
}

// Refusals are counted without a line in the log.
func TestRefusalsOfASilentHandler(t *testing.T) {
	m := metrics.New(metrics.Config{})
	h, err := message.NewHandler(message.Config{Token: "token", Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	m.Account("a").Watch(h)
	p := wechattest.New(t, wechattest.Config{Token: "other-token"})
	require.Equal(t, http.StatusForbidden, p.Bot(h).Post(nil, nil).Status)
	refusals, err := gathered(m, "wechat_callback_refusals_total")
	require.NoError(t, err)
	require.Equal(t, "wechat_callback_refusals_total{reason=parameter} 1\n", refusals)
}

// No label grows without end.
func TestBounds(t *testing.T) {
	cfg := metrics.Config{MaxAccounts: 150, MaxPaths: 7, MaxCodes: 3}
	m := metrics.New(cfg)
	for i := range cfg.MaxAccounts + 20 {
		observe(t, m.Account(fmt.Sprint("account", i)), "/p", officialaccount.Result{})
	}
	require.Equal(t, cfg.MaxAccounts+1, testutil.CollectAndCount(m, "wechat_calls_total"))
	require.Same(t, m.Account("one more"), m.Account("yet another"))
	require.NotSame(t, m.Account("account149"), m.Account("account150"))
	for _, name := range []string{"account1", "one more"} {
		m.Account(name).ObserveRefresh(t.Context(), token.Refresh{Reason: token.Cold, Expiry: time.Now().Add(time.Hour)})
	}
	require.Equal(t, 2, testutil.CollectAndCount(m, "wechat_token_refreshes_total"))
	require.Equal(t, 1, testutil.CollectAndCount(m, "wechat_token_expiry_timestamp_seconds"), "not of the accounts that are counted together")

	m = metrics.New(cfg)
	for i := range 20 {
		observe(t, m.Account("a"), fmt.Sprint("/p", i), officialaccount.Result{})
	}
	require.Equal(t, cfg.MaxPaths+1, testutil.CollectAndCount(m, "wechat_call_duration_seconds"))

	m = metrics.New(cfg)
	for i := range 20 {
		observe(t, m.Account("a"), "/p", officialaccount.Result{Code: errcode.Code(i + 1), Err: errors.New("x")})
	}
	require.Equal(t, cfg.MaxCodes+1, testutil.CollectAndCount(m, "wechat_calls_total"))

	m = metrics.New(metrics.Config{})
	for i := range 200 {
		observe(t, m.Account(fmt.Sprint("account", i)), "/p", officialaccount.Result{})
	}
	require.Equal(t, 200, testutil.CollectAndCount(m, "wechat_calls_total"), "200 tenants need no setting")
}

// A label that is not valid UTF-8 must not fail a call or a scrape.
func TestInvalidUTF8(t *testing.T) {
	m := metrics.New(metrics.Config{})
	a := m.Account("wx\xff")
	observe(t, a, "/a\xff", officialaccount.Result{})
	a.ObserveRefresh(t.Context(), token.Refresh{Reason: token.Cold, Expiry: time.Unix(1, 0)})
	require.Same(t, a, m.Account("wx\xff"))
	expect(t, m, `
		wechat_calls_total{code=0,path=/a�} 1
		wechat_token_expiry_timestamp_seconds{} 1
	`)
}

func TestLint(t *testing.T) {
	m := full(t)
	problems, err := testutil.CollectAndLint(m)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// full is a collector in which every metric has a value.
func full(t *testing.T) *metrics.Collector {
	m := metrics.New(metrics.Config{})
	a := m.Account(account)
	observe(t, a, "/p", officialaccount.Result{Attempts: 3, Replayed: true})
	observe(t, a, "/p", officialaccount.Result{Paused: true, Err: errors.New("x")})
	a.ObserveRefresh(t.Context(), token.Refresh{Reason: token.Cold, Expiry: time.Now().Add(time.Hour)})
	h, err := message.NewHandler(message.Config{Token: "token", Observer: a})
	require.NoError(t, err)
	a.Watch(h)
	p := wechattest.New(t, wechattest.Config{Token: "token"})
	p.Bot(h)
	_, err = p.User("oLiLei").Text("hi")
	require.NoError(t, err)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil)) // refused
	return m
}

// Every query of the dashboard and of the alert rules names metrics that exist, and
// labels that they have.
func TestQueriesNameWhatExists(t *testing.T) {
	labels := map[string][]string{}
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(full(t)))
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		var names []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			names = append(names, l.GetName())
		}
		labels[f.GetName()] = names
		if f.GetMetric()[0].GetHistogram() != nil {
			labels[f.GetName()+"_bucket"] = append(slices.Clone(names), "le")
			labels[f.GetName()+"_count"], labels[f.GetName()+"_sum"] = names, names
		}
	}
	rules, err := os.ReadFile("../examples/monitoring/alerts.yml")
	require.NoError(t, err)
	queries := regexp.MustCompile(`(?s)expr: (.*?)\n {8}(?:for|labels):`).FindAllStringSubmatch(string(rules), -1)
	require.Len(t, queries, strings.Count(string(rules), "- alert:"))
	var exprs []string
	for _, q := range queries {
		exprs = append(exprs, q[1])
	}
	exprs = append(exprs, dashboardQueries(t)...)

	used := map[string]bool{}
	for _, expr := range exprs {
		names := regexp.MustCompile(`wechat_\w+`).FindAllString(expr, -1)
		require.NotEmpty(t, names, expr)
		for _, name := range names {
			require.Contains(t, labels, name, expr)
			used[strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")] = true
			for _, group := range regexp.MustCompile(`by \(([^)]*)\)`).FindAllStringSubmatch(expr, -1) {
				for label := range strings.SplitSeq(group[1], ", ") {
					require.Contains(t, labels[name], label, expr)
				}
			}
		}
		for _, selector := range regexp.MustCompile(`(wechat_\w+)\{([^}]*)\}`).FindAllStringSubmatch(expr, -1) {
			for _, label := range regexp.MustCompile(`(\w+)(?:=~|!=|=)`).FindAllStringSubmatch(selector[2], -1) {
				require.Contains(t, labels[selector[1]], label[1], expr)
			}
		}
	}
	for _, f := range families {
		require.True(t, used[f.GetName()], "%s is in no query", f.GetName())
	}
}

func dashboardQueries(t *testing.T) (exprs []string) {
	raw, err := os.ReadFile("../examples/monitoring/dashboard.json")
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &dashboard))
	for _, p := range dashboard.Panels {
		require.NotEmpty(t, p.Targets, p.Title)
		for _, target := range p.Targets {
			exprs = append(exprs, target.Expr)
		}
	}
	require.NotEmpty(t, exprs)
	return exprs
}

// The documentation lists every metric.
func TestDocumentation(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	registry := prometheus.NewPedanticRegistry()
	require.NoError(t, registry.Register(full(t)))
	families, err := registry.Gather()
	require.NoError(t, err)
	require.Greater(t, len(families), 20)
	for _, f := range families {
		require.Regexp(t, `//\t`+f.GetName()+`[ {\n]`, string(doc))
	}
}
