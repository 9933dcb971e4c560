package gateway_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const otherApp = "wx00000000000000aa" // a second account, of the other business

var (
	keyA = gateway.NewKey()
	keyB = gateway.NewKey()
)

// setting is a gateway before a local platform.
type setting struct {
	t        *testing.T
	platform *wechattest.Platform
	dir      *gateway.Directory
	proxy    *httptest.Server
	tokens   *httptest.Server
	log      *testlog.Buffer

	mu    sync.Mutex
	calls []gateway.Call
}

// set starts a gateway with the businesses "shop" (keyA) and "blog" (keyB).
func set(t *testing.T, change func(*setting, *gateway.ProxyConfig, []gateway.Business)) *setting {
	t.Helper()
	s := &setting{t: t, platform: wechattest.New(t, wechattest.Config{}), log: new(testlog.Buffer)}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.dir = gateway.NewDirectory(gateway.Config{HTTPClient: s.platform.Client(), BaseURL: s.platform.URL(), Logger: log})
	cfg := gateway.ProxyConfig{
		Directory: s.dir, Hosts: []string{s.platform.URL()}, QRCodeHost: s.platform.URL(), Transport: s.platform.Client().Transport, Logger: log,
		OnCall: func(c gateway.Call) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.calls = append(s.calls, c)
		},
	}
	businesses := twoBusinesses(t)
	if change != nil {
		change(s, &cfg, businesses)
	}
	require.NoError(t, s.dir.Set(accounts(), businesses))
	proxy, err := gateway.NewProxy(cfg)
	require.NoError(t, err)
	s.proxy = httptest.NewServer(proxy)
	t.Cleanup(s.proxy.Close)
	server, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: s.dir, Logger: log, Limiter: cfg.Limiter})
	require.NoError(t, err)
	s.tokens = httptest.NewServer(server)
	t.Cleanup(s.tokens.Close)
	t.Cleanup(func() { s.nothingLeaked() })
	return s
}

func accounts() []gateway.Account {
	return []gateway.Account{
		{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret},
		{AppID: otherApp, TokenSource: token.Static("a-token-of-the-other-account")},
	}
}

func twoBusinesses(t testing.TB) []gateway.Business {
	return []gateway.Business{
		{
			Name: "shop", Keys: []gateway.KeyHash{hash(t, keyA)}, Accounts: []string{wechattest.DefaultAppID},
			Allow: []string{"/*"}, Deny: []string{"/cgi-bin/menu/delete", "/cgi-bin/material/*"},
			Kinds: []token.Kind{token.AccessToken, token.JSAPITicket},
		},
		{
			Name: "blog", Keys: []gateway.KeyHash{hash(t, keyB)}, Accounts: []string{otherApp},
			Allow: []string{"/cgi-bin/user/*", "/sns/oauth2/access_token"},
		},
	}
}

func hash(t testing.TB, key string) gateway.KeyHash {
	t.Helper()
	h, err := gateway.HashKey(key)
	require.NoError(t, err)
	return h
}

// nothingLeaked looks for credentials in the log.
func (s *setting) nothingLeaked() {
	text := s.log.String()
	for _, secret := range []string{keyA, keyB, wechattest.DefaultSecret, "access_token=", "gw_", "a-token-of-the-other-account"} {
		require.NotContains(s.t, text, secret)
	}
	for _, c := range s.platform.Calls("") {
		if tok := c.Query.Get("access_token"); tok != "" {
			require.NotContains(s.t, text, tok)
		}
	}
}

func (s *setting) lastCall() gateway.Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	require.NotEmpty(s.t, s.calls)
	return s.calls[len(s.calls)-1]
}

// request makes a request with a key and returns the answer and its body.
func (s *setting) request(method, url, key string, body io.Reader, headers ...string) (*http.Response, string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, body)
	require.NoError(s.t, err)
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(s.t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(s.t, err)
	return resp, string(raw)
}

func (s *setting) get(path, key string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	return s.request(http.MethodGet, s.proxy.URL+path, key, nil, headers...)
}

func (s *setting) post(path, key, body string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	return s.request(http.MethodPost, s.proxy.URL+path, key, strings.NewReader(body), headers...)
}
