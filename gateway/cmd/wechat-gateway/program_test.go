//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/gateway/internal/config"
	"github.com/seed-f21aa8d8/wechat/internal/servertest"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// fails runs the program and returns its error.
func (b *bench) fails(args ...string) error {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), 20*time.Second)
	defer stop()
	err := run(ctx, append([]string{"-config", b.file, "-drain", "1ms"}, args...), nil, io.Discard, &b.log)
	require.Error(b.t, err)
	require.NoError(b.t, ctx.Err(), "the program serves instead")
	require.NotContains(b.t, err.Error(), wechattest.DefaultSecret)
	return err
}

// A mistake ends the program before it serves.
func TestDoesNotStart(t *testing.T) {
	b := newBench(t)
	require.ErrorContains(t, b.fails("-nonsense"), "flag provided but not defined")
	require.ErrorContains(t, b.fails("other.yaml"), "the file is named with -config")
	require.ErrorIs(t, b.fails(), os.ErrNotExist)

	b.write(`"no path"`)
	require.ErrorContains(t, b.fails(), `"no path" is neither a path`)
	b.write(`"/*"`, "tls: {cert: nowhere.pem, key: nowhere.pem}")
	require.ErrorContains(t, b.fails(), "tls: open nowhere.pem")
	b.write(`"/*"`, "max_body: -1")
	require.ErrorContains(t, b.fails(), "must not be negative")
	b.write(`"/*"`, "qrcode_host: http://198.51.100.7")
	require.ErrorContains(t, b.fails(), "plain http to 198.51.100.7")
	require.ErrorContains(t, b.fails("-check"), "1 problem found")

	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	free := servertest.FreeAddr(t)
	for name, other := range map[string]string{"listen": "admin", "admin": "listen"} {
		b.write(`"/*"`)
		text, err := os.ReadFile(b.file)
		require.NoError(t, err)
		changed := strings.Replace(string(text), name+`: "127.0.0.1:0"`, fmt.Sprintf("%s: %q", name, taken.Addr()), 1)
		changed = strings.Replace(changed, other+`: "127.0.0.1:0"`, fmt.Sprintf("%s: %q", other, free), 1)
		require.NoError(t, os.WriteFile(b.file, []byte(changed), 0o600))
		require.ErrorContains(t, b.fails(), "address already in use")
		_, err = net.Dial("tcp", free)
		require.Error(t, err, "the other address is free again")
	}
	require.Empty(t, serving.FindString(b.log.String()), "nothing was served")
}

// Instances over one Redis share the token, sealed, and each other's passes, and users'
// tokens that one of them issued.
func TestTwoInstancesOverRedis(t *testing.T) {
	server := servertest.Redis(t)
	t.Setenv("REDIS_URL", "redis://"+server.Addr)
	t.Setenv("PASS_KEY", gateway.NewKey())
	t.Setenv("SEAL_KEY", base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("s"), 32)))
	one := newBench(t)
	one.shared()
	two := &bench{t: t, platform: one.platform, url: one.url, key: one.key, file: one.file, reload: make(chan os.Signal)}
	first, _ := one.start()
	second, _ := two.start()

	get := func(url string) string {
		resp, err := http.Get(url)
		require.NoError(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
		return string(body)
	}
	answer := get("http://" + first + "/cgi-bin/token?grant_type=client_credential&appid=" + wechattest.DefaultAppID + "&secret=" + one.key)
	_, rest, _ := strings.Cut(answer, `"access_token":"`)
	pass, _, _ := strings.Cut(rest, `"`)
	for _, addr := range []string{first, second} {
		require.Contains(t, get("http://"+addr+"/cgi-bin/get_api_domain_ip?access_token="+pass), "ip_list")
	}
	require.Equal(t, 1, one.platform.TokenRequests())
	for n := 0; !strings.Contains(get("http://"+second+"/cgi-bin/get_api_domain_ip?access_token="+pass), "too_many_requests"); n++ {
		require.Contains(t, one.log.String()+two.log.String(), "each instance counts limits by itself", "the limit is counted for both")
		require.Less(t, n, 4, "a busy machine, on which Redis is too slow, adds the limits of two instances")
	}
	addrs, tickets := []string{first, second}, 0
	for code := 200; code == 200; tickets++ {
		code, _ = one.get(http.DefaultClient, "http://"+addrs[tickets%2]+"/tokens/"+wechattest.DefaultAppID+"/jsapi_ticket")
		require.Contains(t, []int{200, 429}, code)
	}
	if tickets != 3 {
		require.Contains(t, one.log.String()+two.log.String(), "each instance counts limits by itself", "the limit is counted for both")
	}

	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer client.Close()
	keys, err := client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.NotEmpty(t, keys)
	calls := one.platform.Calls("/cgi-bin/get_api_domain_ip")
	require.NotEmpty(t, calls)
	tok := calls[0].Query.Get("access_token")
	require.NotEmpty(t, tok)
	for _, key := range keys {
		value, err := client.Get(t.Context(), key).Result()
		require.NoError(t, err)
		require.NotContains(t, value, tok, key)
	}
	one.end()
	two.end()
	require.Contains(t, one.log.String(), "level=INFO", "as text")
}

// shared writes a configuration with Redis and limits of two calls.
func (b *bench) shared() {
	b.write(`"/*"`, `pass_key: "${PASS_KEY}"`, `redis: {url: "${REDIS_URL}", seal_key: "${SEAL_KEY}"}`, "log: {format: text, level: debug}")
	text, err := os.ReadFile(b.file)
	require.NoError(b.t, err)
	changed := strings.Replace(string(text), "tokens: [access_token]}", `tokens: [jsapi_ticket], limits: [{path: "/cgi-bin/get*", calls: 2, per: 1h}, {path: "/jsapi_ticket", calls: 2, per: 1h}]}`, 1)
	changed = strings.Replace(changed, "/cgi-bin/get*", "/cgi-bin/get_api_domain_ip", 1)
	require.NoError(b.t, os.WriteFile(b.file, []byte(changed), 0o600))
}

// -check asks Redis too.
func TestCheckRedis(t *testing.T) {
	b := newBench(t)
	server := servertest.Redis(t)
	t.Setenv("PASS_KEY", gateway.NewKey())
	t.Setenv("REDIS_URL", "redis://"+server.Addr)
	b.write(`"/*"`, `pass_key: "${PASS_KEY}"`, `redis: {url: "${REDIS_URL}"}`)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-config", b.file, "-check"}, nil, &out, &out), out.String())
	require.Contains(t, out.String(), "ok    redis: answers")
	require.Contains(t, out.String(), "limit all businesses: counted in Redis, for all instances together\n")

	t.Setenv("REDIS_URL", "redis://:redis-password@"+servertest.FreeAddr(t)+"?max_retries=-1")
	out.Reset()
	require.ErrorContains(t, run(t.Context(), []string{"-config", b.file, "-check"}, nil, &out, &out), "1 problem found")
	require.Contains(t, out.String(), "WRONG redis: ")
	require.NotContains(t, out.String(), "redis-password")
}

// silent is a Redis that connects and never answers.
type silent struct{ end context.Context }

func (s silent) DialHook(redis.DialHook) redis.DialHook {
	return func(context.Context, string, string) (net.Conn, error) {
		conn, server := net.Pipe()
		context.AfterFunc(s.end, func() { server.Close() })
		go io.Copy(io.Discard, server)
		return conn, nil
	}
}

func (silent) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (silent) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// -check waits 10 s for Redis and for each answer of the platform, and -health 4 s for the
// instance.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := newRedis("redis://127.0.0.1:1?read_timeout=1m")
		require.NoError(t, err)
		defer client.Close()
		client.AddHook(silent{t.Context()})
		var out bytes.Buffer
		d, began := diagnosis{out: &out}, time.Now()
		d.ping(t.Context(), client)
		require.Equal(t, 1, d.wrong)
		require.Contains(t, out.String(), "WRONG redis: ")
		require.Equal(t, 10*time.Second, time.Since(began))
	})
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: hanging{"/cgi-bin/get_api_domain_ip"}}
		account := gateway.Account{AppID: wechattest.DefaultAppID, TokenSource: token.Static("t")}
		var out bytes.Buffer
		d, began := diagnosis{out: &out, client: client}, time.Now()
		d.account(t.Context(), &config.File{}, account, []string{"/cgi-bin/menu/get"})
		require.Equal(t, 1, d.wrong)
		require.Equal(t, 10*time.Second, time.Since(began))

		client.Transport = hanging{"/cgi-bin/openapi/quota/get"}
		began = time.Now()
		d.account(t.Context(), &config.File{}, account, []string{"/cgi-bin/menu/get", "/cgi-bin/user/get"})
		require.Equal(t, 3, d.wrong)
		require.Equal(t, 20*time.Second, time.Since(began))
	})
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: hanging{"/readyz"}}
		began := time.Now()
		require.ErrorIs(t, checkHealth(t.Context(), client, "http://instance/readyz"), context.DeadlineExceeded)
		require.Equal(t, 4*time.Second, time.Since(began))
	})
}

// hanging is a transport without an answer to the requests for a path.
type hanging struct{ path string }

func (h hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == h.path {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	w := httptest.NewRecorder()
	_, _ = w.WriteString(`{"errcode":0}`)
	return w.Result(), nil
}

// -check prints what each business may do, and how often, with the defaults.
func TestCheckShowsRules(t *testing.T) {
	b := newBench(t)
	b.write(`"/cgi-bin/menu/*"`)
	text, err := os.ReadFile(b.file)
	require.NoError(t, err)
	hash, err := gateway.HashKey(gateway.NewKey())
	require.NoError(t, err)
	changed := strings.Replace(string(text), "tokens: [access_token]}", fmt.Sprintf(`deny: ["/cgi-bin/menu/delete", "/cgi-bin/menu/create"],
    limits: [{path: "/*", calls: 600, per: 1m, burst: 50}, {path: "/cgi-bin/menu/get", calls: 1, per: 24h}, {path: "/cgi-bin/menu/*", calls: 5, per: 90s}]},
  {name: web, keys: [%q], accounts: [%s], tokens: [jsapi_ticket, access_token]}`, hash, wechattest.DefaultAppID), 1)
	require.NoError(t, os.WriteFile(b.file, []byte(changed), 0o600))
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-config", b.file, "-check"}, nil, &out, &out), out.String())
	require.Equal(t, `ok    configuration: 1 account, 2 businesses
rule  business shop: accounts `+wechattest.DefaultAppID+`
rule  business shop: calls /cgi-bin/menu/*; not /cgi-bin/menu/delete, /cgi-bin/menu/create
rule  business shop: tokens none
limit business shop: /* 600/1m0s burst 50
limit business shop: /cgi-bin/menu/get 1/24h0m0s burst 1
limit business shop: /cgi-bin/menu/* 5/1m30s burst 5
rule  business web: accounts `+wechattest.DefaultAppID+`
rule  business web: calls nothing
rule  business web: tokens jsapi_ticket, access_token; with an access_token it can call the platform without these rules and limits
limit business web: none
limit all businesses: counted by each instance on its own, since redis is not set
ok    account `+wechattest.DefaultAppID+`: the platform returns a token and accepts it
`, out.String())
}

// The problems are counted and worded.
func TestCheckCounts(t *testing.T) {
	b := newBench(t)
	b.write(`"/cgi-bin/menu/create", "/cgi-bin/menu/get", "/cgi-bin/menu/get"`)
	b.platform.Inject(wechattest.Rule{Path: "/cgi-bin/openapi/quota/get", Fault: wechattest.Errcode(48001)})
	var out bytes.Buffer
	require.ErrorContains(t, run(t.Context(), []string{"-config", b.file, "-check"}, nil, &out, &out), "2 problems found")
	require.Equal(t, 2, strings.Count(out.String(), "WRONG"), "a path is asked once")
}

// The servers stop only after the time in which the instance is unready.
func TestDrain(t *testing.T) {
	const drain = 30 * time.Millisecond
	b := newBench(t)
	b.write(`"/*"`, "hold_body: 4", "max_body: 8")
	f, err := config.Load(b.file)
	require.NoError(t, err)
	p, err := newProgram(f, b.file, &b.log)
	require.NoError(t, err)
	require.NotZero(t, p.main.ReadHeaderTimeout)
	require.NotZero(t, p.main.IdleTimeout)
	require.Equal(t, 64<<10, p.main.MaxHeaderBytes)
	cfg := proxyConfig(f, p.dir)
	require.Equal(t, []int64{4, 8}, []int64{cfg.HoldBody, cfg.MaxBody})
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan time.Time, 1)
	p.main.RegisterOnShutdown(func() { stopped <- time.Now() })
	began := time.Now()
	stop()
	require.NoError(t, p.serve(ctx, nil, drain))
	require.GreaterOrEqual(t, (<-stopped).Sub(began), drain)
	require.Contains(t, b.log.String(), `"level":"INFO"`, "as JSON")
}

// A server that stops by itself ends the program with its error.
func TestServerFails(t *testing.T) {
	b := newBench(t)
	b.write(`"/*"`)
	f, err := config.Load(b.file)
	require.NoError(t, err)
	p, err := newProgram(f, b.file, io.Discard)
	require.NoError(t, err)
	ended := make(chan error, 1)
	p.main.BaseContext = func(l net.Listener) context.Context { _ = l.Close(); return context.Background() }
	go func() { ended <- p.serve(t.Context(), nil, time.Hour) }()
	select {
	case err := <-ended:
		require.ErrorIs(t, err, net.ErrClosed)
	case <-time.After(20 * time.Second):
		t.Fatal("the program goes on without its server")
	}
}

// noConns is a listener without connections.
type noConns chan struct{}

func (l noConns) Accept() (net.Conn, error) { <-l; return nil, net.ErrClosed }
func (l noConns) Close() error              { close(l); return nil }
func (l noConns) Addr() net.Addr            { return &net.TCPAddr{} }

// Requests come while the instance is unready, so its tokens stay fresh until it ends.
func TestTokensStayFreshWhileDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		src := token.SourceFunc(func(context.Context) (token.Token, error) {
			return token.New(fmt.Sprint("token-", fetched.Add(1)), time.Now().Add(time.Minute)), nil
		})
		dir := gateway.NewDirectory(gateway.Config{})
		require.NoError(t, dir.Set([]gateway.Account{{AppID: wechattest.DefaultAppID, TokenSource: src}}, nil))
		p := &program{file: &config.File{}, log: slog.New(slog.DiscardHandler), dir: dir, health: gateway.NewHealth(dir), main: &http.Server{}}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		began := time.Now()
		const drain = 9*time.Minute + 30*time.Second
		require.NoError(t, p.serveOn(ctx, make(noConns), nil, nil, drain))
		require.GreaterOrEqual(t, time.Since(began), drain)
		require.EqualValues(t, 10, fetched.Load(), "once a minute")
		time.Sleep(time.Hour)
		require.EqualValues(t, 10, fetched.Load(), "not after the end")
	})
}
