package clients_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// door is a gateway in front of the local platform, with one business.
type door struct {
	platform *wechattest.Platform
	key      string
	server   *httptest.Server
}

func newDoor(t *testing.T) *door {
	t.Helper()
	platform := wechattest.New(t, wechattest.Config{Mode: wechattest.Safe})
	cfg := platform.Config()
	key := gateway.NewKey()
	hash, err := gateway.HashKey(key)
	require.NoError(t, err)
	dir := gateway.NewDirectory(gateway.Config{HTTPClient: platform.Client(), BaseURL: platform.URL()})
	require.NoError(t, dir.Set(
		[]gateway.Account{{AppID: cfg.AppID, Secret: cfg.Secret}},
		[]gateway.Business{{Name: "shop", Keys: []gateway.KeyHash{hash}, Accounts: []string{cfg.AppID}, Allow: []string{"/*"},
			Kinds: []token.Kind{token.AccessToken, token.JSAPITicket}}},
	))
	proxy, err := gateway.NewProxy(gateway.ProxyConfig{
		Directory: dir, Hosts: []string{platform.URL()}, QRCodeHost: platform.URL(), Transport: platform.Client().Transport,
	})
	require.NoError(t, err)
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return &door{platform, key, server}
}

// RoundTrip sends what is meant for the platform's hosts to the gateway.
func (d *door) RoundTrip(r *http.Request) (*http.Response, error) {
	to, err := url.Parse(d.server.URL)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = to.Scheme, to.Host, ""
	return http.DefaultTransport.RoundTrip(r)
}

// TestSilenceperThroughGateway: the key of the business is the client's secret, and all
// else is as before.
func TestSilenceperThroughGateway(t *testing.T) {
	d := newDoor(t)
	c := newSilenceper(t, d.platform, &http.Client{Transport: d}, d.key)
	run(t, c.steps(), map[string]string{
		"mass/delete": "40065", // as without a gateway
	})
	require.Equal(t, 1, d.platform.TokenRequests(), "the gateway is the one that fetches tokens")
}

func TestCoWechatAPIThroughGateway(t *testing.T) {
	program := node(t)
	d := newDoor(t)
	run(t, nodeSteps(t, program, d.platform, d.server.URL, d.key), map[string]string{
		"customerservice/records": "api unauthorized", // as without a gateway
	})
	require.Equal(t, 1, d.platform.TokenRequests())
}
