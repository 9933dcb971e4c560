package monitoring

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/message"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// collector receives what a program exports.
type collector struct {
	mu       sync.Mutex
	received map[string][]byte // by path
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.received[r.URL.Path] = append(c.received[r.URL.Path], body...)
}

func TestStartTracing(t *testing.T) {
	c := &collector{received: map[string][]byte{}}
	srv := httptest.NewServer(c)
	defer srv.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", srv.URL)
	t.Setenv("OTEL_SERVICE_NAME", "shop-bot")
	tracer, stop, err := startTracing(t.Context())
	require.NoError(t, err)

	var log bytes.Buffer
	p := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	cfg := p.Config()
	bot, err := message.NewHandler(message.Config{
		AppID: cfg.AppID, Token: cfg.Token, EncodingAESKey: cfg.EncodingAESKey, Observer: tracer.Account(cfg.AppID),
		Logger: slog.New(traceIDs{slog.NewTextHandler(&log, nil)}),
	})
	require.NoError(t, err)
	message.On(bot, func(context.Context, *message.Text) (message.Reply, error) { return nil, errors.New("no") })
	p.Bot(bot)
	_, err = p.User("oLiLei").Text("hello")
	require.NoError(t, err)
	require.NoError(t, stop(t.Context()))

	traces := string(c.received["/v1/traces"])
	for _, text := range []string{"shop-bot", "POST callback", "handle Text", cfg.AppID} {
		require.Contains(t, traces, text)
	}
	require.Contains(t, string(c.received["/v1/metrics"]), "wechat.callback.handler.duration")
	require.Regexp(t, `level=ERROR msg="message not answered" appid=`+cfg.AppID+` .*trace_id=[0-9a-f]{32}`, log.String())
}

func TestPrintTraces(t *testing.T) {
	var out bytes.Buffer
	tracer, stop, err := printTraces(&out)
	require.NoError(t, err)
	p := wechattest.New(t, wechattest.Config{})
	bot, err := message.NewHandler(message.Config{Token: p.Config().Token, Observer: tracer.Account(p.Config().AppID)})
	require.NoError(t, err)
	p.Bot(bot)
	_, err = p.User("oLiLei").Text("hello")
	require.NoError(t, err)
	require.NoError(t, stop(t.Context()))
	require.Contains(t, out.String(), "wechat.callback.outcome")
	require.Contains(t, out.String(), "POST callback")
}
