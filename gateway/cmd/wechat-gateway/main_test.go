package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-f21aa8d8/wechat/gateway"
	"github.com/seed-f21aa8d8/wechat/internal/testlog"
	"github.com/seed-f21aa8d8/wechat/officialaccount"
	"github.com/seed-f21aa8d8/wechat/token"
	"github.com/seed-f21aa8d8/wechat/wechattest"
)

// bench is the program's surroundings in a test.
type bench struct {
	t        *testing.T
	platform *wechattest.Platform
	url      string // of the platform
	key      string // of the business
	file     string
	reload   chan os.Signal
	log      testlog.Buffer
	ended    chan error
	stop     context.CancelFunc
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, platform: wechattest.New(t, wechattest.Config{}), key: gateway.NewKey(), file: filepath.Join(t.TempDir(), "gateway.yaml"), reload: make(chan os.Signal, 1)}
	srv := httptest.NewServer(b.platform)
	t.Cleanup(srv.Close)
	b.url = srv.URL
	t.Setenv("APP_SECRET", wechattest.DefaultSecret)
	return b
}

// write writes the configuration with a few lines of one's own.
func (b *bench) write(allow string, more ...string) {
	b.t.Helper()
	hash, err := gateway.HashKey(b.key)
	require.NoError(b.t, err)
	text := fmt.Sprintf(`
listen: "127.0.0.1:0"
admin: "127.0.0.1:0"
platform: %q
hosts: [%q]
accounts: [{appid: %s, secret: "${APP_SECRET}"}]
businesses: [{name: shop, keys: [%q], accounts: [%[3]s], allow: [%[5]s], tokens: [access_token]}]
`, b.url, b.url, wechattest.DefaultAppID, hash, allow)
	require.NoError(b.t, os.WriteFile(b.file, []byte(text+strings.Join(more, "\n")), 0o600))
}

// start runs the program and returns where it serves.
func (b *bench) start() (main, admin string) {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	b.stop, b.ended = stop, make(chan error, 1)
	go func() {
		b.ended <- run(ctx, []string{"-config", b.file, "-drain", "10ms"}, b.reload, io.Discard, &b.log)
	}()
	require.Eventually(b.t, func() bool {
		found := serving.FindAllStringSubmatch(b.log.String(), -1)
		if len(found) < 2 {
			return false
		}
		main, admin = found[0][1], found[1][1]
		return true
	}, 20*time.Second, 5*time.Millisecond)
	return main, admin
}

var serving = regexp.MustCompile(`"?addr"?[:=]"?([0-9.:]+)`)

func (b *bench) end() {
	b.t.Helper()
	b.stop()
	require.NoError(b.t, <-b.ended)
	require.NotContains(b.t, b.log.String(), b.key)
	require.NotRegexp(b.t, `"(took|drain)":[0-9]`, b.log.String(), "durations are text")
	require.Regexp(b.t, `"drain":"10ms"|drain=10ms`, b.log.String())
	require.NotContains(b.t, b.log.String(), wechattest.DefaultSecret)
}

func (b *bench) get(client *http.Client, url string) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, url, nil)
	require.NoError(b.t, err)
	req.Header.Set("Authorization", "Bearer "+b.key)
	resp, err := client.Do(req)
	require.NoError(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(b.t, err)
	return resp.StatusCode, string(body)
}

func TestServes(t *testing.T) {
	b := newBench(t)
	b.write(`"/cgi-bin/menu/*"`)
	main, admin := b.start()
	oa, err := officialaccount.New(officialaccount.Config{AppID: wechattest.DefaultAppID, Secret: b.key, BaseURL: "http://" + main})
	require.NoError(t, err)
	require.NoError(t, oa.Post(t.Context(), "/cgi-bin/menu/create", map[string]any{"button": []any{map[string]string{"type": "click", "name": "x", "key": "k"}}}, nil))
	src, err := token.Remote(token.RemoteConfig{URL: "http://" + main + "/tokens/" + wechattest.DefaultAppID, Key: b.key})
	require.NoError(t, err)
	_, err = src.Token(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, b.platform.TokenRequests(), "both have the same token")

	code, body := b.get(http.DefaultClient, "http://"+main+"/cgi-bin/get_api_domain_ip")
	require.Equal(t, 403, code, body)
	_, body = b.get(http.DefaultClient, "http://"+main+"/tokensx/"+wechattest.DefaultAppID)
	require.Contains(t, body, "forbidden_path", "not a path of the token server")
	code, body = b.get(http.DefaultClient, "http://"+main+"/tokens/../cgi-bin/menu/get")
	require.GreaterOrEqual(t, code, 400, body)
	code, body = b.get(http.DefaultClient, "http://"+admin+"/readyz")
	require.Equal(t, 200, code)
	require.Contains(t, body, `"ready":true`)
	require.NoError(t, run(t.Context(), []string{"-health", "http://" + admin + "/readyz"}, nil, io.Discard, io.Discard))
	err = run(t.Context(), []string{"-health", "http://" + admin + "/nothing"}, nil, io.Discard, io.Discard)
	require.ErrorContains(t, err, "answers HTTP 404")
	require.ErrorContains(t, run(t.Context(), []string{"-health", "http://127.0.0.1:1/"}, nil, io.Discard, io.Discard), "-health: ")
	_, body = b.get(http.DefaultClient, "http://"+admin+"/metrics")
	require.Contains(t, body, `wechat_gateway_calls_total{business="shop",errcode="0",reason="",route="/cgi-bin/menu/*",status="200"} 1`)
	require.Contains(t, body, `wechat_gateway_token_requests_total{`)
	require.Contains(t, body, `wechat_gateway_token_refreshes_total{appid="`+wechattest.DefaultAppID+`",kind="access_token",reason="cold",result="ok"} 1`)
	require.Contains(t, body, `go_goroutines`)

	b.write(`"/cgi-bin/*"`)
	require.NotContains(t, b.reloaded(), "not reloaded")
	code, body = b.get(http.DefaultClient, "http://"+main+"/cgi-bin/get_api_domain_ip")
	require.Equal(t, 200, code, body)
	require.Equal(t, 1, b.platform.TokenRequests(), "the token has stayed")

	require.NoError(t, os.WriteFile(b.file, []byte("listen: 7"), 0o600))
	require.Contains(t, b.reloaded(), "not reloaded")
	code, _ = b.get(http.DefaultClient, "http://"+main+"/cgi-bin/get_api_domain_ip")
	require.Equal(t, 200, code)
	b.end()
}

// reloaded sends SIGHUP and returns the line of the log about it.
func (b *bench) reloaded() string {
	b.t.Helper()
	count := func() []string {
		return regexp.MustCompile(`.*configuration (?:not )?reloaded.*`).FindAllString(b.log.String(), -1)
	}
	before := len(count())
	b.reload <- syscall.SIGHUP
	require.Eventually(b.t, func() bool { return len(count()) > before }, 20*time.Second, 5*time.Millisecond)
	return count()[before]
}

// A reload applies everything, or nothing: the certificate, accounts and businesses stay
// together, and settings that need a restart are named.
func TestReloadIsAllOrNothing(t *testing.T) {
	b := newBench(t)
	one, two := t.TempDir(), t.TempDir()
	first, second := certificate(t, one), certificate(t, two)
	use := func(dir string) string {
		return fmt.Sprintf("tls: {cert: %q, key: %q}", filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	}
	b.write(`"/cgi-bin/menu/*"`, use(one))
	main, _ := b.start()
	serves := func(pool *x509.CertPool, allowed int) {
		t.Helper()
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		defer client.CloseIdleConnections()
		code, body := b.get(client, "https://"+main+"/cgi-bin/get_api_domain_ip")
		require.Equal(t, allowed, code, body)
	}
	serves(first, 403)

	b.write(`"no path"`, use(two))
	require.Contains(t, b.reloaded(), "nothing has changed")
	serves(first, 403)

	b.write(`"/cgi-bin/*"`, use(two), "max_body: 1048576", "token_path: /t")
	line := b.reloaded()
	require.Contains(t, line, "a restart is needed to change: token_path, max_body")
	serves(first, 403)

	b.write(`"/cgi-bin/*"`, use(filepath.Join(two, "nowhere")))
	require.Contains(t, b.reloaded(), "tls: open")
	serves(first, 403)

	b.write(`"/cgi-bin/*"`, use(two))
	require.NotContains(t, b.reloaded(), "not reloaded")
	serves(second, 200)
	b.end()
}

// A running request is finished before the program ends. Until then the instance says
// that it is not ready, and afterwards nothing listens any more.
func TestGracefulStop(t *testing.T) {
	b := newBench(t)
	arrived, proceed := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cgi-bin/get_api_domain_ip" {
			close(arrived)
			<-proceed
		}
		b.platform.ServeHTTP(w, r)
	}))
	defer srv.Close()
	b.url = srv.URL
	b.write(`"/*"`)
	main, admin := b.start()
	require.Eventually(t, func() bool { return b.platform.TokenRequests() == 1 }, 20*time.Second, time.Millisecond, "the token is fetched before the first call")
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	answered := make(chan int, 1)
	go func() {
		code, _ := b.get(client, "http://"+main+"/cgi-bin/get_api_domain_ip")
		answered <- code
	}()
	<-arrived
	b.stop()
	require.Eventually(t, func() bool {
		code, body := b.get(client, "http://"+admin+"/readyz")
		return code == 503 && strings.Contains(body, `"draining":true`)
	}, 20*time.Second, 5*time.Millisecond)
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", main)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, 20*time.Second, 5*time.Millisecond, "the shutdown begins")
	close(proceed)
	require.Equal(t, 200, <-answered)
	b.end()
	for _, addr := range []string{main, admin} {
		_, err := net.Dial("tcp", addr)
		require.Error(t, err)
	}
}

func TestTLS(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	pool := certificate(t, dir)
	b.write(`"/*"`, fmt.Sprintf("tls: {cert: %q, key: %q}", filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")))
	main, _ := b.start()
	client := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	code, body := b.get(client, "https://"+main+"/cgi-bin/get_api_domain_ip")
	require.Equal(t, 200, code, body)
	client.CloseIdleConnections()
	b.end()
}

// certificate writes a certificate for this machine and returns who trusts it.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), 0o600))
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool.AddCert(cert)
	return pool
}

func TestCheck(t *testing.T) {
	b := newBench(t)
	b.write(`"/cgi-bin/menu/create", "/sns/userinfo", "/cgi-bin/user/*"`)
	check := func() (string, error) {
		var out bytes.Buffer
		err := run(t.Context(), []string{"-config", b.file, "-check"}, nil, &out, &out)
		require.NotContains(t, out.String(), wechattest.DefaultSecret)
		return out.String(), err
	}
	out, err := check()
	require.NoError(t, err, out)
	require.Contains(t, out, "ok    configuration: 1 account, 1 business")
	require.Contains(t, out, "/cgi-bin/menu/create: 1000 of 1000 calls left today")

	b.platform.Inject(wechattest.Rule{Path: "/cgi-bin/openapi/quota/get", Times: 1, Fault: wechattest.Errcode(48001)})
	out, err = check()
	require.ErrorContains(t, err, "1 problem found")
	require.Contains(t, out, "WRONG account "+wechattest.DefaultAppID+" /cgi-bin/menu/create: errcode 48001")

	require.NoError(t, b.platform.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = []string{"203.0.113.9"} }))
	out, err = check()
	require.Error(t, err)
	require.Contains(t, out, "errcode 40164")
	require.Contains(t, out, "127.0.0.1", "the address to put on the list")

	require.NoError(t, b.platform.Reconfigure(func(c *wechattest.Config) { c.AllowedIPs = nil }))
	t.Setenv("APP_SECRET", "not-the-secret-of-this-account")
	out, err = check()
	require.Error(t, err)
	require.Contains(t, out, "errcode 40125")
	require.NotContains(t, out, "not-the-secret")

	require.NoError(t, os.WriteFile(b.file, []byte("listen: x"), 0o600))
	_, err = check()
	require.ErrorContains(t, err, "not an address")
}

func TestHelp(t *testing.T) {
	var out, log bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-h"}, nil, &out, &log))
	require.Contains(t, log.String(), "-config file")
}

func TestNewKey(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"-new-key"}, nil, &out, &out))
	words := strings.Fields(out.String())
	hash, err := gateway.ParseKeyHash(words[len(words)-1])
	require.NoError(t, err)
	key := regexp.MustCompile(`wgk_\w+`).FindString(out.String())
	want, err := gateway.HashKey(key)
	require.NoError(t, err)
	require.Equal(t, want, hash)
}
