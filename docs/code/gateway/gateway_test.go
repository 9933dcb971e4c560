package gw

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/errcode"
	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

const appID = wechattest.DefaultAppID

// stage is a platform on loopback and a Redis.
type stage struct {
	platform *wechattest.Platform
	url      string
	rdb      *redis.Client
	key      string
	business gateway.Business
}

func newStage(t *testing.T) *stage {
	p := wechattest.New(t, wechattest.Config{})
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	cache := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: cache.Addr(), ContextTimeoutEnabled: true})
	t.Cleanup(func() { require.NoError(t, rdb.Close()) })
	key := gateway.NewKey()
	hash, err := gateway.HashKey(key)
	require.NoError(t, err)
	return &stage{p, server.URL, rdb, key, shop(appID, hash)}
}

// start starts an instance with the business.
func (s *stage) start(t *testing.T, hosts ...string) (*instance, string) {
	if hosts == nil {
		hosts = []string{s.url}
	}
	i, err := newInstance(s.rdb, bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), gateway.Config{BaseURL: s.url}, hosts...)
	require.NoError(t, err)
	require.NoError(t, i.dir.Set([]gateway.Account{{AppID: appID, Secret: wechattest.DefaultSecret}}, []gateway.Business{s.business}))
	server := httptest.NewServer(i.public)
	t.Cleanup(server.Close)
	return i, server.URL
}

func TestThroughProxy(t *testing.T) {
	s := newStage(t)
	_, address := s.start(t)
	oa, err := throughProxy(address, appID, s.key)
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", nil, nil))
	err = oa.Get(t.Context(), "/cgi-bin/menu/get", nil, nil)
	require.ErrorIs(t, err, errcode.APIUnauthorized)
	require.ErrorContains(t, err, "forbidden_path")
	err = oa.Post(t.Context(), "/cgi-bin/message/mass/sendall", nil, nil)
	require.ErrorContains(t, err, "forbidden_path")
	s.platform.RevokeTokens()
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", nil, nil))
}

func TestTwoInstances(t *testing.T) {
	s := newStage(t)
	first, one := s.start(t)
	_, two := s.start(t)
	for _, address := range []string{one, two, one} {
		oa, err := throughProxy(address, appID, s.key)
		require.NoError(t, err)
		require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", nil, nil))
	}
	require.Equal(t, 1, s.platform.TokenRequests(), "one token for both")

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); first.keepFresh(ctx) }()
	require.Eventually(t, func() bool {
		w := httptest.NewRecorder()
		first.health.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
		return w.Code == http.StatusOK
	}, time.Minute, 10*time.Millisecond)
	first.health.Drain()
	w := httptest.NewRecorder()
	first.health.ServeHTTP(w, httptest.NewRequest("GET", "/readyz", nil))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	cancel()
	<-done
}

// A pass of one instance is accepted by the other.
func TestPassesAreShared(t *testing.T) {
	s := newStage(t)
	_, one := s.start(t)
	_, two := s.start(t)
	pass, err := token.Stable(token.StableConfig{AppID: appID, Secret: s.key, BaseURL: one})
	require.NoError(t, err)
	tok, err := pass.Token(t.Context())
	require.NoError(t, err)
	resp, err := http.Get(two + "/cgi-bin/user/get?access_token=" + tok.Value())
	require.NoError(t, err)
	defer resp.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(resp.Body)
	require.NoError(t, err)
	require.Contains(t, body.String(), `"total"`)
}

// The next host is tried if no connection can be made.
func TestFailOver(t *testing.T) {
	s := newStage(t)
	const dead = "http://127.0.0.1:1" // no server has this port
	_, address := s.start(t, dead, s.url)
	oa, err := throughProxy(address, appID, s.key)
	require.NoError(t, err)
	require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", nil, nil))
}

func TestTokens(t *testing.T) {
	s := newStage(t)
	_, address := s.start(t)
	oa, err := withTokens(address, appID, s.key)
	require.NoError(t, err)
	pages, err := signer(address, oa, s.key)
	require.NoError(t, err)
	_, err = pages.SignPage(t.Context(), "https://m.example.com/")
	require.NoError(t, err)
	_, err = throughProxy(address, appID, "a wrong key")
	require.NoError(t, err)
	refused, err := token.Remote(token.RemoteConfig{URL: address + "/tokens/" + appID, Key: s.key})
	require.NoError(t, err)
	_, err = refused.Token(t.Context())
	require.ErrorContains(t, err, "not_found", "the business gets no access tokens")
}

// Two keys are valid while one replaces the other.
func TestRotateKeys(t *testing.T) {
	s := newStage(t)
	next := gateway.NewKey()
	hash, err := gateway.HashKey(next)
	require.NoError(t, err)
	s.business.Keys = append(s.business.Keys, hash)
	_, address := s.start(t)
	for _, key := range []string{s.key, next} {
		oa, err := throughProxy(address, appID, key)
		require.NoError(t, err)
		require.NoError(t, oa.Get(t.Context(), "/cgi-bin/user/get", nil, nil))
	}
}
