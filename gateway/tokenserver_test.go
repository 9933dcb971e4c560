package gateway_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/secret/secrettest"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/store"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/token/tokentest"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

func remote(t *testing.T, s *setting, key string, kind token.Kind) token.Invalidator {
	t.Helper()
	src, err := token.Remote(token.RemoteConfig{URL: s.tokens.URL + "/" + wechattest.DefaultAppID, Key: key, Kind: kind})
	require.NoError(t, err)
	return src
}

func TestTokenServerServesRemote(t *testing.T) {
	s := set(t, nil)
	src := remote(t, s, keyA, "")
	tok, err := src.Token(t.Context())
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(2*time.Hour), tok.Expiry(), time.Minute)

	oa, err := officialaccount.New(officialaccount.Config{AppID: wechattest.DefaultAppID, TokenSource: src, HTTPClient: s.platform.Client(), BaseURL: s.platform.URL()})
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/get_api_domain_ip", nil, nil))
	s.platform.RevokeTokens()
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/get_api_domain_ip", nil, nil), "the token is replaced by way of the server")
	require.Equal(t, 2, s.platform.TokenRequests())
}

// direct is a transport that calls a handler.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w, received := httptest.NewRecorder(), httptest.NewRequest(r.Method, r.URL.RequestURI(), r.Body)
	received.Header = r.Header
	d.ServeHTTP(w, received.WithContext(r.Context()))
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// The token server and its client behave as every source must.
func TestRemoteConforms(t *testing.T) {
	tokentest.RunInBubble(t, func(t *testing.T) token.Source {
		p := wechattest.New(t, wechattest.Config{})
		p.Inject(wechattest.Rule{Path: "/cgi-bin/*token", Fault: wechattest.Latency(20 * time.Millisecond)})
		dir := gateway.NewDirectory(gateway.Config{HTTPClient: p.Client(), BaseURL: p.URL()})
		require.NoError(t, dir.Set(accounts(), twoBusinesses(t)))
		server, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir})
		require.NoError(t, err)
		src, err := token.Remote(token.RemoteConfig{
			URL: "https://tokens.example.com/" + wechattest.DefaultAppID, Key: keyA, HTTPClient: &http.Client{Transport: direct{server}},
		})
		require.NoError(t, err)
		return src
	})
}

// Many reports of the same token cause one fetch, and late reports cause none.
func TestInvalidationCompares(t *testing.T) {
	s := set(t, nil)
	src := remote(t, s, keyA, "")
	stale, err := src.Token(t.Context())
	require.NoError(t, err)
	s.platform.RevokeTokens()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if err := src.Invalidate(t.Context(), stale); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, 2, s.platform.TokenRequests())
	fresh, err := src.Token(t.Context())
	require.NoError(t, err)
	require.False(t, fresh.Same(stale))
	require.NoError(t, src.Invalidate(t.Context(), token.New("never-heard-of", time.Time{})))
	require.Equal(t, 2, s.platform.TokenRequests())
	require.ErrorIs(t, src.Invalidate(t.Context(), fresh), token.ErrStillRejected, "the platform still thinks that it is good")
}

func TestTickets(t *testing.T) {
	s := set(t, nil)
	src := remote(t, s, keyA, token.JSAPITicket)
	one, err := src.Token(t.Context())
	require.NoError(t, err)
	two, err := src.Token(t.Context())
	require.NoError(t, err)
	require.True(t, one.Same(two))
	require.True(t, strings.HasPrefix(one.Value(), "ticket-"))
	require.Equal(t, 1, s.platform.Count("/cgi-bin/ticket/getticket"))
	_, err = remote(t, s, keyA, token.CardTicket).Token(t.Context())
	require.ErrorContains(t, err, "404", "the business may not have card tickets")
}

// Instances with a store share tickets too, each kind for itself.
func TestTicketsAreShared(t *testing.T) {
	p, st := wechattest.New(t, wechattest.Config{}), store.NewMemory()
	var values []string
	for range 2 {
		dir := gateway.NewDirectory(gateway.Config{HTTPClient: p.Client(), BaseURL: p.URL(), Store: st})
		businesses := twoBusinesses(t)[:1]
		businesses[0].Kinds = []token.Kind{token.JSAPITicket, token.CardTicket}
		require.NoError(t, dir.Set(accounts()[:1], businesses))
		server, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: dir})
		require.NoError(t, err)
		for _, kind := range businesses[0].Kinds {
			src, err := token.Remote(token.RemoteConfig{
				URL: "https://tokens.example/" + wechattest.DefaultAppID, Key: keyA, Kind: kind, HTTPClient: &http.Client{Transport: direct{server}},
			})
			require.NoError(t, err)
			tok, err := src.Token(t.Context())
			require.NoError(t, err)
			values = append(values, tok.Value())
		}
	}
	require.Equal(t, 2, p.Count("/cgi-bin/ticket/getticket"))
	require.Equal(t, values[:2], values[2:])
	require.NotEqual(t, values[0], values[1])
}

func TestTokenServerRefuses(t *testing.T) {
	t.Parallel()
	s := set(t, nil)
	path := "/" + wechattest.DefaultAppID + "/access_token"
	for _, c := range []struct {
		name, method, path, key, body string
		status                        int
		want                          string
	}{
		{"no key", http.MethodGet, path, "", "", 401, "unauthorized"},
		{"wrong key", http.MethodGet, path, gateway.NewKey(), "", 401, "unauthorized"},
		{"key of another business", http.MethodGet, path, keyB, "", 404, "not_found"},
		{"kind not allowed", http.MethodGet, "/" + otherApp + "/access_token", keyB, "", 404, "not_found"},
		{"no such account", http.MethodGet, "/wx1/access_token", keyA, "", 404, "not_found"},
		{"no such kind", http.MethodGet, "/" + wechattest.DefaultAppID + "/secret", keyA, "", 404, "not_found"},
		{"traversal", http.MethodGet, "/" + otherApp + "/../" + wechattest.DefaultAppID + "/access_token", keyA, "", 404, "not_found"},
		{"encoded", http.MethodGet, "/" + wechattest.DefaultAppID + "/access%5ftoken", keyA, "", 404, "not_found"},
		{"query", http.MethodGet, path + "?x=1", keyA, "", 404, "not_found"},
		{"wrong method", http.MethodPost, path, keyA, "{}", 405, "method_not_allowed"},
		{"invalidation by GET", http.MethodGet, path + "/invalidate", keyA, "", 405, "method_not_allowed"},
		{"invalidation without token", http.MethodPost, path + "/invalidate", keyA, "{}", 400, "bad_request"},
		{"invalidation too large", http.MethodPost, path + "/invalidate", keyA, `{"token":"` + strings.Repeat("x", 5000) + `"}`, 400, "bad_request"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body := s.request(c.method, s.tokens.URL+c.path, c.key, strings.NewReader(c.body))
			require.Equal(t, c.status, resp.StatusCode, body)
			require.Contains(t, body, `"error":"`+c.want+`"`)
			require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
		})
	}
	require.Zero(t, s.platform.TokenRequests())
}

func TestTokenServerTellsWhy(t *testing.T) {
	s := set(t, nil)
	require.NoError(t, s.platform.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = []string{"203.0.113.9"} }))
	_, err := remote(t, s, keyA, "").Token(t.Context())
	require.ErrorIs(t, err, errcode.IPNotInWhitelist)
	var refused *errcode.Error
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.IP().IsValid(), "the address to put on the list is named")
}

func TestTokenServerLimit(t *testing.T) {
	s := set(t, func(_ *setting, _ *gateway.ProxyConfig, b []gateway.Business) {
		b[0].Limits = []gateway.Limit{{Path: "/access_token/invalidate", Calls: 2, Per: time.Hour}}
	})
	src := remote(t, s, keyA, "")
	for range 2 {
		require.NoError(t, src.Invalidate(t.Context(), token.New("stale", time.Time{})))
	}
	require.ErrorContains(t, src.Invalidate(t.Context(), token.New("stale", time.Time{})), "429")
	_, err := src.Token(t.Context())
	require.NoError(t, err)
}

// Run keeps tokens fresh without any request.
func TestRunKeepsTokensFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := wechattest.New(t, wechattest.Config{})
		dir := gateway.NewDirectory(gateway.Config{HTTPClient: p.Client(), BaseURL: p.URL(), Store: store.NewMemory()})
		require.NoError(t, dir.Set(accounts()[:1], nil))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { dir.Run(ctx); close(done) }()
		for range 30 {
			time.Sleep(20 * time.Minute)
			synctest.Wait()
			state := dir.ListStates(ctx)[0]
			require.NoError(t, state.Err)
			require.Greater(t, time.Until(state.Expiry), 3*time.Minute)
		}
		cancel()
		<-done
		require.LessOrEqual(t, p.TokenRequests(), 30)
		require.GreaterOrEqual(t, p.TokenRequests(), 5)
	})
}

// ListStates has the order of the app ids.
func TestStatesAreSorted(t *testing.T) {
	dir := gateway.NewDirectory(gateway.Config{})
	var accounts []gateway.Account
	for i := range 30 {
		accounts = append(accounts, gateway.Account{AppID: fmt.Sprintf("wx%02d", i), TokenSource: token.Static("t")})
	}
	require.NoError(t, dir.Set(accounts, nil))
	for i, state := range dir.ListStates(t.Context()) {
		require.Equal(t, accounts[i].AppID, state.AppID)
	}
}

// An account that no longer has a source of its own does not keep it, and an invalid
// business does not let its accounts in.
func TestSetOfAnAccount(t *testing.T) {
	p := wechattest.New(t, wechattest.Config{})
	dir := gateway.NewDirectory(gateway.Config{HTTPClient: p.Client(), BaseURL: p.URL()})
	own := gateway.Account{AppID: wechattest.DefaultAppID, Secret: wechattest.DefaultSecret, TokenSource: token.Static("t")}
	require.NoError(t, dir.Set([]gateway.Account{own}, nil))
	own.TokenSource = nil
	require.NoError(t, dir.Set([]gateway.Account{own}, nil))
	require.NoError(t, dir.ListStates(t.Context())[0].Err)
	require.Equal(t, 1, p.TokenRequests())

	other := gateway.Account{AppID: otherApp, TokenSource: token.Static("t")}
	require.Error(t, dir.Set([]gateway.Account{own, other}, []gateway.Business{{Name: "no keys"}}))
	require.Len(t, dir.ListStates(t.Context()), 1)
}

// Set keeps the tokens of accounts that stay, and changes nothing on an error.
func TestSet(t *testing.T) {
	s := set(t, nil)
	src := remote(t, s, keyA, "")
	_, err := src.Token(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.dir.Set(accounts(), twoBusinesses(t)))
	_, err = src.Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.platform.TokenRequests())

	for want, change := range map[string]func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business){
		"duplicate account": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			return append(a, a[0]), b
		},
		"needs a secret": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			return append(a, gateway.Account{AppID: "wx1"}), b
		},
		"not an app id": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			return append(a, gateway.Account{AppID: "wx 1"}), b
		},
		`"blog": unknown account`: func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			return a[:1], b
		},
		"the same key": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Keys = b[0].Keys
			return a, b
		},
		"no key": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Keys = nil
			return a, b
		},
		"no name": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Name = ""
			return a, b
		},
		"no account": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Accounts = nil
			return a, b
		},
		"duplicate business": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Name = "shop"
			return a, b
		},
		"nor a pattern": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Deny = []string{"/cgi-bin/*/get"}
			return a, b
		},
		"calls must be at least 1": func(a []gateway.Account, b []gateway.Business) ([]gateway.Account, []gateway.Business) {
			b[1].Limits = []gateway.Limit{{Path: "/*"}}
			return a, b
		},
	} {
		a, b := change(accounts(), twoBusinesses(t))
		require.ErrorContains(t, s.dir.Set(a, b), want)
	}
	_, err = src.Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, s.platform.TokenRequests())
}

func TestSecretsDoNotPrint(t *testing.T) {
	passKey := strings.Repeat("pass-key", 4)
	cfg := gateway.ProxyConfig{Directory: gateway.NewDirectory(gateway.Config{}), PassKey: []byte(passKey)}
	require.NoError(t, cfg.Directory.Set(accounts(), twoBusinesses(t)))
	proxy, err := gateway.NewProxy(cfg)
	require.NoError(t, err)
	server, err := gateway.NewTokenServer(gateway.TokenServerConfig{Directory: cfg.Directory})
	require.NoError(t, err)
	for name, v := range map[string]any{
		"Account": accounts()[0], "ProxyConfig": cfg, "Proxy": proxy, "Directory": cfg.Directory, "TokenServer": server,
	} {
		secrettest.Hides(t, name, v, passKey, wechattest.DefaultSecret, keyA)
	}
	_, err = gateway.HashKey("too-short")
	require.ErrorContains(t, err, "32")
	require.NotContains(t, err.Error(), "too-short")
	h, err := gateway.ParseKeyHash(hash(t, keyA).String())
	require.NoError(t, err)
	require.Equal(t, hash(t, keyA), h)
	for _, bad := range []string{"", "sha256:", "sha256:zz", strings.Repeat("a", 64), "sha256:" + strings.Repeat("a", 62)} {
		_, err = gateway.ParseKeyHash(bad)
		require.Error(t, err)
	}
}
